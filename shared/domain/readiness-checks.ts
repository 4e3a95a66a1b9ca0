import { callerFault } from "./plan.ts";
import type { StandingFacts } from "./readiness-facts.ts";
import { agoOf, blocker, type Check, type Finding, pass, warning } from "./readiness-finding.ts";
import { preconditions } from "./readiness-preconditions.ts";
import type { StandbyState } from "./standby.ts";
import { rpoOf } from "./status.ts";
import type { SyncName } from "./syncs.ts";

const isOlder = (then: Date, now: Date, minutes: number) => now.getTime() - then.getTime() > minutes * 60_000;

/** After which time each is late, with one missed run let pass. */
const lateAfterMinutes = { reconcile: 130, guidance: 15, "access-rules": 130 } as const;

/** What each state means to an activation. */
const states: Record<StandbyState, Finding> = {
  syncing: pass("同期中です", "The tenant is syncing"),
  stopped: blocker({
    why: {
      ja: "同期が停止しています。大阪の設定は古い可能性があります",
      en: "The sync is stopped: the secondary may be out of date",
    },
    remedy: {
      ja: "停止の理由を確認し、復元して同期を再開してください。東京が失われたときは理由を添えて切り替えられます",
      en: "See why, restore and resume the sync; if the primary is lost, activate with a reason",
    },
  }),
  resyncing: blocker({
    why: {
      ja: "再同期中です。大阪の設定はまだそろっていません",
      en: "The tenant is resyncing: the secondary is not complete yet",
    },
    remedy: { ja: "再同期の完了をお待ちください", en: "Wait until the resync has ended" },
  }),
  activating: pass("大阪への切り替えを実行中です", "The secondary is being activated"),
  active: pass("すでに大阪で稼働しています", "The secondary is active already"),
};

function findSync(name: SyncName, { syncs, now }: StandingFacts): Finding {
  const record = syncs[name];
  const remedy = {
    ja: "定期実行の状態を確認し、必要なら今すぐ実行してください",
    en: "Look at the schedule, and run it now if need be",
  };
  const details = record && { outcome: record.outcome, at: record.at, equalAt: record.equalAt, reason: record.reason };
  if (!record?.equalAt) {
    return warning({
      why: { ja: "まだ一度も同期が完了していません", en: "Never brought over as a whole so far" },
      remedy,
      details,
    });
  }
  const ago = agoOf(record.equalAt, now);
  if (record.outcome === "refused") {
    return warning({
      why: {
        ja: `東京の内容に問題があるため取り込んでいません（最後に同期したのは${ago.ja}）`,
        en: `The primary's content was refused; last brought over ${ago.en}`,
      },
      remedy: { ja: "東京の設定を直してください", en: "Correct it on the primary" },
      details,
    });
  }
  const late = isOlder(record.equalAt, now, lateAfterMinutes[name]);
  const why = { ja: `最後に同期したのは${ago.ja}です`, en: `Last brought over ${ago.en}` };
  return late ? warning({ why, remedy, details }) : pass(why.ja, why.en, details);
}

/** The checks that read the secondary alone and do not grow with the tenant: an activation makes them too. */
export const standingChecks = {
  ...preconditions,
  state: {
    label: { ja: "同期の状態", en: "State of the sync" },
    overridable: true,
    find: ({ standby }) =>
      standby
        ? {
            ...states[standby.state],
            details: { state: standby.state, since: standby.since, reason: standby.stop?.reason },
          }
        : blocker({
            why: { ja: "大阪に待機データがありません", en: "The tenant has no stand-by" },
            remedy: { ja: "DRの利用条件を確認してください", en: "See what DR takes" },
          }),
  },
  freshness: {
    label: { ja: "同期の遅れ", en: "Lag of the mirror" },
    overridable: true,
    find: ({ standby, lastHeartbeat, now }) => {
      if (!standby || standby.state === "active" || standby.state === "activating") {
        return pass("同期していないため対象外です", "Nothing is mirrored now");
      }
      const rpo = rpoOf({ standby, ...(lastHeartbeat ? { lastHeartbeat } : {}) }, now);
      const details = { ...rpo };
      if (rpo.status === "in-sync") {
        return pass(`遅れは最大${rpo.seconds}秒です`, `At most ${rpo.seconds} s are missing`, details);
      }
      const since = rpo.unknownSince && agoOf(rpo.unknownSince, now);
      return warning({
        why: since
          ? {
              ja: `東京からの更新が届いていません（最後は${since.ja}）`,
              en: `Nothing comes from the primary; the last was ${since.en}`,
            }
          : { ja: "東京の変更がまだ届いていない可能性があります", en: "Changes of the primary may be missing" },
        remedy: { ja: "東京と同期処理の状態を確認してください", en: "Look at the primary and the mirror" },
        details,
      });
    },
  },
  reconciliation: {
    label: { ja: "最後の突き合わせ", en: "Last reconciliation" },
    overridable: true,
    find: ({ standby, now }) => {
      const proof = standby?.proof;
      const remedy = { ja: "突き合わせを実行してください", en: "Reconcile now" };
      if (!proof) {
        return warning({ why: { ja: "まだ一度も完了していません", en: "Never done so far" }, remedy });
      }
      const ago = agoOf(proof.at, now);
      const details = { at: proof.at, equal: proof.equal, ...proof.total, large: proof.large };
      if (!proof.equal) {
        const why = {
          ja: `${ago.ja}の突き合わせで差分が${proof.total.differing}件残りました`,
          en: `${proof.total.differing} documents differed ${ago.en}`,
        };
        return warning({ why, remedy, details });
      }
      const why = { ja: `一致を確認しています（${ago.ja}）`, en: `Both sites were equal ${ago.en}` };
      const late = isOlder(proof.at, now, lateAfterMinutes.reconcile);
      return late ? warning({ why, remedy, details }) : pass(why.ja, why.en, details);
    },
  },
  guidance: {
    label: { ja: "ガイダンス音声の同期", en: "Guidance files" },
    overridable: true,
    find: (facts) => findSync("guidance", facts),
  },
  accessRules: {
    label: { ja: "IPアクセス制限の同期", en: "IP access rules" },
    overridable: true,
    find: (facts) => findSync("access-rules", facts),
  },
  sameVersion: {
    label: { ja: "両サイトのバージョン", en: "Versions of both sites" },
    overridable: true,
    find: ({ standby, profile, profileFaults }) => {
      if (profileFaults) {
        return blocker({
          why: { ja: "大阪のテナント登録に誤りがあります", en: "The secondary's profile of the tenant is not valid" },
          remedy: { ja: "運用担当にお問い合わせください", en: "Ask an operator to correct it" },
          details: { faults: profileFaults.map(({ field, problem }) => `${field}: ${problem}`) },
        });
      }
      if (!profile) {
        return blocker({
          why: { ja: "大阪にテナントの登録がありません", en: "The secondary has no profile of the tenant" },
          remedy: { ja: "運用担当にお問い合わせください", en: "Ask an operator" },
        });
      }
      const [primary, secondary] = [standby?.profile.platformVersion, profile.platformVersion];
      const details = { primary, secondary };
      if (primary === secondary) return pass(`どちらも${secondary}です`, `Both run ${secondary}`, details);
      return warning({
        why: {
          ja: `東京は${primary ?? "不明"}、大阪は${secondary}です`,
          en: `The primary runs ${primary ?? "an unknown version"}, the secondary ${secondary}`,
        },
        remedy: { ja: "バージョンをそろえてください", en: "Bring both to the same version" },
        details,
      });
    },
  },
  plan: {
    label: { ja: "切り替え計画", en: "Switch-over plan" },
    overridable: true,
    find: ({ plan: stored, defaultNumber }) => {
      const remedy = { ja: "切り替え計画を登録してください", en: "Prepare the plan" };
      if (!stored) return warning({ why: { ja: "登録されていません", en: "There is none" }, remedy });
      const { plan } = stored;
      if (!plan) return blocker({ why: { ja: "内容を読み取れません", en: "It cannot be understood" }, remedy });
      if (plan.defaultCallerNumber === null) {
        const why = { ja: "既定の発信者番号が決まっていません", en: "It has no default caller number" };
        return warning({ why, remedy });
      }
      const fault = callerFault(defaultNumber);
      if (!fault) return pass("登録されています", "It is there");
      const number = plan.defaultCallerNumber;
      return blocker({
        why: {
          ja: `既定の発信者番号${number}：${fault.ja}`,
          en: `The default caller number ${number} ${fault.en}`,
        },
        remedy,
        details: { number },
      });
    },
  },
  unknownKinds: {
    label: { ja: "同期対象外のデータ", en: "Data that is not mirrored" },
    overridable: true,
    find: ({ unknownKinds }) =>
      unknownKinds.length === 0
        ? pass("ありません", "None")
        : warning({
            why: {
              ja: `未知の種類のデータがあり、大阪に写していません：${unknownKinds.join("、")}`,
              en: `Kinds that are not known are not mirrored: ${unknownKinds.join(", ")}`,
            },
            remedy: { ja: "運用担当にお問い合わせください", en: "Ask an operator to add them to the catalogue" },
            details: { kinds: unknownKinds },
          }),
  },
} as const satisfies Record<string, Check<StandingFacts>>;
