import { type DocumentData, FieldPath, type Firestore, type QueryDocumentSnapshot } from "@google-cloud/firestore";
import { kindsWith } from "../catalogue.ts";
import type { ActivationRecord, ActivationRecords } from "../domain/activation-record.ts";
import { ledgerKey } from "../domain/document-path.ts";
import { AppError } from "../domain/errors.ts";
import type { KindCounts } from "../domain/failback.ts";
import type { EditNotes } from "../domain/failback-tenant.ts";
import type { PrimaryWrite } from "../domain/promote.ts";
import type { Site } from "../domain/sites.ts";
import type { Edit } from "../domain/standby.ts";
import { microseconds, wireTime } from "../domain/value.ts";
import { answered, fromStore } from "./firestore-client.ts";
import type { Wire } from "./wire.ts";

/** What a fail back reads and writes besides the comparison. Every method throws `unavailable`. */
export type Failbacks = {
  records: ActivationRecords;
  editNotes: EditNotes;
  editsAt(tenant: string, paths: string[]): Promise<Map<string, Edit>>;
  countKinds(site: Site, tenant: string): Promise<KindCounts>;
  /** False when the document was not as it was read. */
  writePrimary(tenant: string, write: PrimaryWrite): Promise<boolean>;
};

/** Notes cleared in one commit. */
const notesAtOnce = 300;

export function createFailbacks(databases: Record<Site, Firestore>, primary: Wire): Failbacks {
  const standby = (tenant: string) => databases.secondary.collection("standbys").doc(tenant);
  const edits = (tenant: string) => standby(tenant).collection("edits");
  return {
    records: recordsIn((tenant) => standby(tenant).collection("drills")),
    editNotes: notesIn(databases.secondary, edits),
    editsAt: (tenant, paths) =>
      answered(async () => {
        if (paths.length === 0) return new Map();
        const found = await databases.secondary.getAll(...paths.map((path) => edits(tenant).doc(ledgerKey(path))));
        const known = found.filter(({ exists }) => exists).map((document) => fromStore<Edit>(document.data()));
        return new Map(known.map((edit) => [edit.path, edit]));
      }),
    countKinds: (site, tenant) =>
      answered(async () => {
        const counts = kindsWith("realtime").map(async (kind) => {
          const found = await databases[site].collection(`tenants/${tenant}/${kind}`).count().get();
          return [kind, found.data().count] as const;
        });
        return Object.fromEntries(await Promise.all(counts));
      }),
    async writePrimary(tenant, { path, fields, precondition }) {
      const name = `${primary.root}tenants/${tenant}/${path}`;
      const currentDocument = precondition === "absent" ? { exists: false } : { updateTime: wireTime(precondition) };
      const write = fields ? { update: { name, fields: fields as never } } : { delete: name };
      try {
        await primary.commit([{ ...write, currentDocument }]);
        return true;
      } catch (error) {
        if (error instanceof AppError && (error.code === "precondition-failed" || error.code === "conflict"))
          return false;
        throw error;
      }
    },
  };
}

type Collection = ReturnType<Firestore["collection"]>;

function recordsIn(of: (tenant: string) => Collection): ActivationRecords {
  const recordOf = (document: QueryDocumentSnapshot) => fromStore<ActivationRecord>(document.data());
  return {
    write: (tenant, record) =>
      answered(async () => {
        await of(tenant).doc(record.activation.operation).set(record);
      }),
    read: (tenant, activation) =>
      answered(async () => {
        const found = await of(tenant).doc(activation).get();
        return found.exists ? fromStore<ActivationRecord>(found.data()) : undefined;
      }),
    ofFailback: (tenant, operation) =>
      answered(async () => {
        const [found] = (await of(tenant).where("failback.operation", "==", operation).limit(1).get()).docs;
        return found && recordOf(found);
      }),
    list: (tenant, { pageSize, pageToken }) =>
      answered(async () => {
        const query = of(tenant)
          .orderBy("activation.requestedAt", "desc")
          .limit(pageSize + 1);
        const from = pageToken === undefined ? undefined : await of(tenant).doc(pageToken).get();
        const { docs } = await (from?.exists ? query.startAfter(from) : query).get();
        const shown = docs.slice(0, pageSize);
        const last = docs.length > shown.length ? shown.at(-1) : undefined;
        return { items: shown.map(recordOf), ...(last ? { nextPageToken: last.id } : {}) };
      }),
  };
}

function notesIn(firestore: Firestore, of: (tenant: string) => Collection): EditNotes {
  /** Every note, in the order of names, without what it says of the fields. */
  async function* notes(tenant: string): AsyncGenerator<QueryDocumentSnapshot[]> {
    const query = of(tenant).select("path", "change").orderBy(FieldPath.documentId()).limit(notesAtOnce);
    for (let last: QueryDocumentSnapshot | undefined; ; ) {
      const from = last;
      const { docs } = await answered(() => (from ? query.startAfter(from.id) : query).get());
      if (docs.length > 0) yield docs;
      last = docs.at(-1);
      if (docs.length < notesAtOnce) return;
    }
  }
  return {
    now: (tenant) => answered(async () => timeOf((await of(tenant).select().limit(1).get()).readTime)),
    async until(tenant, time) {
      const found: Pick<Edit, "path" | "change">[] = [];
      for await (const page of notes(tenant)) {
        for (const note of page) {
          if (timeOf(note.updateTime) <= time) found.push(note.data() as Pick<Edit, "path" | "change">);
        }
      }
      return found;
    },
    async clear(tenant, time) {
      let left = false;
      for await (const page of notes(tenant)) {
        const due = page.filter(({ updateTime }) => timeOf(updateTime) <= time);
        if (due.length < page.length || !(await removeAll(firestore, due))) left = true;
      }
      return !left;
    },
  };
}

/** Removes notes that are as they were read; false when one was written again. */
async function removeAll(firestore: Firestore, notes: QueryDocumentSnapshot<DocumentData>[]): Promise<boolean> {
  if (notes.length === 0) return true;
  const batch = firestore.batch();
  for (const { ref, updateTime } of notes) batch.delete(ref, { lastUpdateTime: updateTime });
  try {
    await answered(() => batch.commit());
    return true;
  } catch {
    const removed = await Promise.all(
      notes.map(({ ref, updateTime }) =>
        ref.delete({ lastUpdateTime: updateTime }).then(
          () => true,
          () => false,
        ),
      ),
    );
    return removed.every(Boolean);
  }
}

function timeOf({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): number {
  return microseconds({ seconds, nanos: nanoseconds });
}
