import type { Page, PageRequest } from "../ports.ts";
import type { BucketProblem } from "./buckets.ts";
import type { Claimed, Finding, FindingType, Listed } from "./verification.ts";

/** The places in buckets that one site's ledger tells of. Every method throws AppError `unavailable`. */
export type BackupReceipts = {
  /** The buckets in which a tenant's recordings have their places. */
  buckets(tenant: string): Promise<string[]>;
  /** The places in a bucket that come after that name, in the order of names. Memory does not grow with them. */
  claims(tenant: string, bucket: string, after?: string): AsyncIterable<Claimed>;
  countClaims(tenant: string, bucket: string): Promise<number>;
  /** Those that have one of these names now, or a metadata file of that name. */
  claimsNamed(tenant: string, bucket: string, names: readonly string[]): Promise<Claimed[]>;
};

/** Customers' buckets as they are listed. */
export type BucketListings = {
  /** The next objects in the recordings' folder: of a page, or else those that come after a name. @throws AppError `unavailable`. */
  list(
    bucket: string,
    from: { pageToken?: string; after?: string },
  ): Promise<{ objects: Listed[]; nextPageToken?: string } | BucketProblem>;
};

export type KeptFinding = Finding & { n: number };

/** What verifications have found, numbered from 0. Every method throws AppError `unavailable`. */
export type Findings = {
  /** Keeps these under the numbers from that one on, whatever was kept there. */
  keep(verification: string, first: number, findings: readonly Finding[], expireAt: Date): Promise<void>;
  /** Leaves those below that number. Repeating is safe. */
  trim(verification: string, count: number): Promise<void>;
  /** In the order of their numbers; all, or those of one type. */
  list(verification: string, type: FindingType | undefined, page: PageRequest): Promise<Page<KeptFinding>>;
};
