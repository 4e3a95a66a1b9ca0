import type { Firestore, QueryDocumentSnapshot } from "@google-cloud/firestore";
import { kindsWith } from "../catalogue.ts";
import type { ActivationRecord, ActivationRecords } from "../domain/activation-record.ts";
import { ledgerKey } from "../domain/document-path.ts";
import { AppError } from "../domain/errors.ts";
import { inLanes } from "../domain/lanes.ts";
import type { EditNotes } from "../domain/overwrite-secondary.ts";
import { portionsOf } from "../domain/portions.ts";
import type { PrimaryWrite } from "../domain/promote.ts";
import type { Site } from "../domain/sites.ts";
import type { Edit } from "../domain/standby.ts";
import { microseconds, wireTime } from "../domain/value.ts";
import type { KindCounts } from "../domain/whole-primary.ts";
import { answered, fromStore } from "./firestore-client.ts";
import { pageInOrder } from "./pages.ts";
import { afterName, type Wire, type WireDocument, type WireWrite } from "./wire.ts";

/** What a fail back reads and writes besides the comparison. Every method throws `unavailable`. */
export type Failbacks = {
  records: ActivationRecords;
  editNotes: EditNotes;
  editsAt(tenant: string, paths: string[]): Promise<Map<string, Edit>>;
  countKinds(site: Site, tenant: string): Promise<KindCounts>;
  /** False when the document was not as it was read. */
  writePrimary(tenant: string, write: PrimaryWrite): Promise<boolean>;
};

const notesAtOnce = { read: 10_000, removed: 500, lanes: 4 };

export function createFailbacks(databases: Record<Site, Firestore>, wires: Record<Site, Wire>): Failbacks {
  const standby = (tenant: string) => databases.secondary.collection("standbys").doc(tenant);
  const edits = (tenant: string) => standby(tenant).collection("edits");
  return {
    records: recordsIn((tenant) => standby(tenant).collection("drills")),
    editNotes: notesIn(wires.secondary),
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
      const name = `${wires.primary.root}tenants/${tenant}/${path}`;
      const currentDocument = precondition === "absent" ? { exists: false } : { updateTime: wireTime(precondition) };
      const write = fields ? { update: { name, fields: fields as never } } : { delete: name };
      return committed(wires.primary, [{ ...write, currentDocument }]);
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
    list: (tenant, page) => {
      const collection = of(tenant);
      const query = collection.orderBy("activation.requestedAt", "desc");
      return answered(() => pageInOrder({ query, collection }, page, recordOf));
    },
  };
}

/** Read on the wire, for there may be as many notes as documents. */
function notesIn(wire: Wire): EditNotes {
  const parentOf = (tenant: string) => `${wire.root}standbys/${tenant}`;
  const remove = async (notes: WireDocument[]): Promise<boolean> => {
    const deletions = notes.map(({ name, updateTime }) => ({
      delete: name ?? "",
      currentDocument: { updateTime: updateTime ?? null },
    }));
    if (deletions.length === 0 || (await committed(wire, deletions))) return true;
    const each = await Promise.all(deletions.map((deletion) => committed(wire, [deletion])));
    return each.every(Boolean);
  };
  return {
    async now(tenant) {
      const { readTime } = await wire.batchGet([parentOf(tenant)], { fields: ["tenant"] });
      return microseconds(readTime);
    },
    async paths(tenant, time) {
      const paths = new Set<string>();
      for await (const page of pagesOfNotes(wire, parentOf(tenant))) {
        for (const note of page) if (isDue(note, time)) paths.add(pathIn(note));
      }
      return paths;
    },
    async clear(tenant, time, settleDeleted) {
      let left = false;
      for await (const page of pagesOfNotes(wire, parentOf(tenant))) {
        const due = page.filter((note) => isDue(note, time));
        const deleted = due.filter(({ fields }) => fields?.change?.stringValue === "deleted");
        await settleDeleted(deleted.map(pathIn));
        await inLanes(portionsOf(due, notesAtOnce.removed), notesAtOnce.lanes, async (portion) => {
          if (!(await remove(portion))) left = true;
        });
        if (due.length < page.length) left = true;
      }
      return !left;
    },
  };
}

const isDue = ({ updateTime }: WireDocument, time: number) => microseconds(updateTime ?? {}) <= time;
const pathIn = ({ fields }: WireDocument) => fields?.path?.stringValue ?? "";

async function* pagesOfNotes(wire: Wire, parent: string): AsyncGenerator<WireDocument[]> {
  const field = (fieldPath: string) => ({ fieldPath });
  for (let after: string | undefined; ; ) {
    const page: WireDocument[] = [];
    const query = {
      select: { fields: [field("path"), field("change")] },
      from: [{ collectionId: "edits" }],
      ...afterName(after),
      limit: { value: notesAtOnce.read },
    };
    for await (const { document } of wire.query(parent, query)) page.push(document);
    if (page.length > 0) yield page;
    if (page.length < notesAtOnce.read) return;
    after = page.at(-1)?.name ?? undefined;
  }
}

/** False when a precondition does not hold. */
async function committed(wire: Wire, writes: WireWrite[]): Promise<boolean> {
  try {
    await wire.commit(writes);
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.code === "precondition-failed" || error.code === "conflict")) return false;
    throw error;
  }
}
