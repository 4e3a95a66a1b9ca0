import type { Firestore } from "@google-cloud/firestore";
import type { Page, PageRequest } from "../domain/ports.ts";
import type { AuditEntry } from "../domain/standby.ts";
import { addEntry, platformLog, readAudit } from "./audit-log.ts";
import { optimistically } from "./firestore-client.ts";

/**
 * The log of acts that concern no one tenant (R30), the documents `audit/{id}` of the secondary. Every method throws
 * `unavailable` when the database does not answer.
 */
export function createPlatformAudit(firestore: Firestore): {
  /** Safe to repeat for an entry that names its occasion. */
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<AuditEntry & { id: string }>>;
} {
  const log = platformLog(firestore);
  return {
    append: (entry) => optimistically(firestore, (attempt) => addEntry(attempt, log, entry)),
    list: (page) => readAudit(log, page),
  };
}
