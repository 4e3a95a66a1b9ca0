import { Alert, Button, Stack } from "@mantine/core";
import { useState } from "react";
import { $api } from "../../api/client.ts";
import { useLatestOperation } from "../../shell/latest-operation.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Confirm, Paragraph } from "../../ui/confirm.tsx";
import { OverrideFields, useOverride } from "../../ui/override.tsx";

const texts = defineTexts("restoreAct", {
  ja: {
    edited: "東京の内容に戻して再開",
    all: "すべてを東京の内容に戻して再開",
    editedTitle: "変更された{{count}}件を東京の内容に戻しますか",
    allTitle: "すべてを東京の内容に戻しますか",
    editedBody:
      "大阪で直接変更された{{count}}件を、東京の内容で上書きして同期を再開します。残したい変更がある場合は、先に東京の設定へ反映してください。",
    allBody:
      "両サイトを突き合わせ、大阪で違っているデータをすべて東京の内容で上書きして同期を再開します。大阪だけにある変更は失われます。",
    needsTokyo: "東京が応答している必要があります。東京のデータは変わりません。",
    wasRefused:
      "東京のデータが大阪より大幅に少ないため、前回の復元は中止されました。東京のデータが失われていないことを確かめてから実行してください。",
  },
  en: {
    edited: "Restore from Tokyo and resume",
    all: "Restore everything from Tokyo and resume",
    editedTitle_one: "Restore the edited document from Tokyo?",
    editedTitle_other: "Restore {{count}} edited documents from Tokyo?",
    allTitle: "Restore everything from Tokyo?",
    editedBody_one:
      "Tokyo's content overwrites the document that was edited in Osaka, and the sync resumes. Carry over to Tokyo first what you want to keep.",
    editedBody_other:
      "Tokyo's content overwrites the {{count}} documents that were edited in Osaka, and the sync resumes. Carry over to Tokyo first what you want to keep.",
    allBody:
      "Both sites are compared, Tokyo's content overwrites whatever differs in Osaka, and the sync resumes. What was changed in Osaka alone is lost.",
    needsTokyo: "Tokyo must answer for this. Tokyo's data does not change.",
    wasRefused:
      "Last time this was refused, as Tokyo has far less data than Osaka. Make sure that Tokyo has lost nothing before you go on.",
  },
});

type RestoreActProps = {
  /** The documents edited on the secondary, or all that differ. */
  scope: "edited" | "all";
  /** How many were edited. */
  edits?: number;
  /** Whether it is the sensible thing to do here. */
  prominent?: boolean;
  /** The job that has begun. */
  onStarted: (operation: string) => void;
};

/** Whether the newest restore was refused because the primary has lost data: to follow it all the same takes a reason. */
function useWasRefused(): boolean {
  const error = useLatestOperation("resync")?.error;
  const isLoss = error?.fields?.some(({ field }) => field.startsWith("primary."));
  return error?.code === "precondition-failed" && isLoss === true;
}

/** The button that restores the secondary from the primary and resumes the sync, for those who may (R10b, R11). */
export function RestoreAct({ scope, edits = 0, prominent = false, onStarted }: RestoreActProps) {
  const t = useTexts(texts);
  const [asking, setAsking] = useState(false);
  const may = useMay(scope === "all" ? "restoreAll" : "restoreEdited");
  if (!may) return null;
  return (
    <>
      <Button variant={prominent ? "filled" : "default"} onClick={() => setAsking(true)}>
        {t(scope)}
      </Button>
      {asking ? (
        <ConfirmRestore scope={scope} edits={edits} onStarted={onStarted} onClose={() => setAsking(false)} />
      ) : null}
    </>
  );
}

type ConfirmRestoreProps = Required<Pick<RestoreActProps, "scope" | "edits" | "onStarted">> & { onClose(): void };

function ConfirmRestore({ scope, edits, onStarted, onClose }: ConfirmRestoreProps) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const override = useOverride();
  const mayOverride = useMay("restoreAll");
  const wasRefused = useWasRefused();
  const restore = $api.useMutation("post", "/v1/tenants/{tenant}/dr/restore", {
    onSuccess: ({ id }) => {
      onClose();
      onStarted(id);
    },
  });
  return (
    <Confirm
      title={t(`${scope}Title`, { count: edits })}
      action={t(scope)}
      danger
      {...(scope === "all" ? { expected: tenant } : {})}
      blocked={override.isIncomplete}
      pending={restore.isPending}
      error={restore.error}
      onConfirm={() => restore.mutate({ params: { path: { tenant } }, body: { scope, ...override.body } })}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Paragraph>{t(`${scope}Body`, { count: edits })}</Paragraph>
        <Paragraph>{t("needsTokyo")}</Paragraph>
      </Stack>
      {wasRefused ? (
        <Alert color="orange" variant="outline">
          {t("wasRefused")}
        </Alert>
      ) : null}
      {(wasRefused && mayOverride) || override.on ? <OverrideFields override={override} /> : null}
    </Confirm>
  );
}
