import { setTimeout as pause } from "node:timers/promises";
import { ledgerKey } from "../domain/document-path.ts";
import { AppError } from "../domain/errors.ts";
import {
  type ApplyOptions,
  type Change,
  type KnownState,
  type LedgerEntry,
  type Outcome,
  type PlannedWrite,
  planChanges,
  type StandbyDocument,
} from "../domain/mirror.ts";
import type { Fence, StandbyState } from "../domain/standby.ts";
import { type Fields, fingerprint, microseconds, type Value, wireTime } from "../domain/value.ts";
import type { BatchRead, Wire, WireDocument, WireWrite } from "./wire.ts";

/** The secondary's documents and the ledger beside them: the only code that writes the mirror. */
export type Ledger = {
  /**
   * Applies changes of one tenant in one commit: gate, ranks and writes are one atomic step (R6), each document
   * is written together with its entry, and only if nobody else wrote it since. Repeating is safe. "tampered" says
   * that somebody did, and that nothing was written for that document. With `look` the documents are read
   * at once, else only where one proves not to be as it should; with `known` nothing but the gate is read at first.
   * `commitTime` is µs, absent when nothing was written.
   * @throws AppError `unavailable` when the secondary does not answer or contention does not end.
   */
  apply(tenant: string, changes: Change[], options?: ApplyOptions & Look): Promise<Applied>;
  /** Entries and documents of these paths, each pair as of one point in time. */
  read(tenant: string, paths: string[]): Promise<Map<string, LedgerState>>;
  /** Entries alone. */
  entries(tenant: string, paths: string[]): Promise<Map<string, LedgerEntry>>;
};

/** How the secondary's documents are looked at. */
export type Look = { look?: boolean; known?: KnownState };
export type Applied = { outcomes: Outcome[]; commitTime?: number };
export type LedgerState = { entry?: LedgerEntry; document?: WireDocument };

const attempts = 8;

/** Tombstones outlive every retry of an event (24 h) by far. */
const tombstoneDays = 30;

export function createLedger(wire: Wire, now: () => Date): Ledger {
  const standbyName = (tenant: string) => `${wire.root}standbys/${tenant}`;
  const entryName = (tenant: string, path: string) => `${standbyName(tenant)}/ledger/${ledgerKey(path)}`;
  const documentName = (tenant: string, path: string) => `${wire.root}tenants/${tenant}/${path}`;

  async function attempt(
    tenant: string,
    changes: Change[],
    options: ApplyOptions,
    { look = false, known }: Look,
  ): Promise<Applied> {
    const paths = [...new Set(changes.map((change) => change.path))];
    const names = known ? [] : paths.map((path) => entryName(tenant, path));
    if (look) names.push(...paths.map((path) => documentName(tenant, path)));
    const looked = new Map<string, StandbyDocument>();
    // A document may have 1 MiB, and nothing but its hash is wanted.
    const keep = (document: WireDocument): WireDocument => {
      const name = document.name ?? "";
      if (!name.startsWith(documentName(tenant, ""))) return document;
      looked.set(name, { updateTime: microseconds(document.updateTime ?? {}), hash: hashOf(document) });
      return { ...document, fields: {} } as WireDocument;
    };
    const read = await wire.batchGet([standbyName(tenant), ...names], { keep });
    const standby = read.documents.get(standbyName(tenant));
    const entries = known?.entries ?? entriesIn(read);
    const plan = planChanges({
      gate: decodeGate(standby),
      options,
      changes,
      entries,
      ...(known ? { documents: documentsBy(known.documents, paths) } : {}),
      ...(look
        ? { documents: new Map(paths.map((path) => [path, looked.get(documentName(tenant, path)) ?? null])) }
        : {}),
    });
    if (plan.writes.length === 0 || !standby) return { outcomes: plan.outcomes };
    const writes = plan.writes.flatMap((write) => encodeWrites(tenant, write, entries.get(write.change.path)));
    const { commitTime } = await wire.commit([verified(standby), ...writes]);
    return { outcomes: plan.outcomes, commitTime: microseconds(commitTime) };
  }

  function entriesIn({ documents }: BatchRead): Map<string, LedgerEntry> {
    const entries = new Map<string, LedgerEntry>();
    for (const [name, document] of documents) {
      if (!document || !ledgerEntry.test(name.slice(wire.root.length))) continue;
      const entry = decodeEntry(document);
      entries.set(entry.path, entry);
    }
    return entries;
  }

  const hashOf = (document: WireDocument) => fingerprint(document.fields as Fields, wire.root).hash;

  function encodeWrites(tenant: string, write: PlannedWrite, entry: LedgerEntry | undefined): WireWrite[] {
    const name = documentName(tenant, write.change.path);
    const currentDocument = asRead(write.precondition === "absent" ? undefined : write.precondition);
    const writes: WireWrite[] = [
      {
        update: { name: entryName(tenant, write.change.path), fields: encodeEntry(write, now()) as never },
        currentDocument: asRead(entry?.entryTime),
      },
    ];
    if (write.document === "set") {
      writes.push({ update: { name, fields: write.change.fields as never }, currentDocument });
    } else if (write.document === "delete") {
      writes.push({ delete: name, currentDocument });
    }
    return writes;
  }

  return {
    async apply(tenant, changes, options = {}) {
      const { look, known, ...conditions } = options;
      let reading: Look = { ...(look ? { look } : {}), ...(known ? { known } : {}) };
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(tenant, changes, conditions, reading);
        } catch (error) {
          if (!(error instanceof AppError) || tries >= attempts) throw asUnavailable(error);
          // Somebody wrote in between, or a document is not as its entry says: look at all of it before judging. A
          // time later than the document's own is called invalid: an import may bring in an entry after its document.
          if (error.code === "precondition-failed" || (error.code === "invalid" && !reading.look))
            reading = { look: true };
          else if (error.code === "conflict") await pause(Math.random() * 20 * 2 ** tries);
          else throw error;
        }
      }
    },
    async read(tenant, paths) {
      const names = paths.flatMap((path) => [entryName(tenant, path), documentName(tenant, path)]);
      const { documents } = await wire.batchGet(names);
      return new Map(
        paths.map((path) => {
          const entry = documents.get(entryName(tenant, path));
          const document = documents.get(documentName(tenant, path));
          return [path, { ...(entry ? { entry: decodeEntry(entry) } : {}), ...(document ? { document } : {}) }];
        }),
      );
    },
    async entries(tenant, paths) {
      return entriesIn(await wire.batchGet(paths.map((path) => entryName(tenant, path))));
    },
  };
}

const ledgerEntry = /^standbys\/[^/]+\/ledger\//;

/** Of documents whose content was not read: no content is like theirs. */
function documentsBy(times: KnownState["documents"], paths: string[]): Map<string, StandbyDocument | null> {
  const documents = new Map<string, StandbyDocument | null>();
  for (const path of paths) {
    const updateTime = times.get(path);
    if (updateTime !== undefined) documents.set(path, updateTime === null ? null : { updateTime, hash: "" });
  }
  return documents;
}

/** Only while it is as it was read: of that update time in µs, or not there. */
function asRead(updateTime: number | undefined) {
  return updateTime === undefined ? { exists: false } : { updateTime: wireTime(updateTime) };
}

/**
 * The stand-by is still as it was read: a write of no field changes nothing, yet has its precondition checked. A
 * transaction would do the same by a lock, which a process that dies leaves behind for a minute, and which keeps
 * everybody from raising the fence.
 */
function verified(standby: WireDocument): WireWrite {
  return {
    update: { name: standby.name ?? "", fields: {} },
    updateMask: { fieldPaths: [] },
    currentDocument: asRead(microseconds(standby.updateTime ?? {})),
  };
}

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code === "invalid") return error;
  return new AppError("unavailable", `the secondary could not be written: ${error.message}`, { cause: error });
}

function encodeEntry(write: PlannedWrite, now: Date): Fields {
  const { change, documentTime, large } = write;
  const fields: Fields = {
    path: { stringValue: change.path },
    kind: { stringValue: change.kind },
    version: { timestampValue: wireTime(change.rank.version) },
    deleted: { booleanValue: change.rank.deleted },
    hash: { stringValue: change.hash },
    by: { stringValue: change.by },
    mirroredAt: { timestampValue: wireTime(now.getTime() * 1000) },
  };
  if (large) fields.large = { booleanValue: true };
  if (documentTime !== undefined) fields.documentTime = { timestampValue: wireTime(documentTime) };
  if (change.rank.deleted) {
    fields.expireAt = { timestampValue: wireTime((now.getTime() + tombstoneDays * 86_400_000) * 1000) };
  }
  return fields;
}

function decodeEntry(document: WireDocument): LedgerEntry {
  const fields = document.fields as Fields;
  const deleted = fields.deleted?.booleanValue ?? false;
  // Document and entry are written in one commit and so share one update time, unless the entry says otherwise.
  const documentTime = fields.documentTime?.timestampValue ?? document.updateTime ?? {};
  return {
    path: fields.path?.stringValue ?? "",
    kind: fields.kind?.stringValue ?? "",
    rank: { version: microseconds(fields.version?.timestampValue ?? {}), deleted },
    hash: fields.hash?.stringValue ?? "",
    large: fields.large?.booleanValue ?? false,
    entryTime: microseconds(document.updateTime ?? {}),
    ...(deleted ? {} : { documentTime: microseconds(documentTime) }),
  };
}

function decodeGate(document: WireDocument | null | undefined): { state: StandbyState; fence: Fence } | undefined {
  if (!document) return undefined;
  const fields = document.fields as Fields;
  const fence: { [name: string]: Value } = fields.fence?.mapValue?.fields ?? {};
  return {
    state: (fields.state?.stringValue ?? "stopped") as StandbyState,
    fence: { number: Number(fence.number?.integerValue ?? 0), id: fence.id?.stringValue ?? "" },
  };
}
