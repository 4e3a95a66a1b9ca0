import { Button, Stack } from "@mantine/core";
import { useState } from "react";
import { $api } from "../../api/client.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Confirm, Paragraph } from "../../ui/confirm.tsx";

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

/** The button that restores the secondary from the primary and resumes the sync, for those who may (R10b, R11). */
export function RestoreAct({ scope, edits = 0, prominent = false, onStarted }: RestoreActProps) {
  const t = useTexts(texts);
  const tenant = useTenant();
  const [asking, setAsking] = useState(false);
  const may = useMay(scope === "all" ? "restoreAll" : "restoreEdited");
  const restore = $api.useMutation("post", "/v1/tenants/{tenant}/dr/restore", {
    onSuccess: ({ id }) => {
      setAsking(false);
      onStarted(id);
    },
  });
  if (!may) return null;
  return (
    <>
      <Button variant={prominent ? "filled" : "default"} onClick={() => setAsking(true)}>
        {t(scope)}
      </Button>
      {asking ? (
        <Confirm
          title={t(`${scope}Title`, { count: edits })}
          action={t(scope)}
          danger
          {...(scope === "all" ? { expected: tenant.id } : {})}
          pending={restore.isPending}
          error={restore.error}
          onConfirm={() => restore.mutate({ params: { path: { tenant: tenant.id } }, body: { scope } })}
          onClose={() => setAsking(false)}
        >
          <Stack gap="xs">
            <Paragraph>{t(`${scope}Body`, { count: edits })}</Paragraph>
            <Paragraph>{t("needsTokyo")}</Paragraph>
          </Stack>
        </Confirm>
      ) : null}
    </>
  );
}
