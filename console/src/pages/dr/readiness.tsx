import { Button, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Schema } from "../../api/client.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page, Section } from "../../ui/page.tsx";
import type { Tone } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import { useReadiness } from "./activate/readiness-query.ts";
import { ReadinessCheck } from "./readiness-check.tsx";

const texts = defineTexts("readiness", {
  ja: {
    title: "準備状況",
    intro: "いま大阪に切り替えたら何が困るかを、大阪のデータだけで確かめます。",
    again: "もう一度確認する",
    at: "確認した日時：",
    ready: "いつでも切り替えられます",
    readyBody: "{{pass}}項目すべてに問題はありません。",
    attention: "切り替えられますが、注意点が{{warning}}件あります",
    overridable: "切り替えを妨げる問題が{{blocker}}件あります",
    impossible: "いまは切り替えられません",
    impossibleBody: "理由を添えても切り替えられない項目があります。先に解決してください。",
    overridableBody: "東京が失われたときは、理由を添えて切り替えられます。平常時は、先に解決してください。",
    attentionBody: "平常時のうちに解決しておくと、切り替えのあとの作業が減ります。",
    counts: "妨げる問題 {{blocker}}件・注意 {{warning}}件・問題なし {{pass}}件",
    primaryAnswers: "東京は応答しています。いま切り替えると、訓練または計画的な移行になります。",
    primarySilent: "東京が応答していません。障害情報を確認してください。",
    blocker: "切り替えを妨げる問題",
    warning: "注意",
    pass: "問題なし",
    activate: "切り替え・訓練に進む",
  },
  en: {
    title: "Readiness",
    intro: "What would go wrong if Osaka were activated now, judged from Osaka's own data alone.",
    again: "Check again",
    at: "Checked: ",
    ready: "Ready to be activated at any time",
    readyBody: "All {{pass}} checks pass.",
    attention: "Ready, with points to note: {{warning}}",
    overridable: "Problems that stand in the way of activation: {{blocker}}",
    impossible: "It cannot be activated now",
    impossibleBody: "Some of it cannot be overridden by a reason. See to that first.",
    overridableBody: "If Tokyo is lost, Osaka can be activated with a reason. In normal times see to these first.",
    attentionBody: "What is seen to now is less to do after an activation.",
    counts: "In the way: {{blocker}}, to note: {{warning}}, passed: {{pass}}",
    primaryAnswers: "Tokyo answers: an activation now is a drill or a planned move.",
    primarySilent: "Tokyo does not answer. Look for an incident.",
    blocker: "In the way of an activation",
    warning: "To note",
    pass: "Passed",
    activate: "Go on to activation or a drill",
  },
});

type Readiness = Schema<"Readiness">;

/** What would go wrong if the secondary were activated now, the gravest first, and what to do about it (R29). */
export function ReadinessPage() {
  const t = useTexts(texts);
  const { id } = useTenant();
  const mayActivate = useMay("activate");
  const query = useReadiness();
  const actions = (
    <>
      <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
        {t("again")}
      </Button>
      {mayActivate ? (
        <Button component={Link} to={`/tenants/${id}/dr/activate`} variant="default">
          {t("activate")}
        </Button>
      ) : null}
    </>
  );
  return (
    <Page title={t("title")} intro={t("intro")} actions={actions}>
      <Loaded query={query}>
        {(readiness) => (
          <>
            <Verdict readiness={readiness} />
            {(["blocker", "warning", "pass"] as const).map((result) => (
              <Checks key={result} result={result} checks={readiness.checks} />
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}

const tones = { pass: "ok", warning: "warning", blocker: "danger" } as const satisfies Record<string, Tone>;

/** Whether we are ready, in one sentence. */
function Verdict({ readiness: { result, summary, checks, at, primaryAnswers } }: { readiness: Readiness }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const counts = { blocker: count(summary.blocker), warning: count(summary.warning), pass: count(summary.pass) };
  const impossible = checks.some((check) => check.result === "blocker" && !check.overridable);
  const verdict = {
    pass: "ready",
    warning: "attention",
    blocker: impossible ? "impossible" : "overridable",
  } as const;
  const said = verdict[result];
  return (
    <div className="verdict" data-tone={tones[result]} role="status">
      <Text fw={700} size="lg">
        {t(said, counts)}
      </Text>
      <Stack gap={4}>
        <Text size="sm">{t(`${said}Body`, counts)}</Text>
        <Text size="sm">{t(primaryAnswers ? "primaryAnswers" : "primarySilent")}</Text>
        <Text size="sm">{t("counts", counts)}</Text>
        <Text size="sm">
          {t("at")}
          <Time at={at} seconds />
        </Text>
      </Stack>
    </div>
  );
}

type ChecksProps = { result: Readiness["result"]; checks: Readiness["checks"] };

function Checks({ result, checks }: ChecksProps) {
  const t = useTexts(texts);
  const found = checks.filter((check) => check.result === result);
  if (found.length === 0) return null;
  return (
    <Section title={t(result)}>
      <ul className="checks">
        {found.map((check) => (
          <li key={check.name}>
            <ReadinessCheck check={check} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
