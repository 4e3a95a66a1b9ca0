import { Button } from "@mantine/core";
import { useContext, useState } from "react";
import { $api, type Schema } from "../api/client.ts";
import { TenantContext } from "../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../texts/texts.ts";
import { Confirm, Paragraph } from "./confirm.tsx";
import { Failure } from "./failure.tsx";
import { operationTypes } from "./operation-texts.ts";

const texts = defineTexts("operationControls", {
  ja: {
    pause: "一時停止",
    resume: "再開",
    cancel: "取り消す",
    confirmTitle: "{{type}}を取り消しますか",
    confirmBody: "取り消した処理は再開できません。すでに終わった分は元に戻りません。",
  },
  en: {
    pause: "Pause",
    resume: "Resume",
    cancel: "Cancel the job",
    confirmTitle: "Cancel this job: {{type}}?",
    confirmBody: "A cancelled job cannot be taken up again. What it has done already stays done.",
  },
});

/** The buttons of what may be done to a long job now, for those who may; cancelling asks first. */
export function OperationControls({ operation: { id, type, controls } }: { operation: Schema<"Operation"> }) {
  const t = useTexts(texts);
  const name = useNames(operationTypes);
  const tenant = useContext(TenantContext);
  const [asking, setAsking] = useState(false);
  const pause = $api.useMutation("post", "/v1/operations/{id}/pause");
  const resume = $api.useMutation("post", "/v1/operations/{id}/resume");
  const cancel = $api.useMutation("post", "/v1/operations/{id}/cancel", { onSuccess: () => setAsking(false) });
  const error = pause.error ?? resume.error;
  const path = { params: { path: { id } } };
  // Pages of the platform are for operators, who may do all of it.
  if (tenant && !tenant.may.includes("controlOperation")) return null;
  return (
    <>
      {controls.includes("pause") ? (
        <Button size="xs" variant="default" loading={pause.isPending} onClick={() => pause.mutate(path)}>
          {t("pause")}
        </Button>
      ) : null}
      {controls.includes("resume") ? (
        <Button size="xs" loading={resume.isPending} onClick={() => resume.mutate(path)}>
          {t("resume")}
        </Button>
      ) : null}
      {controls.includes("cancel") ? (
        <Button size="xs" variant="default" onClick={() => setAsking(true)}>
          {t("cancel")}
        </Button>
      ) : null}
      {error ? <Failure error={error} /> : null}
      {asking ? (
        <Confirm
          title={t("confirmTitle", { type: name(type) })}
          action={t("cancel")}
          danger
          pending={cancel.isPending}
          error={cancel.error}
          onConfirm={() => cancel.mutate(path)}
          onClose={() => setAsking(false)}
        >
          <Paragraph>{t("confirmBody")}</Paragraph>
        </Confirm>
      ) : null}
    </>
  );
}
