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
          const { milliseconds, cpu, memory } = await stage.carry(carrier, { count, bytes, atOnce });
          const [speed, each] = [(count * 1000) / milliseconds, cpu / count];
          const figures = `${Math.round(speed)}/s, ${each.toFixed(1)} ms of a processor each, ${Math.round(memory)} MiB`;
          course.report(`B1 ${work}, ${carrier}: ${figures}`);
          return { speed, each, memory };
        });
        const row = { race: "B1", work, unit: "recordings/s" };
        const rclone = { peerName: stage.rclone, ...compare("speed", found.us, found.rclone) };
        const note = "the peer's start is taken off; it checks nothing but sizes, and keeps no ledger";
        rows.push({ ...row, ...rclone, target: { atLeast }, note });
        const client = { peerName: "@google-cloud/storage", ...compare("speed", found.us, found.client) };
        rows.push({ ...row, ...client, target: { atLeast: 3 } });
        if (atOnce === 8) rows.push(...ownTime(stage.rclone, count, found));
      }
      return rows;
    }),
};

type Found = Record<(typeof carriers)[number], { each: number; memory: number }[]>;

/** What each takes of a processor itself: on two cores most of the rest goes to the source and to the storage. */
function ownTime(rclone: string, count: number, { us, ...peers }: Found): Row[] {
  const row = { race: "B1", work: `${count} × 1 MiB, 8 at once, own processor time`, unit: "ms" };
  const names = { rclone, client: "@google-cloud/storage" };
  return (["rclone", "client"] as const).map((peer) => {
    const measured = compare("each", us, peers[peer]);
    return { ...row, peerName: names[peer], ...measured, target: { atMost: peer === "client" ? 1 / 3 : 1 } };
  });
}
