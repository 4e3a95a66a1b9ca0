import { Stack } from "@mantine/core";
import { useNavigate } from "react-router";
import { $api } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { Confirm, Paragraph } from "../../../ui/confirm.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { useDuration } from "../../../ui/time.tsx";
import type { Standby } from "../standby.tsx";
import { modes } from "../words.ts";
import type { Activation } from "./activation-form-state.ts";

const texts = defineTexts("activateConfirm", {
  ja: {
    title: "{{name}}：大阪に切り替えます",
    activate: "切り替える",
    drill: "訓練を始める",
    mode: "種類",
    reason: "理由",
    rpo: "大阪に反映されていない可能性のある変更",
    upTo: "最大 {{length}} の間の変更",
    unknown: "不明（東京からの更新が届いていません）",
    nothing: "なし（残りを写してから切り替えます）",
    effect:
      "東京からの同期を止め、大阪を稼働させます。発信者番号を計画どおりに切り替え、チェックリストを作り、管理者にメールで知らせます。",
    drillEffect: "本番と同じく、大阪が稼働します。訓練を終えるには切り戻しを行います。",
  },
  en: {
    title: "{{name}}: Osaka is to be activated",
    activate: "Activate",
    drill: "Begin the drill",
    mode: "Kind",
    reason: "Reason",
    rpo: "Changes that may be missing in Osaka",
    upTo: "those of at most {{length}}",
    unknown: "not known: nothing comes from Tokyo",
    nothing: "none: what is left is carried over first",
    effect:
      "The sync from Tokyo ends and Osaka is in charge. Caller numbers are switched over by the plan, a checklist is made, and the administrators are told by mail.",
    drillEffect: "Osaka is in charge as it would be in earnest. Failing back ends the drill.",
  },
});

type ActivateConfirmProps = { activation: Activation; onClose: () => void; standby: Standby };

/** Asks for the tenant's id, activates, and goes on to how it goes. */
export function ActivateConfirm({ activation, onClose, standby }: ActivateConfirmProps) {
  const t = useTexts(texts);
  const modeName = useNames(modes);
  const missing = useMissing(standby);
  const { id, name } = useTenant();
  const navigate = useNavigate();
  const activate = $api.useMutation("post", "/v1/tenants/{tenant}/dr/activate", {
    onSuccess: (operation) => void navigate(`/tenants/${id}/dr/drills/${operation.id}`),
  });
  const { mode, reason, override } = activation;
  const body = { confirm: id, mode, override, ...(reason === "" ? {} : { reason }) };
  return (
    <Confirm
      title={t("title", { name })}
      action={t(mode === "drill" ? "drill" : "activate")}
      danger={mode !== "drill"}
      expected={id}
      pending={activate.isPending}
      error={activate.error}
      onConfirm={() => activate.mutate({ params: { path: { tenant: id } }, body })}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Facts
          items={[
            [t("mode"), modeName(mode)],
            [t("reason"), reason || undefined],
            [t("rpo"), mode === "planned" ? t("nothing") : missing],
          ]}
        />
        <Paragraph>{t("effect")}</Paragraph>
        {mode === "drill" ? <Paragraph>{t("drillEffect")}</Paragraph> : null}
      </Stack>
    </Confirm>
  );
}

/** How much of Tokyo's changes may be missing if the secondary took over now, in words. */
function useMissing({ rpo }: Standby): string {
  const t = useTexts(texts);
  const duration = useDuration();
  return rpo.seconds === null ? t("unknown") : t("upTo", { length: duration(rpo.seconds) });
}
