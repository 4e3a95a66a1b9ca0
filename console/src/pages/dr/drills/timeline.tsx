import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Section } from "../../../ui/page.tsx";
import { Time, useDuration } from "../../../ui/time.tsx";
import type { Report } from "../drill.tsx";
import { momentNames } from "./texts.ts";

const texts = defineTexts("timeline", {
  ja: { title: "経過", moment: "できごと", at: "日時", after: "開始から", by: "実施者", none: "まだありません。" },
  en: { title: "What happened", moment: "Event", at: "At", after: "After", by: "By", none: "Nothing yet." },
});

type Moment = Report["timeline"][number];

/** What happened when, how long after the activation was asked for, and by whom. */
export function Timeline({ report: { timeline } }: { report: Report }) {
  const t = useTexts(texts);
  const name = useNames(momentNames);
  const duration = useDuration();
  const columns: Column<Moment>[] = [
    { title: t("moment"), cell: (moment) => name(moment.name) },
    { title: t("at"), cell: ({ at }) => <Time at={at} seconds /> },
    { title: t("after"), align: "right", cell: ({ afterMilliseconds }) => duration(afterMilliseconds / 1000) },
    { title: t("by"), cell: ({ by }) => by && <Actor by={by} /> },
  ];
  return (
    <Section title={t("title")}>
      <DataTable
        label={t("title")}
        columns={columns}
        rows={timeline}
        rowKey={(moment) => moment.name}
        empty={t("none")}
      />
    </Section>
  );
}
