import type { Firestore } from "@google-cloud/firestore";
import protos from "@google-cloud/firestore-api/protos";
import type { BackupEntry } from "../domain/backup/entry.ts";
import { sidecarName } from "../domain/backup/sidecar.ts";
import type { Claimed } from "../domain/backup/verification.ts";
import type { BackupReceipts } from "../domain/backup/verify-ports.ts";
import { portionsOf } from "../domain/portions.ts";
import type { Fields } from "../domain/value.ts";
import { answered } from "./firestore-client.ts";
import { plainFields } from "./plain-fields.ts";
import type { Wire, WireDocument } from "./wire.ts";

const collection = "recordingBackups";
const claimsAtOnce = 20_000;
const countMilliseconds = 40_000;
/** As many values as one query may name. */
const namesInQuery = 30;
const lookUpsTogether = 8;

const fields = ["callId", "office", "unit", "startedAt", "state", "destination.name", "receipt"];
const bucketField = { fieldPath: "destination.bucket" };
const nameField = { fieldPath: "destination.name" };

const { StructuredQuery } = protos.google.firestore.v1;
const { Operator } = StructuredQuery.FieldFilter;
const { AND } = StructuredQuery.CompositeFilter.Operator;
const { ASCENDING } = StructuredQuery.Direction;

/** The places in buckets that the ledger of one site's database tells of. */
export function createBackupReceipts(wire: Wire, firestore: Firestore): BackupReceipts {
  const parentOf = (tenant: string) => `${wire.root}tenants/${tenant}`;
  const entries = (tenant: string) => firestore.collection(`tenants/${tenant}/${collection}`);

  async function claimsIn(
    tenant: string,
    bucket: string,
    narrowed: readonly object[],
    most: number,
  ): Promise<Claimed[]> {
    const found: Claimed[] = [];
    for await (const { document } of wire.query(parentOf(tenant), claimsQuery(bucket, narrowed, most))) {
      found.push(claimedOf(document));
    }
    return found;
  }

  return {
    buckets: (tenant) =>
      answered(async () => {
        const buckets: string[] = [];
        const ordered = entries(tenant).orderBy("destination.bucket").select("destination.bucket").limit(1);
        for (let last: string | undefined; ; buckets.push(last)) {
          // Each look skips all other entries of a bucket, however many they are.
          const { docs } = await (last === undefined ? ordered : ordered.startAfter(last)).get();
          last = docs[0]?.get("destination.bucket") as string | undefined;
          if (last === undefined) return buckets;
        }
      }, countMilliseconds),
    async *claims(tenant, bucket, after) {
      for (let last = after; ; ) {
        const narrowed = last === undefined ? [] : [nameFilter(Operator.GREATER_THAN, last)];
        let count = 0;
        for await (const { document } of wire.query(parentOf(tenant), claimsQuery(bucket, narrowed, claimsAtOnce))) {
          const claimed = claimedOf(document);
          last = claimed.name;
          count++;
          yield claimed;
        }
        if (count < claimsAtOnce) return;
      }
    },
    countClaims: (tenant, bucket) =>
      answered(async () => {
        const found = await entries(tenant).where("destination.bucket", "==", bucket).count().get();
        return found.data().count;
      }, countMilliseconds),
    async claimsNamed(tenant, bucket, names) {
      const values = (some: string[]) => ({ arrayValue: { values: some.map((name) => ({ stringValue: name })) } });
      const lookUps = portionsOf(names, namesInQuery).map(
        (some) => () =>
          claimsIn(
            tenant,
            bucket,
            [{ fieldFilter: { field: nameField, op: Operator.IN, value: values(some) } }],
            namesInQuery,
          ),
      );
      const sidecars = names
        .filter((name) => name.endsWith(".json"))
        .map((name) => async () => {
          const stem = name.slice(0, -"json".length);
          const range = [
            nameFilter(Operator.GREATER_THAN, stem),
            nameFilter(Operator.LESS_THAN, `${stem.slice(0, -1)}/`),
          ];
          return (await claimsIn(tenant, bucket, range, namesInQuery)).filter(
            (near) => sidecarName(near.name) === name,
          );
        });
      const found: Claimed[] = [];
      for (const together of portionsOf([...lookUps, ...sidecars], lookUpsTogether)) {
        found.push(...(await Promise.all(together.map((lookUp) => lookUp()))).flat());
      }
      return found;
    },
  };
}

function nameFilter(op: number, name: string) {
  return { fieldFilter: { field: nameField, op, value: { stringValue: name } } };
}

function claimsQuery(bucket: string, narrowed: readonly object[], most: number) {
  const inBucket = { fieldFilter: { field: bucketField, op: Operator.EQUAL, value: { stringValue: bucket } } };
  return {
    select: { fields: fields.map((fieldPath) => ({ fieldPath })) },
    from: [{ collectionId: collection }],
    where: { compositeFilter: { op: AND, filters: [inBucket, ...narrowed] } },
    orderBy: [{ field: nameField, direction: ASCENDING }],
    limit: { value: most },
  };
}

function claimedOf({ name, fields }: WireDocument): Claimed {
  const { destination, ...entry } = plainFields(fields as Fields) as Omit<BackupEntry, "recordingId">;
  const id = name ?? "";
  return { ...entry, recordingId: id.slice(id.lastIndexOf("/") + 1), name: destination?.name ?? "" };
}
