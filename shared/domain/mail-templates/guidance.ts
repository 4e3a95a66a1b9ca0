import { z } from "zod";
import { clock, count, template, time } from "../mail-template.ts";

/** The primary has lost all guidance files of a tenant, and the secondary keeps its own (R12). */
export const guidanceRefused = template({
  data: z.object({ at: time, files: count }),
  ja: (refusal) => ({
    subject: "【要確認】ガイダンス音声の同期を見合わせています",
    body: [
      "東京にガイダンス音声が1件も見つからないため、大阪（待機サイト）の音声は削除せず、そのまま残しています。",
      {
        facts: [
          ["確認日時", clock("ja", refusal.at)],
          ["大阪にある音声", `${refusal.files}件`],
        ],
      },
      "東京の音声が失われている場合は、登録し直してください。次の定期同期（5分ごと）で自動的に反映されます。お客様ご自身ですべて削除された場合は、運用担当へご連絡ください。",
      { link: "同期の状態を見る", page: "status" },
    ],
  }),
  en: (refusal) => ({
    subject: "[Please check] Guidance files are not being copied to Osaka",
    body: [
      "No guidance file was found in Tokyo. The files in Osaka (the stand-by) were not deleted and stay as they are.",
      {
        facts: [
          ["Checked at", clock("en", refusal.at)],
          ["Files in Osaka", String(refusal.files)],
        ],
      },
      "If the files in Tokyo were lost, please upload them again: they are copied by the next run, within five minutes. If you deleted all of them on purpose, please tell the operators.",
      { link: "See the sync's status", page: "status" },
    ],
  }),
});
