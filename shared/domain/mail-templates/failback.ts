import { z } from "zod";
import { clock, count, markedDrill, mode, modeNames, person, template, text, time } from "../mail-template.ts";

/** The operators say that the primary is healthy again (R24 a). */
export const recoveryNotice = template({
  data: z.object({ by: text, at: time, note: text.optional() }),
  ja: (notice) => ({
    subject: "東京が復旧しました。切り戻しの準備をお願いします",
    body: [
      "東京が復旧したことを確認しました。現在も大阪が稼働系です。ご都合のよい時間に、次の手順で切り戻しをご準備ください。",
      {
        facts: [
          ["復旧の確認", clock("ja", notice.at)],
          ["連絡者", person("ja", notice.by)],
          ["運用担当者からの連絡", notice.note],
        ],
      },
      {
        steps: [
          "大阪で行った設定変更のうち残したいものを、差分の画面で確認します。切り戻すと、大阪での変更は東京の内容で上書きされます。",
          "ソフトフォンの接続先と、回線側の転送設定を東京に戻します。",
          "管理画面で「再開を依頼」を押します。運用担当者が同期を再開します。",
        ],
      },
      { link: "切り戻しの画面を開く", page: "failback" },
    ],
  }),
  en: (notice) => ({
    subject: "Tokyo has recovered: please prepare to fail back",
    body: [
      "Tokyo has recovered. Osaka is still in charge. Please prepare to fail back at a time that suits you:",
      {
        facts: [
          ["Recovery confirmed at", clock("en", notice.at)],
          ["By", person("en", notice.by)],
          ["Operators' note", notice.note],
        ],
      },
      {
        steps: [
          "Look at what was changed in Osaka and choose what to keep. Failing back overwrites Osaka with Tokyo's content.",
          "Move the softphones and the carriers' forwarding back to Tokyo.",
          "Choose “Ask to resume” in the console. An operator then resumes the sync.",
        ],
      },
      { link: "Open the fail-back page", page: "failback" },
    ],
  }),
});

/** The tenant asks the operators to resume the sync (R24 b). */
export const resumeRequested = template({
  data: z.object({ by: text, at: time, note: text.optional() }),
  ja: (request) => ({
    subject: "同期再開の依頼がありました",
    body: [
      "お客様から、ソフトフォンを東京に戻し終えたとのご連絡と、同期再開のご依頼がありました。差分を確認のうえ、切り戻しを実行してください。",
      {
        facts: [
          ["依頼者", person("ja", request.by)],
          ["依頼日時", clock("ja", request.at)],
          ["お客様からの連絡", request.note],
        ],
      },
      { link: "切り戻しの画面を開く", page: "failback" },
    ],
  }),
  en: (request) => ({
    subject: "A tenant asks to resume the sync",
    body: [
      "The tenant reports that its softphones are back in Tokyo and asks to resume the sync. Look at the differences, then fail back.",
      {
        facts: [
          ["Asked by", person("en", request.by)],
          ["Asked at", clock("en", request.at)],
          ["Tenant's note", request.note],
        ],
      },
      { link: "Open the fail-back page", page: "failback" },
    ],
  }),
});

/** The primary is in charge again (R24 c). */
export const failedBack = template({
  data: z.object({
    mode,
    by: text,
    at: time,
    /** Documents that both sites hold now. */
    documents: count,
    /** Documents of the secondary that the primary overwrote. */
    overwritten: count,
    /** Documents that were carried over to the primary first (R25). */
    promoted: count.default(0),
  }),
  ja: (end) =>
    markedDrill("ja", end.mode === "drill", {
      subject: "東京への切り戻しが完了しました",
      body: [
        "東京への切り戻しが完了しました。現在、東京が稼働系です。東京から大阪への同期も再開しています。",
        {
          facts: [
            ["種別", modeNames.ja[end.mode]],
            ["実施者", person("ja", end.by)],
            ["完了日時", clock("ja", end.at)],
            ["同期したデータ", `${end.documents}件`],
            ["東京の内容で上書きしたデータ", `${end.overwritten}件`],
            ["東京に反映したデータ", end.promoted > 0 ? `${end.promoted}件` : undefined],
          ],
        },
        { link: "同期の状態を見る", page: "status" },
      ],
    }),
  en: (end) =>
    markedDrill("en", end.mode === "drill", {
      subject: "The fail back to Tokyo is complete",
      body: [
        "The fail back is complete. Tokyo is in charge again, and the sync from Tokyo to Osaka has been resumed.",
        {
          facts: [
            ["Mode", modeNames.en[end.mode]],
            ["By", person("en", end.by)],
            ["Completed at", clock("en", end.at)],
            ["Documents in sync", String(end.documents)],
            ["Documents overwritten from Tokyo", String(end.overwritten)],
            ["Documents carried over to Tokyo", end.promoted > 0 ? String(end.promoted) : undefined],
          ],
        },
        { link: "See the sync's status", page: "status" },
      ],
    }),
});
