import type { Label } from "../../catalogue.ts";
import { AppError } from "../errors.ts";
import { requireEditingSite, whileInCharge } from "../in-charge.ts";
import { awaited, isUsable, promoted, proved } from "./bucket-state.ts";
import {
  type BackupBucket,
  type BackupSettings,
  type BucketChange,
  type BucketProblem,
  type Challenge,
  isTaken,
  noAccess,
} from "./buckets.ts";
import {
  type CodeJudgement,
  challengeText,
  expiryOf,
  hashOf,
  judgeCode,
  newChallengeObject,
  newCode,
} from "./challenge.ts";
import { type BackupSettingsApp, refusal, revokeProof, theSettings } from "./look-at-bucket.ts";
import type { BackupSetting } from "./settings.ts";

type BucketKey = { tenant: string; bucket: string; by: string };

/**
 * Leaves a new code in the bucket for its owner to read (R34); an earlier one is not valid any more. Repeating leaves
 * another. @throws AppError `not-found` when no setting names the bucket; `precondition-failed` when Hikae may not write
 *   there, and the same where it is another tenant's; `conflict` while the tenant changes hands; `unavailable`.
 */
export async function challengeBucket(app: BackupSettingsApp, key: BucketKey): Promise<BackupBucket> {
  const { tenant, bucket, by } = key;
  const { settings, inCharge } = await placeOf(app, tenant);
  requirePermitted(await inCharge(() => settings.readBucket(tenant, bucket)));
  if (isTaken(await app.bucketClaims.read(bucket), tenant)) throw await turnedAway(app, settings, key);
  const [code, object, issuedAt] = [newCode(), newChallengeObject(), app.now()];
  const expiresAt = expiryOf(issuedAt);
  const left = await app.customerBuckets.leaveText(bucket, object, challengeText(code, tenant, bucket, expiresAt));
  if ("cause" in left) throw await turnedAway(app, settings, key, left);
  const hash = hashOf(code, tenant, bucket);
  const { generation } = left;
  const challenge = { hash, object, generation, issuedAt, issuedBy: by, expiresAt, wrongTries: 0 };
  return inCharge(() =>
    settings.changeBucket(tenant, bucket, (current) => {
      const next = { ...requirePermitted(current), challenge };
      return { next, outcome: next };
    }),
  );
}

/** Where the tenant's settings are written now. */
async function placeOf(app: BackupSettingsApp, tenant: string) {
  const site = requireEditingSite(await app.standbys.read(tenant), theSettings);
  const inCharge = <T>(work: () => Promise<T>) => whileInCharge(site, theSettings, work);
  return { settings: app.backups[site].settings, inCharge };
}

/**
 * Takes the code that was read in the bucket; with the right one the bucket is the tenant's, and in force wherever it is
 * wanted (R34). Repeating the right code is safe, also after a crash half-way.
 * @throws AppError `invalid` for a wrong code; `precondition-failed` when another challenge is needed, or when the bucket
 *   is another tenant's; `not-found`; `conflict` while the tenant changes hands; `unavailable`.
 */
export async function proveBucket(app: BackupSettingsApp, key: BucketKey, code: string): Promise<BackupBucket> {
  const { tenant, bucket, by } = key;
  const { settings, inCharge } = await placeOf(app, tenant);
  const judged = await inCharge(() =>
    settings.changeBucket(tenant, bucket, (current) => {
      const judgement = judgeCode(requireNamed(current), tenant, code, app.now());
      return { ...(judgement.is === "wrong" ? { next: judgement.next } : {}), outcome: judgement };
    }),
  );
  const right = requireRight(judged);
  // One time for claim and proof, so that a loss of the bucket is later than both or than neither.
  const provedAt = app.now();
  if (right) await claimBucket(app, settings, key, right.challenge, provedAt);
  return inCharge(() =>
    settle(settings, tenant, bucket, (current) => {
      // The bucket may have been found gone in between, and the code with it.
      const again = judgeCode(current, tenant, code, app.now());
      requireRight(again);
      return again.is === "right" && current ? proved(current, by, provedAt) : current;
    }),
  );
}

/** Makes the bucket the tenant's, if the very object that held the code is still there. */
async function claimBucket(
  app: BackupSettingsApp,
  settings: BackupSettings,
  key: BucketKey,
  { object, generation }: Challenge,
  provedAt: Date,
): Promise<void> {
  const { tenant, bucket, by } = key;
  const there = await app.customerBuckets.holds(bucket, object, generation);
  if (typeof there === "object") throw await turnedAway(app, settings, key, there);
  if (!there) throw needsAnother("gone");
  const claim = { bucket, tenant, provedAt, provedBy: by };
  if ((await app.bucketClaims.claim(claim)) === "taken") throw await turnedAway(app, settings, key);
}

/**
 * Changes a bucket and, once it is permitted and proved, puts it in force at every level that wants it: all of them,
 * portion by portion. Repeating is safe.
 */
export async function settle(
  settings: BackupSettings,
  tenant: string,
  bucket: string,
  decide: (current: BackupBucket | undefined) => BackupBucket | undefined,
): Promise<BackupBucket> {
  let step = decide;
  for (;;) {
    const { next, more } = await settings.changeBucket(tenant, bucket, (current, wanting) =>
      settled(step, current, wanting),
    );
    if (!more) return next;
    step = (current) => current;
  }
}

function settled(
  decide: (current: BackupBucket | undefined) => BackupBucket | undefined,
  current: BackupBucket | undefined,
  wanting: ReadonlyMap<string, BackupSetting>,
): BucketChange<{ next: BackupBucket; more: boolean }> {
  const next = requireNamed(decide(current));
  const changed = next === current ? {} : { next };
  if (!isUsable(next) || wanting.size === 0) return { ...changed, outcome: { next, more: false } };
  return { next, levels: promoted(wanting), outcome: { next, more: true } };
}

function requireNamed(bucket: BackupBucket | undefined): BackupBucket {
  if (bucket) return bucket;
  throw new AppError("not-found", "no backup setting of the tenant names this bucket: save it first");
}

function requirePermitted(bucket: BackupBucket | undefined): BackupBucket {
  const named = requireNamed(bucket);
  if (named.access === "granted") return named;
  throw refusal(named.problem ?? noAccess, "params.bucket");
}

/** The error to throw; a bucket that Hikae may not write to is one that is waited for again. */
async function turnedAway(
  app: BackupSettingsApp,
  settings: BackupSettings,
  { tenant, bucket }: BucketKey,
  problem: BucketProblem = noAccess,
): Promise<AppError> {
  const now = app.now();
  if (problem.cause === "bucketGone") await revokeProof(app, tenant, bucket, now);
  if (problem.cause === "denied") {
    await settings.changeBucket(tenant, bucket, (current) => {
      return { ...(current ? { next: awaited(current, bucket, problem, now) } : {}), outcome: undefined };
    });
  }
  return refusal(problem, "params.bucket");
}

function requireRight(judgement: CodeJudgement): Extract<CodeJudgement, { is: "right" }> | undefined {
  switch (judgement.is) {
    case "right":
      return judgement;
    case "proved":
      return undefined;
    case "wrong": {
      throw wrongCode(judgement.triesLeft);
    }
    case "expired":
      throw needsAnother("expired");
    case "exhausted":
      throw needsAnother("exhausted");
    case "none":
      throw needsAnother("none");
  }
}

function wrongCode(triesLeft: number): AppError {
  const problem = `is not the code of the latest challenge; ${triesLeft} more tries are left`;
  const ja = `最新の確認コードと一致しません。あと${triesLeft}回入力できます。`;
  return new AppError("invalid", "the code is not right", {
    fields: [{ field: "body.code", problem, label: { ja, en: problem } }],
  });
}

const outOfForce = {
  gone: { ja: "確認コードのファイルがバケットにありません。", en: "its file is not in the bucket any more" },
  expired: { ja: "確認コードの有効期限（7日間）が過ぎています。", en: "it is older than seven days" },
  exhausted: { ja: "確認コードの入力回数の上限を超えました。", en: "it was tried too often" },
  none: { ja: "有効な確認コードがありません。", en: "there is none in force" },
} as const satisfies Record<string, Label>;

function needsAnother(why: keyof typeof outOfForce): AppError {
  const { ja, en } = outOfForce[why];
  const problem = "ask for a new challenge, then enter its code";
  const label = {
    ja: `${ja}新しい確認コードを発行してください。`,
    en: `The code is not valid, ${en}: ask for a new one.`,
  };
  return new AppError("precondition-failed", `the challenge is not valid, ${en}: ask for a new one`, {
    fields: [{ field: "body.code", problem, label }],
  });
}
