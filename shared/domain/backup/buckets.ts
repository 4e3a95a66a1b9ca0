import type { Unit } from "./entry.ts";
import type { DestinationCause } from "./failures.ts";
import type { BackupLevels, BackupSetting } from "./settings.ts";

/** What keeps a bucket from taking recordings; the text is of the program, never of Cloud Storage's answers. */
export type BucketProblem = { cause: DestinationCause; message: string };

/** What a check of a bucket finds. */
export type Probed = "ok" | BucketProblem;

/** The one answer for a bucket without permission and for one that is another tenant's (R34). */
export const noAccess = {
  cause: "denied",
  message:
    "the service account lacks a permission: it needs storage.objects.create, storage.objects.get and storage.objects.list",
} as const satisfies BucketProblem;

/** A bucket without a proof of ownership in force: nothing is written there (R34). */
export const unproved = {
  cause: "unproved",
  message: "the bucket is not proved to be the tenant's",
} as const satisfies BucketProblem;

/** A one-time code left in the bucket for its owner to read (R34). Only the code's hash is kept. */
export type Challenge = {
  hash: string;
  /** The object's name in the bucket, and which of that name it is. */
  object: string;
  generation: string;
  issuedAt: Date;
  issuedBy: string;
  expiresAt: Date;
  wrongTries: number;
};

/** One tenant's view of a customer's bucket, the document `tenants/{tenant}/backupBuckets/{bucket}`. */
export type BackupBucket = {
  bucket: string;
  /** Whether Hikae may write there: a grant takes minutes to act, so it is waited for before it fails (R33). */
  access: "waiting" | "granted" | "failed";
  waitingSince?: Date;
  checkedAt: Date;
  problem?: BucketProblem;
  /** The generation of the placeholder that was created and read. */
  placeholder?: string;
  challenge?: Challenge;
  provedAt?: Date;
  provedBy?: string;
  /** When the bucket was found gone: only a later proof counts. */
  lostAt?: Date;
};

/** Which tenant a bucket belongs to, the record `bucketClaims/{bucket}` of the secondary (R34). */
export type BucketClaim = { bucket: string; tenant: string; provedAt: Date; provedBy: string; lostAt?: Date };

/** What one atomic change reads and writes; what is left out stays as it is. */
export type SettingState = { setting?: BackupSetting; bucket?: BackupBucket };

/** An office, or a contact centre or coaching team with its office. */
export type Place = { name: string; office?: string };
export type Organisation = {
  offices: { id: string; name: string }[];
  units: { unit: Unit; name: string; office?: string }[];
  /** Whether there are more than these. */
  truncated: boolean;
};

/**
 * The backup settings and buckets of tenants in one site's database. On the secondary a change is refused with `conflict`
 * unless the tenant is active there. Every method throws AppError `unavailable` when the database does not answer.
 */
export type BackupSettings = {
  /** The levels that concern a unit, in one round trip. */
  levels(tenant: string, office?: string, unit?: Unit): Promise<BackupLevels>;
  /** Every level ever saved, by its id. */
  all(tenant: string): Promise<Map<string, BackupSetting>>;
  /** Reads, decides and writes one level and one bucket as one atomic step. `decide` may run several times and must be pure. */
  change<T>(
    tenant: string,
    level: string,
    bucket: string | undefined,
    decide: (current: SettingState) => SettingState & { outcome: T },
  ): Promise<T>;
  /** The same for a bucket and levels that want it, at most 400 at a time. */
  changeBucket<T>(
    tenant: string,
    bucket: string,
    decide: (current: BackupBucket | undefined, wanting: ReadonlyMap<string, BackupSetting>) => BucketChange<T>,
  ): Promise<T>;
  readBucket(tenant: string, bucket: string): Promise<BackupBucket | undefined>;
  readBuckets(tenant: string, buckets: readonly string[]): Promise<Map<string, BackupBucket>>;
  /** The ids of the levels that name the bucket, in force or wanted. */
  naming(tenant: string, bucket: string): Promise<string[]>;
  /** Buckets of any tenant that wait for permission: one query. */
  waiting(most: number): Promise<{ tenant: string; bucket: string }[]>;
  office(tenant: string, id: string): Promise<Place | undefined>;
  unit(tenant: string, unit: Unit): Promise<Place | undefined>;
  organisation(tenant: string): Promise<Organisation>;
};

export type BucketChange<T> = { next?: BackupBucket; levels?: ReadonlyMap<string, BackupSetting>; outcome: T };

/** Whose each bucket is. Lives on the secondary whichever site asks. Every method throws AppError `unavailable`. */
export type BucketClaims = {
  read(bucket: string): Promise<BucketClaim | undefined>;
  /** Makes the bucket the tenant's unless it is another's. Repeating is safe. */
  claim(claim: BucketClaim): Promise<"claimed" | "taken">;
  /** Its proof was lost then; a later proof is not touched. Repeating is safe. */
  lose(bucket: string, tenant: string, at: Date): Promise<void>;
};

/** What Hikae does in a customer's bucket besides storing recordings; never what needs more than Storage Object User. */
export type CustomerBuckets = {
  /** Whether create, get and list are permitted. */
  testPermissions(bucket: string): Promise<Probed>;
  /** Creates the placeholder unless it is there, and reads it; its generation. Safe to repeat. */
  touchPlaceholder(bucket: string): Promise<{ generation: string } | BucketProblem>;
  /** Creates a text; its generation. */
  leaveText(bucket: string, object: string, text: string): Promise<{ generation: string } | BucketProblem>;
  /** Whether that very object is there. */
  holds(bucket: string, object: string, generation: string): Promise<boolean | BucketProblem>;
};

type Proof = { provedAt?: Date | undefined; lostAt?: Date | undefined };

/**
 * Whether the proof of ownership is in force: later than any loss of the bucket, noted by the tenant's settings or by the
 * site that found it gone.
 */
export function proofCounts(bucket: Proof | undefined, destination?: { proofLostAt?: Date | undefined }): boolean {
  const { provedAt, lostAt } = bucket ?? {};
  if (!provedAt) return false;
  return [lostAt, destination?.proofLostAt].every((lost) => lost === undefined || lost < provedAt);
}

/** Another tenant's bucket, by a proof in force. */
export function isTaken(claim: BucketClaim | undefined, tenant: string): boolean {
  return claim !== undefined && claim.tenant !== tenant && proofCounts(claim);
}
