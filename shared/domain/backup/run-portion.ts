import { setTimeout as pause } from "node:timers/promises";
import { blocksOf, digestOf, packDigests } from "../blocks.ts";
import type { Operation } from "../operation.ts";
import type { EngineApp, SaveProgress } from "../run-operation.ts";
import type { Site } from "../sites.ts";
import { resolve } from "./claim.ts";
import type { Recording } from "./entry.ts";
import type { SkipReason } from "./failures.ts";
import type { Known, PastRecording } from "./inventory.ts";
import type { CallForBackups, SiteBackups, UnitFacts } from "./ports.ts";
import {
  type Due,
  dueEntry,
  isEmpty,
  judgeRecording,
  type PastFilter,
  pastRecordingOf,
  type Standing,
} from "./run-plan.ts";

/** What runs need. */
export type RunApp = EngineApp & { backups: Record<Site, SiteBackups>; callForBackups: CallForBackups };

/** What became of the recordings that a run has examined and not asked for. */
type Counts = { examined: number; alreadyStored: number; underWay: number; skipped: number; notUnderstood: number };

/** How far a run is. Everything up to `after` is examined and counted, and what of it was due is asked for. */
export type RunCursor = Counts & {
  after?: PastRecording;
  /** Behind `after`: what this run had asked for up to here, this one included, it had called for, too. */
  calledUpTo?: string;
  /** Of what the ledger was known to hold when the run began. */
  epoch: string;
  /** Digests of blocks of recordings that are all stored, and of those that will be if all goes well. */
  stored: Uint8Array;
  hoped: Uint8Array;
  /** Whether nothing had to be looked up in the ledger, and whether anything was asked for. */
  allKnown: boolean;
  asked: boolean;
  total?: number;
  /** How many are still open, and since when that has not changed. */
  waiting?: { open: number; since: Date };
};

/** One slice of a run. */
export type RunSlice = {
  app: RunApp;
  operation: Operation;
  save: SaveProgress;
  site: Site;
  filter: PastFilter;
  /** What was known when the run began, as far as it still counts. */
  known: { digests: ReadonlySet<string>; found?: Known["found"] };
  begun: number;
  cursor: RunCursor;
  /** How many more may be asked for before the open ones are counted again. */
  room: number;
  facts: Map<string, Promise<UnitFacts>>;
};

/** Open recordings of one run at most, so that calls that end meanwhile need not wait for it (R42). */
const mostOpen = 200;
const leastRoom = 40;
const askedAtOnce = 100;
const pollMilliseconds = 500;
/** Both lists of them have to fit into the record; blocks beyond are looked up each time. */
const mostDigestBytes = 300_000;
/** A run that is over at once does not say how much there was to do. */
const countsAfterMilliseconds = 1000;

/** Saves how far the run is, with how many recordings it is about. */
export async function saveRun(slice: RunSlice, note: string, open = 0): Promise<"continue" | "yield"> {
  const { app, operation, site, filter } = slice;
  if (slice.cursor.total === undefined && app.now().getTime() - slice.begun > countsAfterMilliseconds) {
    const { recordings } = await app.backups[site].inventory.countPast(operation.tenant, filter);
    slice.cursor = { ...slice.cursor, total: recordings };
  }
  const { examined, total } = slice.cursor;
  const done = Math.max(0, examined - open);
  const progress = { done, ...(total === undefined ? {} : { total: Math.max(total, examined) }), note };
  return slice.save(slice.cursor, progress);
}

/** Examines recordings that follow each other and asks for those that are due; the slice's cursor is after them then. */
export async function examine(slice: RunSlice, recordings: readonly PastRecording[]): Promise<"continue" | "yield"> {
  const blocks = blocksOf(recordings.map(({ id, at }) => ({ path: id, primary: at }))).map((rows) => {
    return { ids: rows.map(({ path }) => path), digest: digestOf(rows) };
  });
  const unknown = blocks.filter(({ digest }) => !slice.known.digests.has(digest));
  const ids = unknown.flatMap((block) => block.ids);
  const looked = await lookAt(slice, ids);
  if (looked === "yield") return "yield";
  const { stored, asked, counts } = looked;
  const { calledUpTo: _calledUpTo, ...cursor } = slice.cursor;
  const isHoped = (id: string) => stored.has(id) || asked.has(id);
  const whole = blocks.filter(
    (block) => slice.known.digests.has(block.digest) || block.ids.every((id) => stored.has(id)),
  );
  const hoped = unknown.filter((block) => !whole.includes(block) && block.ids.every(isHoped));
  const last = recordings.at(-1);
  slice.cursor = {
    ...cursor,
    ...(last ? { after: last } : {}),
    examined: cursor.examined + recordings.length,
    alreadyStored: cursor.alreadyStored + recordings.length - ids.length + stored.size,
    underWay: cursor.underWay + counts.underWay,
    skipped: cursor.skipped + counts.skipped,
    notUnderstood: cursor.notUnderstood + counts.notUnderstood,
    stored: withDigests(cursor.stored, whole),
    hoped: withDigests(cursor.hoped, hoped),
    allKnown: cursor.allKnown && unknown.length === 0,
    asked: cursor.asked || asked.size > 0,
  };
  return saveRun(slice, "examine");
}

function withDigests(packed: Uint8Array, blocks: readonly { digest: string }[]): Uint8Array {
  if (blocks.length === 0 || packed.length >= mostDigestBytes) return packed;
  return Buffer.concat([packed, packDigests(blocks.map(({ digest }) => digest))]);
}

type Looked = {
  /** All that were looked up, in their order. */
  ids: readonly string[];
  stored: Set<string>;
  asked: Set<string>;
  counts: Pick<Counts, "underWay" | "skipped" | "notUnderstood">;
};

/** Looks these up in the ledger, and asks for those that are due. */
async function lookAt(slice: RunSlice, ids: readonly string[]): Promise<Looked | "yield"> {
  const { app, operation, site } = slice;
  const looked: Looked = {
    ids,
    stored: new Set(),
    asked: new Set(),
    counts: { underWay: 0, skipped: 0, notUnderstood: 0 },
  };
  if (ids.length === 0) return looked;
  const standings = await app.backups[site].inventory.standings(operation.tenant, ids);
  const [calling, due]: [string[], string[]] = [[], []];
  const called = ids.indexOf(slice.cursor.calledUpTo ?? "");
  for (const [index, id] of ids.entries()) {
    const judgement = judgeRecording(standings.get(id), operation.id);
    if (judgement === "stored") looked.stored.add(id);
    else if (judgement === "underWay") looked.counts.underWay++;
    else if (judgement === "due") due.push(id);
    else {
      looked.asked.add(id);
      if (judgement === "calling" && index > called) calling.push(id);
    }
  }
  // Whoever asked for them may have died before anybody was called. Whoever yielded had called for all up to a place, and
  // they may be on their way now: called for again, each would be fetched twice.
  await callFor(slice, calling, looked);
  return (await askFor(slice, due, standings, looked)) === "yield" ? "yield" : looked;
}

/** Asks for those that are due, as many at a time as may be open, and notes what is not to be backed up. */
async function askFor(
  slice: RunSlice,
  ids: readonly string[],
  standings: ReadonlyMap<string, Standing>,
  looked: Looked,
): Promise<"continue" | "yield"> {
  const documents = await slice.app.backups[slice.site].inventory.documents(slice.operation.tenant, ids);
  const due = new Map<string, Due>();
  const skipped = new Map<string, Due>();
  for (const id of ids) {
    const standing = standings.get(id);
    const recording = pastRecordingOf(id, documents.get(id));
    if (!recording && (!standing || isEmpty(standing))) {
      looked.counts.notUnderstood++;
      continue;
    }
    const reason = standing?.placed || !recording ? undefined : await skipReasonOf(slice, recording);
    if (reason === undefined) due.set(id, recording ? { recording } : {});
    else {
      looked.counts.skipped++;
      if (standing?.skipped !== reason) skipped.set(id, { ...(recording ? { recording } : {}), skipped: reason });
    }
  }
  await writeTogether(slice, skipped);
  const waiting = [...due];
  while (waiting.length > 0) {
    if ((await hasRoom(slice)) === "yield") return "yield";
    const together = waiting.splice(0, Math.min(slice.room, askedAtOnce));
    await writeTogether(slice, new Map(together));
    const asked = together.map(([id]) => id);
    await callFor(slice, asked, looked);
    slice.room -= asked.length;
    slice.cursor = { ...slice.cursor, asked: true };
    for (const id of asked) looked.asked.add(id);
  }
  return "continue";
}

/** Why settings that are in force now keep the recording from being backed up. */
async function skipReasonOf(slice: RunSlice, recording: Recording): Promise<SkipReason | undefined> {
  const { office, unit } = recording;
  const key = JSON.stringify([office, unit]);
  const { inventory } = slice.app.backups[slice.site];
  const facts = slice.facts.get(key) ?? inventory.unitFacts(slice.operation.tenant, office, unit);
  slice.facts.set(key, facts);
  const resolved = resolve(recording, await facts);
  return "skipped" in resolved ? resolved.skipped : undefined;
}

async function writeTogether({ app, operation, site }: RunSlice, all: ReadonlyMap<string, Due>): Promise<void> {
  const { tenant, id: run } = operation;
  const ids = [...all.keys()];
  for (let from = 0; from < ids.length; from += askedAtOnce) {
    const now = app.now();
    await app.backups[site].ledger.changeMany(tenant, ids.slice(from, from + askedAtOnce), (id, current) =>
      dueEntry(current, all.get(id) ?? {}, { tenant, run, now }),
    );
  }
}

/** Calls for these, and notes up to where all is called for; what dies behind that place is the sweep's to call for. */
async function callFor(slice: RunSlice, called: readonly string[], { ids }: Looked): Promise<void> {
  const { tenant } = slice.operation;
  const keys = called.map((recordingId) => ({ tenant, recordingId }));
  await slice.app.callForBackups(slice.site, keys);
  const places = [slice.cursor.calledUpTo ?? "", called.at(-1) ?? ""].map((id) => ids.indexOf(id));
  const calledUpTo = ids[Math.max(...places)];
  if (calledUpTo !== undefined) slice.cursor = { ...slice.cursor, calledUpTo };
}

/** Waits until some more may be asked for. */
async function hasRoom(slice: RunSlice): Promise<"continue" | "yield"> {
  while (slice.room < 1) {
    const open = await countOpen(slice);
    if (mostOpen - open >= leastRoom) slice.room = mostOpen - open;
    else {
      if ((await saveRun(slice, "examine")) === "yield") return "yield";
      await pause(pollMilliseconds);
    }
  }
  return "continue";
}

/** How many that this run asked for are still to be worked on; those that wait for something else do not count. */
export async function countOpen({ app, operation, site }: RunSlice): Promise<number> {
  const { pending, parked } = await app.backups[site].inventory.countPending(operation.tenant, operation.id);
  return pending - parked;
}
