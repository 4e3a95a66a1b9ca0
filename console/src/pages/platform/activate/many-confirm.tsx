import { Stack } from "@mantine/core";
import { $api } from "../../../api/client.ts";
import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { Confirm, Paragraph } from "../../../ui/confirm.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { useNumbers } from "../../../ui/time.tsx";
import { modes } from "../../dr/words.ts";
import type { ManyRequest } from "./many-form.tsx";

const texts = defineTexts("manyConfirm", {
  ja: {
    title: "まとめて大阪に切り替えます",
    action: "まとめて切り替える",
    tenants: "対象",
    all: "大阪に待機データがあるすべてのテナント",
    some: "{{tenants}}社",
    mode: "種類",
    reason: "理由",
    hint: "入力するのは、対象の数（すべての場合は all）です。",
  },
  en: {
    title: "Osaka is to be activated for many tenants",
    action: "Activate them all",
    tenants: "Tenants",
    all: "all that have a stand-by in Osaka",
    some: "{{tenants}}",
    mode: "Kind",
    reason: "Reason",
    hint: "What is typed is how many they are, or all.",
  },
});

type ManyConfirmProps = {
  request: ManyRequest;
  onClose: () => void;
  onStarted: (operation: string) => void;
};

/** Asks for the number of tenants, or "all", then begins. */
export function ManyConfirm({ request, onClose, onStarted }: ManyConfirmProps) {
  const t = useTexts(texts);
  const modeName = useNames(modes);
  const { count } = useNumbers();
  const activate = $api.useMutation("post", "/v1/dr/activate", { onSuccess: ({ id }) => onStarted(id) });
  const { tenants, mode, reason } = request;
  const expected = tenants === "all" ? "all" : String(tenants.length);
  return (
    <Confirm
      title={t("title")}
      action={t("action")}
      danger
      expected={expected}
      pending={activate.isPending}
      error={activate.error}
      onConfirm={() => activate.mutate({ body: { ...request, confirm: expected } })}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Facts
          items={[
            [t("tenants"), tenants === "all" ? t("all") : t("some", { tenants: count(tenants.length) })],
            [t("mode"), modeName(mode)],
            [t("reason"), reason],
          ]}
        />
        <Paragraph>{t("hint")}</Paragraph>
      </Stack>
    </Confirm>
  );
}
