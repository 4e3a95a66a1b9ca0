import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { placeOf } from "./plan-draft.ts";

const texts = defineTexts("planFields", {
  ja: { default: "既定の発信者番号", phone: "電話機 {{of}} の発信者番号", tollFree: "{{of}} の着信先" },
  en: { default: "Default caller number", phone: "Caller number of phone {{of}}", tollFree: "Destination of {{of}}" },
});

/** What an entry of the plan is called; `display` writes the numbers. */
export function useFieldName(display: (number: string) => string): (field: string) => string {
  const t = useTexts(texts);
  return (field) => {
    const { part, of } = placeOf(field);
    if (part === "phones") return t("phone", { of });
    return part === "tollFree" ? t("tollFree", { of: display(of) }) : t("default");
  };
}
