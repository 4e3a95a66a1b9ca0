import { Button, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { useLatestOperation } from "../../../shell/latest-operation.ts";
import { useMay } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { OperationProgress } from "../../../ui/operation-progress.tsx";
import { isEnded } from "../../../ui/operation-texts.ts";
import { Section } from "../../../ui/page.tsx";
import { Values } from "../../../ui/values.tsx";
import { ConfirmPurge } from "./confirm-purge.tsx";
import type { Preview } from "./preview.tsx";

const texts = defineTexts("purgeDelete", {
  ja: {
    title: "消去",
    intro: "大阪の履歴と録音をすべて消去します。元に戻すことはできません。",
    act: "消去する",
    notNow: "いまは消去できません。理由は「消去の対象」をご覧ください。",
    nothing: "消去するものがありません。",
    ask: "消去は全社管理者または運用担当が行います。",
    latest: "最新の消去",
    result: "消去した件数",
  },
  en: {
    title: "Purge",
    intro: "Deletes all histories and recordings in Osaka. This cannot be undone.",
    act: "Purge",
    notNow: "A purge is not possible now; “What would be deleted” says why.",
    nothing: "There is nothing to delete.",
    ask: "A company administrator or an operator purges.",
    latest: "Latest purge",
    result: "What was deleted",
  },
});

type DeleteProps = {
  preview: Preview;
  /** Called when a purge has ended: there is less to delete. */
  onEnd(): void;
};

/** The purge: its confirmation, its progress, and what it deleted (R26). */
export function DeleteSection({ preview, onEnd }: DeleteProps) {
  const t = useTexts(texts);
  const may = useMay("purge");
  const latest = useLatestOperation("purge");
  const [asking, setAsking] = useState(false);
  const finishedAt = latest?.finishedAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the end of a purge matters, not who is told of it
  useEffect(() => {
    if (finishedAt !== undefined) onEnd();
  }, [finishedAt]);
  const running = latest !== undefined && !isEnded(latest.state);
  const isEmpty = preview.entries === 0 && preview.recordings.objects === 0;
  const advice = preview.allowed ? (isEmpty ? "nothing" : "intro") : "notNow";
  return (
    <Section title={t("title")}>
      <Stack>
        <Stack align="flex-start">
          <Text size="sm">{t(may ? advice : "ask")}</Text>
          {may ? (
            <Button color="red.9" disabled={!preview.allowed || isEmpty || running} onClick={() => setAsking(true)}>
              {t("act")}
            </Button>
          ) : null}
        </Stack>
        {latest ? (
          <section aria-label={t("latest")}>
            <Stack>
              <OperationProgress key={latest.id} id={latest.id} />
              {latest.state === "succeeded" && latest.result ? (
                <>
                  <Title order={3}>{t("result")}</Title>
                  <Values values={latest.result} />
                </>
              ) : null}
            </Stack>
          </section>
        ) : null}
      </Stack>
      {asking ? <ConfirmPurge preview={preview} onClose={() => setAsking(false)} /> : null}
    </Section>
  );
}
