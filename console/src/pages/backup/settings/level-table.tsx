import { Alert, Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Section } from "../../../ui/page.tsx";
import { levelNames } from "../level-names.ts";
import { EffectiveCell, EnabledCell } from "./level-cells.tsx";
import { keyOf, type Level, type Settings, useLevelName } from "./levels.ts";

const texts = defineTexts("backupLevelTable", {
  ja: {
    title: "拠点・センター・チーム",
    empty: "該当する拠点・センター・チームはありません。",
    name: "名称",
    enabled: "バックアップ",
    destination: "保存先",
    act: "操作",
    edit: "変更",
    editWhat: "{{name}}の設定を変更",
    office: "拠点で絞り込む",
    allOffices: "すべての拠点",
    noOffice: "拠点なし",
    search: "名称で絞り込む",
    others: "担当外の拠点も表示する",
    order: "保存先は、センター・チーム、拠点、会社の順に、近い設定が使われます。",
    restricted: "会社の設定により、すべての録音が会社のバケットに保存されます。",
    truncated: "件数が多いため、一部だけを表示しています。",
  },
  en: {
    title: "Offices, centres and teams",
    empty: "There is no such office, contact centre or coaching team.",
    name: "Name",
    enabled: "Backup",
    destination: "Goes to",
    act: "Change",
    edit: "Change",
    editWhat: "Change {{name}}",
    office: "Office",
    allOffices: "all offices",
    noOffice: "no office",
    search: "Search by name",
    others: "Show other offices as well",
    order: "The nearest setting is used: the centre's or team's, then the office's, then the company's.",
    restricted: "By the company's setting, all recordings go to the company's bucket.",
    truncated: "There are too many to show all of them.",
  },
});

/** So many rows are shown at a time. */
const pageRows = 100;
/** Fewer can be overlooked without narrowing them down. */
const fewRows = 10;

type LevelsProps = { settings: Settings; onEdit(level: Level): void };

/** Every office, contact centre and coaching team: whether it is backed up, and to where (R32, R35). */
export function LevelsSection({ settings, onEdit }: LevelsProps) {
  const t = useTexts(texts);
  const [most, setMost] = useState(pageRows);
  const { rows, fields } = useFilter(settings);
  const columns = useColumns(settings, onEdit);
  return (
    <Section title={t("title")}>
      <Stack gap="sm">
        <Text size="sm" c="var(--muted)">
          {t(settings.restricted ? "restricted" : "order")}
        </Text>
        {settings.levels.truncated ? <Alert color="yellow" variant="outline" title={t("truncated")} /> : null}
        {fields}
        <DataTable
          label={t("title")}
          columns={columns}
          rows={rows.slice(0, most)}
          rowKey={keyOf}
          empty={t("empty")}
          onMore={rows.length > most ? () => setMost(most + pageRows) : undefined}
        />
      </Stack>
    </Section>
  );
}

function useColumns(settings: Settings, onEdit: (level: Level) => void): Column<Level>[] {
  const t = useTexts(texts);
  const typeName = useNames(levelNames);
  const name = useLevelName();
  const officeName = (id: string | undefined) => officesOf(settings).find((each) => each.id === id)?.name ?? id;
  const columns: Column<Level>[] = [
    {
      title: t("name"),
      cell: ({ level }) => (
        <div className="cell-medium">
          <Text fw={level.type === "office" ? 600 : 400}>{level.name ?? level.id}</Text>
          <Text size="xs" c="var(--muted)">
            {[typeName(level.type), level.type === "office" ? undefined : officeName(level.office)]
              .filter(Boolean)
              .join(" / ")}
          </Text>
        </div>
      ),
    },
    { title: t("enabled"), cell: (level) => <EnabledCell level={level} /> },
    { title: t("destination"), cell: (level) => <EffectiveCell level={level} officeName={officeName} /> },
  ];
  if (!settings.levels.items.some(({ editable }) => editable)) return columns;
  const edit = (level: Level) =>
    level.editable ? (
      <Button
        size="compact-sm"
        variant="default"
        aria-label={t("editWhat", { name: name(level.level) })}
        onClick={() => onEdit(level)}
      >
        {t("edit")}
      </Button>
    ) : null;
  return [...columns, { title: t("act"), cell: edit }];
}

function officesOf({ levels }: Settings): { id: string; name: string }[] {
  return levels.items.flatMap(({ level: { type, id, name } }) =>
    type === "office" && id !== undefined ? [{ id, name: name ?? id }] : [],
  );
}

/** Which rows are shown, each office before what belongs to it, and the fields that choose them. */
function useFilter(settings: Settings) {
  const t = useTexts(texts);
  const [office, setOffice] = useState("");
  const [search, setSearch] = useState("");
  const [withOthers, setWithOthers] = useState(false);
  const { items } = settings.levels;
  const own = items.filter(({ editable }) => editable);
  const hasOthers = own.length > 0 && own.length < items.length;
  const offered = hasOthers && !withOthers ? own : items;
  const rows = byOffice(offered).filter(
    ({ level }) => (office === "" || level.office === office) && (level.name ?? "").includes(search.trim()),
  );
  const offices = officesOf(settings).filter(({ id }) => offered.some(({ level }) => level.office === id));
  const fields = (
    <Group align="flex-end">
      {offered.length > fewRows ? (
        <>
          <NativeSelect
            label={t("office")}
            value={office}
            onChange={({ currentTarget }) => setOffice(currentTarget.value)}
            data={[
              { value: "", label: t("allOffices") },
              ...offices.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
          <TextInput
            label={t("search")}
            value={search}
            onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        </>
      ) : null}
      {hasOthers ? (
        <Checkbox
          label={t("others")}
          checked={withOthers}
          onChange={({ currentTarget }) => setWithOthers(currentTarget.checked)}
        />
      ) : null}
    </Group>
  );
  return { rows, fields };
}

function byOffice(levels: readonly Level[]): Level[] {
  const places = new Map(
    levels.filter(({ level }) => level.type === "office").map(({ level }, index) => [level.id, index]),
  );
  const placeOf = ({ level }: Level) => places.get(level.office) ?? places.size;
  const isBelow = ({ level }: Level) => Number(level.type !== "office");
  return levels.toSorted((a, b) => placeOf(a) - placeOf(b) || isBelow(a) - isBelow(b));
}
