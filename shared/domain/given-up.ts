import type { Label } from "../catalogue.ts";
import type { AppError, ErrorCode } from "./errors.ts";

/** Why an operation did not get to its end: `message` is for the records, `label` for people who read of it. */
export type GivenUp = { message: string; label: Label };

/** Somebody cancelled it. */
export const cancelled: GivenUp = {
  message: "cancelled",
  label: { ja: "取り消されました", en: "It was cancelled" },
};

const goesNotOn: Label = { ja: "処理を続けられませんでした", en: "It could not go on" };
const causes: Record<ErrorCode, Label> = {
  invalid: goesNotOn,
  unauthenticated: goesNotOn,
  forbidden: goesNotOn,
  "not-found": goesNotOn,
  "method-not-allowed": goesNotOn,
  "too-large": goesNotOn,
  conflict: { ja: "途中でほかの操作または変更と重なりました", en: "Another operation or change came in between" },
  "precondition-failed": { ja: "必要な条件が満たされていません", en: "Something that it takes was missing" },
  internal: { ja: "Hikaeの内部エラーです", en: "An error of Hikae's own" },
  unavailable: { ja: "必要なシステムが応答しませんでした", en: "A system that it needs did not answer" },
};

/** It failed by that error. Its text is English: in Japanese the code says why, and the fields at fault where they can. */
export function failedBy({ code, message, fields }: Pick<AppError, "code" | "message" | "fields">): GivenUp {
  const { ja, en } = causes[code];
  const faults = fields.flatMap(({ label }) => label?.ja ?? []);
  const sentences = [ja, ...faults].map((fault) => fault.replace(/。$/, ""));
  return { message, label: { ja: sentences.join("。"), en: `${en} (${message})` } };
}
