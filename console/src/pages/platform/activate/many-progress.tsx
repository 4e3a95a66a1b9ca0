import { Button } from "@mantine/core";
import { Link } from "react-router";
import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { OperationProgress, useOperation } from "../../../ui/operation-progress.tsx";
import { Section } from "../../../ui/page.tsx";
import { useNumbers } from "../../../ui/time.tsx";

const texts = defineTexts("manyProgress", {
  ja: {
    title: "一括切り替えの進み具合",
    again: "別の一括切り替えを始める",
    results: "結果",
    problems: "切り替えられなかったテナント",
    none: "すべて切り替えました。",
    tenant: "テナント",
    state: "結果",
    problem: "原因",
    progress: "経過",
    live: "見る",
  },
  en: {
    title: "How the bulk activation goes",
    again: "Begin another one",
    results: "Results",
    problems: "Tenants that were not activated",
    none: "All were activated.",
    tenant: "Tenant",
    state: "Result",
    problem: "Why",
    progress: "Job",
    live: "See it",
  },
});

const outcomes = defineTexts("manyOutcomes", {
  ja: { succeeded: "切り替え済み", refused: "受け付けられず", failed: "失敗", cancelled: "取り消し" },
  en: { succeeded: "Activated", refused: "Refused", failed: "Failed", cancelled: "Cancelled" },
});

type Problem = { tenant: string; operation?: string; state: string; problem?: string };

/** The bulk activation live, then how many came to what, and each that went wrong. */
export function ManyProgress({ id, onAgain }: { id: string; onAgain: () => void }) {
  const t = useTexts(texts);
  const result = useOperation(id).data?.result;
  return (
    <>
      <Section title={t("title")}>
        <OperationProgress id={id} link={false} />
      </Section>
      {result ? <Results result={result} /> : null}
      <Button variant="default" onClick={onAgain} w="fit-content">
        {t("again")}
      </Button>
    </>
  );
}

function Results({ result }: { result: Record<string, unknown> }) {
  const t = useTexts(texts);
  const outcome = useNames(outcomes);
  const { count } = useNumbers();
  const tenants = (result.tenants ?? {}) as Record<string, number>;
  const problems = (result.problems ?? []) as Problem[];
  const columns: Column<Problem>[] = [
    { title: t("tenant"), cell: ({ tenant }) => <Link to={`/tenants/${tenant}/dr`}>{tenant}</Link> },
    { title: t("state"), cell: ({ state }) => outcome(state) },
    { title: t("problem"), cell: ({ problem }) => problem },
    {
      title: t("progress"),
      cell: ({ tenant, operation }) =>
        operation && <Link to={`/tenants/${tenant}/operations/${operation}`}>{t("live")}</Link>,
    },
  ];
  return (
    <>
      <Section title={t("results")}>
        <Facts items={Object.entries(tenants).map(([state, many]) => [outcome(state), count(many)] as const)} />
      </Section>
      <Section title={t("problems")}>
        <DataTable
          label={t("problems")}
          columns={columns}
          rows={problems}
          rowKey={({ tenant }) => tenant}
          empty={t("none")}
        />
      </Section>
    </>
  );
}
