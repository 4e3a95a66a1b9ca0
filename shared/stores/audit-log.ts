import { createHash, randomUUID } from "node:crypto";
import type { CollectionReference, Firestore } from "@google-cloud/firestore";
import type { Page, PageRequest } from "../domain/ports.ts";
import type { AuditEntry } from "../domain/standby.ts";
import { type Attempt, answered, fromStore } from "./firestore-client.ts";
import { pageByName } from "./pages.ts";

/** The log of one tenant's stand-by (R30). */
export function tenantLog(firestore: Firestore, tenant: string): CollectionReference {
  return firestore.collection(`standbys/${tenant}/audit`);
}

/** The log of acts that concern no one tenant (R30), of the secondary: like all other audit logs it outlives the primary. */
export function platformLog(firestore: Firestore): CollectionReference {
  return firestore.collection("audit");
}

/** Writes the entry with the rest of the attempt. One that names its occasion is written once, however often it is tried. */
export async function addEntry(attempt: Attempt, log: CollectionReference, entry: AuditEntry): Promise<void> {
  const place = log.doc(entryId(entry));
  // To create what is there would pass for a writer who was first, and be tried again for ever.
  if (entry.occasion !== undefined && (await attempt.get(place)).exists) return;
  attempt.create(place, entry);
}

/** The same, for an act of which only its tenant is known: one without a stand-by has no log but the platform's. */
export async function addEntryAbout(
  firestore: Firestore,
  attempt: Attempt,
  tenant: string,
  entry: AuditEntry,
): Promise<void> {
  const standby = await attempt.get(firestore.doc(`standbys/${tenant}`));
  if (standby.exists) return addEntry(attempt, tenantLog(firestore, tenant), entry);
  return addEntry(attempt, platformLog(firestore), { ...entry, after: { tenant, ...entry.after } });
}

/** The last time that a date can hold. */
const endOfTime = 8.64e15;

/** Ids that order the newest first, so that the log is read in the order of names and needs no index. */
function entryId({ at, act, occasion }: AuditEntry): string {
  const time = String(endOfTime - at.getTime()).padStart(16, "0");
  if (occasion === undefined) return `${time}-${randomUUID().slice(0, 8)}`;
  return `${time}-${createHash("sha256")
    .update(JSON.stringify([act, occasion]))
    .digest("hex")
    .slice(0, 24)}`;
}

/** A page of an audit log, newest first. Throws `unavailable` when the database does not answer. */
export function readAudit(log: CollectionReference, page: PageRequest): Promise<Page<AuditEntry & { id: string }>> {
  return answered(() =>
    pageByName(log, page, (document) => ({ id: document.id, ...fromStore<AuditEntry>(document.data()) })),
  );
}
