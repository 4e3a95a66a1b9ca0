import type { DocumentSnapshot, Firestore, Query } from "@google-cloud/firestore";
import { type BackupEntry, type BackupState, backupStates, isOpen } from "../domain/backup/entry.ts";
import type { BackupLedger, EntryChange, EntryFilter, EntryKey } from "../domain/backup/ports.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";
import { pageInOrder } from "./pages.ts";

const collection = "recordingBackups";
const openStates = backupStates.filter((state) => isOpen({ state }));
/** A count of a large ledger takes a while, still well under a request's time-out. */
const patience = 30_000;

/** The ledger of recordings in one site's database. */
export function createBackupLedger(firestore: Firestore): BackupLedger {
  const entries = (tenant: string) => firestore.collection(`tenants/${tenant}/${collection}`);
  const everywhere = () => firestore.collectionGroup(collection);

  async function changeTogether(tenant: string, changes: readonly EntryChange[]): Promise<unknown[]> {
    const ids = [...new Set(changes.map(({ recordingId }) => recordingId))];
    return optimistically(firestore, async (attempt) => {
      const found = await attempt.getAll(ids.map((id) => entries(tenant).doc(id)));
      const read = new Map(found.map((each) => [each.id, each]));
      const current = new Map(found.map((each) => [each.id, entryOf(each)]));
      const changed = new Set<string>();
      const outcomes = changes.map(({ recordingId, decide }) => {
        const { next, outcome } = decide(current.get(recordingId));
        if (next) {
          current.set(recordingId, next);
          changed.add(recordingId);
        }
        return outcome;
      });
      for (const id of changed) attempt.write(read.get(id) as DocumentSnapshot, current.get(id) as BackupEntry);
      return outcomes;
    });
  }

  return {
    changeTogether,
    read: ({ tenant, recordingId }) => answered(async () => entryOf(await entries(tenant).doc(recordingId).get())),
    readMany: (tenant, recordingIds) =>
      answered(async () => {
        if (recordingIds.length === 0) return new Map();
        const found = await firestore.getAll(...recordingIds.map((id) => entries(tenant).doc(id)));
        return new Map(
          found.flatMap((each) => {
            const entry = entryOf(each);
            return entry ? [[each.id, entry] as const] : [];
          }),
        );
      }),
    async change<T>({ tenant, recordingId }: EntryKey, decide: EntryChange<T>["decide"]): Promise<T> {
      const [outcome] = await changeTogether(tenant, [{ recordingId, decide }]);
      return outcome as T;
    },
    async changeMany(tenant, recordingIds, decide) {
      const changes = recordingIds.map((recordingId): EntryChange => {
        return {
          recordingId,
          decide: (current) => {
            const next = decide(recordingId, current);
            return { ...(next ? { next } : {}), outcome: undefined };
          },
        };
      });
      await changeTogether(tenant, changes);
    },
    due: (until, most) => keysOf(everywhere().where("dueAt", "<=", until).orderBy("dueAt").limit(most)),
    oldestUntried: () =>
      answered(async () => {
        // What is parked or settled has no `dueAt`, and only what has one is found in its order;
        // what owes its metadata file was tried.
        const untried = everywhere().where("attempts", "==", 0).orderBy("since").orderBy("dueAt").limit(1);
        const [oldest] = (await untried.select("since").get()).docs;
        return oldest && fromStore<Pick<BackupEntry, "since">>(oldest.data()).since;
      }),
    parked: (tenant, bucket, most) => keysOf(entries(tenant).where("parked", "==", bucket).limit(most)),
    list: (tenant, filter, page) => {
      const collection = entries(tenant);
      const query = filtered(collection, filter).orderBy("startedAt", "desc");
      const view = (each: DocumentSnapshot) => fromStore<BackupEntry>(each.data());
      return answered(() => pageInOrder({ query, collection }, page, view), patience);
    },
    count: (tenant, filter) =>
      answered(async () => {
        const counts = backupStates.map(async (state) => {
          const found = await filtered(entries(tenant), { ...filter, state })
            .count()
            .get();
          return [state, found.data().count] as const;
        });
        return Object.fromEntries(await Promise.all(counts)) as Record<BackupState, number>;
      }, patience),
    countOpenBelow: (tenant, source) =>
      answered(async () => {
        const open = entries(tenant).where("state", "in", openStates);
        const below = open.where("source", ">=", source).where("source", "<", `${source}\u{10ffff}`);
        return (await below.count().get()).data().count;
      }, patience),
  };
}

function keysOf(query: Query): Promise<EntryKey[]> {
  return answered(async () => {
    const { docs } = await query.select().get();
    return docs.map(({ id, ref }) => ({ tenant: ref.path.split("/")[1] ?? "", recordingId: id }));
  });
}

function filtered(query: Query, { state, office, offices, unit, run, from, until }: EntryFilter): Query {
  const equal = { state, office, run, "unit.type": unit?.type, "unit.id": unit?.id };
  let narrowed = query;
  for (const [field, value] of Object.entries(equal)) {
    if (value !== undefined) narrowed = narrowed.where(field, "==", value);
  }
  if (offices) narrowed = narrowed.where("office", "in", [...offices]);
  if (from) narrowed = narrowed.where("startedAt", ">=", from);
  if (until) narrowed = narrowed.where("startedAt", "<", until);
  return narrowed;
}

function entryOf(found: DocumentSnapshot): BackupEntry | undefined {
  return found.exists ? fromStore<BackupEntry>(found.data()) : undefined;
}
