import { Firestore, Timestamp } from "@google-cloud/firestore";
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

/**
 * The answer of a database, or AppError `unavailable` when it does not answer within ten seconds. The client's
 * own retries would wait for minutes, longer than a function may run.
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
    throw new AppError("unavailable", "the database does not answer", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
