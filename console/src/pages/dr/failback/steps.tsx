import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useMay, useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status, type Tone } from "../../../ui/status.tsx";
import { Time } from "../../../ui/time.tsx";
import type { Standby } from "../standby.tsx";
import { type Activation, type Progress, progressOf, type StepName, stepNames } from "./turn.ts";
import { NoticeAct, RequestAct } from "./words.tsx";

const texts = defineTexts("failbackSteps", {
  ja: {
    title: "切り戻しの手順",
    notice: "復旧の連絡",
    noticeBody: "運用担当が、東京の復旧を確認してお客様にお知らせします。",
    request: "再開の依頼",
    requestBody: "お客様の管理者が、ソフトフォンと回線側の転送設定を東京に戻し、再開を依頼します。",
    failback: "切り戻し",
    failbackBody: "運用担当が差分を確認し、切り戻しを実行します。",
    done: "完了",
    current: "いまここ",
    later: "これから",
    needless: "訓練では不要",
    by: "連絡者：",
    noted: "「{{note}}」",
    turnNotice: "運用担当の復旧の連絡を待っています。",
    turnNoticeYours: "東京の復旧を確認したら、復旧を連絡してください。",
    turnRequest: "お客様の管理者の再開の依頼を待っています。",
    turnRequestYours: "ソフトフォンを東京に戻したら、再開を依頼してください。",
    turnFailback: "運用担当の切り戻しを待っています。",
    turnFailbackYours: "差分を確認し、切り戻しを実行してください。",
    running: "切り戻しを実行しています。",
    activating: "切り替えの途中です。大阪で稼働を始めたあとに切り戻せます。",
  },
  en: {
    title: "Steps of the fail back",
    notice: "Recovery notice",
    noticeBody: "An operator makes sure that Tokyo has recovered, and tells the tenant.",
    request: "Request to resume",
    requestBody:
      "The tenant's administrator moves softphones and the carriers' forwarding back to Tokyo, and asks to resume.",
    failback: "Fail back",
    failbackBody: "An operator looks at the differences and fails back.",
    done: "Done",
    current: "Now",
    later: "Later",
    needless: "Not needed in a drill",
    by: "By ",
    noted: "“{{note}}”",
    turnNotice: "Waiting for the operators' recovery notice.",
    turnNoticeYours: "Once you know that Tokyo has recovered, send the recovery notice.",
    turnRequest: "Waiting for the tenant's administrator to ask to resume.",
    turnRequestYours: "Once the softphones are back in Tokyo, ask to resume.",
    turnFailback: "Waiting for an operator to fail back.",
    turnFailbackYours: "Look at the differences, then fail back.",
    running: "The fail back is under way.",
    activating: "The activation is still under way; it can be failed back once Osaka is in charge.",
  },
});

const tones: Record<Progress, Tone> = { done: "ok", current: "warning", later: "muted", needless: "muted" };

type StepsProps = { standby: Standby; activation: Activation; running: boolean };

/** The three steps: who did what when, and whose turn it is (R24). */
export function StepsSection({ standby, activation, running }: StepsProps) {
  const t = useTexts(texts);
  const progress = progressOf(activation);
  const words = { notice: activation.recoveryNotice, request: activation.resumeRequest, failback: undefined };
  const inCharge = !running && standby.state === "active";
  const acts: Record<StepName, ReactNode> = {
    notice: inCharge && progress.notice === "current" ? <NoticeAct /> : null,
    request: inCharge && progress.request === "current" ? <RequestAct /> : null,
    failback: null,
  };
  return (
    <Section title={t("title")}>
      <Stack>
        <Turn {...{ standby, progress, running }} />
        <ol className="steps">
          {stepNames.map((name) => (
            <li key={name} aria-current={progress[name] === "current" ? "step" : undefined}>
              <Stack gap={4} align="flex-start">
                <Group gap="sm">
                  <Title order={3}>{t(name)}</Title>
                  <Status tone={tones[progress[name]]}>{t(progress[name])}</Status>
                </Group>
                <Text size="sm">{t(`${name}Body`)}</Text>
                <Said word={words[name]} />
                {acts[name]}
              </Stack>
            </li>
          ))}
        </ol>
      </Stack>
    </Section>
  );
}

/** Who said it, when, and what they added. */
function Said({ word }: { word: Activation["recoveryNotice"] }) {
  const t = useTexts(texts);
  if (!word) return null;
  return (
    <>
      <Text size="sm" c="var(--muted)">
        {t("by")}
        <Actor by={word.by} /> <Time at={word.at} />
      </Text>
      {word.note ? <Text size="sm">{t("noted", { note: word.note })}</Text> : null}
    </>
  );
}

type TurnProps = { standby: Standby; progress: Record<StepName, Progress>; running: boolean };

/** Whose turn it is, as it changes. */
function Turn({ standby, progress, running }: TurnProps) {
  const t = useTexts(texts);
  const { role } = useTenant();
  const mayRequest = useMay("requestResume");
  const may = {
    notice: useMay("sendRecoveryNotice"),
    // An operator may ask in the tenant's name, but it is the tenant's turn.
    request: mayRequest && role !== "operator",
    failback: useMay("resume"),
  };
  const current = stepNames.find((name) => progress[name] === "current") ?? "failback";
  const turns = { notice: "turnNotice", request: "turnRequest", failback: "turnFailback" } as const;
  const said = () => {
    if (running) return t("running");
    if (standby.state === "activating") return t("activating");
    return t(may[current] ? `${turns[current]}Yours` : turns[current]);
  };
  return (
    <Text fw={600} role="status">
      {said()}
    </Text>
  );
}
