import { Stack, Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { fieldNames } from "../../ui/field-names.ts";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time, useDuration, useNumbers } from "../../ui/time.tsx";

const texts = defineTexts("lastRun", {
  ja: {
    running: "実行中",
    succeeded: "成功",
    failed: "失敗",
    died: "中断",
    diedHint: "途中で途切れました。次回の実行で処理します。",
    refused: "呼び出しに失敗",
    never: "まだありません",
    unknown: "不明",
    took: "（{{duration}}）",
    counted: "{{name}} {{count}}",
  },
  en: {
    running: "Running",
    succeeded: "Succeeded",
    failed: "Failed",
    died: "Died",
    diedHint: "It was never heard of again. The next run does its work.",
    refused: "The call failed",
    never: "none yet",
    unknown: "unknown",
    took: " ({{duration}})",
    counted: "{{name}}: {{count}}",
  },
});

/** What a run ended with, where it is not simply that all of it was done. */
const outcomes = defineTexts("runOutcomes", {
  ja: {
    primaryUnreachable: "東京から応答がありません",
    secondaryUnreachable: "大阪から応答がありません",
    unreachable: "メールサーバーに接続できません",
    unavailable: "必要なものが応答しませんでした",
    internal: "予期しないエラー",
    conflict: "同時に別の変更がありました",
    "precondition-failed": "設定の誤り",
  },
  en: {
    primaryUnreachable: "Tokyo does not answer",
    secondaryUnreachable: "Osaka does not answer",
    unreachable: "The mail server does not answer",
    unavailable: "Something it needs did not answer",
    internal: "Something unexpected went wrong",
    conflict: "Something else was changed at the same time",
    "precondition-failed": "A setting is wrong",
  },
});

const tones: Record<"succeeded" | "failed" | "died", Tone> = { succeeded: "ok", failed: "danger", died: "warning" };
/** Words of runs that say no more than that they were done. */
const plain = ["swept", "beat", "started", "synced", "requested", "expired", "duplicate", "skipped"];

/** How the last run of a schedule ended, and whether one goes on now. */
export function LastRun({ schedule }: { schedule: Schema<"Schedule"> }) {
  const t = useTexts(texts);
  const { availability, running, lastRun, lastAttempt } = schedule;
  if (availability === "unavailable") return t("unknown");
  const refused = lastAttempt?.succeeded === false && (!lastRun || lastRun.startedAt < lastAttempt.at);
  return (
    <Stack gap={4} align="flex-start">
      {running ? <Status tone="muted">{t("running")}</Status> : null}
      {lastRun ? <EndedRun run={lastRun} /> : running ? null : t("never")}
      {refused ? (
        <Text size="sm">
          {t("refused")} <Time at={lastAttempt.at} seconds />
        </Text>
      ) : null}
    </Stack>
  );
}

function EndedRun({ run }: { run: NonNullable<Schema<"Schedule">["lastRun"]> }) {
  const t = useTexts(texts);
  const outcome = useNames(outcomes);
  const name = useNames(fieldNames);
  const duration = useDuration();
  const { count } = useNumbers();
  const took = run.durationMilliseconds;
  const counts = Object.entries(run.counts).filter(([, n]) => n > 0);
  return (
    <>
      <Status tone={tones[run.result]}>{t(run.result)}</Status>
      <Text size="sm">
        <Time at={run.startedAt} seconds />
        {took === undefined ? null : t("took", { duration: duration(took / 1000) })}
      </Text>
      {run.result === "died" ? <Text size="sm">{t("diedHint")}</Text> : null}
      {run.result !== "died" && !plain.includes(run.outcome) ? <Text size="sm">{outcome(run.outcome)}</Text> : null}
      {counts.map(([field, n]) => (
        <Text size="sm" key={field}>
          {t("counted", { name: name(field), count: count(n) })}
        </Text>
      ))}
    </>
  );
}
