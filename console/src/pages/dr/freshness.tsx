import { Stack, Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { Section } from "../../ui/page.tsx";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time, useDuration, useNumbers } from "../../ui/time.tsx";
import { LagChart } from "./lag-chart.tsx";
import { useLagHistory } from "./lag-history.ts";
import type { Standby } from "./standby.tsx";

const texts = defineTexts("freshness", {
  ja: {
    title: "同期の遅れ（RPO）",
    "in-sync": "追いついています",
    behind: "遅れています",
    unknown: "不明",
    own: "対象外",
    rpo: "大阪に未反映の期間",
    atMost: "最大{{duration}}",
    notKnown: "わかりません",
    since: "東京から最後に届いた日時",
    stopped: "同期の停止からの経過時間です。",
    independent: "大阪で稼働しているため、東京からの同期は行っていません。",
    lag: "変更が写るまでの時間",
    p50: "中央値 {{duration}}",
    p99: "99%点 {{duration}}",
    changes: "対象（直近{{minutes}}分）",
    counted: "{{changes}}件の変更",
    noChanges: "変更なし",
  },
  en: {
    title: "Lag of the sync (RPO)",
    "in-sync": "Up to date",
    behind: "Behind",
    unknown: "Not known",
    own: "Does not apply",
    rpo: "May be missing in Osaka",
    atMost: "at most {{duration}}",
    notKnown: "not known",
    since: "Last heard from Tokyo",
    stopped: "Counted from when the sync was stopped.",
    independent: "Osaka is in charge: nothing is carried over from Tokyo.",
    lag: "Until a change is carried over",
    p50: "median {{duration}}",
    p99: "99th percentile {{duration}}",
    changes: "Measured (last {{minutes}} minutes)",
    counted: "{{changes}} changes",
    noChanges: "no changes",
  },
});

const tones: Record<Standby["rpo"]["status"], Tone> = { "in-sync": "ok", behind: "warning", unknown: "danger" };

/** How much of the primary's changes the secondary may lack, and how long a change takes; `at`: when that was told. */
export function Freshness({ standby, at }: { standby: Standby; at: number }) {
  const t = useTexts(texts);
  const { rpo } = standby;
  const independent = standby.state === "active" || standby.state === "activating";
  return (
    <Section
      title={t("title")}
      actions={
        <span role="status">
          <Status tone={independent ? "muted" : tones[rpo.status]}>{t(independent ? "own" : rpo.status)}</Status>
        </span>
      }
    >
      {independent ? <Text size="sm">{t("independent")}</Text> : <Lag standby={standby} at={at} />}
    </Section>
  );
}

function Lag({ standby: { rpo, lag }, at }: { standby: Standby; at: number }) {
  const t = useTexts(texts);
  const duration = useDuration();
  const { count } = useNumbers();
  const points = useLagHistory(lag, at);
  const { p50Milliseconds: p50, p99Milliseconds: p99 } = lag;
  const measured = p50 !== null && p99 !== null;
  return (
    <Stack gap="sm">
      <Facts
        items={[
          [t("rpo"), rpo.seconds === null ? t("notKnown") : t("atMost", { duration: duration(rpo.seconds) })],
          [t("since"), rpo.unknownSince && <Time at={rpo.unknownSince} seconds />],
          [
            t("lag"),
            measured && (
              <>
                {t("p50", { duration: duration(p50 / 1000) })}
                <br />
                {t("p99", { duration: duration(p99 / 1000) })}
              </>
            ),
          ],
          [
            t("changes", { minutes: lag.windowMinutes }),
            lag.changes === 0 ? t("noChanges") : t("counted", { changes: count(lag.changes) }),
          ],
        ]}
      />
      {rpo.basis === "stop" ? <Text size="sm">{t("stopped")}</Text> : null}
      <LagChart points={points} />
    </Stack>
  );
}
