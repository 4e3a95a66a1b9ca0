import { Button, Checkbox, Radio, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { Section } from "../../../ui/page.tsx";
import { modes } from "../../dr/words.ts";
import { ManyConfirm } from "./many-confirm.tsx";
import { TenantChoice } from "./tenant-choice.tsx";

const texts = defineTexts("manyForm", {
  ja: {
    title: "対象と理由",
    which: "対象のテナント",
    all: "大阪に待機データがあるすべてのテナント",
    chosen: "選んだテナント",
    mode: "切り替えの種類",
    reason: "理由",
    reasonHint:
      "すべてのテナントの監査ログと通知メールに残ります。準備状況の問題は、この理由で承知したものとして続けます。",
    override: "東京が応答していても、東京を離れる",
    next: "確認に進む",
  },
  en: {
    title: "Which ones, and why",
    which: "Tenants",
    all: "All that have a stand-by in Osaka",
    chosen: "Chosen ones",
    mode: "Kind of activation",
    reason: "Reason",
    reasonHint: "Kept in each tenant's audit log and mails; it overrides what readiness finds.",
    override: "Leave Tokyo even if it answers",
    next: "Go on",
  },
});

const modeNames = ["disaster", "planned", "drill"] as const;

/** What a bulk activation is to be. */
export type ManyRequest = {
  tenants: "all" | string[];
  mode: (typeof modeNames)[number];
  reason: string;
  override: boolean;
};

/** Which tenants are activated, and why; `ManyConfirm` asks once more. */
export function ManyForm({ onStarted }: { onStarted: (operation: string) => void }) {
  const t = useTexts(texts);
  const modeName = useNames(modes);
  const [which, setWhich] = useState("chosen");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [mode, setMode] = useState<ManyRequest["mode"]>("disaster");
  const [reason, setReason] = useState("");
  const [override, setOverride] = useState(false);
  const [asking, setAsking] = useState(false);
  const request: ManyRequest = {
    tenants: which === "all" ? "all" : [...chosen],
    mode,
    reason: reason.trim(),
    override: override && mode === "disaster",
  };
  const ready = request.reason !== "" && (which === "all" || chosen.length > 0);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) setAsking(true);
  };
  return (
    <Section title={t("title")}>
      <form onSubmit={submit}>
        <Stack>
          <Radio.Group label={t("which")} value={which} onChange={setWhich}>
            <Stack gap="xs" mt="xs">
              <Radio value="chosen" label={t("chosen")} />
              <Radio value="all" label={t("all")} />
            </Stack>
          </Radio.Group>
          {which === "chosen" ? <TenantChoice chosen={chosen} onChange={setChosen} /> : null}
          <Radio.Group
            label={t("mode")}
            value={mode}
            onChange={(value) => setMode(modeNames.find((name) => name === value) ?? mode)}
          >
            <Stack gap="xs" mt="xs">
              {modeNames.map((name) => (
                <Radio key={name} value={name} label={modeName(name)} />
              ))}
            </Stack>
          </Radio.Group>
          {mode === "disaster" ? (
            <Checkbox
              label={t("override")}
              checked={override}
              onChange={(event) => setOverride(event.currentTarget.checked)}
            />
          ) : null}
          <Textarea
            label={t("reason")}
            description={t("reasonHint")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            required
          />
          <Button type="submit" disabled={!ready} w="fit-content">
            {t("next")}
          </Button>
        </Stack>
      </form>
      {asking ? <ManyConfirm request={request} onClose={() => setAsking(false)} onStarted={onStarted} /> : null}
    </Section>
  );
}
