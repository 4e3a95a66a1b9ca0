import { keepCursor } from "./keep-cursor.ts";
import { requireNoneOpen } from "./open-operation.ts";
import type { Operation } from "./operation.ts";
import {
  add,
  beginning,
  countNames,
  countRecordings,
  doneIn,
  type HistoryName,
  marked,
  type PurgeCursor,
  type RecordingObject,
  type Recordings,
  recordPurge,
  requireBackedUp,
  requirePurgeable,
  resultOf,
} from "./purge.ts";
import type { RecoveryApp } from "./recovery.ts";
import type { EngineApp, OperationType, SaveProgress } from "./run-operation.ts";
import type { Actor } from "./standby.ts";

/** Told how many are removed so far; "stop" ends the removal where it is. */
export type BeforeEach = (removed: number) => Promise<"continue" | "stop">;

/** The secondary's histories of a tenant, sub-collections included, and its recordings. Never the primary's. */
export type PurgeStores = {
  histories: {
    /** The next names in their order, from after a path on; `last` says that there are no more. */
    list(tenant: string, after?: string): Promise<{ names: HistoryName[]; last: boolean }>;
    /**
     * Deletes these, as they were listed; one that was changed since is deleted too, one that was deleted and made
     * again after `createdUntil` (µs) stays. Calls `beforeEach` before each commit. Repeating is safe.
     */
    remove(tenant: string, names: HistoryName[], createdUntil: number, beforeEach: BeforeEach): Promise<void>;
    /** How many entries each history has, not counting the documents below them. */
    count(tenant: string): Promise<Record<string, number>>;
  };
  recordings: {
    list(tenant: string, pageToken?: string): Promise<{ objects: RecordingObject[]; nextPageToken?: string }>;
    /** How many of them still wait for the customer's bucket, and so are the only copies. */
    countNotBackedUp(tenant: string): Promise<number>;
    /** Deletes exactly these generations, for good. Repeating is safe. */
    remove(tenant: string, objects: RecordingObject[]): Promise<void>;
  };
};

/** What a purge would delete now. `complete` is false when there are more recordings than could be counted in time. */
export type PurgePreview = {
  entries: Record<string, number>;
  recordings: Recordings & { complete: boolean };
  recordingsNotBackedUp: number;
};

/** `abandonRecordings`: also where recordings are lost that still wait for the customer's bucket. */
export type PurgeRequest = { tenant: string; actor: Actor; key: string; abandonRecordings: boolean };

/**
 * Starts to delete all histories and recordings of the tenant on the secondary (R26); the same key again is the same
 * operation.
 * @throws AppError as `requirePurgeable` and `requireBackedUp`; `conflict` while an export is open (R27), and for a key
 *   used otherwise; `unavailable`.
 */
export async function requestPurge(
  app: RecoveryApp & Pick<PurgeStores, "recordings">,
  { tenant, actor, key, abandonRecordings }: PurgeRequest,
): Promise<Operation> {
  const input = abandonRecordings ? { abandonRecordings } : {};
  const asked = { type: "purge", tenant, input, createdBy: actor, key };
  const known = await app.operations.find(asked);
  if (known) return known;
  requirePurgeable(await app.standbys.read(tenant));
  await requireNoneOpen(app, tenant, "export");
  if (!abandonRecordings) requireBackedUp(await app.recordings.countNotBackedUp(tenant));
  return app.operations.start(asked);
}

/** Recordings are counted for at most this long. */
const countingMilliseconds = 10_000;

/** What a purge would delete now (R26). @throws AppError `unavailable`. */
export async function previewPurge(app: PurgeStores & Pick<RecoveryApp, "now">, tenant: string): Promise<PurgePreview> {
  const deadline = app.now().getTime() + countingMilliseconds;
  const recordings = { objects: 0, bytes: 0, complete: false };
  const countRecordings = async () => {
    let pageToken: string | undefined;
    do {
      const page = await app.recordings.list(tenant, pageToken);
      add(recordings, page.objects);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && app.now().getTime() < deadline);
    recordings.complete = pageToken === undefined;
  };
  const [entries, recordingsNotBackedUp] = await Promise.all([
    app.histories.count(tenant),
    app.recordings.countNotBackedUp(tenant),
    countRecordings(),
  ]);
  return { entries, recordings, recordingsNotBackedUp };
}

/** What purge operations need. */
export type PurgeApp = RecoveryApp & PurgeStores & EngineApp;

/** One slice of a purge. What came after the operation was asked for is not its business, and stays. */
type Slice = { app: PurgeApp; operation: Operation; save: SaveProgress; createdUntil: number };

/**
 * Deletes the tenant's histories and recordings on the secondary (R26). Before each commit the state is read again: a
 * tenant that is activated or resynchronised meanwhile keeps what is left, and the operation fails with `conflict`.
 */
export const purgeOperation: OperationType<PurgeApp> = {
  async run(app, operation, save) {
    const slice = { app, operation, save, createdUntil: operation.createdAt.getTime() * 1000 };
    requirePurgeable(await app.standbys.read(operation.tenant));
    // Both may have been asked for in one moment.
    if (!operation.cursor) await requireNoneOpen(app, operation.tenant, "export");
    let cursor = (operation.cursor as PurgeCursor | undefined) ?? (await beginningOf(app, operation.tenant));
    for (const phase of [purgeDocuments, purgeRecordings]) {
      const next = await phase(slice, cursor);
      if (next === "stop") return { done: false };
      cursor = next;
    }
    const result = resultOf(cursor);
    await app.standbys.change(operation.tenant, (current) => recordPurge(current, operation, result, app.now()));
    return { done: true, result };
  },
  async abandoned(app, operation, why) {
    const { cursor } = (await app.operations.read(operation.id)) ?? operation;
    const atMost = cursor === undefined ? {} : { atMost: resultOf(cursor as PurgeCursor) };
    await app.standbys.change(operation.tenant, (current) =>
      current === undefined || current.purge === operation.id
        ? { outcome: undefined }
        : {
            ...marked(current, operation, app.now(), "end-purge", { why: why.message, ...atMost }),
            outcome: undefined,
          },
    );
  },
};

async function beginningOf(app: PurgeStores & Pick<RecoveryApp, "now">, tenant: string): Promise<PurgeCursor> {
  const { entries, recordings } = await previewPurge(app, tenant);
  return beginning(Object.values(entries).reduce((sum, count) => sum + count, recordings.objects));
}

async function purgeDocuments({ app, operation, save, createdUntil }: Slice, begun: PurgeCursor) {
  const { tenant } = operation;
  if (begun.documentsDone) return begun;
  let cursor = begun;
  const list = (after?: string) => {
    const page = app.histories.list(tenant, after);
    // A failure is met when its turn comes.
    page.catch(() => undefined);
    return page;
  };
  let page = list(cursor.after);
  while (!cursor.documentsDone) {
    const { names, last } = await page;
    const after = names.at(-1)?.path;
    // The next page is on its way while this one is deleted.
    if (!last) page = list(after);
    const due = names.filter(({ createTime }) => createTime <= createdUntil);
    const before = doneIn(cursor);
    cursor = countNames(cursor, due);
    await keepCursor(app, operation, cursor);
    let stopped = false;
    await app.histories.remove(tenant, due, createdUntil, async (removed) => {
      requirePurgeable(await app.standbys.read(tenant));
      const done = before + Math.round(((doneIn(cursor) - before) * removed) / due.length);
      const verdict = await save(cursor, progressOf(cursor, done));
      stopped ||= verdict === "yield";
      return stopped ? "stop" : "continue";
    });
    if (stopped) return "stop";
    cursor = { ...cursor, ...(after === undefined ? {} : { after }), documentsDone: last };
  }
  return cursor;
}

/** As many objects are deleted between two looks at the state. */
const objectsAtOnce = 250;

async function purgeRecordings({ app, operation, save, createdUntil }: Slice, begun: PurgeCursor) {
  const { tenant } = operation;
  let [cursor, pageToken]: [PurgeCursor, string | undefined] = [begun, undefined];
  do {
    const page = await app.recordings.list(tenant, pageToken);
    const due = page.objects.filter(({ created }) => created <= createdUntil);
    cursor = countRecordings(cursor, due);
    await keepCursor(app, operation, cursor);
    for (let from = 0; from < due.length; from += objectsAtOnce) {
      requirePurgeable(await app.standbys.read(tenant));
      if ((await save(cursor, progressOf(cursor, doneIn(cursor) - due.length + from))) === "yield") return "stop";
      await app.recordings.remove(tenant, due.slice(from, from + objectsAtOnce));
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return cursor;
}

function progressOf({ total }: PurgeCursor, done: number): Operation["progress"] {
  return { done: Math.max(0, done), total: Math.max(total, done) };
}
