import { type Fence, type StandbyState, standbyStates } from "./standby.ts";
import type { Fields } from "./value.ts";

/**
 * Where a state of a document stands in its history: the primary's commit time in µs, and whether the state is a
 * deletion. Ranks are totally ordered, so the state of the highest rank is the last, whatever the order of events (R5).
 */
export type Rank = { version: number; deleted: boolean };

/** A state of one document of the primary, to be copied; `fields` already point into the secondary. */
export type Change = {
  path: string;
  kind: string;
  rank: Rank;
  hash: string;
  /** Absent when the state is a deletion. */
  fields?: Fields;
  /** About the size of the document, in bytes. */
  bytes: number;
  by: "mirror" | "reconcile";
};

/** What the secondary holds of a document: the ledger's entry. */
export type LedgerEntry = {
  path: string;
  kind: string;
  rank: Rank;
  hash: string;
  /** The document is so large that its next change may not fit in an event: only reconciliation carries it (R8). */
  large: boolean;
  /** The update time, in µs, that the secondary's document must have if nobody but Hikae wrote it; none when deleted. */
  documentTime?: number;
  /** When the entry itself was last written, in µs. */
  entryTime?: number;
};

/**
 * What was read of documents a moment ago, not to be read again: their entries, and for those that are not as the ledger
 * says their update times (null: not there). Whether it still holds is proved by the preconditions of the writes.
 */
export type KnownState = {
  entries: ReadonlyMap<string, LedgerEntry>;
  documents: ReadonlyMap<string, number | null>;
};

/** The secondary's document itself, read when it is not what the ledger says. */
export type StandbyDocument = { updateTime: number; hash: string };

/** What became of one change; `refused` by the secondary's database, for what it is. */
export type Outcome = "applied" | "stale" | "fenced" | "unknownTenant" | "tampered" | "refused";

/** One write of the commit: the entry always, the document unless it already is as it should be. */
export type PlannedWrite = {
  change: Change;
  document: "set" | "delete" | "keep";
  /** The update time that the document must still have, or that it must not exist. */
  precondition: number | "absent";
  /** With "keep": the update time to go on expecting. */
  documentTime?: number;
  large: boolean;
};

export type Plan = { outcomes: Outcome[]; writes: PlannedWrite[] };

/** Half of what an event may carry: it holds the document before and after (R8). */
export const largeDocumentBytes = 256 * 1024;

/** What a stand-by's record says to a writer. */
export type Gate = { state: StandbyState; fence: Fence } | undefined;

export function isNewer(a: Rank, b: Rank): boolean {
  return a.version !== b.version ? a.version > b.version : a.deleted && !b.deleted;
}

function isSameRank(a: Rank | undefined, b: Rank): boolean {
  return a?.version === b.version && a.deleted === b.deleted;
}

/** Which documents may be overwritten though somebody else wrote them. */
export type Overwrite = "all" | ReadonlySet<string>;

/**
 * Under which conditions changes are applied: only while the fence is this one, what they may overwrite, and whether
 * none of them is written unless all may be. `older`: the entries, by the ranks they have, that an older state may replace.
 */
export type ApplyOptions = {
  fence?: Fence;
  overwrite?: Overwrite;
  whole?: boolean;
  older?: ReadonlyMap<string, Rank>;
};

/**
 * What to write for a batch of changes of one tenant, given what the secondary holds: of several changes of one
 * document the highest rank wins, what is not newer than the ledger is stale, and nothing is written through a
 * raised fence (R6). `documents` are the secondary's documents where they were read (null: not there): with
 * them a document that is not the ledger's is found "tampered" and nothing is planned for it, unless it may be
 * overwritten.
 */
export function planChanges(input: {
  gate: Gate;
  options: ApplyOptions;
  changes: readonly Change[];
  entries: ReadonlyMap<string, LedgerEntry>;
  documents?: ReadonlyMap<string, StandbyDocument | null>;
}): Plan {
  const closed = closedGate(input.gate, input.options.fence);
  if (closed) return { outcomes: input.changes.map(() => closed), writes: [] };
  const newest = newestByPath(input.changes);
  const writes: PlannedWrite[] = [];
  const outcomes = input.changes.map((change): Outcome => {
    if (newest.get(change.path) !== change) return "stale";
    const entry = input.entries.get(change.path);
    const found = input.documents?.get(change.path);
    const mayGoBack = entry !== undefined && isSameRank(input.options.older?.get(change.path), entry.rank);
    if (entry && !mayGoBack && isStale(change, entry, found)) {
      const refreshed = refreshedTime(change, entry, found);
      if (refreshed) writes.push(refreshed);
      return "stale";
    }
    const write = planWrite(change, entry, found, mayOverwrite(input.options.overwrite, change.path));
    if (!write) return "tampered";
    writes.push(write);
    return "applied";
  });
  if (input.options.whole && outcomes.includes("tampered")) {
    return { outcomes: outcomes.map((outcome) => (outcome === "applied" ? "stale" : outcome)), writes: [] };
  }
  return { outcomes, writes };
}

/** The ledger's own state again is stale too, unless the document was looked at and is not that state. */
function isStale(change: Change, entry: LedgerEntry, found: StandbyDocument | null | undefined): boolean {
  if (isNewer(change.rank, entry.rank)) return false;
  if (isNewer(entry.rank, change.rank) || found === undefined) return true;
  return matches(entry.rank.deleted ? undefined : entry, found);
}

/**
 * A restored or imported database gives its documents other update times. The entry is told the new one, or every
 * comparison would have to look at the document again.
 */
function refreshedTime(
  change: Change,
  entry: LedgerEntry,
  found: StandbyDocument | null | undefined,
): PlannedWrite | undefined {
  if (!found || isNewer(entry.rank, change.rank) || found.updateTime === entry.documentTime) return undefined;
  const { updateTime } = found;
  return { change, document: "keep", precondition: updateTime, documentTime: updateTime, large: entry.large };
}

function mayOverwrite(overwrite: Overwrite | undefined, path: string): boolean {
  return overwrite === "all" || (overwrite?.has(path) ?? false);
}

function closedGate(gate: Gate, fence: Fence | undefined): Outcome | undefined {
  if (!gate) return "unknownTenant";
  const { mirror, drain } = standbyStates[gate.state];
  if (!mirror && !(drain && fence)) return "fenced";
  return fence && fence.id !== gate.fence.id ? "fenced" : undefined;
}

function newestByPath(changes: readonly Change[]): Map<string, Change> {
  const newest = new Map<string, Change>();
  for (const change of changes) {
    const best = newest.get(change.path);
    if (!best || isNewer(change.rank, best.rank)) newest.set(change.path, change);
  }
  return newest;
}

function planWrite(
  change: Change,
  entry: LedgerEntry | undefined,
  found: StandbyDocument | null | undefined,
  overwrite: boolean,
): PlannedWrite | undefined {
  const large = change.bytes >= largeDocumentBytes;
  const live = entry && !entry.rank.deleted ? entry : undefined;
  const base = found === undefined ? expected(live) : found;
  const asExpected = found === undefined || matches(live, found) || alreadyThere(change, found);
  if (!asExpected && !overwrite) return undefined;
  const precondition = base ? base.updateTime : "absent";
  if (change.rank.deleted) return { change, document: base ? "delete" : "keep", precondition, large };
  if (base?.hash === change.hash) {
    return { change, document: "keep", precondition, documentTime: base.updateTime, large };
  }
  return { change, document: "set", precondition, large };
}

/** The secondary's document as the ledger describes it. */
function expected(live: LedgerEntry | undefined): StandbyDocument | null {
  return live?.documentTime === undefined ? null : { updateTime: live.documentTime, hash: live.hash };
}

function matches(live: LedgerEntry | undefined, found: StandbyDocument | null): boolean {
  return (live?.hash ?? null) === (found?.hash ?? null);
}

/** Somebody made by hand the very change that is to be copied: nothing would be overwritten. */
function alreadyThere(change: Change, found: StandbyDocument | null): boolean {
  return change.rank.deleted ? found === null : found?.hash === change.hash;
}
