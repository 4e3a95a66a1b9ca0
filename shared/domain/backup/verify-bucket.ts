import { AppError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { EngineApp, SaveProgress } from "../run-operation.ts";
import { peerOf, type Site } from "../sites.ts";
import { type BucketProblem, proofCounts } from "./buckets.ts";
import { destinationCauses } from "./failures.ts";
import type { SiteBackups } from "./ports.ts";
import { sidecarName } from "./sidecar.ts";
import { type Finding, type Listed, type Pair, pairs, type Question, type Verdict, verdictOf } from "./verification.ts";
import type { BackupReceipts, BucketListings, Findings } from "./verify-ports.ts";

/** Which part of the ledger is looked at; times in RFC 3339. */
export type VerificationInput = {
  site: Site;
  bucket?: string;
  from?: string;
  to?: string;
  office?: string;
  callCenter?: string;
  coachingTeam?: string;
};

/** What verifications need. */
export type VerifyApp = EngineApp & {
  backups: Record<Site, SiteBackups>;
  receipts: Record<Site, BackupReceipts>;
  listings: BucketListings;
  findings: Findings;
};

/** What became of one bucket. Without `extra`, what is in no receipt was not looked for. */
export type BucketResult =
  | {
      bucket: string;
      equal: number;
      missing: number;
      different: number;
      extra?: number;
      newer: number;
      underWay: number;
    }
  | { bucket: string; problem: BucketProblem };

type Counts = { equal: number; missing: number; different: number; extra: number; newer: number; underWay: number };
export const noCounts: Counts = { equal: 0, missing: 0, different: 0, extra: 0, newer: 0, underWay: 0 };

/** How far a verification is: of the bucket under way all names up to `after` are judged, and counted in `counts`. */
export type VerifyCursor = {
  buckets: string[];
  total: number;
  judged: number;
  results: BucketResult[];
  /** Findings kept, and how many of them are of buckets that are done. */
  found: number;
  foundBefore: number;
  after?: string;
  counts: Counts;
};

export type VerifySlice = { app: VerifyApp; operation: Operation; input: VerificationInput; save: SaveProgress };

/** Retention of findings, the same as of operations. */
const keptMilliseconds = 90 * 24 * 3600 * 1000;
const judgedTogether = 1000;

/** How far a verification is, as people see it. */
export function progressOf({ judged, total }: VerifyCursor): Operation["progress"] {
  return { done: judged, total: Math.max(total, judged) };
}

/** Judges the names of the next bucket from where the cursor is. */
export async function verifyBucket(slice: VerifySlice, begun: VerifyCursor): Promise<VerifyCursor | "yield"> {
  const { app, operation, input, save } = slice;
  const bucket = begun.buckets[begun.results.length] as string;
  if (!(await isProved(slice, bucket))) {
    return ended(begun, { bucket, problem: { cause: "unproved", message: destinationCauses.unproved.label.en } });
  }
  const question = questionOf(operation, input, bucket);
  const listing = listingOf(app.listings, bucket, begun.after);
  const claims = app.receipts[input.site].claims(operation.tenant, bucket, begun.after);
  let cursor = begun;
  let portion: Pair[] = [];
  for await (const pair of pairs(claims, listing.objects())) {
    // What the list no longer tells is not missing.
    if (listing.problem) break;
    portion.push(pair);
    if (portion.length < judgedTogether) continue;
    cursor = await judgeTogether(slice, question, portion, cursor);
    portion = [];
    if ((await save(cursor, progressOf(cursor))) === "yield") return "yield";
  }
  if (listing.problem) {
    const { problem } = listing;
    if (problem.cause === "unavailable" || problem.cause === "throttled")
      throw new AppError("unavailable", problem.message);
    return ended({ ...cursor, found: cursor.foundBefore }, { bucket, problem });
  }
  cursor = await judgeTogether(slice, question, portion, cursor);
  const { extra, ...counts } = cursor.counts;
  return ended(cursor, { bucket, ...counts, ...(question.part ? {} : { extra }) });
}

function ended(cursor: VerifyCursor, result: BucketResult): VerifyCursor {
  const { after: _after, ...rest } = cursor;
  return { ...rest, results: [...cursor.results, result], foundBefore: cursor.found, counts: noCounts };
}

/** Only what is proved to be the tenant's may be listed: what lies in it may be a stranger's by now (R34). */
async function isProved({ app, operation, input }: VerifySlice, bucket: string): Promise<boolean> {
  const { settings, destinations } = app.backups[input.site];
  const [own, destination] = await Promise.all([
    settings.readBucket(operation.tenant, bucket),
    destinations.read(operation.tenant, bucket),
  ]);
  return proofCounts(own, destination);
}

function questionOf({ createdAt }: Operation, input: VerificationInput, bucket: string): Question {
  const { from, to, office, callCenter, coachingTeam } = input;
  const unit = callCenter ?? coachingTeam;
  const part = {
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
    ...(office === undefined ? {} : { office }),
    ...(unit === undefined ? {} : { unit: { type: callCenter ? "callCenter" : "coachingTeam", id: unit } as const }),
  };
  return { bucket, askedAt: createdAt, ...(Object.keys(part).length > 0 ? { part } : {}) };
}

/** The objects of a bucket, the next page on its way while one is looked at; ends with `problem` where it is refused. */
function listingOf(listings: BucketListings, bucket: string, after: string | undefined) {
  const listing: { problem?: BucketProblem; objects(): AsyncGenerator<Listed> } = {
    async *objects() {
      let page = listings.list(bucket, after === undefined ? {} : { after });
      for (;;) {
        const listed = await page;
        if ("cause" in listed) {
          listing.problem = listed;
          return;
        }
        const { nextPageToken } = listed;
        if (nextPageToken !== undefined) {
          page = listings.list(bucket, { pageToken: nextPageToken });
          // A failure is met when its turn comes.
          page.catch(() => undefined);
        }
        yield* listed.objects;
        if (nextPageToken === undefined) return;
      }
    },
  };
  return listing;
}

/** Judges pairs that follow each other and keeps what is found; the cursor after them. */
async function judgeTogether(
  slice: VerifySlice,
  question: Question,
  together: readonly Pair[],
  cursor: VerifyCursor,
): Promise<VerifyCursor> {
  const verdicts = await lookedUpAgain(slice, question, together);
  const found = verdicts.filter((verdict): verdict is Finding => typeof verdict === "object");
  const { app, operation } = slice;
  const expireAt = new Date(operation.createdAt.getTime() + keptMilliseconds);
  await app.findings.keep(operation.id, cursor.found, found, expireAt);
  const counts = { ...cursor.counts };
  for (const verdict of verdicts) {
    const figure = typeof verdict === "object" ? verdict.finding : verdict;
    if (figure !== "ours" && figure !== "other") counts[figure]++;
  }
  const last = together.at(-1);
  const judged = cursor.judged + together.filter(({ claimed }) => claimed).length;
  return { ...cursor, counts, judged, found: cursor.found + found.length, ...(last ? { after: last.name } : {}) };
}

/**
 * What is in no receipt is looked up once more: it may have been stored while the list was read, or by the other site,
 * whose ledger is asked if it answers.
 */
async function lookedUpAgain(
  { app, operation, input }: VerifySlice,
  question: Question,
  together: readonly Pair[],
): Promise<Verdict[]> {
  const verdicts = together.map((pair) => verdictOf(pair, question));
  const isExtra = (verdict: Verdict | undefined) => typeof verdict === "object" && verdict.finding === "extra";
  const names = together.flatMap(({ name, claimed }, index) => (!claimed && isExtra(verdicts[index]) ? [name] : []));
  if (names.length === 0) return verdicts;
  const named = (site: Site) => app.receipts[site].claimsNamed(operation.tenant, question.bucket, names);
  const [known, others] = await Promise.all([named(input.site), named(peerOf[input.site]).catch(() => [])]);
  const byName = new Map(known.map((claimed) => [claimed.name, claimed]));
  const elsewhere = new Set(others.flatMap(({ name }) => [name, sidecarName(name)]));
  const sidecars = new Set(known.map(({ name }) => sidecarName(name)));
  return together.map((pair, index) => {
    const verdict = verdicts[index] as Verdict;
    if (pair.claimed || !isExtra(verdict)) return verdict;
    const claimed = byName.get(pair.name);
    if (claimed) return verdictOf({ ...pair, claimed }, question);
    if (sidecars.has(pair.name)) return "ours";
    return elsewhere.has(pair.name) ? "other" : verdict;
  });
}
