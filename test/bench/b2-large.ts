import { alternate, compare, type Race, type Row } from "./race.ts";
import { onRecordingStage } from "./recordings.ts";

const recordings = 50;
const bytes = 20 * 1024 * 1024;
const atOnce = 8;
const carriers = ["us", "rclone", "client"] as const;

/** Large recordings from the web into storage, streamed with a checksum that is verified end to end. */
export const largeRecordings: Race = {
  name: "B2",
  run: (course) =>
    onRecordingStage(course, "B2", async (stage) => {
      const count = Math.max(atOnce, Math.round(recordings * course.scale));
      const work = `${count} × 20 MiB, ${atOnce} at once`;
      const found = await alternate(course.runs, carriers, async (carrier) => {
        const { milliseconds, memory } = await stage.carry(carrier, { count, bytes, atOnce });
        const speed = (count * 20 * 1000) / milliseconds;
        course.report(`B2 ${work}, ${carrier}: ${Math.round(speed)} MiB/s, ${Math.round(memory)} MiB`);
        return { speed, memory };
      });
      const row = { race: "B2", unit: "MiB/s" };
      const rclone = compare("speed", found.us, found.rclone);
      const client = compare("speed", found.us, found.client);
      const memory = rclone.memory ?? { us: Number.NaN, peer: Number.NaN };
      const note = "the peer's start is taken off; it compares no checksum with the source";
      return [
        { ...row, work, peerName: stage.rclone, ...rclone, target: { atLeast: 0.9 }, note },
        {
          ...{ ...row, work: `${work}, memory`, unit: "MiB", peerName: stage.rclone },
          ...{ us: memory.us, peer: memory.peer, ratio: memory.us / memory.peer, target: { atMost: 1 / 3 } },
        },
        { ...row, work, peerName: "@google-cloud/storage", ...client, target: { atLeast: 3 } },
      ] satisfies Row[];
    }),
};
