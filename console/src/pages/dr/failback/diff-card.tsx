import { Checkbox, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Status, type Tone } from "../../../ui/status.tsx";
import { Time } from "../../../ui/time.tsx";
import type { DiffRow } from "./use-diff.ts";

const texts = defineTexts("failbackDiffCard", {
  ja: {
    primary: "東京：{{change}}",
    secondary: "大阪：{{change}}",
    none: "変更なし",
    created: "追加",
    updated: "変更",
    deleted: "削除",
    conflict: "両方で変更",
    edited: "大阪での変更：",
    promote: "この変更を東京へ反映する（{{path}}）",
    kept: "切り戻しの前に東京へ反映します。",
    lost: "切り戻すと、大阪での変更は失われます。",
    notEdited: "東京での変更が大阪に写されます。",
    primaryChanged: "東京でも変更されたため、東京へは反映できません。切り戻すと東京の内容になります。",
    sameOnBoth: "両方で同じ内容に変更されています。",
    fields: "{{path}}の差分",
    field: "項目",
    atActivation: "切り替えの時点",
    tokyo: "東京（現在）",
    osaka: "大阪（現在）",
    absent: "なし",
    unknown: "不明",
    noFields: "項目の差はありません。",
  },
  en: {
    primary: "Tokyo: {{change}}",
    secondary: "Osaka: {{change}}",
    none: "unchanged",
    created: "created",
    updated: "changed",
    deleted: "deleted",
    conflict: "Changed on both",
    edited: "Changed in Osaka: ",
    promote: "Carry this change over to Tokyo ({{path}})",
    kept: "It is carried over to Tokyo before the fail back.",
    lost: "The fail back loses what was changed in Osaka.",
    notEdited: "What was changed in Tokyo is copied to Osaka.",
    primaryChanged: "It was changed in Tokyo too, so it cannot be carried over. The fail back brings Tokyo's content.",
    sameOnBoth: "Both sites changed it alike.",
    fields: "Differences of {{path}}",
    field: "Field",
    atActivation: "At activation",
    tokyo: "Tokyo now",
    osaka: "Osaka now",
    absent: "none",
    unknown: "not known",
    noFields: "No field differs.",
  },
});

type Field = DiffRow["fields"][number];

const tones: Record<DiffRow["primary"], Tone> = {
  none: "muted",
  created: "warning",
  updated: "warning",
  deleted: "danger",
};

type DiffCardProps = { row: DiffRow; chosen: boolean; onToggle: (() => void) | undefined };

/** One document on its three sides, what the fail back does to it, and whether it is to be carried to the primary. */
export function DiffCard({ row, chosen, onToggle }: DiffCardProps) {
  const t = useTexts(texts);
  const label = useLabel();
  const { path, primary, secondary, conflict, promotable, whyNot, edited, fields } = row;
  const fate = whyNot ?? (chosen ? "kept" : "lost");
  return (
    <Paper component="article" withBorder p="md" aria-label={path}>
      <Stack gap="xs">
        <Group gap="sm">
          <Title order={3}>
            {label(row.label)} <Code>{path}</Code>
          </Title>
          <Status tone={tones[primary]}>{t("primary", { change: t(primary) })}</Status>
          <Status tone={tones[secondary]}>{t("secondary", { change: t(secondary) })}</Status>
          {conflict ? <Status tone="danger">{t("conflict")}</Status> : null}
        </Group>
        {edited ? (
          <Text size="sm" c="var(--muted)">
            {t("edited")}
            <Actor by={edited.by} /> <Time at={edited.at} seconds />
          </Text>
        ) : null}
        <Text size="sm">{t(fate)}</Text>
        {promotable && onToggle ? (
          <Checkbox label={t("promote", { path })} checked={chosen} onChange={onToggle} />
        ) : null}
        <Fields path={path} fields={fields} />
      </Stack>
    </Paper>
  );
}

function Fields({ path, fields }: Pick<DiffRow, "path" | "fields">) {
  const t = useTexts(texts);
  const columns: Column<Field>[] = [
    { title: t("field"), cell: ({ field }) => <Code>{field}</Code> },
    { title: t("atActivation"), cell: ({ base }) => <Side value={base === "unknown" ? t("unknown") : base} /> },
    { title: t("tokyo"), cell: ({ base, primary }) => <Side value={primary} changed={differs(primary, base)} /> },
    { title: t("osaka"), cell: ({ base, secondary }) => <Side value={secondary} changed={differs(secondary, base)} /> },
  ];
  return (
    <DataTable
      label={t("fields", { path })}
      columns={columns}
      rows={fields}
      rowKey={({ field }) => field}
      empty={t("noFields")}
    />
  );
}

/** Whether a site's value is another than at activation, as far as that is known. */
function differs(value: string | undefined, base: string | undefined): boolean {
  return base !== "unknown" && value !== base;
}

/** A value as one side has it; a changed one is bold besides its colour. */
function Side({ value, changed = false }: { value: string | undefined; changed?: boolean }) {
  const t = useTexts(texts);
  const shown = value ?? t("absent");
  if (changed) return <strong className="diff-value diff-changed">{shown}</strong>;
  return <span className="diff-value">{shown}</span>;
}
