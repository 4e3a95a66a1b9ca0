import { Group, Stack, Text } from "@mantine/core";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Actor } from "../../ui/actor.tsx";
import { Facts } from "../../ui/facts.tsx";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import { Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import { NextStep } from "./next-step.tsx";
import type { Standby, Status as TenantStatus } from "./standby.tsx";
import { modes, sites, standbyStates, stateTones, stopReasons } from "./words.ts";

const texts = defineTexts("situation", {
  ja: {
    title: "現在の状態",
    syncing: "東京の設定変更は、自動で大阪に写されています。",
    silent: "東京からの更新が届いていません。東京に障害が起きている可能性があります。",
    stopped: "東京での設定変更は、大阪に反映されていません。",
    activating: "大阪で受け付けられるように切り替えています。",
    active: "大阪で通話を受け付けています。設定は大阪で変更してください。",
    drill: "訓練中です。",
    resyncing: "東京の内容を大阪に写し直しています。完了すると、自動で同期に戻ります。",
    inCharge: "受け付けているサイト",
    syncStatus: "同期",
    on: "同期中",
    off: "停止",
    since: "この状態になった日時",
    stop: "停止の理由",
    detail: "補足",
    stoppedBy: "停止した人",
    editedBy: "変更した人",
    mode: "切り替えの種類",
    activatedBy: "切り替えた人",
    reason: "切り替えの理由",
    notice: "復旧の連絡",
    request: "再開の依頼",
    checklist: "チェックリスト",
    open: "残り{{open}}件（全{{total}}件）",
    allDone: "すべて完了（全{{total}}件）",
    running: "実行中の処理",
  },
  en: {
    title: "Present state",
    syncing: "Changes made in Tokyo are carried over to Osaka by themselves.",
    silent: "Nothing arrives from Tokyo. There may be an incident there.",
    stopped: "Changes made in Tokyo do not reach Osaka.",
    activating: "Osaka is being made to take the calls.",
    active: "Osaka takes the calls. Make changes to the settings there.",
    drill: "This is a drill.",
    resyncing: "Tokyo's content is being carried over to Osaka again; syncing resumes by itself after that.",
    inCharge: "Site that takes the calls",
    syncStatus: "Sync",
    on: "syncing",
    off: "stopped",
    since: "In this state since",
    stop: "Why it was stopped",
    detail: "Note",
    stoppedBy: "Stopped by",
    editedBy: "Edited by",
    mode: "Kind of activation",
    activatedBy: "Activated by",
    reason: "Reason for the activation",
    notice: "Recovery notice",
    request: "Request to resume",
    checklist: "Checklist",
    open: "{{open}} of {{total}} left",
    allDone: "all {{total}} done",
    running: "Running job",
  },
});

/** The state of the stand-by in words, what it means, and what to do next. */
export function Situation({ standby, status }: { standby: Standby; status: TenantStatus }) {
  const t = useTexts(texts);
  const state = useNames(standbyStates);
  // A restore is shown with the stop that it is to end.
  const operation = standby.stop ? undefined : standby.operation;
  const silent = standby.state === "syncing" && standby.rpo.status === "unknown";
  return (
    <Section title={t("title")}>
      <Stack>
        <Stack gap={4} role="status">
          <Group gap="sm">
            <span className="dr-state">
              <Status tone={silent ? "danger" : stateTones[standby.state]}>{state(standby.state)}</Status>
            </span>
            {standby.activation?.mode === "drill" ? <Text fw={600}>{t("drill")}</Text> : null}
          </Group>
          <Text>{t(silent ? "silent" : standby.state)}</Text>
        </Stack>
        <SituationFacts standby={standby} status={status} />
        <NextStep standby={standby} silent={silent} />
        {operation ? (
          <section aria-label={t("running")}>
            <OperationProgress key={operation.id} id={operation.id} />
          </section>
        ) : null}
      </Stack>
    </Section>
  );
}

function SituationFacts({ standby, status }: { standby: Standby; status: TenantStatus }) {
  const t = useTexts(texts);
  const site = useNames(sites);
  const stopReason = useNames(stopReasons);
  const mode = useNames(modes);
  const { count } = useNumbers();
  const { stop, activation, checklist } = standby;
  const open = checklist && { open: count(checklist.open), total: count(checklist.total) };
  return (
    <Facts
      items={[
        [t("inCharge"), site(standby.inCharge)],
        [t("syncStatus"), t(status.syncStatus === "syncing" ? "on" : "off")],
        [t("since"), <Time key="since" at={standby.since} />],
        [t("stop"), stop && stopReason(stop.reason)],
        // What Hikae notes of an edit stands with the edit itself, in the reader's language.
        [t("detail"), stop && stop.reason !== "tamper" && stop.detail],
        [t(stop?.reason === "tamper" ? "editedBy" : "stoppedBy"), stop && <Actor key="by" by={stop.by} />],
        [t("mode"), activation && mode(activation.mode)],
        [t("activatedBy"), activation && <Actor key="activated" by={activation.by} />],
        [t("reason"), activation?.reason],
        [t("notice"), activation?.recoveryNotice && <Time at={activation.recoveryNotice.at} />],
        [t("request"), activation?.resumeRequest && <Time at={activation.resumeRequest.at} />],
        [t("checklist"), open && t(checklist.open === 0 ? "allDone" : "open", open)],
      ]}
    />
  );
}
