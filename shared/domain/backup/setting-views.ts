import type { Label } from "../../catalogue.ts";
import { isUsable, latest } from "./bucket-state.ts";
import type { BackupBucket } from "./buckets.ts";
import { triesLeft } from "./challenge.ts";
import type { Unit } from "./entry.ts";
import { type DestinationCause, destinationCauses, type SkipReason, skipReasons } from "./failures.ts";
import type { DestinationRecord } from "./ports.ts";
import { type BackupLevels, companyLevel, officeLevel, resolveBucket, unitLevel } from "./settings.ts";

/** A level of a tenant at which backup is set. */
export type Level = { type: "company" } | { type: "office"; id: string } | Unit;

/** The id of its document. */
export function levelId(level: Level): string {
  if (level.type === "company") return companyLevel;
  return level.type === "office" ? officeLevel(level.id) : unitLevel(level);
}

/** The level of that document; undefined for an id that is none. */
export function levelOf(id: string): Level | undefined {
  if (id === companyLevel) return { type: "company" };
  const [, type, of] = /^(office|callCenter|coachingTeam)\.(.+)$/s.exec(id) ?? [];
  return type && of ? { type: type as "office" | Unit["type"], id: of } : undefined;
}

/** The role that a customer grants on the bucket, and no more (R33). */
export const grantedRole = {
  role: "roles/storage.objectUser",
  label: { ja: "Storage オブジェクト ユーザー", en: "Storage Object User" },
} as const satisfies { role: string; label: Label };

/** The bucket in force for a level and the level that names it, or why there is none. */
export type Effective = { bucket: string; from: Level } | { bucket: null; why: { reason: SkipReason; label: Label } };

/**
 * What is in force for a level (R32): for the company and an office, what a centre or team of it would have that is
 * switched on and names no bucket of its own.
 */
export function effectiveFor(level: Level, levels: BackupLevels, office: string | undefined): Effective {
  const isUnit = level.type === "callCenter" || level.type === "coachingTeam";
  const asked = isUnit ? levels : { ...levels, unit: { enabled: true } };
  const resolved = resolveBucket(asked);
  if ("skipped" in resolved) {
    return { bucket: null, why: { reason: resolved.skipped, label: skipReasons[resolved.skipped] } };
  }
  const company: Level = { type: "company" };
  if (levels.company?.restrict) return { ...resolved, from: company };
  if (isUnit && levels.unit?.bucket !== undefined) return { ...resolved, from: level };
  const isOffices = levels.office?.bucket !== undefined && office !== undefined;
  return { ...resolved, from: isOffices ? { type: "office", id: office } : company };
}

/** What a bucket is to its tenant now. */
export const bucketStates = {
  proved: { ja: "利用できます", en: "In use" },
  waitingForPermission: { ja: "権限の反映を待っています", en: "Waiting for the permission to take effect" },
  waitingForProof: { ja: "所有の確認を待っています", en: "Waiting for the proof that it is yours" },
  proofLost: { ja: "所有の確認がもう一度必要です", en: "It has to be proved again that it is yours" },
  failed: { ja: "利用できません", en: "It cannot be used" },
  outOfService: { ja: "書き込めないため、保存を保留しています", en: "It takes no recordings now; they wait" },
  unchecked: { ja: "まだ確認していません", en: "Not checked yet" },
} as const satisfies Record<string, Label>;
export type BucketState = keyof typeof bucketStates;

export function stateOf(bucket: BackupBucket | undefined, destination?: DestinationRecord): BucketState {
  if (!bucket) return "unchecked";
  if (bucket.access === "waiting") return "waitingForPermission";
  if (bucket.access === "failed") return "failed";
  const lostAt = latest(bucket.lostAt, destination?.proofLostAt);
  const known = lostAt ? { ...bucket, lostAt } : bucket;
  if (!isUsable(known)) return lostAt ? "proofLost" : "waitingForProof";
  return destination?.incident ? "outOfService" : "proved";
}

/** What Hikae cannot read with the role it is granted, and so never claims (R33). */
const notChecked = [
  {
    setting: "publicAccessPrevention",
    label: { ja: "公開アクセスの防止：確認していません", en: "Public access prevention: not checked" },
    advice: { ja: "「適用」にすることをおすすめします。", en: "We advise to enforce it." },
  },
  {
    setting: "retention",
    label: { ja: "保持ポリシー：確認していません", en: "Retention policy: not checked" },
    advice: {
      ja: "録音を残す期間に合わせて設定してください。",
      en: "Set it to how long recordings are to be kept.",
    },
  },
  {
    setting: "encryption",
    label: { ja: "暗号鍵：確認していません", en: "Encryption key: not checked" },
    advice: {
      ja: "独自の鍵を使う場合は、鍵を無効にすると保存できなくなります。",
      en: "With a key of your own, nothing can be stored while the key is disabled.",
    },
  },
] as const;

/** A bucket as its tenant sees it: what is wrong with it and what to do, never a code or its hash. */
export function bucketView(name: string, bucket: BackupBucket | undefined, destination?: DestinationRecord) {
  const state = stateOf(bucket, destination);
  const problem = problemOf(state, bucket, destination);
  const { challenge, provedAt, provedBy } = bucket ?? {};
  const isProved = state === "proved" || state === "outOfService";
  return {
    name,
    state,
    label: bucketStates[state],
    checkedAt: bucket?.checkedAt ?? null,
    ...(bucket?.waitingSince ? { waitingSince: bucket.waitingSince } : {}),
    ...(problem ? { problem } : {}),
    ...(isProved && provedAt && provedBy ? { provedAt, provedBy } : {}),
    ...(challenge && !isProved
      ? {
          challenge: {
            object: `gs://${name}/${challenge.object}`,
            issuedAt: challenge.issuedAt,
            issuedBy: challenge.issuedBy,
            expiresAt: challenge.expiresAt,
            triesLeft: triesLeft(challenge),
          },
        }
      : {}),
    notChecked: notChecked.map((each) => ({ ...each, state: "notChecked" as const })),
  };
}

function problemOf(state: BucketState, bucket: BackupBucket | undefined, destination: DestinationRecord | undefined) {
  const told = (cause: DestinationCause, since?: Date) => {
    const { label, remedy } = destinationCauses[cause];
    return { cause, label, remedy, ...(since ? { since } : {}) };
  };
  const incident = destination?.incident;
  switch (state) {
    case "proved":
    case "unchecked":
      return undefined;
    case "outOfService":
      return incident && told(incident.cause, incident.since);
    case "waitingForProof":
    case "proofLost":
      return told("unproved");
    case "waitingForPermission":
    case "failed":
      return told(bucket?.problem?.cause ?? "denied", bucket?.waitingSince);
  }
}
