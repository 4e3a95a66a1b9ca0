import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { $api } from "../../api/client.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Confirm, Paragraph } from "../../ui/confirm.tsx";
import type { Standby } from "./standby.tsx";

const texts = defineTexts("stopAct", {
  ja: {
    stop: "同期を停止",
    title: "東京から大阪への同期を停止しますか",
    body: "停止している間、東京での設定変更は大阪に反映されません。通話には影響ありません。テナントの管理者にメールで知らせます。",
    reason: "停止の理由",
    reasonHint: "メールと監査ログに記載されます（500文字まで）",
  },
  en: {
    stop: "Stop the sync",
    title: "Stop the sync from Tokyo to Osaka?",
    body: "While it is stopped, changes made in Tokyo do not reach Osaka. Calls are not affected. The tenant's administrators are told by mail.",
    reason: "Reason",
    reasonHint: "Stands in the mail and the audit log (up to 500 characters)",
  },
});

/** The button that stops the sync, for operators, where there is a sync to be stopped (R11). */
export function StopAct({ state }: { state: Standby["state"] }) {
  const t = useTexts(texts);
  const { id } = useTenant();
  const may = useMay("stopSync");
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const stop = $api.useMutation("post", "/v1/tenants/{tenant}/dr/stop", {
    onSuccess: () => {
      setAsking(false);
      setReason("");
    },
  });
  if (!may || (state !== "syncing" && state !== "resyncing")) return null;
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t("stop")}
      </Button>
      {asking ? (
        <Confirm
          title={t("title")}
          action={t("stop")}
          danger
          blocked={reason.trim() === ""}
          pending={stop.isPending}
          error={stop.error}
          onConfirm={() => stop.mutate({ params: { path: { tenant: id } }, body: { reason } })}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{t("body")}</Paragraph>
          <Textarea
            label={t("reason")}
            description={t("reasonHint")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            required
            rows={3}
            data-autofocus
          />
        </Confirm>
      ) : null}
    </>
  );
}
