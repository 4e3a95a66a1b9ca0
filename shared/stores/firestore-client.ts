import { setTimeout as pause } from "node:timers/promises";
import {
  type DocumentReference,
  type DocumentSnapshot,
  FieldValue,
  Firestore,
  Timestamp,
} from "@google-cloud/firestore";
import { AppError } from "../domain/errors.ts";
import type { WireAddress } from "./wire.ts";

/** Google's client for one database, for Hikae's own records; it connects at its first call. */
export function createFirestore(address: WireAddress): Firestore {
  return new Firestore({
    projectId: address.projectId,
    databaseId: address.databaseId,
    ignoreUndefinedProperties: true,
    ...(address.emulator
      ? { host: address.emulator, ssl: false, customHeaders: { Authorization: "Bearer owner" } }
      : {}),
  });
}

/** A record as it was stored, its timestamps as dates. */
export function fromStore<T>(data: unknown): T {
  if (data instanceof Timestamp) return data.toDate() as T;
  if (Array.isArray(data)) return data.map(fromStore) as T;
  if (data !== null && typeof data === "object" && Object.getPrototypeOf(data) === Object.prototype) {
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, fromStore(value)])) as T;
  }
  return data as T;
}

const patience = 10_000;

/** gRPC's numbers for what can never be taken, whatever the state: a name, a value or a place in a list that there cannot be. */
const neverTaken = new Set<unknown>([3, 11]);

/**
 * The answer of a database, or AppError `unavailable` when it does not answer within ten seconds, and `invalid` when it can
 * never take what it is asked. The client's own retries would wait for minutes, longer than a function may run.
 */
export async function answered<T>(call: () => Promise<T>, milliseconds = patience): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError("unavailable", "the database does not answer")), milliseconds);
  });
  try {
    return await Promise.race([call(), late]);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (neverTaken.has((error as { code?: unknown }).code)) {
      throw new AppError("invalid", "this has a name or a value that no database takes", { cause: error });
    }
    throw new AppError("unavailable", "the database does not answer", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** gRPC's numbers for a precondition that does not hold, and for contention: another writer was first. */
const outrun = new Set<unknown>([5, 6, 9, 10]);

/** One attempt at a change: documents as they were read, and what is written if all of them are still so. */
export type Attempt = {
  get(reference: DocumentReference): Promise<DocumentSnapshot>;
  getAll(references: readonly DocumentReference[]): Promise<DocumentSnapshot[]>;
  /** Replaces what was read, or creates what was not there. */
  write(read: DocumentSnapshot, record: object): void;
  /** A document that nobody else writes, under an id of its own. */
  create(reference: DocumentReference, record: object): void;
  delete(read: DocumentSnapshot): void;
  /** Writes the rest only if this document, which stays as it is, is still as it was read. */
  verify(read: DocumentSnapshot): void;
};

/**
 * Reads, decides and writes as one atomic step, again from the start when another writer was first; `decide` may run
 * several times and must have no other effect. Nothing is locked between read and write: a transaction's locks would
 * outlive a process that dies in it by a minute, and nobody could activate that long.
 * @throws AppError `unavailable` when the database does not answer or contention does not end in ten seconds; `invalid` for
 *   what it can never take.
 */
export async function optimistically<T>(firestore: Firestore, decide: (attempt: Attempt) => Promise<T>): Promise<T> {
  const deadline = Date.now() + patience;
  return answered(async () => {
    for (let tries = 1; ; tries++) {
      const { attempt, commit } = beginAttempt(firestore);
      const outcome = await decide(attempt);
      try {
        await commit();
        return outcome;
      } catch (error) {
        if (!outrun.has((error as { code?: unknown }).code) || Date.now() > deadline) throw error;
        await pause(Math.random() * Math.min(500, 5 * 2 ** tries));
      }
    }
  });
}

function beginAttempt(firestore: Firestore): { attempt: Attempt; commit(): Promise<void> } {
  const batch = firestore.batch();
  let writes = 0;
  const counted = <A extends unknown[]>(write: (...given: A) => unknown) => {
    return (...given: A): void => {
      writes++;
      write(...given);
    };
  };
  const attempt: Attempt = {
    get: (reference) => reference.get(),
    getAll: async (references) => (references.length === 0 ? [] : firestore.getAll(...references)),
    write: counted((read: DocumentSnapshot, record: object) => {
      if (read.exists) batch.update(read.ref, replacement(read, record), asRead(read));
      else batch.create(read.ref, record);
    }),
    create: counted((reference: DocumentReference, record: object) => batch.create(reference, record)),
    delete: counted((read: DocumentSnapshot) => batch.delete(read.ref, asRead(read))),
    verify: (read) => {
      // To write what is there already changes nothing, but only succeeds while it is there.
      const [[field, value] = []] = Object.entries(read.data() ?? {});
      if (field !== undefined) batch.update(read.ref, { [field]: value }, asRead(read));
    },
  };
  return { attempt, commit: async () => void (writes > 0 && (await batch.commit())) };
}

function asRead({ updateTime }: DocumentSnapshot) {
  return updateTime === undefined ? { exists: false } : { lastUpdateTime: updateTime };
}

/** An update that leaves nothing of what was there; records have field names without dots. */
function replacement(read: DocumentSnapshot, record: object): Record<string, unknown> {
  const kept = Object.entries(record).filter(([, value]) => value !== undefined);
  const gone = Object.keys(read.data() ?? {}).map((name) => [name, FieldValue.delete()] as const);
  return { ...Object.fromEntries(gone), ...Object.fromEntries(kept) };
}
