import { z } from "zod";
import {
  clock,
  count,
  duration,
  inLanguage,
  type Language,
  markedDrill,
  mode,
  modeNames,
  person,
  said,
  seconds,
  template,
  text,
  time,
} from "../mail-template.ts";

/** The recovery point as people read it; null where nobody can know it. */
function recoveryPoint(language: Language, rpoSeconds: number | null | undefined): string | undefined {
  if (rpoSeconds === undefined) return undefined;
  if (rpoSeconds === null) return { ja: "不明", en: "unknown" }[language];
  return duration(language, rpoSeconds);
}

/** The secondary is in charge of the tenant now (R18). */
export const activated = template({
  data: z.object({
    mode,
    by: text,
    at: time,
    reason: text.optional(),
    /** The readiness checks that were overridden, as one line: what they are called, or for lack of that their names. */
    checks: said.optional(),
    overridden: text.optional(),
    /** How much of the primary's changes may be missing; null where unknown. */
    rpoSeconds: seconds.nullable().optional(),
  }),
  ja: (activation) =>
    markedDrill("ja", activation.mode === "drill", {
      subject: "大阪への切り替えが完了しました",
      body: [
        "大阪（待機サイト）への切り替えが完了しました。現在、大阪が稼働系です。東京での設定変更は、切り戻しが終わるまで大阪に反映されません。",
        {
          facts: [
            ["種別", modeNames.ja[activation.mode]],
            ["実施者", person("ja", activation.by)],
            ["理由", activation.reason],
            ["切り替え日時", clock("ja", activation.at)],
            ["反映されていない可能性のある変更", recoveryPoint("ja", activation.rpoSeconds)],
            ["確認のうえ見送った項目", inLanguage("ja", activation.checks ?? activation.overridden)],
          ],
        },
        "続けて、チェックリストの残りの項目をお進めください。",
        {
          steps: [
            "ソフトフォンが大阪につながっていることを確認します。",
            "フリーダイヤルなどの着信先と、回線側の転送設定を切り替えます。",
            "着信・発信・発信者番号の表示を、実際に電話をかけて確認します。",
          ],
        },
        { link: "チェックリストを開く", page: "checklist" },
      ],
    }),
  en: (activation) =>
    markedDrill("en", activation.mode === "drill", {
      subject: "Osaka has been activated",
      body: [
        "Osaka (the stand-by) has been activated and is now in charge. Changes made in Tokyo do not reach Osaka until you fail back.",
        {
          facts: [
            ["Mode", modeNames.en[activation.mode]],
            ["By", person("en", activation.by)],
            ["Reason", activation.reason],
            ["Activated at", clock("en", activation.at)],
            ["Changes that may be missing", recoveryPoint("en", activation.rpoSeconds)],
            ["Checks overridden", inLanguage("en", activation.checks ?? activation.overridden)],
          ],
        },
        "Please go on with the checklist:",
        {
          steps: [
            "Make sure that the softphones are connected to Osaka.",
            "Switch the destinations of toll-free numbers and the carriers' forwarding.",
            "Test with real calls: incoming, outgoing, and the caller number shown.",
          ],
        },
        { link: "Open the checklist", page: "checklist" },
      ],
    }),
});

/** How the tenant gets on after an activation that was given up: its sync has stopped, and may be `off` besides (R11, R17). */
const sync = {
  ja: {
    stopped: {
      name: "停止しています",
      next: "再開は運用担当が行います。",
    },
    off: {
      name: "停止しています（東京の同期設定がオフか、ご契約が災害対策の条件を満たしていません）",
      next: "再開には、先に東京の同期設定またはご契約の見直しが必要です。",
    },
  },
  en: {
    stopped: {
      name: "stopped",
      next: "An operator resumes it.",
    },
    off: {
      name: "stopped (its setting in Tokyo is off, or the contract does not permit a stand-by)",
      next: "Before it can be resumed, its setting in Tokyo or the contract must be put right.",
    },
  },
} as const;

/** What to do then; a planned move begins from a tenant that syncs. */
const again = {
  ja: {
    disaster:
      "大阪に切り替える場合は、原因を確認のうえ、もう一度切り替えてください。同期が止まっているため、理由を添えて続けることになります。何度行っても安全です。",
    drill: "訓練をやり直す場合は、同期の再開をお待ちください。待てないときは、理由を添えて続けられます。",
    planned: "計画的な移行は、同期が再開してからやり直してください。",
  },
  en: {
    disaster:
      "To put Osaka in charge, look at the cause and activate again. As the sync is stopped, it takes a reason to go on. Activating again is always safe.",
    drill: "To repeat the drill, wait until the sync has been resumed, or give a reason to go on without it.",
    planned: "The planned move can be repeated once the sync has been resumed.",
  },
} as const;

/** An activation could not be completed (R18): its fence was raised, the primary is in charge and the sync has stopped. */
export const activationFailed = template({
  data: z.object({ mode, by: text, at: time, why: said, sync: z.enum(["stopped", "off"]).default("stopped") }),
  ja: (failure) =>
    markedDrill("ja", failure.mode === "drill", {
      subject: "【要対応】大阪への切り替えが完了しませんでした",
      body: [
        "大阪（待機サイト）への切り替えが途中で止まりました。現在、東京が稼働系で、東京から大阪への同期は停止しています。もう一度切り替えるか、運用担当が同期を再開するまで、この状態が続きます。",
        {
          facts: [
            ["種別", modeNames.ja[failure.mode]],
            ["実施者", person("ja", failure.by)],
            ["日時", clock("ja", failure.at)],
            ["原因", inLanguage("ja", failure.why)],
            ["稼働系", "東京"],
            ["東京から大阪への同期", sync.ja[failure.sync].name],
          ],
        },
        again.ja[failure.mode],
        `同期が止まっている間、東京での設定変更は大阪に反映されません。${sync.ja[failure.sync].next}`,
        "切り替えが必要なのに完了しない場合は、運用担当へご連絡ください。",
        { link: "切り替えの状況を見る", page: "status" },
      ],
    }),
  en: (failure) =>
    markedDrill("en", failure.mode === "drill", {
      subject: "[Action needed] The activation of Osaka was not completed",
      body: [
        "The activation of Osaka (the stand-by) stopped half-way. Tokyo is in charge, and the sync from Tokyo to Osaka has stopped. So it stays until Osaka is activated again or an operator resumes the sync.",
        {
          facts: [
            ["Mode", modeNames.en[failure.mode]],
            ["By", person("en", failure.by)],
            ["At", clock("en", failure.at)],
            ["Cause", inLanguage("en", failure.why)],
            ["In charge", "Tokyo"],
            ["Sync from Tokyo to Osaka", sync.en[failure.sync].name],
          ],
        },
        again.en[failure.mode],
        `While the sync is stopped, changes made in Tokyo do not reach Osaka. ${sync.en[failure.sync].next}`,
        "If Osaka must be activated and does not get there, contact the operators.",
        { link: "See the activation's progress", page: "status" },
      ],
    }),
});

/** What a drill measured (R28). */
export const drillReport = template({
  data: z.object({
    by: text,
    startedAt: time,
    endedAt: time,
    rtoSeconds: seconds,
    rpoSeconds: seconds.nullable().optional(),
    checklistDone: count,
    checklistTotal: count,
    /** From the activation to the last item done; absent where none was. */
    checklistSeconds: seconds.optional(),
  }),
  ja: (drill) => ({
    subject: "【訓練】訓練結果のお知らせ",
    body: [
      "切り替え訓練が終了し、通常の状態（東京が稼働系）に戻りました。結果は次のとおりです。",
      {
        facts: [
          ["実施者", person("ja", drill.by)],
          ["開始", clock("ja", drill.startedAt)],
          ["終了", clock("ja", drill.endedAt)],
          ["切り替えにかかった時間（RTO）", duration("ja", drill.rtoSeconds)],
          ["反映されていなかった変更（RPO）", recoveryPoint("ja", drill.rpoSeconds)],
          ["チェックリスト", `${drill.checklistTotal}項目中${drill.checklistDone}項目を完了`],
          [
            "チェックリストの所要時間",
            drill.checklistSeconds === undefined ? undefined : duration("ja", drill.checklistSeconds),
          ],
        ],
      },
      { link: "訓練の記録を見る", page: "drills" },
    ],
  }),
  en: (drill) => ({
    subject: "[Drill] Report of the drill",
    body: [
      "The drill has ended and Tokyo is in charge again. These are its results.",
      {
        facts: [
          ["By", person("en", drill.by)],
          ["Began", clock("en", drill.startedAt)],
          ["Ended", clock("en", drill.endedAt)],
          ["Time to activate (RTO)", duration("en", drill.rtoSeconds)],
          ["Changes not yet mirrored (RPO)", recoveryPoint("en", drill.rpoSeconds)],
          ["Checklist", `${drill.checklistDone} of ${drill.checklistTotal} items done`],
          [
            "Time for the checklist",
            drill.checklistSeconds === undefined ? undefined : duration("en", drill.checklistSeconds),
          ],
        ],
      },
      { link: "See the records of drills", page: "drills" },
    ],
  }),
});
