import { Checkbox, TextInput } from "@mantine/core";
import { useState } from "react";
import { defineTexts, useTexts } from "../texts/texts.ts";

const texts = defineTexts("override", {
  ja: {
    override: "理由を添えて実行する",
    reason: "理由",
    reasonHint: "監査ログに記載されます（500文字まで）",
  },
  en: {
    override: "Do it all the same, with a reason",
    reason: "Reason",
    reasonHint: "Stands in the audit log (up to 500 characters)",
  },
});

export type Override = ReturnType<typeof useOverride>;

/** Whether something is to be done in spite of what speaks against it, and why. */
export function useOverride() {
  const [on, setOn] = useState(false);
  const [reason, setReason] = useState("");
  const given = reason.trim();
  return {
    ...{ on, setOn, reason, setReason },
    /** Without its reason the API takes no override. */
    isIncomplete: on && given === "",
    /** What the request says of it. */
    body: on ? { override: true, reason: given } : {},
  };
}

/** Asks whether to go on all the same, and then for the reason. */
export function OverrideFields({ override }: { override: Override }) {
  const t = useTexts(texts);
  return (
    <>
      <Checkbox
        label={t("override")}
        checked={override.on}
        onChange={(event) => override.setOn(event.currentTarget.checked)}
      />
      {override.on ? (
        <TextInput
          label={t("reason")}
          description={t("reasonHint")}
          value={override.reason}
          onChange={(event) => override.setReason(event.currentTarget.value)}
          maxLength={500}
          required
        />
      ) : null}
    </>
  );
}
