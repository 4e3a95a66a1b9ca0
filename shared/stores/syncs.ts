import { FieldValue, type Firestore } from "@google-cloud/firestore";
import type { SyncRecords, Syncs } from "../domain/syncs.ts";
import { answered, fromStore } from "./firestore-client.ts";

/** The records of scheduled syncs, in the secondary's database. */
export function createSyncs(firestore: Firestore): Syncs {
  const records = (tenant: string) => firestore.collection(`standbys/${tenant}/syncs`);
  const cursor = (name: string) => firestore.doc(`syncCursors/${name}`);
  return {
    read: (tenant) =>
      answered(async () => {
        const found = await records(tenant).get();
        return Object.fromEntries(found.docs.map((record) => [record.id, fromStore(record.data())])) as SyncRecords;
      }),
    record: (tenant, name, record) =>
      answered(async () => {
        const gone = { reason: FieldValue.delete(), detail: FieldValue.delete() };
        await records(tenant)
          .doc(name)
          .set({ ...gone, ...record }, { merge: true });
      }),
    cursor: (name) => answered(async () => (await cursor(name).get()).data()?.tenant as string | undefined),
    saveCursor: (name, tenant) =>
      answered(async () => {
        await cursor(name).set({ tenant });
      }),
  };
}
