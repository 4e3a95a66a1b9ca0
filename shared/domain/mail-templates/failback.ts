import { z } from "zod";
import {
  type Block,
  clock,
  count,
  inLanguage,
  markedDrill,
  mode,
  modeNames,
  person,
  said,
  template,
  text,
  time,
} from "../mail-template.ts";

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
          ["運用担当からの連絡", notice.note],
        ],
      },
      {
        steps: [
          "大阪で行った設定変更のうち残したいものを、差分の画面で確認します。切り戻すと、大阪での変更は東京の内容で上書きされます。",
          "ソフトフォンの接続先と、回線側の転送設定を東京に戻します。",
          "コンソールで「再開を依頼」を押します。運用担当が同期を再開します。",
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
    /** Whether the primary is mirrored again: not where its sync setting is off (R11). */
    syncing: z.boolean().default(true),
  }),
  ja: (end) =>
    markedDrill("ja", end.mode === "drill", {
      subject: "東京への切り戻しが完了しました",
      body: [
        "東京への切り戻しが完了しました。現在、東京が稼働系です。",
        {
          facts: [
            ["種別", modeNames.ja[end.mode]],
            ["実施者", person("ja", end.by)],
            ["完了日時", clock("ja", end.at)],
            ["同期したデータ", `${end.documents}件`],
            ["東京の内容で上書きしたデータ", `${end.overwritten}件`],
            ["東京に反映したデータ", end.promoted > 0 ? `${end.promoted}件` : undefined],
            ["東京から大阪への同期", end.syncing ? "再開しました" : "停止中です"],
          ],
        },
        { link: "同期の状態を見る", page: "status" },
      ],
    }),
  en: (end) =>
    markedDrill("en", end.mode === "drill", {
      subject: "The fail back to Tokyo is complete",
      body: [
        "The fail back is complete. Tokyo is in charge again.",
        {
          facts: [
            ["Mode", modeNames.en[end.mode]],
            ["By", person("en", end.by)],
            ["Completed at", clock("en", end.at)],
            ["Documents in sync", String(end.documents)],
            ["Documents overwritten from Tokyo", String(end.overwritten)],
            ["Documents carried over to Tokyo", end.promoted > 0 ? String(end.promoted) : undefined],
            ["Sync from Tokyo to Osaka", end.syncing ? "resumed" : "stopped"],
          ],
        },
        { link: "See the sync's status", page: "status" },
      ],
    }),
});

/** What to do after a fail back that was given up, by the site that is in charge now. */
const afterwards: Record<"ja" | "en", Record<"primary" | "secondary", readonly Block[]>> = {
  ja: {
    secondary: [
      "現在も大阪（待機サイト）が稼働系です。途中まで東京の内容で上書きされたため、発信者番号は切り替え計画のとおりに設定し直しています。次の点をご確認ください。",
      {
        steps: [
          "ソフトフォン、フリーダイヤルの着信先、回線側の転送設定が大阪に向いていることを確認します。",
          "大阪で行った設定変更が東京の内容に戻っていないか確認し、必要であれば設定し直します。",
          "チェックリストの未完了の項目を進めます。",
        ],
      },
      "原因が解消したあと、運用担当が切り戻しをやり直します。",
      { link: "チェックリストを開く", page: "checklist" },
    ],
    primary: [
      "現在、東京が稼働系です。電話の受発信には影響ありませんが、東京から大阪への同期は停止しています。",
      "原因が解消したあと、運用担当が切り戻しをやり直します。完了すると同期も再開します。",
      { link: "切り戻しの画面を開く", page: "failback" },
    ],
  },
  en: {
    secondary: [
      "Osaka (the stand-by) is still in charge. Part of it was overwritten with Tokyo's content; caller numbers were set as in the switch-over plan again. Please check:",
      {
        steps: [
          "Softphones, the destinations of toll-free numbers and the carriers' forwarding lead to Osaka.",
          "What was changed in Osaka still stands; change it again where Tokyo's content took its place.",
          "The open items of the checklist.",
        ],
      },
      "When the cause is gone, an operator fails back again.",
      { link: "Open the checklist", page: "checklist" },
    ],
    primary: [
      "Tokyo is in charge. Calls are not affected, but the sync from Tokyo to Osaka stands still.",
      "When the cause is gone, an operator fails back again; then the sync is resumed as well.",
      { link: "Open the fail-back page", page: "failback" },
    ],
  },
};

/** A fail back was given up half-way (R24). */
export const failbackFailed = template({
  data: z.object({ mode, at: time, why: said, inCharge: z.enum(["primary", "secondary"]) }),
  ja: (failure) =>
    markedDrill("ja", failure.mode === "drill", {
      subject: "【要対応】東京への切り戻しが完了しませんでした",
      body: [
        "東京への切り戻しが途中で止まりました。",
        {
          facts: [
            ["種別", modeNames.ja[failure.mode]],
            ["日時", clock("ja", failure.at)],
            ["原因", inLanguage("ja", failure.why)],
            ["稼働系", failure.inCharge === "secondary" ? "大阪" : "東京"],
          ],
        },
        ...afterwards.ja[failure.inCharge],
      ],
    }),
  en: (failure) =>
    markedDrill("en", failure.mode === "drill", {
      subject: "[Action needed] The fail back to Tokyo was not completed",
      body: [
        "The fail back to Tokyo stopped half-way.",
        {
          facts: [
            ["Mode", modeNames.en[failure.mode]],
            ["At", clock("en", failure.at)],
            ["Cause", inLanguage("en", failure.why)],
            ["In charge", failure.inCharge === "secondary" ? "Osaka" : "Tokyo"],
          ],
        },
        ...afterwards.en[failure.inCharge],
      ],
    }),
});
