import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { rowsOf } from "../../../api/paged.ts";
import { useMay } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Failure } from "../../../ui/failure.tsx";
import { Loaded } from "../../../ui/loaded.tsx";
import { Section } from "../../../ui/page.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";
import { toggled } from "../../../ui/toggled.ts";
import { Choosing } from "./choosing.tsx";
import { DiffCard } from "./diff-card.tsx";
import { DiffFilter } from "./diff-filter.tsx";
import { type DiffChoice, type DiffRow, useDiff, useDiffCsv } from "./use-diff.ts";

const texts = defineTexts("failbackDiff", {
  ja: {
    title: "東京と大阪の差分",
    intro:
      "切り替えの時点から、東京と大阪で変わった文書です。切り戻すと、大阪で変更した内容は東京の内容に置き換わります。",
    choose: "残したい変更を選ぶと、切り戻しの前に東京へ反映します。",
    ask: "残したい変更は、再開の依頼のメモで運用担当にお知らせください。",
    csv: "CSVをダウンロード",
    refresh: "最新の状態に更新",
    asOf: "取得：",
    empty: "差分はありません。",
    shown: "{{rows}}件を表示しています。",
    shownMore: "{{rows}}件を表示しています。続きがあります。",
    more: "さらに表示",
  },
  en: {
    title: "Differences between Tokyo and Osaka",
    intro:
      "Documents that changed in Tokyo or in Osaka since the activation. Failing back replaces what was changed in Osaka with Tokyo's content.",
    choose: "The changes you choose are carried over to Tokyo before the fail back.",
    ask: "Tell the operators in the note of your request which changes are to be kept.",
    csv: "Download as CSV",
    refresh: "Read again",
    asOf: "As of ",
    empty: "There are no differences.",
    shown_one: "{{rows}} document is shown.",
    shown_other: "{{rows}} documents are shown.",
    shownMore: "{{rows}} documents are shown; there are more.",
    more: "Show more",
  },
});

type DiffProps = { chosen: ReadonlySet<string>; onChoose(chosen: ReadonlySet<string>): void };

/** What the fail back would overwrite, on its three sides, and which of it is to be carried to the primary first (R25). */
export function DiffSection({ chosen, onChoose }: DiffProps) {
  const t = useTexts(texts);
  const may = useMay("resume");
  const [choice, setChoice] = useState<DiffChoice>({ edited: false });
  const query = useDiff(choice);
  const csv = useDiffCsv();
  const list = rowsOf<DiffRow>(query);
  const download = (
    <Button size="xs" variant="default" onClick={() => csv.mutate()} loading={csv.isPending}>
      {t("csv")}
    </Button>
  );
  return (
    <Section title={t("title")} actions={download}>
      <Stack>
        <Text size="sm">
          {t("intro")} {t(may ? "choose" : "ask")}
        </Text>
        {csv.error ? <Failure error={csv.error} /> : null}
        <DiffFilter choice={choice} rows={list.rows} onChange={setChoice} />
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={() => void query.refetch()} loading={query.isRefetching}>
            {t("refresh")}
          </Button>
          {query.data ? (
            <Text size="sm" c="var(--muted)">
              {t("asOf")}
              <Time at={new Date(query.dataUpdatedAt).toISOString()} seconds />
            </Text>
          ) : null}
        </Group>
        <Loaded query={query}>
          {() => (
            <>
              {may ? <Choosing rows={list.rows} chosen={chosen} onChoose={onChoose} /> : null}
              <Rows
                list={list}
                chosen={chosen}
                onToggle={may ? (path) => onChoose(toggled(chosen, path)) : undefined}
              />
            </>
          )}
        </Loaded>
      </Stack>
    </Section>
  );
}

type RowsProps = {
  list: ReturnType<typeof rowsOf<DiffRow>>;
  chosen: ReadonlySet<string>;
  onToggle: ((path: string) => void) | undefined;
};

function Rows({ list: { rows, onMore, loadingMore }, chosen, onToggle }: RowsProps) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const shown = { rows: count(rows.length), count: rows.length };
  return (
    <Stack>
      <Text role="status" size="sm">
        {rows.length === 0 && !onMore ? t("empty") : t(onMore ? "shownMore" : "shown", shown)}
      </Text>
      {rows.map((row) => (
        <DiffCard
          key={row.path}
          row={row}
          chosen={chosen.has(row.path)}
          onToggle={onToggle && (() => onToggle(row.path))}
        />
      ))}
      {onMore ? (
        <Button variant="default" onClick={onMore} loading={loadingMore}>
          {t("more")}
        </Button>
      ) : null}
    </Stack>
  );
}
