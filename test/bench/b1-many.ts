import { alternate, compare, type Race, type Row } from "./race.ts";
import { onRecordingStage } from "./recordings.ts";

const recordings = 500;
const bytes = 1024 * 1024;
const cases = [
  { atOnce: 1, atLeast: 1.5 },
  { atOnce: 8, atLeast: 1.4 },
  { atOnce: 32, atLeast: 1.15 },
] as const;
const carriers = ["us", "rclone", "client"] as const;

/** Many small recordings from the web into storage: fetched, checked, and stored create-only with their checksum. */
export const manyRecordings: Race = {
  name: "B1",
  run: (course) =>
    onRecordingStage(course, "B1", async (stage) => {
      const count = Math.round(recordings * course.scale);
      const rows: Row[] = [];
      for (const { atOnce, atLeast } of cases) {
        const work = `${count} × 1 MiB, ${atOnce} at once, upload stage`;
        const found = await alternate(course.runs, carriers, async (carrier) => {
          const { milliseconds, memory } = await stage.carry(carrier, { count, bytes, atOnce });
          const speed = (count * 1000) / milliseconds;
          course.report(`B1 ${work}, ${carrier}: ${Math.round(speed)}/s, ${Math.round(memory)} MiB`);
          return { speed, memory };
        });
        const row = { race: "B1", work, unit: "recordings/s" };
        const rclone = { peerName: stage.rclone, ...compare("speed", found.us, found.rclone) };
        const note = "the peer's start is taken off; it checks nothing but sizes, and keeps no ledger";
        rows.push({ ...row, ...rclone, target: { atLeast }, note });
        const client = { peerName: "@google-cloud/storage", ...compare("speed", found.us, found.client) };
        rows.push({ ...row, ...client, target: { atLeast: 3 } });
      }
      return rows;
    }),
};
