import { defineTexts } from "../../../texts/texts.ts";

/** The moments of an activation's story. */
export const momentNames = defineTexts("momentNames", {
  ja: {
    requested: "切り替えを依頼",
    fenced: "東京からの反映を遮断",
    active: "大阪が稼働",
    recoveryNotice: "東京の復旧を連絡",
    resumeRequest: "再開を依頼",
    failback: "切り戻しを開始",
    failedBack: "切り戻しが完了",
  },
  en: {
    requested: "Activation asked for",
    fenced: "Changes of Tokyo fenced off",
    active: "Osaka in charge",
    recoveryNotice: "Tokyo reported healthy",
    resumeRequest: "Resume asked for",
    failback: "Fail back began",
    failedBack: "Fail back completed",
  },
});

/** What follows once the secondary is in charge. */
export const stepNames = defineTexts("stepNames", {
  ja: {
    applyPlan: "切り替え計画の適用",
    openChecklist: "チェックリストの作成",
    reload: "電話基盤の再読み込みの依頼",
  },
  en: {
    applyPlan: "The plan applied",
    openChecklist: "The checklist opened",
    reload: "The telephony told to reload",
  },
});

export const activationStates = defineTexts("activationStates", {
  ja: { activating: "切り替えを実行中", active: "大阪で稼働中", failingBack: "切り戻し中", ended: "終了" },
  en: { activating: "Being activated", active: "Active in Osaka", failingBack: "Failing back", ended: "Ended" },
});

/** The steps of an activation in order, to be shown before they are done. */
export const stepOrder = ["applyPlan", "openChecklist", "reload"] as const;
