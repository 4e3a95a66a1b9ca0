import { alternate, type Course, middle, type Race, type Row } from "./race.ts";
import { type Load, onRecordingStage, type RecordingStage } from "./recordings.ts";

const mebibyte = 1024 * 1024;
const slow = { count: 48, bytes: 24 * mebibyte, atOnce: 48, pace: 1.5 * mebibyte };
const huge = { count: 32, bytes: 200 * mebibyte, atOnce: 32 };
const megabytesAStream = 2.5;
const carriers = ["us", "rclone"] as const;

/** How much memory streams take: many slow ones, and some of a size that nobody could hold. */
export const streamMemory: Race = {
  name: "B3",
  run: (course) =>
    onRecordingStage(course, "B3", async (stage) => {
      const share = (bytes: number) => Math.max(10 * mebibyte, Math.round(bytes * course.scale));
      const first = await race(course, stage, "48 slow streams", { ...slow, bytes: share(slow.bytes) });
      const second = await race(course, stage, "32 × 200 MiB", { ...huge, bytes: share(huge.bytes) });
      return [...first, ...second];
    }),
};

async function race(course: Course, stage: RecordingStage, work: string, load: Load): Promise<Row[]> {
  const found = await alternate(course.runs, carriers, async (carrier) => {
    const { memory, idle } = await stage.carry(carrier, load);
    const stream = ((memory - idle) * mebibyte) / load.atOnce / 1e6;
    course.report(`B3 ${work}, ${carrier}: ${Math.round(memory)} MiB, ${stream.toFixed(2)} MB a stream`);
    return { memory, stream };
  });
  const [ours, theirs] = [middle(found.us, "stream"), middle(found.rclone, "stream")];
  const memory = { us: middle(found.us, "memory"), peer: middle(found.rclone, "memory") };
  const row = { race: "B3", unit: "MB a stream", us: ours, memory };
  return [
    {
      ...row,
      ...{ work: `${work}, above idle`, peerName: "limit", peer: megabytesAStream },
      ...{ ratio: ours / megabytesAStream, target: { atMost: 1 } },
    },
    {
      ...row,
      ...{ work: `${work}, above idle`, peerName: stage.rclone, peer: theirs },
      ...{ ratio: ours / theirs, target: { atMost: 0.12 } },
    },
  ];
}
