import { challengePrefix } from "./challenge.ts";
import { type BackupEntry, type BackupState, isOpen, type Receipt, type Unit } from "./entry.ts";
import { sidecarName } from "./sidecar.ts";

/** What a verification decides (R43): pure functions. */

/** A place in a bucket, as the ledger has it. */
export type Claimed = Pick<BackupEntry, "recordingId" | "callId" | "office" | "startedAt"> & {
  unit?: Unit;
  state: BackupState;
  name: string;
  receipt?: Receipt;
};

/**
 * An object of a bucket, as Cloud Storage lists it: without `crc32c` where it is encrypted with a key of the customer's own.
 */
export type Listed = { name: string; generation: string; bytes: number; crc32c?: string; createdAt: Date };

/** What the ledger and a bucket say of one name. The neighbours are of the ledger. */
export type Pair = { name: string; claimed?: Claimed; listed?: Listed; before?: Claimed; after?: Claimed };

export const findingTypes = ["missing", "different", "extra"] as const;
export type FindingType = (typeof findingTypes)[number];
export const differences = ["bytes", "crc32c", "generation"] as const;
export type Difference = (typeof differences)[number];

/** What is not as the ledger has it. Its receipt stays here, also when the recording is stored again. */
export type Finding = {
  finding: FindingType;
  bucket: string;
  name: string;
  differs?: Difference[];
  recordingId?: string;
  callId?: string;
  office?: string;
  unit?: Unit;
  startedAt?: Date;
  receipt?: Receipt;
  object?: Omit<Listed, "name">;
};

/** What is asked of a verification. `askedAt`: what was stored or written since is not judged. */
export type Question = {
  bucket: string;
  askedAt: Date;
  /** Only calls of this time, this office, centre or team; what is in no receipt is not looked for then. */
  part?: { from?: Date; to?: Date; office?: string; unit?: Unit };
};

/** `newer`: written since it was asked; `underWay`: not stored yet; `ours`: Hikae's own, besides recordings; `other`: not asked about. */
export type Verdict = "equal" | "newer" | "underWay" | "ours" | "other" | Finding;

/** Clocks of functions and of Cloud Storage differ a little. */
export const skewMilliseconds = 5000;

/** What a pair is to the question. An extra may still turn out to be known: it is looked up once more. */
export function verdictOf({ name, claimed, listed, before, after }: Pair, question: Question): Verdict {
  const { bucket, part } = question;
  if (claimed) {
    if (part && !isInPart(claimed, part)) return "other";
    if (claimed.state === "stored" && claimed.receipt) return storedVerdict(claimed, claimed.receipt, listed, question);
    if (isOpen(claimed)) return "underWay";
  }
  if (!listed || part) return "other";
  if (isOwn(name)) return "ours";
  if (isNew(listed.createdAt, question)) return "newer";
  if ([before, after].some((near) => near && sidecarName(near.name) === name)) return "ours";
  const { name: _name, ...object } = listed;
  return { finding: "extra", bucket, name, object, ...(claimed ? whose(claimed) : {}) };
}

function storedVerdict(claimed: Claimed, receipt: Receipt, listed: Listed | undefined, question: Question): Verdict {
  if (isNew(receipt.storedAt, question)) return "newer";
  const found = { bucket: question.bucket, name: claimed.name, ...whose(claimed), receipt };
  if (!listed) return { finding: "missing", ...found };
  // A checksum that is not listed tells nothing: the receipt's is of this very generation, and no generation ever changes.
  const differs = differences.filter((figure) => listed[figure] !== undefined && listed[figure] !== receipt[figure]);
  if (differs.length === 0) return "equal";
  if (isNew(listed.createdAt, question)) return "newer";
  const { name: _name, ...object } = listed;
  return { finding: "different", ...found, differs, object };
}

function whose({ recordingId, callId, office, unit, startedAt }: Claimed) {
  return { recordingId, callId, office, startedAt, ...(unit ? { unit } : {}) };
}

function isNew(at: Date, { askedAt }: Question): boolean {
  return at.getTime() > askedAt.getTime() - skewMilliseconds;
}

function isInPart(claimed: Claimed, { from, to, office, unit }: NonNullable<Question["part"]>): boolean {
  if (from && claimed.startedAt < from) return false;
  if (to && claimed.startedAt >= to) return false;
  if (office !== undefined && claimed.office !== office) return false;
  return unit === undefined || (claimed.unit?.type === unit.type && claimed.unit.id === unit.id);
}

/** The placeholder, folders and challenges. */
function isOwn(name: string): boolean {
  return name.endsWith("/") || name.startsWith(challengePrefix);
}

/** What names of a bucket are ordered by: their bytes in UTF-8. */
export function compareNames(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * What the ledger and a bucket say, name by name; both come in the order of names, and in this order they are read: the
 * ledger first, so that what it has stored by then must be in the list. Memory does not grow with them.
 */
export async function* pairs(claims: AsyncIterable<Claimed>, objects: AsyncIterable<Listed>): AsyncGenerator<Pair> {
  const [left, right] = [claims[Symbol.asyncIterator](), objects[Symbol.asyncIterator]()];
  try {
    let before: Claimed | undefined;
    let claimed = await left.next();
    let listed = await right.next();
    while (!claimed.done || !listed.done) {
      const order = claimed.done ? 1 : listed.done ? -1 : compareNames(claimed.value.name, listed.value.name);
      const pair: Pair = { name: (order <= 0 ? claimed : listed).value.name, ...(before ? { before } : {}) };
      if (order <= 0) pair.claimed = before = claimed.value;
      else if (!claimed.done) pair.after = claimed.value;
      if (order >= 0) pair.listed = listed.value;
      yield pair;
      if (order <= 0) claimed = await left.next();
      if (order >= 0) listed = await right.next();
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}
