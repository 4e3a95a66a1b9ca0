import { Alert } from "@mantine/core";
import { $api, isProblem } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Confirm, Paragraph } from "../../../ui/confirm.tsx";
import { OverrideFields, useOverride } from "../../../ui/override.tsx";
import { useNumbers } from "../../../ui/time.tsx";
import { type Activation, progressOf } from "./turn.ts";

const texts = defineTexts("failbackConfirm", {
  ja: {
    title: "東京に切り戻しますか",
    act: "切り戻す",
    body: "大阪の設定は東京の内容で上書きされ、東京からの同期が再開します。元に戻すことはできません。",
    none: "東京へ反映する変更は選ばれていません。大阪での変更はすべて失われます。",
    chosen: "選んだ{{chosen}}件の変更を、先に東京へ反映します。ほかの大阪での変更は失われます。",
    early: "復旧の連絡または再開の依頼がまだありません。",
  },
  en: {
    title: "Fail back to Tokyo?",
    act: "Fail back",
    body: "Osaka's settings are overwritten with Tokyo's, and the sync from Tokyo resumes. This cannot be undone.",
    none: "No change is chosen to be carried over to Tokyo. All that was changed in Osaka is lost.",
    chosen_one: "The chosen change is carried over to Tokyo first. All else that was changed in Osaka is lost.",
    chosen_other:
      "The {{chosen}} chosen changes are carried over to Tokyo first. All else that was changed in Osaka is lost.",
    early: "The recovery notice or the request to resume is missing.",
  },
});

type ConfirmGoBackProps = {
  chosen: ReadonlySet<string>;
  activation: Activation;
  onClose(): void;
};

/** Asks before a fail back; what it refuses may be overridden by a reason where the API permits that. */
export function ConfirmGoBack({ chosen, activation, onClose }: ConfirmGoBackProps) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const { count } = useNumbers();
  const override = useOverride();
  const failBack = $api.useMutation("post", "/v1/tenants/{tenant}/dr/failback", { onSuccess: onClose });
  const early = progressOf(activation).failback !== "current";
  const refused = isProblem(failBack.error) && failBack.error.code === "precondition-failed";
  const body = { confirm: tenant, promote: [...chosen], ...override.body };
  return (
    <Confirm
      title={t("title")}
      action={t("act")}
      danger
      expected={tenant}
      blocked={override.on ? override.isIncomplete : early}
      pending={failBack.isPending}
      error={failBack.error}
      onConfirm={() => failBack.mutate({ params: { path: { tenant } }, body })}
      onClose={onClose}
    >
      <Paragraph>{t("body")}</Paragraph>
      <Paragraph>
        {chosen.size === 0 ? t("none") : t("chosen", { chosen: count(chosen.size), count: chosen.size })}
      </Paragraph>
      {early ? (
        <Alert color="orange" variant="outline">
          {t("early")}
        </Alert>
      ) : null}
      {early || refused || override.on ? <OverrideFields override={override} /> : null}
    </Confirm>
  );
}
