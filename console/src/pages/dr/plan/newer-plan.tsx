import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import type { Editing } from "./editing.ts";
import { useFieldName } from "./field-name.ts";
import { changesBetween, type EntryChange, entriesOf, type ReadPlan } from "./plan-draft.ts";

const texts = defineTexts("newerPlan", {
  ja: {
    title: "編集中に、ほかの人が計画を更新しました",
    body: "ご自身の変更はまだ保存されていません。更新された内容を確認して、続け方を選んでください。",
    table: "ほかの人の変更",
    field: "項目",
    before: "編集を始めたときの番号",
    newer: "更新後の番号",
    mine: "ご自身の番号",
    none: "なし",
    same: "番号の違いはありません。",
    rebase: "更新後の計画に自分の変更を重ねる",
    discard: "自分の変更を捨てて更新後の計画を表示",
  },
  en: {
    title: "Somebody else has changed the plan meanwhile",
    body: "Your own changes have not been stored. See what was changed, then choose how to go on.",
    table: "What somebody else has changed",
    field: "Entry",
    before: "When you began",
    newer: "Now stored",
    mine: "Yours",
    none: "none",
    same: "No number differs.",
    rebase: "Put my changes on top of the newer plan",
    discard: "Give up my changes and show the newer plan",
  },
});

type NewerPlanProps = { editing: Editing; newer: ReadPlan; onRebase: () => void; onDiscard: () => void };

/** Says that the stored plan is newer than the one being changed, shows what differs, and how to go on. */
export function NewerPlan({ editing, newer, onRebase, onDiscard }: NewerPlanProps) {
  const t = useTexts(texts);
  const name = useFieldName(editing.display);
  const { base, mine } = editing.draft;
  const shown = (number: string | undefined) => (number === undefined ? t("none") : editing.display(number));
  const columns: Column<EntryChange>[] = [
    { title: t("field"), cell: ({ field }) => name(field) },
    { title: t("before"), cell: ({ before }) => shown(before) },
    { title: t("newer"), cell: ({ after }) => shown(after) },
    { title: t("mine"), cell: ({ field }) => shown(mine[field]) },
  ];
  return (
    <Alert color="orange" variant="outline" role="alert" title={t("title")}>
      <Stack gap="sm">
        <Text size="sm">{t("body")}</Text>
        <DataTable
          label={t("table")}
          columns={columns}
          rows={changesBetween(base, entriesOf(newer))}
          rowKey={({ field }) => field}
          empty={t("same")}
        />
        <Group gap="xs">
          <Button onClick={onRebase}>{t("rebase")}</Button>
          <Button variant="default" onClick={onDiscard}>
            {t("discard")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
