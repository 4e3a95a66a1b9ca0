import { randomUUID } from "node:crypto";
import {
  type DocumentReference,
  FieldPath,
  type Firestore,
  Timestamp,
  type Transaction,
} from "@google-cloud/firestore";
import { ledgerKey } from "../domain/document-path.ts";
import { mergeEdits } from "../domain/edits.ts";
import type { Page, PageRequest, Standbys } from "../domain/ports.ts";
import type { AuditEntry, Edit, Standby } from "../domain/standby.ts";
import { answered, fromStore } from "./firestore-client.ts";

/** The stand-bys in the secondary's database. */
export function createStandbys(firestore: Firestore): Standbys {
  const standbys = firestore.collection("standbys");
  const heartbeat = firestore.doc("heartbeats/primary");

  /** Kinds that this process has noted already: an unknown kind may come with every event. */
  const noted = new Set<string>();
  const blocks = (tenant: string) => standbys.doc(tenant).collection("comparisons").doc("equal-blocks");

  async function writeEdits(transaction: Transaction, standby: DocumentReference, edits: Edit[]): Promise<void> {
    const references = edits.map((edit) => standby.collection("edits").doc(ledgerKey(edit.path)));
    const known = await transaction.getAll(...references);
    for (const [index, edit] of edits.entries()) {
      const earlier = known[index]?.data();
      const reference = references[index] as DocumentReference;
      transaction.set(reference, earlier ? mergeEdits(fromStore<Edit>(earlier), edit) : edit);
    }
  }

  return {
    read: (tenant) =>
      answered(async () => {
        const found = await standbys.doc(tenant).get();
        return found.exists ? fromStore<Standby>(found.data()) : undefined;
      }),
    list: (page) =>
      answered(async () => {
        const query = standbys.orderBy(FieldPath.documentId()).limit(page.pageSize + 1);
        const found = await (page.pageToken ? query.startAfter(page.pageToken) : query).get();
        return pageOf(page, found.docs, (document) => fromStore<Standby>(document.data()));
      }),
    change: (tenant, decide) =>
      answered(() =>
        firestore.runTransaction(async (transaction) => {
          const reference = standbys.doc(tenant);
          const found = await transaction.get(reference);
          const change = decide(found.exists ? fromStore<Standby>(found.data()) : undefined);
          // Reads come before writes in a transaction: the edits read what they are merged with.
          if (change.edits?.length) await writeEdits(transaction, reference, change.edits);
          if (change.next) transaction.set(reference, change.next);
          if (change.audit) transaction.create(reference.collection("audit").doc(auditId(change.audit)), change.audit);
          return change.outcome;
        }),
      ),
    edits: (tenant) =>
      answered(async () => {
        const found = await standbys.doc(tenant).collection("edits").orderBy("at", "desc").limit(1000).get();
        return found.docs.map((document) => fromStore<Edit>(document.data()));
      }),
    clearEdits: (tenant, edits) =>
      answered(async () => {
        const collection = standbys.doc(tenant).collection("edits");
        for (const edit of edits) {
          const reference = collection.doc(ledgerKey(edit.path));
          await firestore.runTransaction(async (transaction) => {
            const found = await transaction.get(reference);
            // An edit made after the restored one is another edit.
            if (found.exists && fromStore<Edit>(found.data()).at <= edit.at) transaction.delete(reference);
          });
        }
      }),
    audit: (tenant, page) =>
      answered(async () => {
        const query = standbys.doc(tenant).collection("audit").orderBy(FieldPath.documentId());
        const limited = query.limit(page.pageSize + 1);
        const found = await (page.pageToken ? limited.startAfter(page.pageToken) : limited).get();
        return pageOf(page, found.docs, (document) => ({ id: document.id, ...fromStore<AuditEntry>(document.data()) }));
      }),
    noteUnknownKind: async (tenant, kind) => {
      const key = `${tenant}/${kind}`;
      if (noted.has(key)) return false;
      const first = await answered(() =>
        firestore.runTransaction(async (transaction) => {
          const standby = standbys.doc(tenant);
          const reference = standby.collection("unknownKinds").doc(kind);
          const [owner, known] = await transaction.getAll(standby, reference);
          if (!owner?.exists || known?.exists) return false;
          transaction.create(reference, { kind, firstSeen: new Date() });
          return true;
        }),
      );
      noted.add(key);
      return first;
    },
    countLarge: (tenant) =>
      answered(async () => {
        const large = standbys.doc(tenant).collection("ledger").where("large", "==", true);
        return (await large.count().get()).data().count;
      }),
    equalBlocks: (tenant) =>
      answered(async () => (await blocks(tenant).get()).data()?.digests as Uint8Array | undefined),
    saveEqualBlocks: (tenant, digests) =>
      answered(async () => {
        await blocks(tenant).set({ digests });
      }),
    lags: (tenant, since) =>
      answered(async () => {
        const found = await standbys
          .doc(tenant)
          .collection("ledger")
          .where("mirroredAt", ">=", Timestamp.fromDate(since))
          .orderBy("mirroredAt", "desc")
          .limit(500)
          .select("version", "by")
          .get();
        return found.docs
          .filter((entry) => entry.get("by") === "mirror")
          .map((entry) => milliseconds(entry.updateTime) - milliseconds(entry.get("version")));
      }),
    lastHeartbeat: () =>
      answered(async () => {
        const found = await heartbeat.get();
        return found.exists ? fromStore<{ at: Date }>(found.data()).at : undefined;
      }),
    recordHeartbeat: (at) =>
      answered(() =>
        firestore.runTransaction(async (transaction) => {
          const found = await transaction.get(heartbeat);
          if (found.exists && fromStore<{ at: Date }>(found.data()).at >= at) return false;
          transaction.set(heartbeat, { at });
          return true;
        }),
      ),
  };
}

/** The last time that a date can hold. */
const endOfTime = 8.64e15;

/** Ids that order the newest first, so that the log is read in the order of names and needs no index. */
function auditId(entry: AuditEntry): string {
  return `${String(endOfTime - entry.at.getTime()).padStart(16, "0")}-${randomUUID().slice(0, 8)}`;
}

function milliseconds(time: Timestamp): number {
  return time.seconds * 1000 + time.nanoseconds / 1_000_000;
}

function pageOf<D extends { id: string }, T>(request: PageRequest, found: D[], decode: (document: D) => T): Page<T> {
  const documents = found.slice(0, request.pageSize);
  const last = documents.at(-1);
  return {
    items: documents.map(decode),
    ...(last && found.length > documents.length ? { nextPageToken: last.id } : {}),
  };
}
