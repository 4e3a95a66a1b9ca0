import { Link } from "react-router";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { Section } from "../../../ui/page.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";
import type { Report } from "../drill.tsx";

const texts = defineTexts("failbackReport", {
  ja: {
    title: "切り戻し",
    by: "実施者",
    startedAt: "開始",
    finishedAt: "完了",
    documents: "比べた文書",
    overwritten: "東京の内容に戻した文書",
    promoted: "東京へ反映した変更",
    refused: "東京へ反映できなかった変更",
    override: "手順を省いた理由",
    operation: "処理の詳細を見る",
  },
  en: {
    title: "Fail back",
    by: "By",
    startedAt: "Began",
    finishedAt: "Completed",
    documents: "Documents compared",
    overwritten: "Brought back to Tokyo's content",
    promoted: "Changes carried to Tokyo",
    refused: "Changes that could not be carried",
    override: "Why steps were left out",
    operation: "See the job",
  },
});

/** How the tenant went back to the primary. */
export function FailbackReport({ failback }: { failback: NonNullable<Report["failback"]> }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const { id } = useTenant();
  const { by, startedAt, finishedAt, counts, override, operation } = failback;
  return (
    <Section title={t("title")}>
      <Facts
        items={[
          [t("by"), <Actor key="by" by={by} />],
          [t("startedAt"), <Time key="startedAt" at={startedAt} seconds />],
          [t("finishedAt"), finishedAt && <Time key="finishedAt" at={finishedAt} seconds />],
          [t("documents"), counts && count(counts.documents)],
          [t("overwritten"), counts && count(counts.overwritten)],
          [t("promoted"), counts && count(counts.promoted)],
          [t("refused"), counts && count(counts.refused)],
          [t("override"), override?.reason],
        ]}
      />
      <Link to={`/tenants/${id}/operations/${operation}`}>{t("operation")}</Link>
    </Section>
  );
}
