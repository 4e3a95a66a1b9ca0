import { Alert, Button, Stack } from "@mantine/core";
import { useParams } from "react-router";
import { $api, every, isProblem, type Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { ChecklistReport } from "./drills/checklist-report.tsx";
import { FailbackReport } from "./drills/failback-report.tsx";
import { Measured } from "./drills/measured.tsx";
import { NextSteps } from "./drills/next-steps.tsx";
import { Steps } from "./drills/steps.tsx";
import { Timeline } from "./drills/timeline.tsx";
import { modes } from "./words.ts";

const texts = defineTexts("drill", {
  ja: {
    title: "切り替えの経過と結果",
    titled: "{{mode}}：経過と結果",
    drill: "これは訓練です",
    drillBody: "実際の障害ではありません。終えるには切り戻しを行ってください。",
    drillEnded: "訓練の記録です。",
    progress: "実行の状況",
    print: "印刷する",
  },
  en: {
    title: "How the activation goes",
    titled: "{{mode}}: how it went",
    drill: "This is a drill",
    drillBody: "Nothing has really failed. Failing back ends the drill.",
    drillEnded: "This is the record of a drill.",
    progress: "The job",
    print: "Print",
  },
});

export type Report = Schema<"ActivationReport">;

/** One activation, live while it goes on and as a report for print once it has ended (R18, R28). */
export function DrillPage() {
  const t = useTexts(texts);
  const mode = useNames(modes);
  const { id = "" } = useParams();
  const query = useReport(id);
  const report = query.data;
  const title = report ? t("titled", { mode: mode(report.mode) }) : t("title");
  const print = report ? (
    <Button variant="default" onClick={() => window.print()}>
      {t("print")}
    </Button>
  ) : undefined;
  return (
    <Page title={title} actions={print}>
      {/* A planned move has no report before its last changes are carried over: until then there is its job alone. */}
      {report === undefined && isNotFound(query.error) ? (
        <Section title={t("progress")}>
          <OperationProgress id={id} />
        </Section>
      ) : (
        <Loaded query={query}>{(found) => <ReportView report={found} />}</Loaded>
      )}
    </Page>
  );
}

/** Asked each second until everything that follows the activation is done, and seldom once it has ended. */
function useReport(id: string) {
  const tenant = useTenant().id;
  return $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/drills/{id}",
    { params: { path: { tenant, id } } },
    {
      refetchInterval: ({ state: { data } }) => {
        if (data?.state === "ended") return every.slowly;
        return data && data.steps.length > 0 ? every.fewSeconds : every.second;
      },
    },
  );
}

const isNotFound = (error: unknown) => isProblem(error) && error.code === "not-found";

function ReportView({ report }: { report: Report }) {
  const t = useTexts(texts);
  const settled = report.steps.length > 0 || report.state !== "active";
  return (
    <Stack gap="md">
      {report.mode === "drill" ? (
        <Alert color="indigo" variant="outline" title={t("drill")}>
          {t(report.state === "ended" ? "drillEnded" : "drillBody")}
        </Alert>
      ) : null}
      <Measured report={report} />
      {settled ? null : (
        <Section title={t("progress")}>
          <OperationProgress id={report.id} />
        </Section>
      )}
      {report.state === "ended" ? null : <NextSteps report={report} />}
      <Timeline report={report} />
      <Steps report={report} />
      <ChecklistReport report={report} />
      {report.failback ? <FailbackReport failback={report.failback} /> : null}
    </Stack>
  );
}
