import { type DocumentReference, type Firestore, Timestamp } from "@google-cloud/firestore";
import { ledgerKey } from "../domain/document-path.ts";
import { mergeEdits } from "../domain/edits.ts";
import type { Standbys } from "../domain/ports.ts";
import type { Edit, Standby } from "../domain/standby.ts";
import { addEntry, readAudit, tenantLog } from "./audit-log.ts";
import { type Attempt, answered, fromStore, optimistically } from "./firestore-client.ts";
import { askForMails } from "./outbox.ts";
import { pageByName } from "./pages.ts";

/** The stand-bys in the secondary's database. */
export function createStandbys(firestore: Firestore): Standbys {
  const standbys = firestore.collection("standbys");
  const heartbeat = firestore.doc("heartbeats/primary");

  /** Kinds that this process has noted already: an unknown kind may come with every event. */
  const noted = new Set<string>();
  const blocks = (tenant: string) => standbys.doc(tenant).collection("comparisons").doc("equal-blocks");

  async function writeEdits(attempt: Attempt, standby: DocumentReference, edits: Edit[]): Promise<void> {
    const known = await attempt.getAll(edits.map((edit) => standby.collection("edits").doc(ledgerKey(edit.path))));
    for (const [index, found] of known.entries()) {
      const edit = edits[index] as Edit;
      attempt.write(found, found.exists ? mergeEdits(fromStore<Edit>(found.data()), edit) : edit);
    }
  }

  return {
    read: (tenant) =>
      answered(async () => {
        const found = await standbys.doc(tenant).get();
        return found.exists ? fromStore<Standby>(found.data()) : undefined;
      }),
    list: (page) => answered(() => pageByName(standbys, page, (document) => fromStore<Standby>(document.data()))),
    change: (tenant, decide) =>
      optimistically(firestore, async (attempt) => {
        const reference = standbys.doc(tenant);
        const found = await attempt.get(reference);
        const current = found.exists ? fromStore<Standby>(found.data()) : undefined;
        const change = decide(current);
        if (change.edits?.length) await writeEdits(attempt, reference, change.edits);
        if (change.next) attempt.write(found, change.next);
        else if (current) attempt.verify(found);
        if (change.audit) await addEntry(attempt, tenantLog(firestore, tenant), change.audit);
        if (change.mails?.length) await askForMails(firestore, attempt, change.mails, new Date());
        return change.outcome;
      }),
    edits: (tenant) =>
      answered(async () => {
        const found = await standbys.doc(tenant).collection("edits").orderBy("at", "desc").limit(1000).get();
        return found.docs.map((document) => fromStore<Edit>(document.data()));
      }),
    clearEdits: async (tenant, edits) => {
      const collection = standbys.doc(tenant).collection("edits");
      for (const edit of edits) {
        await optimistically(firestore, async (attempt) => {
          const found = await attempt.get(collection.doc(ledgerKey(edit.path)));
          // An edit made after the restored one is another edit.
          if (found.exists && fromStore<Edit>(found.data()).at <= edit.at) attempt.delete(found);
        });
      }
    },
    audit: (tenant, page) => readAudit(tenantLog(firestore, tenant), page),
    noteUnknownKind: async (tenant, kind) => {
      const key = `${tenant}/${kind}`;
      if (noted.has(key)) return false;
      const outcome = await optimistically(firestore, async (attempt) => {
        const standby = standbys.doc(tenant);
        const [owner, known] = await attempt.getAll([standby, standby.collection("unknownKinds").doc(kind)]);
        // A tenant without a stand-by may have one tomorrow.
        if (!owner?.exists) return "nobody's";
        if (!known || known.exists) return "known";
        attempt.write(known, { kind, firstSeen: new Date() });
        return "first";
      });
      if (outcome !== "nobody's") noted.add(key);
      return outcome === "first";
    },
    unknownKinds: (tenant) =>
      answered(async () => {
        const { docs } = await standbys.doc(tenant).collection("unknownKinds").limit(100).get();
        return docs.map(({ id }) => id);
      }),
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
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(heartbeat);
        if (found.exists && fromStore<{ at: Date }>(found.data()).at >= at) return false;
        attempt.write(found, { at });
        return true;
      }),
  };
}

function milliseconds(time: Timestamp): number {
  return time.seconds * 1000 + time.nanoseconds / 1_000_000;
}
