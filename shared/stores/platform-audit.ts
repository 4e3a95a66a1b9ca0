import type { Firestore } from "@google-cloud/firestore";
import type { AuditEntry } from "../domain/standby.ts";
import { answered } from "./firestore-client.ts";
import { auditId } from "./standbys.ts";

/**
 * Appends to the log of acts that concern no one tenant (R30), the documents `audit/{id}` of the secondary: like all
 * other audit logs it outlives the primary. Throws `unavailable` when the database does not answer.
 */
export function createPlatformAudit(firestore: Firestore): (entry: AuditEntry) => Promise<void> {
  return (entry) => answered(async () => void (await firestore.collection("audit").doc(auditId(entry)).create(entry)));
}
