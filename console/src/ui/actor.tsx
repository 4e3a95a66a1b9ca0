import type { Schema } from "../api/client.ts";
import { defineTexts, useTexts } from "../texts/texts.ts";

const texts = defineTexts("actor", {
  ja: { unknown: "不明", hikae: "Hikae（自動）", service: "{{id}}（サービスアカウント）" },
  en: { unknown: "unknown", hikae: "Hikae (automatic)", service: "{{id}} (service account)" },
});

/** Who did something: a person by mail address, a service account, Hikae itself, or nobody knows. */
export function Actor({ by: { type, id } }: { by: Schema<"Actor"> }) {
  const t = useTexts(texts);
  return type === "user" ? id : t(type, { id });
}
