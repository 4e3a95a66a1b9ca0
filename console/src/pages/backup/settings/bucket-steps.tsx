import { Group, Text } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Status } from "../../../ui/status.tsx";
import { useDuration } from "../../../ui/time.tsx";
import { ChallengeStep } from "./challenge-step.tsx";
import { CodeStep } from "./code-step.tsx";
import { GrantStep } from "./grant-step.tsx";
import type { Bucket, Settings } from "./levels.ts";

const texts = defineTexts("backupBucketSteps", {
  ja: {
    steps: "{{bucket}}を使えるようにする手順",
    done: "済み",
    now: "この手順を進めてください",
    later: "前の手順のあと",
    how: "許可のしかた",
    grant: "Hikaeにバケットへの書き込みを許可する",
    challenge: "確認コードのファイルをバケットに置く",
    code: "確認コードを読み取って入力する",
    waiting: "1分ごとに確認しています（{{since}}経過）。反映には数分かかることがあり、10分までお待ちします。",
    begun: "1分ごとに確認しています。反映には数分かかることがあり、10分までお待ちします。",
    over: "10分お待ちしましたが、書き込めませんでした。権限をご確認のうえ、「今すぐ確認する」を押してください。",
  },
  en: {
    steps: "How to put {{bucket}} in use",
    done: "Done",
    now: "Do this now",
    later: "After the step before",
    how: "How to permit it",
    grant: "Permit Hikae to write to the bucket",
    challenge: "Have a file with a code left in the bucket",
    code: "Read the code and enter it",
    waiting:
      "It is checked each minute ({{since}} so far). A grant may take some minutes to act; it is waited for ten.",
    begun: "It is checked each minute. A grant may take some minutes to act; it is waited for ten.",
    over: "Ten minutes have passed and Hikae may still not write there. Check the grant, then press “Check now”.",
  },
});

type Progress = "done" | "now" | "later";
type BucketStepsProps = { bucket: Bucket; grant: Settings["grant"] };

/** What the bucket's owner does, step by step; each shows how far it has come. */
export function BucketSteps({ bucket, grant }: BucketStepsProps) {
  const t = useTexts(texts);
  const { state, challenge, problem } = bucket;
  if (state === "outOfService") return problem?.cause === "denied" ? <GrantStep bucket={bucket} grant={grant} /> : null;
  const isPermitted = state === "waitingForProof" || state === "proofLost";
  const hasCode = isPermitted && challenge !== undefined;
  return (
    <ol className="steps" aria-label={t("steps", { bucket: bucket.name })}>
      <Step title={t("grant")} progress={isPermitted ? "done" : "now"}>
        {state === "waitingForPermission" ? <Waiting bucket={bucket} /> : null}
        {state === "failed" ? <Text size="sm">{t("over")}</Text> : null}
        <details open={!isPermitted}>
          <summary>{t("how")}</summary>
          <GrantStep bucket={bucket} grant={grant} />
        </details>
      </Step>
      <Step title={t("challenge")} progress={hasCode ? "done" : isPermitted ? "now" : "later"}>
        {isPermitted ? <ChallengeStep bucket={bucket} /> : null}
      </Step>
      <Step title={t("code")} progress={hasCode ? "now" : "later"}>
        {hasCode ? <CodeStep bucket={bucket} object={challenge.object} /> : null}
      </Step>
    </ol>
  );
}

type StepProps = { title: string; progress: Progress; children: ReactNode };

function Step({ title, progress, children }: StepProps) {
  const t = useTexts(texts);
  const tone = { done: "ok", now: "warning", later: "muted" } as const;
  return (
    <li {...(progress === "now" ? { "aria-current": "step" } : {})}>
      <Group gap="xs">
        <Text fw={600}>{title}</Text>
        <Status tone={tone[progress]}>{t(progress)}</Status>
      </Group>
      {children}
    </li>
  );
}

function Waiting({ bucket: { waitingSince, checkedAt } }: { bucket: Bucket }) {
  const t = useTexts(texts);
  const duration = useDuration();
  const now = useNow();
  const begun = Date.parse(waitingSince ?? checkedAt ?? now.toISOString());
  const seconds = Math.max(0, (now.getTime() - begun) / 1000);
  const text = seconds < 60 ? t("begun") : t("waiting", { since: duration(Math.floor(seconds / 10) * 10) });
  return <Text size="sm">{text}</Text>;
}

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
