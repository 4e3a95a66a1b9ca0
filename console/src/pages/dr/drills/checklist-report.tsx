import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status } from "../../../ui/status.tsx";
import { useDuration } from "../../../ui/time.tsx";
import type { Report } from "../drill.tsx";

const texts = defineTexts("checklistReport", {
  ja: {
    title: "チェックリスト",
    item: "項目",
    state: "状態",
    done: "完了",
    open: "未完了",
    by: "実施者",
    after: "開始から",
    note: "メモ",
    none: "チェックリストはまだ作られていません。",
  },
  en: {
    title: "Checklist",
    item: "Item",
    state: "State",
    done: "Done",
    open: "Open",
    by: "By",
    after: "After",
    note: "Note",
    none: "The checklist has not been opened yet.",
  },
});

type Item = Report["checklist"][number];

/** Each item of the checklist, and how long after the activation it was done. */
export function ChecklistReport({ report: { checklist } }: { report: Report }) {
  const t = useTexts(texts);
  const label = useLabel();
  const duration = useDuration();
  const columns: Column<Item>[] = [
    { title: t("item"), cell: (item) => label(item.label) },
    {
      title: t("state"),
      cell: ({ state }) => <Status tone={state === "done" ? "ok" : "warning"}>{t(state)}</Status>,
    },
    { title: t("by"), cell: ({ done }) => done && <Actor by={done.by} /> },
    {
      title: t("after"),
      align: "right",
      cell: ({ afterMilliseconds: after }) => (after === undefined ? undefined : duration(after / 1000)),
    },
    { title: t("note"), cell: ({ done }) => done?.note },
  ];
  return (
    <Section title={t("title")}>
      <DataTable label={t("title")} columns={columns} rows={checklist} rowKey={({ id }) => id} empty={t("none")} />
    </Section>
  );
}
