import type { Firestore } from "@google-cloud/firestore";
import type { ScheduleRecord, ScheduleRuns } from "../domain/schedule-run.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

/** Who only looks waits for no more than a moment: the site may be gone. */
const lookMilliseconds = 2000;

/** The records of one site's schedules, the documents `schedules/{function}` of its database. */
export function createScheduleRuns(firestore: Firestore): ScheduleRuns {
  const schedules = firestore.collection("schedules");
  return {
    change: (name, decide) =>
      optimistically(firestore, async ({ get, write }) => {
        const found = await get(schedules.doc(name));
        const { next, outcome } = decide(found.exists ? fromStore<ScheduleRecord>(found.data()) : undefined);
        if (next) write(found, next);
        return outcome;
      }),
    all: () =>
      answered(async () => {
        const found = await schedules.get();
        return new Map(found.docs.map((record) => [record.id, fromStore<ScheduleRecord>(record.data())]));
      }, lookMilliseconds),
  };
}
