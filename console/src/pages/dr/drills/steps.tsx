import { defineTexts, useLanguage, useNames, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status } from "../../../ui/status.tsx";
import { useDuration, useNumbers } from "../../../ui/time.tsx";
import type { Report } from "../drill.tsx";
import { stepNames, stepOrder } from "./texts.ts";

const texts = defineTexts("steps", {
  ja: {
    title: "稼働後の手順",
    step: "手順",
    outcome: "結果",
    took: "時間",
    detail: "内容",
    complete: "完了",
    partly: "一部は手作業が必要",
    waiting: "待機中・実行中",
    none: "まだありません。",
    applyPlan: "発信者番号 {{written}}件を変更",
    skipped: "{{skipped}}件は変更できず、チェックリストに残しました",
    openChecklist: "{{total}}項目のうち{{open}}項目が未完了",
    reload: "すべての種別に依頼しました",
  },
  en: {
    title: "What followed",
    step: "Step",
    outcome: "Outcome",
    took: "Took",
    detail: "What was done",
    complete: "Done",
    partly: "Some is left to people",
    waiting: "Waiting or running",
    none: "Nothing yet.",
    applyPlan: "{{written}} caller numbers changed",
    skipped: "{{skipped}} could not be, and are left in the checklist",
    openChecklist: "{{open}} of {{total}} items are open",
    reload: "Every kind was told",
  },
});

type Step = Report["steps"][number];
type Row = { name: string; done?: Step };

/** Each step after the secondary was in charge: outcome, length, what it did; those still to come are shown as such. */
export function Steps({ report: { steps, state } }: { report: Report }) {
  const t = useTexts(texts);
  const name = useNames(stepNames);
  const duration = useDuration();
  const detail = useDetail();
  const rows: Row[] = [
    ...steps.map((done) => ({ name: done.name, done })),
    ...(state === "active" && steps.length === 0 ? stepOrder.map((name) => ({ name })) : []),
  ];
  const columns: Column<Row>[] = [
    { title: t("step"), cell: (row) => name(row.name) },
    { title: t("outcome"), cell: ({ done }) => <Outcome done={done} /> },
    { title: t("took"), align: "right", cell: ({ done }) => done && duration(done.milliseconds / 1000) },
    { title: t("detail"), cell: ({ done }) => done && detail(done) },
  ];
  return (
    <Section title={t("title")}>
      <DataTable label={t("title")} columns={columns} rows={rows} rowKey={(row) => row.name} empty={t("none")} />
    </Section>
  );
}

function Outcome({ done }: { done: Step | undefined }) {
  const t = useTexts(texts);
  if (!done) return <Status tone="muted">{t("waiting")}</Status>;
  return <Status tone={done.complete ? "ok" : "warning"}>{t(done.complete ? "complete" : "partly")}</Status>;
}

/** What the step did, from its counts; what has none is told in its own words. */
function useDetail(): (step: Step) => string {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const separator = useLanguage() === "ja" ? "、" : ", ";
  return ({ name, complete, detail, counts = {} }) => {
    const { written, skipped = 0, total, open } = counts;
    if (name === "applyPlan" && written !== undefined) {
      const parts = [t("applyPlan", { written: count(written) })];
      return [...parts, ...(skipped > 0 ? [t("skipped", { skipped: count(skipped) })] : [])].join(separator);
    }
    if (name === "openChecklist" && total !== undefined && open !== undefined) {
      return t("openChecklist", { total: count(total), open: count(open) });
    }
    return name === "reload" && complete ? t("reload") : detail;
  };
}
