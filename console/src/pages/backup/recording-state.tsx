import { Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useNames, useTexts } from "../../texts/texts.ts";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";

/** What a recording may be, in the order in which they are shown: first what somebody may have to do something about. */
export const recordingStates = ["failed", "unavailable", "waiting", "pending", "skipped", "stored"] as const;

export const recordingStateNames = defineTexts("recordingStates", {
  ja: {
    failed: "失敗",
    unavailable: "取得不可",
    waiting: "再試行待ち",
    pending: "保存待ち",
    skipped: "対象外",
    stored: "保存済み",
  },
  en: {
    failed: "Failed",
    unavailable: "Unavailable",
    waiting: "To be tried again",
    pending: "Waiting to be stored",
    skipped: "Left out",
    stored: "Stored",
  },
});

const tones: Record<string, Tone> = { stored: "ok", failed: "danger", unavailable: "danger", waiting: "warning" };

const texts = defineTexts("recordingState", {
  ja: {
    nextTry: "次の試行：",
    attempts: "失敗した試行：{{n}}回",
    parked: "バケット「{{bucket}}」の復旧を待っています。復旧すると自動で保存します。",
    nextProbe: "次の確認：",
    settings: "設定を見直す",
  },
  en: {
    nextTry: "Next try: ",
    attempts: "Failed tries: {{n}}",
    parked: "It waits for the bucket “{{bucket}}”, and is stored by itself when that is back.",
    nextProbe: "Looked at next: ",
    settings: "Review the settings",
  },
});

/** What a recording is, why, what to do about it, and what Hikae does by itself. */
export function RecordingStateCell({ recording }: { recording: Schema<"RecordingBackup"> }) {
  const t = useTexts(texts);
  const name = useNames(recordingStateNames);
  const label = useLabel();
  const { id } = useTenant();
  const { state, error, skipped, parked, nextTryAt, attempts } = recording;
  const problem = parked?.incident ?? error;
  // Remedies are for what is not tried by itself any more, and for what a bucket's owner must mend.
  const remedy = parked || state === "failed" || state === "unavailable" ? problem?.remedy : undefined;
  return (
    <Stack gap={4} align="flex-start" className="cell-wide">
      <Status tone={tones[state] ?? "muted"}>{name(state)}</Status>
      {problem ? <Text size="sm">{label(problem.label)}</Text> : null}
      {remedy ? (
        <Text size="sm" c="var(--muted)">
          {label(remedy)}
        </Text>
      ) : null}
      {parked ? <Text size="sm">{t("parked", { bucket: parked.bucket })}</Text> : null}
      {parked?.incident ? (
        <Text size="sm">
          {t("nextProbe")}
          <Time at={parked.incident.nextProbeAt} />
        </Text>
      ) : null}
      {skipped ? (
        <Text size="sm">
          {label(skipped.label)} <Link to={`/tenants/${id}/backup/settings`}>{t("settings")}</Link>
        </Text>
      ) : null}
      {nextTryAt ? (
        <Text size="sm">
          {t("nextTry")}
          <Time at={nextTryAt} />
        </Text>
      ) : null}
      {attempts > 0 && problem ? <Text size="sm">{t("attempts", { n: attempts })}</Text> : null}
    </Stack>
  );
}
