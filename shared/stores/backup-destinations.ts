import type { DocumentSnapshot, Firestore } from "@google-cloud/firestore";
import type { DestinationRecord, Destinations } from "../domain/backup/ports.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

/**
 * The customers' buckets as one site has found them, a record of each tenant and bucket in `backupDestinations`. One that
 * still stands under the bucket's name alone is taken over at its first change.
 */
export function createBackupDestinations(firestore: Firestore): Destinations {
  const destinations = firestore.collection("backupDestinations");
  const own = (tenant: string, bucket: string) => destinations.doc(destinationId(tenant, bucket));
  return {
    read: (tenant, bucket) =>
      answered(async () => {
        const [found, old] = await firestore.getAll(own(tenant, bucket), destinations.doc(bucket));
        return newer(recordOf(found), recordOf(old), tenant);
      }),
    change: (tenant, bucket, decide) =>
      optimistically(firestore, async (attempt) => {
        const [found, old] = await attempt.getAll([own(tenant, bucket), destinations.doc(bucket)]);
        const current = newer(recordOf(found), recordOf(old), tenant);
        const { next, outcome } = decide(current);
        const isOld = recordOf(old)?.tenant === tenant;
        const written = next ?? (isOld ? current : undefined);
        if (found && written) attempt.write(found, written);
        if (old && isOld) attempt.delete(old);
        return outcome;
      }),
    toAttend: (now, most) =>
      answered(async () => {
        const back = destinations.where("draining", "==", true).where("state", "==", "inService");
        const [probed, drained] = await Promise.all([
          destinations.where("incident.nextProbeAt", "<=", now).limit(most.probed).get(),
          // In turns: each is changed when it is drained.
          back.orderBy("updatedAt").limit(most.drained).get(),
        ]);
        return [...probed.docs, ...drained.docs].map((each) => fromStore<DestinationRecord>(each.data()));
      }),
    countOutOfService: () =>
      answered(async () => {
        const found = await destinations.where("state", "==", "outOfService").count().get();
        return found.data().count;
      }),
    ofTenant: (tenant) =>
      answered(async () => {
        const { docs } = await destinations.where("tenant", "==", tenant).get();
        return docs.map((each) => fromStore<DestinationRecord>(each.data()));
      }),
  };
}

/** No bucket's name has a colon, so no id is that of a record under a bucket's name. */
export function destinationId(tenant: string, bucket: string): string {
  return `${tenant}:${bucket}`;
}

/** While both kinds of record are written, what was found last counts. */
function newer(found: DestinationRecord | undefined, old: DestinationRecord | undefined, tenant: string) {
  if (old?.tenant !== tenant) return found;
  return found && found.updatedAt >= old.updatedAt ? found : old;
}

function recordOf(found: DocumentSnapshot | undefined): DestinationRecord | undefined {
  return found?.exists ? fromStore<DestinationRecord>(found.data()) : undefined;
}
