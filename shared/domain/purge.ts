import { kindsWith, type Label } from "../catalogue.ts";
import { AppError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import type { StandbyChange } from "./ports.ts";
import { comparePaths } from "./reconcile.ts";
import type { Standby } from "./standby.ts";
import { supports, versionGates } from "./tenant.ts";
import { existing } from "./transitions.ts";

/** What a purge may do, and what it has done: pure functions. */

/** A document of a history: its path below its tenant, and Firestore's own times of it in µs. */
export type HistoryName = { path: string; createTime: number; updateTime: number };

/** An object of the tenant's recordings; `created` is in µs, and `generation` tells it from others of its name. */
export type RecordingObject = {
  name: string;
  generation: string;
  bytes: number;
  created: number;
  contentType?: string;
  crc32c?: string;
};

/** By kind: entries are a history's own documents; `documents` counts those below them as well. */
type Counts = Record<string, { entries: number; documents: number }>;
export type Recordings = { objects: number; bytes: number };

const manualSteps =
  "until then do it by hand: sign in to the secondary's console as the company's administrator, delete each history on " +
  "its own page, delete the recordings on the page of recordings, and ask the operators to confirm that nothing is left";

const tooOld = (version: string): Label => ({
  ja: `消去にはプラットフォーム${versionGates.purge}以降が必要です（現在${version}）。バージョンアップするまでは、全社管理者が待機サイトの管理画面で各履歴と録音を画面ごとに削除し、残りがないことを運用担当にご確認ください。`,
  en: `Purging takes platform ${versionGates.purge} or later; this tenant runs ${version}. Until it is upgraded, a company administrator deletes each history and the recordings on their own pages of the secondary's console, and asks the operators to confirm that nothing is left.`,
});

const notNow: Label = {
  ja: "消去できるのは、東京が稼働し、同期中または同期停止中のときだけです。大阪が稼働している間の履歴は、切り戻しが終わってから消去してください。",
  en: "Only while Tokyo is in charge, and the sync runs or is stopped, may histories be purged. Those of an activation are purged after the fail back.",
};

/**
 * Whether the tenant's histories on the secondary may be purged as it is (R26).
 * @throws AppError `not-found` without a stand-by; `precondition-failed` on a platform too old, with what to do by
 *   hand; `conflict` in any state but `syncing` and `stopped`.
 */
export function requirePurgeable(standby: Standby | undefined): void {
  const { state, profile } = existing(standby);
  if (!supports(profile.platformVersion, "purge")) {
    const needed = `purge takes platform ${versionGates.purge} or later, and this tenant runs ${profile.platformVersion}`;
    throw new AppError("precondition-failed", `${needed}: upgrade it; ${manualSteps}`, {
      fields: [{ field: "platformVersion", problem: "does not permit purge", label: tooOld(profile.platformVersion) }],
    });
  }
  if (state !== "syncing" && state !== "stopped") {
    throw new AppError("conflict", `the tenant is ${state}: only while it is syncing or stopped may it be purged`, {
      fields: [{ field: "state", problem: `is ${state}`, label: notNow }],
    });
  }
}

const onlyCopies = (count: number): Label => ({
  ja: `お客さまのバケットへの保存を待っている録音が${count}件あり、元の録音は大阪にしかありません。保存が終わるまで（保存先が止まっている場合は直して）お待ちください。失われてもよい場合に限り、その旨を指定して消去できます。`,
  en: `${count} recordings still wait for the customer's bucket, and Osaka holds their only copies. Wait until they are stored, and put the bucket right if it takes nothing; only if they may be lost, say so and purge.`,
});

/**
 * Whether a purge loses no recording that still waits for the customer's bucket (R26).
 * @throws AppError `conflict`, with what to do, when it would.
 */
export function requireBackedUp(recordingsNotBackedUp: number): void {
  if (recordingsNotBackedUp === 0) return;
  const label = onlyCopies(recordingsNotBackedUp);
  throw new AppError("conflict", `${recordingsNotBackedUp} recordings are not in the customer's bucket yet`, {
    fields: [{ field: "body.abandonRecordings", problem: "give true to lose them", label }],
  });
}

/**
 * How far a purge is. Names are counted and the cursor is kept before they are deleted: whatever dies, what was deleted
 * is counted once. Everything up to `after` is deleted, everything up to `counted` is counted.
 */
export type PurgeCursor = {
  total: number;
  kinds: Counts;
  after?: string;
  counted?: string;
  recordings: Recordings;
  countedRecording?: string;
  /** Whether the documents are done. */
  documentsDone: boolean;
};

/** The cursor of a purge that has not begun; `total` is what is expected to be deleted. */
export function beginning(total: number): PurgeCursor {
  const kinds = Object.fromEntries(kindsWith("history").map((kind) => [kind, { entries: 0, documents: 0 }]));
  return { total, kinds, recordings: { objects: 0, bytes: 0 }, documentsDone: false };
}

/** Counts those of a page that are not counted yet; pages come in the order of names. */
export function countNames(cursor: PurgeCursor, names: readonly HistoryName[]): PurgeCursor {
  const { counted } = cursor;
  const fresh = names.filter(({ path }) => counted === undefined || comparePaths(path, counted) > 0);
  const last = fresh.at(-1);
  if (last === undefined) return cursor;
  const kinds = { ...cursor.kinds };
  for (const { path } of fresh) {
    const [kind = "", , ...below] = path.split("/");
    const { entries, documents } = kinds[kind] ?? { entries: 0, documents: 0 };
    kinds[kind] = { entries: entries + (below.length === 0 ? 1 : 0), documents: documents + 1 };
  }
  return { ...cursor, kinds, counted: last.path };
}

/** Counts those of a page that are not counted yet. */
export function countRecordings(cursor: PurgeCursor, objects: readonly RecordingObject[]): PurgeCursor {
  const { countedRecording } = cursor;
  const fresh = objects.filter((object) => countedRecording === undefined || isAfter(object, countedRecording));
  const last = fresh.at(-1);
  if (last === undefined) return cursor;
  const recordings = { ...cursor.recordings };
  add(recordings, fresh);
  return { ...cursor, recordings, countedRecording: placeOf(last) };
}

/** Cloud Storage lists names by their bytes, and generations of one name from the oldest on. */
function placeOf({ name, generation }: RecordingObject): string {
  return `${name}\0${generation.padStart(20, "0")}`;
}

function isAfter(object: RecordingObject, place: string): boolean {
  return Buffer.compare(Buffer.from(placeOf(object)), Buffer.from(place)) > 0;
}

/** Adds objects to a count of them. */
export function add(to: Recordings, objects: readonly RecordingObject[]): void {
  for (const { bytes } of objects) to.bytes += bytes;
  to.objects += objects.length;
}

/** How many entries and objects are counted. */
export function doneIn({ kinds, recordings }: PurgeCursor): number {
  return Object.values(kinds).reduce((sum, { entries }) => sum + entries, recordings.objects);
}

/** What a purge deleted. */
export type PurgeResult = { kinds: Counts; entries: number; documents: number; recordings: Recordings };

/** The result of the purge that is so far. */
export function resultOf({ kinds, recordings }: PurgeCursor): PurgeResult {
  const sum = (figure: "entries" | "documents") =>
    Object.values(kinds).reduce((total, counts) => total + counts[figure], 0);
  return { kinds, entries: sum("entries"), documents: sum("documents"), recordings };
}

/** The end of a purge in the audit log and by mail; repeating it for the same operation changes nothing. */
export function recordPurge(
  current: Standby | undefined,
  operation: Operation,
  result: PurgeResult,
  now: Date,
): StandbyChange<void> {
  if (current === undefined || current.purge === operation.id) return { outcome: undefined };
  return {
    ...marked(current, operation, now, "purge", result),
    mails: [
      {
        key: `purged ${operation.id}`,
        template: "purged",
        tenant: current.tenant,
        to: "administrators",
        data: {
          by: operation.createdBy.id,
          at: now.toISOString(),
          documents: result.entries,
          recordings: result.recordings.objects,
        },
      },
    ],
    outcome: undefined,
  };
}

/** An entry of the audit log about the purge, and the mark that there is one. */
export function marked(current: Standby, operation: Operation, at: Date, act: string, after: Record<string, unknown>) {
  const audit = { at, act, by: operation.createdBy, after: { operation: operation.id, ...after } };
  return { next: { ...current, purge: operation.id }, audit };
}
