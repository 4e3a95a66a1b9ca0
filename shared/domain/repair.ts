import type { Row } from "./blocks.ts";
import { kindIn } from "./document-path.ts";
import { AppError } from "./errors.ts";
import { inLanes } from "./lanes.ts";
import { type Change, isNewer, type KnownState, type LedgerEntry, type Outcome, type Rank } from "./mirror.ts";
import { changeOf } from "./mirror-change.ts";
import { portionsOf } from "./portions.ts";
import type { CompareApp, Pass, PrimaryDocuments } from "./reconcile.ts";
import { microseconds } from "./value.ts";

/** So many documents at most, of about so many bytes, are fetched and written at once, in so many lanes. */
const portions = { documents: 250, bytes: 2 * 1024 * 1024, lanes: 3 };

type Suspects = { rows: readonly Row[]; entries: ReadonlyMap<string, LedgerEntry> };
type HowToApply = { look: boolean; known?: KnownState };

/**
 * Brings what differs to the primary's state, and counts it in the proof. Memory grows neither with the number of
 * documents nor with their size.
 */
export async function repair(app: CompareApp, pass: Pass, suspects: Suspects, how: HowToApply): Promise<void> {
  const { rows, entries } = suspects;
  await inLanes(portionsOf(rows, portions.documents), portions.lanes, async (portion) => {
    const paths = portion.map(({ path }) => path);
    for await (const changes of changesOnPrimary(app, pass.tenant, paths)) {
      if (changes.some(({ rank, path }) => rank.deleted && entries.get(path)?.rank.deleted === false)) {
        await pass.mayDelete();
      }
      await bringOver(app, pass, changes, { ...how, older: olderThan(changes, entries) });
    }
  });
}

/** The primary's present state of these documents, as changes, so many at a time as memory permits. */
export async function* changesOnPrimary(
  app: Pick<CompareApp, "roots" | "primaryDocuments" | "toFields">,
  tenant: string,
  paths: readonly string[],
): AsyncGenerator<Change[]> {
  let left = paths;
  let atOnce = portions.documents;
  while (left.length > 0) {
    const found = await app.primaryDocuments(tenant, left.slice(0, atOnce), portions.bytes);
    yield changesTo(app, found);
    left = left.filter((path) => !found.has(path));
    // What does not fit is read in vain: of large documents fewer are asked for.
    atOnce = Math.min(portions.documents, 2 * found.size);
  }
}

function changesTo(app: Pick<CompareApp, "roots" | "toFields">, found: PrimaryDocuments): Change[] {
  return [...found].map(([path, state]) => {
    const place = { path, kind: kindIn(path) };
    if ("missingAt" in state) return changeOf(app.roots, place, undefined, state.missingAt, "reconcile");
    return changeOf(app.roots, place, app.toFields(state), microseconds(state.updateTime ?? {}), "reconcile");
  });
}

/**
 * The ranks of entries that were read before the primary's states, and yet are newer: then the primary went back in its
 * history, as a database that is restored from a back-up does.
 */
function olderThan(changes: readonly Change[], entries: ReadonlyMap<string, LedgerEntry>): Map<string, Rank> {
  const older = new Map<string, Rank>();
  for (const { path, rank } of changes) {
    const entry = entries.get(path);
    if (entry && isNewer(entry.rank, rank)) older.set(path, entry.rank);
  }
  return older;
}

type BringOver = HowToApply & { older: Map<string, Rank> };

/** Where all is to be overwritten a primary that went back is followed; else that counts as differing, and nothing is written. */
async function bringOver(app: CompareApp, pass: Pass, changes: Change[], { older, ...how }: BringOver): Promise<void> {
  const conditions = { ...pass.conditions, ...how, ...(pass.conditions.overwrite === "all" ? { older } : {}) };
  const outcomes = await app.applyAll(pass.tenant, changes, conditions);
  if (outcomes.includes("fenced")) {
    const done = "what was repaired stays, the rest was not touched";
    throw new AppError("conflict", `the tenant's state was changed while its sites were compared: ${done}`);
  }
  const changesThat = (outcome: Outcome) => changes.filter((_, index) => outcomes[index] === outcome);
  for (const { path } of changesThat("applied")) pass.proofFor(path).repaired++;
  const tampered = changesThat("tampered");
  const left = [...tampered, ...changesThat("refused"), ...changesThat("stale").filter(({ path }) => older.has(path))];
  for (const { path } of left) pass.proofFor(path).differing++;
  if (tampered.length > 0) await app.tampered(pass.tenant, tampered);
}
