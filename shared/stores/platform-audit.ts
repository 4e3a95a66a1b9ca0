import type { Firestore } from "@google-cloud/firestore";
import type { Page, PageRequest } from "../domain/ports.ts";
import type { AuditEntry } from "../domain/standby.ts";
import { answered } from "./firestore-client.ts";
import { auditId, readAudit } from "./standbys.ts";

/**
 * The log of acts that concern no one tenant (R30), the documents `audit/{id}` of the secondary: like all other audit logs
 * it outlives the primary. Every method throws `unavailable` when the database does not answer.
 */
export function createPlatformAudit(firestore: Firestore): {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<AuditEntry & { id: string }>>;
} {
  const log = firestore.collection("audit");
  return {
    append: (entry) => answered(async () => void (await log.doc(auditId(entry)).create(entry))),
    list: (page) => readAudit(log, page),
  };
}
