import { createHash, randomUUID } from "node:crypto";
import { AggregateField, type Firestore, type Query, Timestamp } from "@google-cloud/firestore";
import protos from "@google-cloud/firestore-api/protos";
import type { Amount, BackupInventory, Known, PastRecording } from "../domain/backup/inventory.ts";
import { type PastFilter, placeIn, type RunScope, type Standing } from "../domain/backup/run-plan.ts";
import { type Fields, microseconds, wireTime } from "../domain/value.ts";
import { readUnitFacts } from "./backup-facts.ts";
import { answered, fromStore } from "./firestore-client.ts";
import { plainFields } from "./plain-fields.ts";
import type { Wire, WireDocument } from "./wire.ts";

const history = "recordings";
const ledger = "recordingBackups";
/** Recordings in one query; some thousands a second are read. */
const recordingsAtOnce = 50_000;
/** Counting a million documents takes some seconds. */
const countMilliseconds = 40_000;
const standingFields = ["state", "run", "parked", "skipped", "error.class", "destination.bucket"];

/** Every time there is in Firestore. */
const anyTime = [new Timestamp(-62_135_596_800, 0), new Timestamp(253_402_300_799, 999_999_999)] as const;

/** The history of recordings in one site's database. */
export function createBackupInventory(wire: Wire, firestore: Firestore): BackupInventory {
  const parentOf = (tenant: string) => `${wire.root}tenants/${tenant}`;
  const recordings = (tenant: string, scope: RunScope) =>
    inScope(firestore.collection(`tenants/${tenant}/${history}`), scope);

  async function read(tenant: string, collection: string, ids: readonly string[], fields?: string[]) {
    const parent = `${parentOf(tenant)}/${collection}`;
    if (ids.length === 0) return [];
    const names = ids.map((id) => `${parent}/${id}`);
    const { documents } = await wire.batchGet(names, fields ? { fields } : {});
    return [...documents].flatMap(([name, document]) =>
      document ? [[name.slice(parent.length + 1), plainFields(document.fields as Fields)] as const] : [],
    );
  }

  return {
    async *past(tenant, filter, after) {
      for (let last = after; ; ) {
        let count = 0;
        for await (const { document } of wire.query(
          parentOf(tenant),
          pastQuery(`${parentOf(tenant)}/`, filter, last),
        )) {
          last = recordingOf(document);
          count++;
          yield last;
        }
        if (count < recordingsAtOnce) return;
      }
    },
    documents: async (tenant, ids) => new Map(await read(tenant, history, ids)),
    async standings(tenant, ids) {
      const found = await read(tenant, ledger, ids, standingFields);
      return new Map(
        found.map(([id, { destination, ...rest }]) => [id, { ...rest, placed: destination !== undefined } as Standing]),
      );
    },
    countPast: (tenant, { scope, since, until }) =>
      amount(recordings(tenant, scope).where("at", ">=", since).where("at", "<", until), "bytes"),
    countStored(tenant, { scope, since, until }) {
      const { office, unit } = placeIn(scope);
      let stored: Query = firestore.collection(`tenants/${tenant}/${ledger}`).where("state", "==", "stored");
      if (office !== undefined) stored = stored.where("office", "==", office);
      if (unit) stored = stored.where("unit.type", "==", unit.type).where("unit.id", "==", unit.id);
      return amount(stored.where("startedAt", ">=", since).where("startedAt", "<", until), "receipt.bytes");
    },
    async countUndated(tenant, scope) {
      const [first, last] = anyTime;
      const all = recordings(tenant, scope);
      const [whole, dated] = await Promise.all([
        countOf(all),
        countOf(all.where("at", ">=", first).where("at", "<=", last)),
      ]);
      // Both are counted at times of their own.
      return Math.max(0, whole - dated);
    },
    async countPending(tenant, run) {
      const asked = firestore.collection(`tenants/${tenant}/${ledger}`).where("run", "==", run);
      const pending = asked.where("state", "==", "pending");
      const [all, parked] = await Promise.all([countOf(pending), countOf(pending.where("parked", ">", ""))]);
      return { pending: all, parked: Math.min(parked, all) };
    },
    unitFacts: (tenant, office, unit) => readUnitFacts(firestore, tenant, office, unit),
    ...knownIn(firestore),
  };
}

function pastQuery(parent: string, { scope, since, until }: PastFilter, after: PastRecording | undefined) {
  const at = { fieldPath: "at" };
  const filters = [
    { fieldFilter: { field: at, op: Operator.GREATER_THAN_OR_EQUAL, value: timeOf(since.getTime() * 1000) } },
    { fieldFilter: { field: at, op: Operator.LESS_THAN, value: timeOf(until.getTime() * 1000) } },
    ...Object.entries(scopeFilter(scope)).map(([fieldPath, stringValue]) => {
      return { fieldFilter: { field: { fieldPath }, op: Operator.EQUAL, value: { stringValue } } };
    }),
  ];
  const place = after && { values: [timeOf(after.at), { referenceValue: `${parent}${history}/${after.id}` }] };
  return {
    select: { fields: [at] },
    from: [{ collectionId: history }],
    where: { compositeFilter: { op: AND, filters } },
    orderBy: [
      { field: at, direction: ASCENDING },
      { field: { fieldPath: "__name__" }, direction: ASCENDING },
    ],
    ...(place ? { startAt: { ...place, before: false } } : {}),
    limit: { value: recordingsAtOnce },
  };
}

const { StructuredQuery } = protos.google.firestore.v1;
const { Operator } = StructuredQuery.FieldFilter;
const { AND } = StructuredQuery.CompositeFilter.Operator;
const { ASCENDING } = StructuredQuery.Direction;

const timeOf = (micros: number) => ({ timestampValue: wireTime(micros) });

function recordingOf({ name, fields }: WireDocument): PastRecording {
  const id = name ?? "";
  return { id: id.slice(id.lastIndexOf("/") + 1), at: microseconds(fields?.at?.timestampValue ?? {}) };
}

/** The field of a history's document that says whose it is, if the scope is not all. */
function scopeFilter(scope: RunScope): Record<string, string> {
  return "all" in scope ? {} : scope;
}

function inScope(query: Query, scope: RunScope): Query {
  return Object.entries(scopeFilter(scope)).reduce((narrowed, [field, id]) => narrowed.where(field, "==", id), query);
}

function countOf(query: Query): Promise<number> {
  return answered(async () => (await query.count().get()).data().count, countMilliseconds);
}

/** Counted apart: together, Firestore leaves out the documents that do not have the field. */
async function amount(query: Query, bytesField: string): Promise<Amount> {
  const [recordings, sum] = await Promise.all([
    countOf(query),
    answered(() => query.aggregate({ bytes: AggregateField.sum(bytesField) }).get(), countMilliseconds),
  ]);
  return { recordings, bytes: sum.data().bytes };
}

/** What is known of a tenant: its epoch in `backupKnown/{tenant}`, and below it what was found in each scope. */
function knownIn(firestore: Firestore): Pick<BackupInventory, "known" | "keepKnown" | "forgetKnown"> {
  const tenantOf = (tenant: string) => firestore.collection("backupKnown").doc(tenant);
  const foundIn = (tenant: string, scope: RunScope) =>
    tenantOf(tenant)
      .collection("scopes")
      .doc(createHash("sha256").update(JSON.stringify(scope)).digest("base64url"));
  return {
    known: (tenant, scope) =>
      answered(async () => {
        const [own, found] = await firestore.getAll(tenantOf(tenant), foundIn(tenant, scope));
        const epoch = (own?.get("epoch") as string | undefined) ?? "";
        const kept = found?.exists
          ? fromStore<NonNullable<Known["found"]> & { epoch: string }>(found.data())
          : undefined;
        if (kept?.epoch !== epoch) return { epoch };
        const { digests, undated, at, run } = kept;
        return { epoch, found: { digests, undated, at, run } };
      }),
    keepKnown: (tenant, scope, { epoch, found }) =>
      answered(async () => {
        await foundIn(tenant, scope).set({ ...found, epoch });
      }),
    forgetKnown: (tenant) =>
      answered(async () => {
        await tenantOf(tenant).set({ epoch: randomUUID() });
      }),
  };
}
