import { Button, Checkbox, Group } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Confirm, Paragraph } from "../../ui/confirm.tsx";
import { useNumbers } from "../../ui/time.tsx";
import { choiceOf, type RecordingFilter } from "./recording-filter.tsx";
import { recordingStateNames } from "./recording-state.tsx";
import { mayRetry, type Recording, type Selection } from "./recording-table.tsx";
import { RetriedNote } from "./retried.tsx";
import { useRetry } from "./retry.ts";

const texts = defineTexts("recordingRetry", {
  ja: {
    select: "表示中の録音をすべて選ぶ",
    chosen: "選んだ{{n}}件を再実行",
    none: "選んだ録音を再実行",
    all: "条件に合う{{n}}件すべてを再実行",
    allTitle: "条件に合う録音をすべて再実行しますか",
    allBody: "「{{state}}」の録音 {{n}}件をもう一度バックアップします。保存先のファイルを上書きすることはありません。",
    action: "再実行する",
  },
  en: {
    select: "Select all that are shown",
    chosen: "Back up the {{n}} selected again",
    none: "Back up the selected again",
    all: "Back up all {{n}} that match again",
    allTitle: "Back up all that match again?",
    allBody: "{{n}} recordings that are “{{state}}” are backed up again. Nothing in your bucket is overwritten.",
    action: "Back up again",
  },
});

const retriedStates = ["failed", "unavailable", "skipped"] as const;

type RecordingRetryProps = Selection & {
  filter: RecordingFilter;
  counts: Record<string, number> | undefined;
  rows: readonly Recording[];
};

/** Tries recordings anew: those that were selected, or all that match where their state permits it (R41). */
export function RecordingRetry({ filter, counts, rows, selected, onSelect }: RecordingRetryProps) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const may = useMay("handleFailedBackups");
  const retry = useRetry();
  const possible = rows.filter(mayRetry).map(({ recordingId }) => recordingId);
  const chosen = possible.filter((id) => selected.has(id));
  const isEvery = chosen.length > 0 && chosen.length === possible.length;
  const run = () => retry.mutate({ recordingIds: chosen }, { onSuccess: () => onSelect(new Set()) });
  if (!may) return null;
  return (
    <>
      {possible.length > 0 ? (
        <Group mb="xs">
          <Checkbox
            label={t("select")}
            checked={isEvery}
            indeterminate={chosen.length > 0 && !isEvery}
            onChange={() => onSelect(new Set(isEvery ? [] : possible))}
          />
          <Button size="xs" disabled={chosen.length === 0} loading={retry.isPending} onClick={run}>
            {chosen.length === 0 ? t("none") : t("chosen", { n: count(chosen.length) })}
          </Button>
          <RetryAll filter={filter} counts={counts} retry={retry} />
        </Group>
      ) : null}
      <RetriedNote retry={retry} />
    </>
  );
}

type RetryAllProps = Pick<RecordingRetryProps, "filter" | "counts"> & { retry: ReturnType<typeof useRetry> };

function RetryAll({ filter, counts, retry }: RetryAllProps) {
  const t = useTexts(texts);
  const name = useNames(recordingStateNames);
  const { count } = useNumbers();
  const [asking, setAsking] = useState(false);
  const status = retriedStates.find((state) => state === filter.status);
  const n = counts?.[status ?? ""] ?? 0;
  if (!status || n === 0) return null;
  const run = () => retry.mutate({ status, ...choiceOf(filter) }, { onSuccess: () => setAsking(false) });
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        {t("all", { n: count(n) })}
      </Button>
      {asking ? (
        <Confirm
          title={t("allTitle")}
          action={t("action")}
          pending={retry.isPending}
          error={asking ? retry.error : undefined}
          onConfirm={run}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{t("allBody", { state: name(status), n: count(n) })}</Paragraph>
        </Confirm>
      ) : null}
    </>
  );
}
