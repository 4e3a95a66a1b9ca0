import { setTimeout as pause } from "node:timers/promises";
import { endsBlock, packDigests, unpackDigests } from "../blocks.ts";
import { AppError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Operations } from "../ports.ts";
import type { OperationType, SaveProgress } from "../run-operation.ts";
import type { Site } from "../sites.ts";
import type { Actor } from "../standby.ts";
import type { PastRecording } from "./inventory.ts";
import type { SiteBackups } from "./ports.ts";
import { earliestOf, type PastFilter, periodOf, type RunScope } from "./run-plan.ts";
import { countOpen, examine, type RunApp, type RunCursor, type RunSlice, saveRun } from "./run-portion.ts";

export const runType = "back-up-now";

/** What is kept of a run that was asked for; `since` in RFC 3339. */
export type RunInput = { site: Site; scope: RunScope; since?: string };

/** An administrator may have written today's date of two years ago. */
const toleranceMilliseconds = 24 * 3600 * 1000;

/**
 * Starts to back up the recordings of the past of one site (R42): those whose call began since then, or in the last two
 * years, and before now. The same key again is the same operation.
 * @throws AppError `invalid` for a beginning of more than two years ago, or in the future; `conflict` for a key used
 *   otherwise; `unavailable`.
 */
export async function requestRun(
  app: { operations: Operations; now(): Date },
  { site, tenant, scope, since, actor, key }: RequestedRun,
): Promise<Operation> {
  const input: RunInput = { site, scope, ...(since ? { since: since.toISOString() } : {}) };
  const asked = { type: runType, tenant, input, createdBy: actor, key };
  const known = await app.operations.find(asked);
  if (known) return known;
  const now = app.now();
  if (since && (since >= now || since.getTime() < earliestOf(now).getTime() - toleranceMilliseconds)) {
    throw new AppError("invalid", "a run goes back two years at most", {
      fields: [{ field: "body.since", problem: "give a time of the last two years" }],
    });
  }
  return app.operations.start(asked);
}

type RequestedRun = { site: Site; tenant: string; scope: RunScope; since?: Date; actor: Actor; key: string };

/** Which recordings a run is about; the same in each of its slices. */
export function filterOfRun({ createdAt, input }: Operation): PastFilter {
  const { scope, since } = input as RunInput;
  return { scope, ...periodOf(createdAt, since === undefined ? undefined : new Date(since)) };
}

/** What a run would find now, counted and not examined: recordings of the history that the ledger lacks are to do. */
export async function estimateRun({ inventory }: Pick<SiteBackups, "inventory">, tenant: string, filter: PastFilter) {
  const [past, stored, undated] = await Promise.all([
    inventory.countPast(tenant, filter),
    inventory.countStored(tenant, filter),
    inventory.countUndated(tenant, filter.scope),
  ]);
  return {
    ...past,
    alreadyStored: Math.min(stored.recordings, past.recordings),
    // The ledger may hold more than the history, whose documents may have been purged.
    toDo: Math.max(0, past.recordings - stored.recordings),
    toDoBytes: Math.max(0, past.bytes - stored.bytes),
    undated,
  };
}

/**
 * How long so many recordings would take at the pace of the earlier run that stored the most; undefined where there is
 * none. Pauses count as well.
 */
export function expectedSeconds(toDo: number, runs: readonly Operation[]): number | undefined {
  const paces = runs.flatMap(({ state, result, createdAt, finishedAt }) => {
    const stored = Number(result?.stored ?? 0);
    if (state !== "succeeded" || !finishedAt || stored === 0) return [];
    return [{ stored, seconds: (finishedAt.getTime() - createdAt.getTime()) / 1000 }];
  });
  const [largest] = paces.sort((a, b) => b.stored - a.stored);
  return largest && (toDo * largest.seconds) / largest.stored;
}

/**
 * Backs up the recordings of the past (R42): examines the history, oldest first, asks for what the ledger does not have
 * stored, and waits until the workers have tried all of it; what they try later, or what waits for a bucket, is told and
 * not waited for. What is stored is left alone, so that a second run asks for nothing. Killed at any time it loses and
 * doubles nothing: each entry says which run asked for it. When it is paused or cancelled, what it asked for goes on; that
 * is little, and the ledger's sweep sees to it.
 */
export const backUpNowOperation: OperationType<RunApp> = {
  async run(app, operation, save) {
    const slice = await beginSlice(app, operation, save);
    if ((await examineAll(slice)) === "yield") return { done: false };
    if ((await awaitAll(slice)) === "yield") return { done: false };
    return { done: true, result: await finish(slice) };
  },
};

async function beginSlice(app: RunApp, operation: Operation, save: SaveProgress): Promise<RunSlice> {
  const { site } = operation.input as RunInput;
  const filter = filterOfRun(operation);
  const begun = app.now().getTime();
  const { epoch, found } = await app.backups[site].inventory.known(operation.tenant, filter.scope);
  const cursor = (operation.cursor as RunCursor | undefined) ?? { ...nothing, epoch };
  // What became known since the run began says nothing of before, nor does what it kept itself before it died.
  const isBefore = found !== undefined && found.run !== operation.id && cursor.epoch === epoch;
  const isValid = isBefore && found.at.getTime() > begun - knownForMilliseconds;
  const known = isValid ? { digests: new Set(unpackDigests(found.digests)), found } : { digests: new Set<string>() };
  return { app, operation, save, site, filter, known, begun, cursor, room: 0, facts: new Map() };
}

/** However sure, what is known is found out anew each week. */
const knownForMilliseconds = 7 * 24 * 3600 * 1000;

const nothing = {
  ...{ examined: 0, alreadyStored: 0, underWay: 0, skipped: 0, notUnderstood: 0 },
  ...{ stored: new Uint8Array(), hoped: new Uint8Array(), allKnown: true, asked: false },
} satisfies Omit<RunCursor, "epoch">;

/** Recordings are taken in portions that end with a block, unless a block is too long. */
const together = { least: 500, most: 2000 };

async function examineAll(slice: RunSlice): Promise<"continue" | "yield"> {
  const { inventory } = slice.app.backups[slice.site];
  let portion: PastRecording[] = [];
  for await (const recording of inventory.past(slice.operation.tenant, slice.filter, slice.cursor.after)) {
    portion.push(recording);
    const whole = portion.length >= together.least && endsBlock(recording.id);
    if (!whole && portion.length < together.most) continue;
    if ((await examine(slice, portion)) === "yield") return "yield";
    portion = [];
  }
  return portion.length === 0 ? "continue" : examine(slice, portion);
}

const pollMilliseconds = 1000;
/** What nobody has taken up by then is left to the sweep, which does not give up. */
const patienceMilliseconds = 45 * 60_000;

/** Waits until nothing that the run asked for is to be tried now. */
async function awaitAll(slice: RunSlice): Promise<"continue" | "yield"> {
  if (!slice.cursor.asked) return "continue";
  for (;;) {
    const open = await countOpen(slice);
    const now = slice.app.now();
    const { waiting } = slice.cursor;
    const since = waiting?.open === open ? waiting.since : now;
    if (open === 0 || now.getTime() - since.getTime() > patienceMilliseconds) return "continue";
    slice.cursor = { ...slice.cursor, waiting: { open, since } };
    if ((await saveRun(slice, "store", open)) === "yield") return "yield";
    await pause(pollMilliseconds);
  }
}

async function finish(slice: RunSlice): Promise<Record<string, unknown>> {
  const { app, operation, site, filter, cursor } = slice;
  const { ledger, inventory } = app.backups[site];
  const { tenant, id: run } = operation;
  const none = { pending: 0, waiting: 0, stored: 0, failed: 0, unavailable: 0, skipped: 0 };
  const counts = cursor.asked ? await ledger.count(tenant, { run }) : none;
  const { parked } = counts.pending > 0 ? await inventory.countPending(tenant, run) : { parked: 0 };
  const { examined, alreadyStored, underWay, notUnderstood } = cursor;
  const asked = examined - alreadyStored - underWay - cursor.skipped - notUnderstood;
  const isAllStored = counts.stored >= asked;
  const undated = await keepFound(slice, isAllStored);
  return {
    ...{ site, scope: filter.scope, since: filter.since, until: filter.until },
    ...{ examined, alreadyStored, underWay, asked, stored: counts.stored },
    ...{ failed: counts.failed, unavailable: counts.unavailable, skipped: cursor.skipped + counts.skipped },
    ...{ waiting: counts.waiting, parked, pending: Math.max(0, counts.pending - parked), notUnderstood, undated },
  };
}

/** Keeps what was found for the next run. Where all of it was known there is nothing new, and nothing is counted again. */
async function keepFound(slice: RunSlice, isAllStored: boolean): Promise<number> {
  const { app, operation, site, filter, cursor, known } = slice;
  const { inventory } = app.backups[site];
  if (cursor.allKnown && known.found) return known.found.undated;
  const undated = await inventory.countUndated(operation.tenant, filter.scope);
  const digests = [cursor.stored, ...(isAllStored ? [cursor.hoped] : [])].flatMap(unpackDigests);
  const at = known.found && digests.some((digest) => known.digests.has(digest)) ? known.found.at : app.now();
  const found = { digests: packDigests(digests), undated, at, run: operation.id };
  await inventory.keepKnown(operation.tenant, filter.scope, { epoch: cursor.epoch, found });
  return undated;
}
