import { Alert, Button, Checkbox, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { defineTexts, useLabel, useList, useTexts } from "../../../texts/texts.ts";
import { Section } from "../../../ui/page.tsx";
import { useTime } from "../../../ui/time.tsx";
import type { Standby } from "../standby.tsx";
import { ActivateConfirm } from "./activate-confirm.tsx";
import { type Activation, type ActivationFormState, useActivationForm } from "./activation-form-state.ts";
import { ModeChoice } from "./mode-choice.tsx";

const texts = defineTexts("activateForm", {
  ja: {
    title: "切り替えの内容",
    reason: "理由",
    reasonHint: "監査ログと通知メールに残ります（500文字まで）。",
    reasonMissing: "問題を承知で続けるには、理由を入力してください",
    override: "問題があることを承知のうえで続ける",
    overrideMissing: "続けるには、内容を確認してチェックを入れてください",
    overrides: "対象：{{names}}",
    unknown: "準備状況を確認できなくても、待たずに切り替えられます。",
    leavesTokyo: "{{at}}の確認では東京が応答していました。東京を離れると、以後の東京での変更は大阪に反映されません",
    resyncing: "再同期の途中で、大阪の内容はそろっていません",
    final: "理由を添えても切り替えられません",
    finalBody: "次の項目を先に解決してください：{{names}}",
    next: "確認に進む",
  },
  en: {
    title: "The activation",
    reason: "Reason",
    reasonHint: "Kept in the audit log and in the mails; at most 500 characters.",
    reasonMissing: "To go on in spite of problems, say why",
    override: "Go on, knowing of the problems",
    overrideMissing: "To go on, read this and tick it",
    overrides: "These: {{names}}",
    unknown: "If readiness cannot be known, there is no need to wait for it.",
    leavesTokyo:
      "Tokyo answered on {{at}} and is left all the same: what is changed there from now on does not reach Osaka",
    resyncing: "Osaka is half overwritten: a resync is under way",
    final: "No reason is enough to activate now",
    finalBody: "See to this first: {{names}}",
    next: "Go on",
  },
});

/** What the activation is to be; `ActivateConfirm` asks once more before it is done. */
export function ActivateForm({ standby }: { standby: Standby }) {
  const t = useTexts(texts);
  const label = useLabel();
  const list = useList();
  const form = useActivationForm(standby);
  const [tried, setTried] = useState(false);
  const [asked, setAsked] = useState<Activation>();
  const missing = useMissing(form);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const { mode, override } = form;
    if (missing.focus() || mode === undefined) return;
    setAsked({ mode, override, reason: form.reason.trim() });
  };
  // What is found out while somebody confirms does not take the dialog away: the API decides.
  if (form.final.length > 0 && asked === undefined) {
    return (
      <Alert color="red" variant="outline" title={t("final")}>
        {t("finalBody", { names: list(form.final.map((check) => label(check.label))) })}
      </Alert>
    );
  }
  return (
    <Section title={t("title")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <ModeChoice form={form} />
          <Override form={form} standby={standby} missing={missing} tried={tried} />
          <Textarea
            ref={missing.reasonField}
            label={t("reason")}
            description={t("reasonHint")}
            value={form.reason}
            onChange={(event) => form.setReason(event.currentTarget.value)}
            maxLength={500}
            autosize={false}
            required={form.override}
            error={tried && missing.reason ? t("reasonMissing") : undefined}
          />
          <Button type="submit" disabled={form.mode === undefined} w="fit-content">
            {t("next")}
          </Button>
        </Stack>
      </form>
      {asked ? <ActivateConfirm activation={asked} onClose={() => setAsked(undefined)} standby={standby} /> : null}
    </Section>
  );
}

/** What is still to be filled in; `focus` goes there, and tells whether there was something. */
function useMissing({ override, overrideNeeded, reason }: ActivationFormState) {
  const overrideField = useRef<HTMLInputElement>(null);
  const reasonField = useRef<HTMLTextAreaElement>(null);
  const missing = { override: overrideNeeded && !override, reason: override && reason.trim() === "" };
  const focus = (): boolean => {
    if (missing.override) overrideField.current?.focus();
    else if (missing.reason) reasonField.current?.focus();
    return missing.override || missing.reason;
  };
  return { ...missing, focus, overrideField, reasonField };
}

type OverrideProps = {
  form: ActivationFormState;
  standby: Standby;
  missing: ReturnType<typeof useMissing>;
  tried: boolean;
};

function Override({ form, standby, missing, tried }: OverrideProps) {
  const t = useTexts(texts);
  const label = useLabel();
  const list = useList();
  const time = useTime();
  if (!form.overrideOffered) return null;
  const names = [
    ...(form.leavesTokyo && form.checkedAt ? [t("leavesTokyo", { at: time(form.checkedAt) })] : []),
    ...(standby.state === "resyncing" ? [t("resyncing")] : []),
    ...form.overridden.map((name) => label(name)),
  ];
  return (
    <Checkbox
      ref={missing.overrideField}
      label={t("override")}
      description={names.length > 0 ? t("overrides", { names: list(names) }) : t("unknown")}
      checked={form.override}
      onChange={(event) => form.setOverride(event.currentTarget.checked)}
      error={tried && missing.override ? t("overrideMissing") : undefined}
    />
  );
}
