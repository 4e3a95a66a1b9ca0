import { Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { Section } from "../../ui/page.tsx";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import type { Standby } from "./standby.tsx";

const texts = defineTexts("syncs", {
  ja: {
    title: "定期的な同期",
    guidance: "ガイダンス音声（5分ごと）",
    accessRules: "IPアクセス制限（1時間ごと）",
    never: "まだ実行されていません",
    at: "最後の実行",
    equalAt: "最後に一致した日時",
    notEqual: "まだありません",
    reason: "理由",
    detail: "補足",
    objects: "ファイル数（東京）",
    copied: "コピー",
    deleted: "削除",
    skipped: "次回に持ち越し",
    failed: "失敗",
    bytes: "コピーした容量",
    rules: "ルール数（東京）",
  },
  en: {
    title: "Scheduled syncs",
    guidance: "Guidance files (every 5 minutes)",
    accessRules: "IP access rules (hourly)",
    never: "Not done so far",
    at: "Last run",
    equalAt: "Last equal",
    notEqual: "never so far",
    reason: "Reason",
    detail: "Note",
    objects: "Files in Tokyo",
    copied: "Copied",
    deleted: "Deleted",
    skipped: "Left to the next run",
    failed: "Failed",
    bytes: "Bytes copied",
    rules: "Rules in Tokyo",
  },
});

const outcomes = defineTexts("syncOutcomes", {
  ja: { copied: "完了", unchanged: "変更なし", refused: "取り込みを見送り", failed: "失敗", unfinished: "続きは次回" },
  en: { copied: "Done", unchanged: "No changes", refused: "Refused", failed: "Failed", unfinished: "To be continued" },
});

const reasons = defineTexts("syncReasons", {
  ja: {
    invalid: "東京のルールに誤りがあります",
    admitsNobody: "誰も接続できなくなる内容です",
    primaryEmpty: "東京のデータが空です",
    tooLarge: "大きすぎます",
    tampered: "大阪で直接変更されています",
    primaryUnreachable: "東京に接続できません",
    secondaryUnreachable: "大阪に接続できません",
    notAllCopied: "一部をコピーできませんでした",
    internal: "予期しないエラーです",
  },
  en: {
    invalid: "The rules in Tokyo are not valid",
    admitsNobody: "They would admit nobody",
    primaryEmpty: "There is nothing in Tokyo",
    tooLarge: "Too large",
    tampered: "Edited directly in Osaka",
    primaryUnreachable: "Tokyo cannot be reached",
    secondaryUnreachable: "Osaka cannot be reached",
    notAllCopied: "Not everything could be copied",
    internal: "Something unexpected went wrong",
  },
});

const tones: Record<string, Tone> = { copied: "ok", unchanged: "ok", refused: "danger", failed: "danger" };

type Sync = NonNullable<Standby["syncs"]["guidance"] | Standby["syncs"]["accessRules"]>;

/** How the last scheduled syncs of guidance files and IP access rules went (R12, R13). */
export function SyncsSection({ syncs: { guidance, accessRules } }: { syncs: Standby["syncs"] }) {
  const t = useTexts(texts);
  const { count, bytes } = useNumbers();
  return (
    <Section title={t("title")}>
      <Stack>
        <SyncFacts title={t("guidance")} sync={guidance}>
          {guidance && [
            [t("objects"), count(guidance.objects)],
            [t("copied"), count(guidance.copied)],
            [t("bytes"), guidance.copied > 0 && bytes(guidance.bytes)],
            [t("deleted"), count(guidance.deleted)],
            [t("skipped"), guidance.skipped > 0 && count(guidance.skipped)],
            [t("failed"), guidance.failed > 0 && count(guidance.failed)],
          ]}
        </SyncFacts>
        <SyncFacts title={t("accessRules")} sync={accessRules}>
          {accessRules && [[t("rules"), accessRules.rules === undefined ? undefined : count(accessRules.rules)]]}
        </SyncFacts>
      </Stack>
    </Section>
  );
}

type SyncFactsProps = { title: string; sync: Sync | undefined; children: [string, ReactNode][] | undefined };

function SyncFacts({ title, sync, children = [] }: SyncFactsProps) {
  const t = useTexts(texts);
  const outcome = useNames(outcomes);
  const reason = useNames(reasons);
  return (
    <div>
      <Title order={3} mb={4}>
        {title}
      </Title>
      {sync ? (
        <Stack gap="xs">
          <div>
            <Status tone={tones[sync.outcome] ?? "warning"}>{outcome(sync.outcome)}</Status>
          </div>
          <Facts
            items={[
              [t("reason"), sync.reason && reason(sync.reason)],
              [t("detail"), sync.detail],
              [t("at"), <Time key="at" at={sync.at} />],
              [t("equalAt"), sync.equalAt ? <Time key="equalAt" at={sync.equalAt} /> : t("notEqual")],
              ...children,
            ]}
          />
        </Stack>
      ) : (
        t("never")
      )}
    </div>
  );
}
