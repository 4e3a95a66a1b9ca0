import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Page, Section } from "../../ui/page.tsx";
import { useNumbers } from "../../ui/time.tsx";
import { EditCard } from "./edit-card.tsx";
import { RestoreAct } from "./restore-act.tsx";
import { RestoreProgress } from "./restore-progress.tsx";
import { type Standby, WithStandby } from "./standby.tsx";

const texts = defineTexts("edits", {
  ja: {
    title: "大阪での直接変更",
    intro: "Hikaeを通さずに大阪（待機サイト）のデータが変更されると、お客様のデータを守るため同期が止まります。",
    resume: "同期の再開",
    resumed: "大阪は東京の内容に戻り、同期を再開しました。",
    advice: "残したい変更は、先に東京の設定へ反映してください。再開すると、大阪の変更は東京の内容で上書きされます。",
    ask: "再開は全社管理者または運用担当が行います。",
    restoring: "東京の内容に戻しています",
    edits: "変更された文書",
    none: "大阪で直接変更されたデータはありません。",
    newest: "新しい順に{{shown}}件を表示しています（全{{total}}件）。",
    active:
      "大阪で稼働している間の変更です。切り戻すと東京の内容で上書きされます。残したい変更は、切り戻しの画面で東京へ移せます。",
    noted: "同期が止まっている間の変更です。再開すると、東京の内容で上書きされます。",
    failback: "切り戻しの差分を見る",
  },
  en: {
    title: "Direct edits in Osaka",
    intro: "When data in Osaka (the secondary site) is edited past Hikae, the sync stops to protect your data.",
    resume: "Resuming the sync",
    resumed: "Osaka is as Tokyo again, and the sync has resumed.",
    advice:
      "Carry over to Tokyo first what you want to keep. Resuming overwrites the edits in Osaka with Tokyo's content.",
    ask: "A company administrator or an operator resumes it.",
    restoring: "Restoring from Tokyo",
    edits: "Edited documents",
    none: "No data was edited directly in Osaka.",
    newest: "The newest {{shown}} of {{total}} are shown.",
    active:
      "These edits were made while Osaka is in charge. Failing back overwrites them with Tokyo's content; what you want to keep can be carried over on the fail-back page.",
    noted: "These edits were made while the sync is stopped. Resuming overwrites them with Tokyo's content.",
    failback: "See what the fail back would overwrite",
  },
});

/** What was edited on the secondary past Hikae, and how to restore it and resume (R10, R10b). */
export function EditsPage() {
  const t = useTexts(texts);
  const [operation, setOperation] = useState<string>();
  return (
    <Page title={t("title")} intro={t("intro")}>
      <WithStandby>
        {(standby) => (
          <>
            <Resume standby={standby} started={operation} onStarted={setOperation} />
            <Edits standby={standby} />
          </>
        )}
      </WithStandby>
    </Page>
  );
}

type ResumeProps = { standby: Standby; started: string | undefined; onStarted: (operation: string) => void };

/** The acts that end the stop; once begun, how far the restore is, even after its end or when somebody else began it. */
function Resume({ standby, started, onStarted }: ResumeProps) {
  const t = useTexts(texts);
  const may = useMay("restoreEdited");
  const { state, stop, edits } = standby;
  const tampered = state === "stopped" && stop?.reason === "tamper";
  if (!tampered && state !== "resyncing" && started === undefined) return null;
  return (
    <Section title={t("resume")}>
      <Stack>
        <RestoreProgress standby={standby} started={started} />
        <Text role="status" fw={600} hidden={tampered}>
          {state === "resyncing" ? t("restoring") : null}
          {started && state === "syncing" ? t("resumed") : null}
        </Text>
        {tampered ? (
          <>
            <Text>{t(may ? "advice" : "ask")}</Text>
            <Group gap="xs">
              <RestoreAct scope="edited" prominent edits={edits.total} onStarted={onStarted} />
              <RestoreAct scope="all" onStarted={onStarted} />
            </Group>
          </>
        ) : null}
      </Stack>
    </Section>
  );
}

function Edits({ standby: { state, stop, edits } }: { standby: Standby }) {
  const t = useTexts(texts);
  const { id } = useTenant();
  const { count } = useNumbers();
  const { total, items } = edits;
  if (total === 0) return <Text c="var(--muted)">{t("none")}</Text>;
  return (
    <Section title={t("edits")}>
      <Stack>
        {state === "active" ? (
          <Alert color="gray" variant="outline">
            <Stack gap="xs" align="flex-start">
              {t("active")}
              <Button component={Link} to={`/tenants/${id}/dr/failback`} variant="default" size="xs">
                {t("failback")}
              </Button>
            </Stack>
          </Alert>
        ) : null}
        {state === "stopped" && stop?.reason !== "tamper" ? <Text size="sm">{t("noted")}</Text> : null}
        {total > items.length ? (
          <Text size="sm">{t("newest", { shown: count(items.length), total: count(total) })}</Text>
        ) : null}
        {items.map((edit) => (
          <EditCard key={edit.path} edit={edit} />
        ))}
      </Stack>
    </Section>
  );
}
