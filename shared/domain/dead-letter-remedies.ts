import type { Label } from "../catalogue.ts";
import type { DeadLetterSummary } from "./dead-letters.ts";

/** Why a dead letter cannot be sent again, and what to do instead; nothing when it can. */
export function whyNotReplayed(letter: Pick<DeadLetterSummary, "topic" | "document" | "isWhole">): Label | undefined {
  if (letter.document !== undefined) return remedies[collectionOf(letter.document)];
  if (letter.topic === undefined) return unknownTopic;
  return letter.isWhole ? undefined : tooLarge;
}

/** What to do where the event of a document's change could not be handled, by the document's collection. */
const remedies = {
  tenants: {
    ja: "文書の変更の通知は送り直せません。テナントの突き合わせを実行してください。",
    en: "The event of a document's change cannot be sent again: reconcile the tenant instead.",
  },
  standbys: {
    ja: "状態の変化の通知は送り直せません。次に状態が変わると改めて通知されます。それまでは、公開のエンドポイント（/endpoint）が正しい稼働サイトを返します。",
    en: "The event of a change of state cannot be sent again: the next change of the tenant's state is announced anew. Until then the public endpoint (/endpoint) says rightly which site is in charge.",
  },
  outbox: {
    ja: "メールの通知は送り直せませんが、操作は不要です。送信箱に残っているメールは、毎分の見回りが送ります。",
    en: "The event of a mail cannot be sent again, and need not be: a mail that is still in the outbox is sent by the sweep of each minute.",
  },
  other: {
    ja: "文書の変更の通知は送り直せません。受け取れなかった関数のログで原因を確認してください。",
    en: "The event of a document's change cannot be sent again: look for the cause in the log of the function that refused it.",
  },
} as const satisfies Record<string, Label>;

function collectionOf(document: string): keyof typeof remedies {
  const [collection = ""] = document.split("/");
  return Object.hasOwn(remedies, collection) ? (collection as keyof typeof remedies) : "other";
}

export const unknownTopic: Label = {
  ja: "元のトピックが分からないため、送り直せません。テナントの突き合わせを実行してください。",
  en: "Nobody knows which topic it came from, so it cannot be sent again: reconcile the tenant instead.",
};
const tooLarge: Label = {
  ja: "大きすぎて全体を保存できていないため、送り直せません。発信元から送り直してください。",
  en: "It is too large to be kept as a whole, so it cannot be sent again: have its sender do so.",
};
