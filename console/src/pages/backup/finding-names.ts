import { defineTexts } from "../../texts/texts.ts";

/** What a verification counts: what is as the ledger has it, what is not, and what is not judged. */
export const findingNames = defineTexts("findingNames", {
  ja: {
    equal: "一致",
    missing: "欠落",
    different: "相違",
    extra: "余分",
    newer: "照合中に保存",
    underWay: "保存中",
  },
  en: {
    equal: "Equal",
    missing: "Missing",
    different: "Different",
    extra: "Extra",
    newer: "Stored meanwhile",
    underWay: "Under way",
  },
});
