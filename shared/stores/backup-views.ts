import type { Firestore, Query } from "@google-cloud/firestore";
import type { FreshnessFacts } from "../domain/backup/freshness.ts";
import type { BackupViews } from "../domain/backup/views.ts";
import { answered, fromStore } from "./firestore-client.ts";

/** A day's recordings of a very large tenant are looked at in part. */
const mostStored = 5000;
const mostOpen = 500;
const patience = 30_000;

type Open = FreshnessFacts["open"][number];

/** What one site's database says of how backup does. */
export function createBackupViews(firestore: Firestore): BackupViews {
  return {
    freshness: (tenant, since, offices) =>
      answered(async () => {
        const entries = firestore.collection(`tenants/${tenant}/recordingBackups`);
        const all: Query = offices ? entries.where("office", "in", [...offices]) : entries;
        const newest = all.where("receipt.storedAt", ">=", since).orderBy("receipt.storedAt", "desc").limit(mostStored);
        const longest = (state: string) =>
          all.where("state", "==", state).orderBy("since").limit(mostOpen).select("endedAt", "since", "run").get();
        const [stored, pending, waiting, parked] = await Promise.all([
          newest.select("receipt.delaySeconds", "run").get(),
          longest("pending"),
          longest("waiting"),
          all.where("parked", ">", "").count().get(),
        ]);
        // What a run asked for was old before it began.
        const live = stored.docs.filter((each) => each.get("run") === undefined);
        return {
          delaysSeconds: live.map((each) => each.get("receipt.delaySeconds") as number),
          isSample: stored.size === mostStored,
          open: [...pending.docs, ...waiting.docs].map((each) => fromStore<Open>(each.data())),
          parked: parked.data().count,
        };
      }, patience),
  };
}
