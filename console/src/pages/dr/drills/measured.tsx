import { Paper, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { defineTexts, useLabel, useList, useNames, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status } from "../../../ui/status.tsx";
import { Time, useDuration } from "../../../ui/time.tsx";
import type { Report } from "../drill.tsx";
import { activationStates } from "./texts.ts";

const texts = defineTexts("measured", {
  ja: {
    title: "結果",
    rto: "切り替えの時間（RTO）",
    rpo: "未反映の変更（RPO）",
    duration: "終了までの時間",
    running: "経過時間",
    checklist: "チェックリスト",
    done: "{{done}} / {{total}}項目",
    none: "まだありません",
    upTo: "最大 {{length}}",
    unknown: "不明",
    nothing: "なし",
    state: "状態",
    by: "実施者",
    at: "開始",
    reason: "理由",
    overridden: "承知のうえで見送った確認項目",
  },
  en: {
    title: "Results",
    rto: "Time to activate (RTO)",
    rpo: "Changes missing (RPO)",
    duration: "Until the end",
    running: "So far",
    checklist: "Checklist",
    done: "{{done}} of {{total}}",
    none: "not yet",
    upTo: "at most {{length}}",
    unknown: "not known",
    nothing: "none",
    state: "State",
    by: "By",
    at: "Began",
    reason: "Reason",
    overridden: "Checks overridden",
  },
});

/** What the activation was worth: how long it took, and how much was missing. */
export function Measured({ report }: { report: Report }) {
  const t = useTexts(texts);
  const duration = useDuration();
  const state = useNames(activationStates);
  const label = useLabel();
  const list = useList();
  const { rtoMilliseconds, rpoSeconds, durationMilliseconds, requestedAt, checklist } = report;
  const activating = rtoMilliseconds === undefined;
  const done = checklist.filter((item) => item.state === "done").length;
  const rpo = () => {
    if (rpoSeconds === null) return t("unknown");
    return rpoSeconds === 0 ? t("nothing") : t("upTo", { length: duration(rpoSeconds) });
  };
  return (
    <Section title={t("title")}>
      <div className="measures">
        <Measure name={t("rto")}>
          {activating ? <Stopwatch since={requestedAt} /> : duration(rtoMilliseconds / 1000)}
        </Measure>
        <Measure name={t("rpo")}>{rpo()}</Measure>
        <Measure name={t("checklist")}>
          {checklist.length === 0 ? t("none") : t("done", { done, total: checklist.length })}
        </Measure>
        <Measure name={t(durationMilliseconds === undefined ? "running" : "duration")}>
          {durationMilliseconds === undefined ? (
            <Stopwatch since={requestedAt} />
          ) : (
            duration(durationMilliseconds / 1000)
          )}
        </Measure>
      </div>
      <Facts
        items={[
          [
            t("state"),
            <span key="state" role="status">
              <Status tone={report.state === "ended" ? "muted" : "warning"}>
                {state(activating ? "activating" : report.state)}
              </Status>
            </span>,
          ],
          [t("by"), <Actor key="by" by={report.by} />],
          [t("at"), <Time key="at" at={requestedAt} seconds />],
          [t("reason"), report.reason],
          [t("overridden"), report.overriddenLabels.length > 0 && list(report.overriddenLabels.map(label))],
        ]}
      />
    </Section>
  );
}

function Measure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <Paper withBorder p="sm">
      <Text size="sm" c="var(--muted)">
        {name}
      </Text>
      <Text className="measure">{children}</Text>
    </Paper>
  );
}

/** How long it has been, as it runs; not read out each second. */
function Stopwatch({ since }: { since: string }) {
  const duration = useDuration();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, (now - Date.parse(since)) / 1000);
  return (
    <span role="timer" aria-live="off">
      {duration(seconds < 10 ? seconds : Math.floor(seconds))}
    </span>
  );
}
