import type { DocumentSnapshot, Firestore } from "@google-cloud/firestore";
import type { DestinationRecord, Destinations } from "../domain/backup/ports.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

/** The customers' buckets as one site has found them, a record each in `backupDestinations`. */
export function createBackupDestinations(firestore: Firestore): Destinations {
  const destinations = firestore.collection("backupDestinations");
  return {
    read: (bucket) => answered(async () => recordOf(await destinations.doc(bucket).get())),
    change: (bucket, decide) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(destinations.doc(bucket));
        const { next, outcome } = decide(recordOf(found));
        if (next) attempt.write(found, next);
        return outcome;
      }),
    toAttend: (now, most) =>
      answered(async () => {
        const [probed, drained] = await Promise.all([
          destinations.where("incident.nextProbeAt", "<=", now).limit(most).get(),
          destinations.where("draining", "==", true).where("state", "==", "inService").limit(most).get(),
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

function recordOf(found: DocumentSnapshot): DestinationRecord | undefined {
  return found.exists ? fromStore<DestinationRecord>(found.data()) : undefined;
}
