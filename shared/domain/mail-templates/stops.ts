import { z } from "zod";
import { clock, count, inLanguage, person, said, template, text, time } from "../mail-template.ts";

const changes = {
  ja: { created: "追加", updated: "変更", deleted: "削除" },
  en: { created: "created", updated: "updated", deleted: "deleted" },
};

/** A direct edit on the secondary stopped the sync (R10). */
export const tamper = template({
  data: z.object({
    path: text,
    change: z.enum(["created", "updated", "deleted"]),
    by: text,
    at: time,
    /** Documents edited besides this one, as far as known when the sync was stopped. */
    others: count.default(0),
  }),
  ja: (edit) => ({
    subject: "【要対応】大阪のデータが直接変更されたため、同期を停止しました",
    body: [
      "大阪（待機サイト）のデータが、Hikaeを通さずに直接変更されました。お客様のデータを守るため、東京から大阪への同期を停止しています。電話の受発信には影響ありません。",
      {
        facts: [
          ["変更されたデータ", edit.path],
          ["変更の種類", changes.ja[edit.change]],
          ["変更した人", person("ja", edit.by)],
          ["日時", clock("ja", edit.at)],
          ["ほかに変更されたデータ", edit.others > 0 ? `${edit.others}件` : undefined],
        ],
      },
      "同期が止まっている間、東京での設定変更は大阪に反映されません。次の手順で再開してください。",
      {
        steps: [
          "コンソールで、変更された内容を項目ごとに確認します。",
          "残したい変更は、東京の設定に反映します。",
          "「東京の内容に戻して再開」を押します。大阪の変更は東京の内容で上書きされます。",
        ],
      },
      { link: "変更内容を確認して再開する", page: "edits" },
    ],
  }),
  en: (edit) => ({
    subject: "[Action needed] Sync stopped: data in Osaka was edited directly",
    body: [
      "Data in Osaka (the stand-by) was edited directly, not through Hikae. To protect your data, the sync from Tokyo to Osaka has been stopped. Calls are not affected.",
      {
        facts: [
          ["Document", edit.path],
          ["Change", changes.en[edit.change]],
          ["By", person("en", edit.by)],
          ["At", clock("en", edit.at)],
          ["Other edited documents", edit.others > 0 ? String(edit.others) : undefined],
        ],
      },
      "While the sync is stopped, changes made in Tokyo do not reach Osaka. To resume it:",
      {
        steps: [
          "Look at what was changed, field by field, in the console.",
          "Carry over to Tokyo what you want to keep.",
          "Choose “Restore from Tokyo and resume”. Tokyo's content then overwrites the edits in Osaka.",
        ],
      },
      { link: "Review the edits and resume", page: "edits" },
    ],
  }),
});

const reasons = {
  ja: {
    operator: {
      why: "運用担当による停止",
      next: "再開は運用担当が行います。ご不明な点は運用担当までお問い合わせください。",
    },
    syncDisabled: {
      why: "東京の同期設定がオフ、または災害対策オプションの条件を満たさなくなったため",
      next: "東京の同期設定とご契約内容をご確認のうえ、運用担当へ再開をご依頼ください。",
    },
    tenantDeleted: {
      why: "東京からテナントが削除されたため",
      next: "大阪のデータはそのまま残っています。お心当たりがない場合は、至急、運用担当へご連絡ください。",
    },
    resyncAbandoned: {
      why: "東京から大阪への最初の同期が完了しなかったため",
      next: "大阪のデータはまだそろっていません。運用担当が原因を確認し、同期をやり直します。",
    },
  },
  en: {
    operator: {
      why: "Stopped by an operator",
      next: "An operator will resume it. Please contact the operators if you have questions.",
    },
    syncDisabled: {
      why: "The sync setting in Tokyo is off, or the DR option no longer applies",
      next: "Check the sync setting in Tokyo and your contract, then ask the operators to resume.",
    },
    tenantDeleted: {
      why: "The tenant was deleted in Tokyo",
      next: "The data in Osaka is kept as it is. If you did not expect this, contact the operators at once.",
    },
    resyncAbandoned: {
      why: "The first sync from Tokyo to Osaka was not completed",
      next: "The data in Osaka is not complete yet. An operator looks into the cause and syncs again.",
    },
  },
};

/** The sync was stopped for another reason than an edit (R11). */
export const syncStopped = template({
  data: z.object({
    reason: z.enum(["operator", "syncDisabled", "tenantDeleted", "resyncAbandoned"]),
    by: text,
    at: time,
    detail: text.optional(),
    /** The detail in words of either language, where Hikae says it. */
    why: said.optional(),
  }),
  ja: (stop) => ({
    subject: "東京から大阪への同期を停止しました",
    body: [
      "東京から大阪（待機サイト）への同期を停止しました。電話の受発信には影響ありませんが、同期が再開するまで、東京での設定変更は大阪に反映されません。",
      {
        facts: [
          ["理由", reasons.ja[stop.reason].why],
          ["補足", inLanguage("ja", stop.why ?? stop.detail)],
          ["実施者", person("ja", stop.by)],
          ["日時", clock("ja", stop.at)],
        ],
      },
      reasons.ja[stop.reason].next,
      { link: "同期の状態を見る", page: "status" },
    ],
  }),
  en: (stop) => ({
    subject: "The sync from Tokyo to Osaka has been stopped",
    body: [
      "The sync from Tokyo to Osaka (the stand-by) has been stopped. Calls are not affected, but changes made in Tokyo do not reach Osaka until it is resumed.",
      {
        facts: [
          ["Reason", reasons.en[stop.reason].why],
          ["Note", inLanguage("en", stop.why ?? stop.detail)],
          ["By", person("en", stop.by)],
          ["At", clock("en", stop.at)],
        ],
      },
      reasons.en[stop.reason].next,
      { link: "See the sync's status", page: "status" },
    ],
  }),
});
