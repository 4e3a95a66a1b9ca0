import { z } from "zod";
import { clock, count, inLanguage, person, said, template, text, time } from "../mail-template.ts";

/** The tenant's histories and recordings on the secondary are gone (R26). */
export const purged = template({
  data: z.object({ by: text, at: time, documents: count, recordings: count }),
  ja: (purge) => ({
    subject: "大阪の履歴と録音の消去が完了しました",
    body: [
      "大阪（待機サイト）にあるお客様の履歴と録音を、ご指示のとおりすべて消去しました。東京のデータと、大阪の設定には影響ありません。",
      {
        facts: [
          ["消去した履歴", `${purge.documents}件`],
          ["消去した録音ファイル", `${purge.recordings}件`],
          ["実施者", person("ja", purge.by)],
          ["完了日時", clock("ja", purge.at)],
        ],
      },
      "この操作にお心当たりがない場合は、至急、運用担当へご連絡ください。",
      { link: "操作の記録を見る", page: "audit" },
    ],
  }),
  en: (purge) => ({
    subject: "Histories and recordings in Osaka have been deleted",
    body: [
      "As requested, all of your histories and recordings in Osaka (the stand-by) have been deleted. Data in Tokyo and the configuration in Osaka are not affected.",
      {
        facts: [
          ["Histories deleted", String(purge.documents)],
          ["Recording files deleted", String(purge.recordings)],
          ["By", person("en", purge.by)],
          ["Completed at", clock("en", purge.at)],
        ],
      },
      "If you did not expect this, contact the operators at once.",
      { link: "See the audit log", page: "audit" },
    ],
  }),
});

/** A set of IP access rules was not taken over to the secondary (R13). */
export const accessRulesRefused = template({
  data: z.object({
    at: time,
    /** Why, for people to read. */
    why: said,
    /** The rule at fault, where it is one. */
    rule: text.optional(),
  }),
  ja: (refusal) => ({
    subject: "【要確認】IPアクセス制限を大阪に反映できませんでした",
    body: [
      "東京のIPアクセス制限に問題があるため、大阪（待機サイト）には反映していません。大阪では、これまでの設定が引き続き有効です。",
      {
        facts: [
          ["確認日時", clock("ja", refusal.at)],
          ["問題のある設定", refusal.rule],
          ["理由", inLanguage("ja", refusal.why)],
        ],
      },
      "東京のIPアクセス制限を修正してください。修正後の内容は、次の定期同期（1時間ごと）で自動的に反映されます。",
      { link: "同期の状態を見る", page: "status" },
    ],
  }),
  en: (refusal) => ({
    subject: "[Please check] IP access rules could not be copied to Osaka",
    body: [
      "The IP access rules in Tokyo have a problem and were not copied to Osaka (the stand-by). Osaka keeps the rules it had.",
      {
        facts: [
          ["Checked at", clock("en", refusal.at)],
          ["Rule at fault", refusal.rule],
          ["Why", inLanguage("en", refusal.why)],
        ],
      },
      "Please correct the rules in Tokyo. They are copied by the next hourly run.",
      { link: "See the sync's status", page: "status" },
    ],
  }),
});
