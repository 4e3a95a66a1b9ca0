import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { Schema } from "../../api/client.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Confirm, Paragraph } from "../../ui/confirm.tsx";
import { useNumbers } from "../../ui/time.tsx";
import type { Selection } from "./recording-table.tsx";
import { RetriedNote } from "./retried.tsx";
import { useRetry } from "./retry.ts";

const texts = defineTexts("findingRetry", {
  ja: {
    chosen: "選んだ{{n}}件をもう一度保存",
    none: "選んだ録音をもう一度保存",
    all: "欠落した{{n}}件すべてをもう一度保存",
    title: "もう一度保存しますか",
    body: "{{n}}件の録音を、同じ名前でバケットにもう一度保存します。",
    never:
      "バケットにあるファイルを上書きすることはありません。「相違」の録音は、先にバケットのファイルを移動するか名前を変えてください。そのままでは保存に失敗します。",
    action: "もう一度保存する",
    watch: "保存の状況を見る",
  },
  en: {
    chosen: "Store the {{n}} selected again",
    none: "Store the selected again",
    all: "Store all {{n}} missing again",
    title: "Store them again?",
    body: "{{n}} recordings are stored in the bucket again, under the names that they had.",
    never:
      "Nothing in your bucket is overwritten. Before a different one is stored again, rename or move the file in your bucket: it fails otherwise.",
    action: "Store again",
    watch: "See how they are stored",
  },
});

type FindingRetryProps = Selection & { verification: Schema<"BackupVerificationFindings"> };

/** Stores again what a verification found wanting: what was selected, or all that is missing (R43). */
export function FindingRetry({ verification: { operation, missing = 0 }, selected, onSelect }: FindingRetryProps) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const { count } = useNumbers();
  const may = useMay("handleFailedBackups");
  const [asked, setAsked] = useState<"chosen" | "all">();
  const retry = useRetry();
  const end = () => {
    setAsked(undefined);
    onSelect(new Set());
  };
  const run = () => {
    const chosen = { which: ["missing" as const, "different" as const], recordingIds: [...selected] };
    retry.mutate({ verification: operation.id, ...(asked === "chosen" ? chosen : {}) }, { onSuccess: end });
  };
  const n = asked === "chosen" ? selected.size : missing;
  if (!may) return null;
  return (
    <>
      <Group mb="xs">
        <Button size="xs" disabled={selected.size === 0} onClick={() => setAsked("chosen")}>
          {selected.size === 0 ? t("none") : t("chosen", { n: count(selected.size) })}
        </Button>
        {missing > 0 ? (
          <Button size="xs" variant="default" onClick={() => setAsked("all")}>
            {t("all", { n: count(missing) })}
          </Button>
        ) : null}
      </Group>
      <RetriedNote retry={asked ? { data: retry.data, error: undefined } : retry} />
      {retry.data ? <Link to={`/tenants/${tenant}/backup/recordings`}>{t("watch")}</Link> : null}
      {asked !== undefined ? (
        <Confirm
          title={t("title")}
          action={t("action")}
          pending={retry.isPending}
          error={retry.error}
          onConfirm={run}
          onClose={() => setAsked(undefined)}
        >
          <Paragraph>{t("body", { n: count(n) })}</Paragraph>
          <Paragraph>{t("never")}</Paragraph>
        </Confirm>
      ) : null}
    </>
  );
}
