import { type BackupBucket, type BucketClaim, type BucketProblem, proofCounts } from "./buckets.ts";
import type { DestinationCause } from "./failures.ts";
import type { BackupSetting } from "./settings.ts";

/** R33: a grant acts within minutes; what is not permitted after so many is a failure. */
const waitsMinutes = 10;
/** What passes by itself says nothing of the grant. */
const passing = new Set<DestinationCause>(["throttled", "unavailable"]);

/** All that is known of whose the bucket is, and was. */
export type Evidence = { claim?: BucketClaim | undefined; proofLostAt?: Date | undefined };

/** What a look at a bucket found: Hikae may write there, or why it takes nothing. */
export type Look = ({ placeholder: string } | { problem: BucketProblem }) & Evidence;

/** The bucket that Hikae may write to; the tenant's earlier proof is taken over where the site does not have it. */
export function granted(
  current: BackupBucket | undefined,
  bucket: string,
  look: { placeholder: string } & Evidence,
  now: Date,
): BackupBucket {
  const { waitingSince: _since, problem: _problem, ...rest } = current ?? { bucket };
  const { claim, proofLostAt } = look;
  const isNewer = claim !== undefined && !(current?.provedAt && current.provedAt >= claim.provedAt);
  const lostAt = latest(current?.lostAt, claim?.lostAt, proofLostAt);
  return {
    ...rest,
    bucket,
    access: "granted",
    checkedAt: now,
    placeholder: look.placeholder,
    ...(isNewer ? { provedAt: claim.provedAt, provedBy: claim.provedBy } : {}),
    ...(lostAt ? { lostAt } : {}),
  };
}

/** The bucket as one that is waited for from now on. */
export function awaited(
  current: BackupBucket | undefined,
  bucket: string,
  problem: BucketProblem,
  now: Date,
): BackupBucket {
  return { ...current, bucket, access: "waiting", waitingSince: now, checkedAt: now, problem };
}

/** A bucket that is waited for, after one more look (R33): it fails when its time is over. */
export function lookedAtAgain(current: BackupBucket, look: Look, now: Date): BackupBucket {
  if ("placeholder" in look) return granted(current, current.bucket, look, now);
  const since = current.waitingSince ?? current.checkedAt;
  const isOver = now.getTime() >= since.getTime() + waitsMinutes * 60_000;
  const noted: BackupBucket = { ...current, checkedAt: now, problem: look.problem };
  if (!isOver || passing.has(look.problem.cause)) return noted;
  const { waitingSince: _since, ...failed } = noted;
  return { ...failed, access: "failed" };
}

/** The bucket once its owner has read the code. */
export function proved(current: BackupBucket, by: string, now: Date): BackupBucket {
  const { lostAt: _lost, ...rest } = current;
  return { ...rest, provedAt: now, provedBy: by };
}

/**
 * The bucket after it was found gone (R34): neither the proof nor a code that is still out counts any more. A proof later
 * than that is not touched.
 */
export function lost(current: BackupBucket, at: Date): BackupBucket {
  if (current.provedAt && current.provedAt >= at) return current;
  if (!current.challenge && !proofCounts(current)) return current;
  const { challenge, ...rest } = current;
  const isLater = challenge !== undefined && challenge.issuedAt >= at;
  return { ...rest, ...(isLater ? { challenge } : {}), lostAt: at };
}

/** Whether levels that want the bucket have it in force. */
export function isUsable(bucket: BackupBucket | undefined): boolean {
  return bucket?.access === "granted" && proofCounts(bucket);
}

/** The levels that wanted the bucket, with it in force. */
export function promoted(wanting: ReadonlyMap<string, BackupSetting>): Map<string, BackupSetting> {
  return new Map(
    [...wanting].map(([level, { wanted, ...setting }]) => [level, wanted ? { ...setting, bucket: wanted } : setting]),
  );
}

/** What is asked to be saved for a level. */
export type WantedSetting = { enabled: boolean; bucket: string | null; restrict?: boolean; sidecar?: boolean };

/** The level as it is saved: what is in force stays so until the wanted bucket is permitted and proved (R33, R34). */
export function savedSetting(
  current: BackupSetting | undefined,
  { bucket: asked, ...switches }: WantedSetting,
  bucket: BackupBucket | undefined,
  stamp: { updatedAt: Date; updatedBy: string },
): BackupSetting {
  const next: BackupSetting = { ...switches, ...stamp };
  if (asked === null) return next;
  if (asked === current?.bucket || isUsable(bucket)) return { ...next, bucket: asked };
  return { ...next, ...(current?.bucket === undefined ? {} : { bucket: current.bucket }), wanted: asked };
}

/** The latest of those that are known. */
export function latest(...times: (Date | undefined)[]): Date | undefined {
  return times.reduce((newest, time) => (time && !(newest && newest >= time) ? time : newest), undefined);
}
