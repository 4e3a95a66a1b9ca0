import { setTimeout as pause } from "node:timers/promises";
import { requestOf, startWorker, type WorkerName } from "./backup-worker.ts";
import { type Pair, withPair } from "./pair.ts";
import { alternate, compare, percentile, type Race } from "./race.ts";
import { onRecordingStage, type RecordingStage } from "./recordings.ts";
import { deliver } from "./sender.ts";

const perSecond = 50;
const seconds = 30;
const bytes = 100_000;
/** Calls before those that count, so that the process is at its full speed, and its databases are for calls like these. */
const warmUp = 2000;

/** Calls that end at a steady rate: how long after each its recording was stored and receipted. */
export const delay: Race = {
  name: "B5",
  run: (course) =>
    onRecordingStage(course, "B5", async (stage) => {
      const forSeconds = Math.max(3, Math.round(seconds * course.scale));
      const found = await alternate(course.runs, ["us", "naive", "empty"] as const, async (name) => {
        const result = await withPair((pair) => measure(pair, stage, name, forSeconds));
        course.report(`B5 ${name}: p50 ${result.p50.toFixed(1)}, p99 ${result.p99.toFixed(1)} ms`);
        return result;
      });
      const work = `${perSecond} calls/s for ${forSeconds} s, p99 from the call's end to stored`;
      const row = { race: "B5", work, unit: "ms" };
      const naive = { peerName: "naive handler", ...compare("p99", found.us, found.naive), target: { atMost: 1 } };
      const naiveNote = "it notes, streams through Google's client, and notes again, proving nothing";
      const empty = { peerName: "an empty handler", ...compare("p99", found.us, found.empty), target: { atMost: 2 } };
      const emptyNote = "the peer neither fetches nor stores nor notes anything";
      return [
        { ...row, ...naive, note: naiveNote },
        { ...row, ...empty, note: emptyNote },
      ];
    }),
};

async function measure(pair: Pair, stage: RecordingStage, name: WorkerName, forSeconds: number) {
  const load = { count: perSecond * forSeconds, bytes, atOnce: 1 };
  const all = { ...load, count: load.count + warmUp };
  const bucket = await stage.newBucket();
  const folder = stage.folderOf(all);
  const worker = await startWorker(pair, stage, name, bucket);
  try {
    const send = (index: number) => deliver(worker.sender, requestOf(`${folder}${index}.mp3`));
    await Promise.all(Array.from({ length: warmUp }, (_, index) => send(load.count + index)));
    const delays = await atRate(send, load.count);
    if (name !== "empty") await stage.check(bucket, all, "call-recordings/");
    return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), memory: await worker.memory() };
  } finally {
    await worker.stop();
  }
}

/** Sends each when it is due, whether or not those before it have been answered; milliseconds from due to done. */
async function atRate(send: (index: number) => Promise<unknown>, count: number): Promise<number[]> {
  const started = performance.now();
  const answers: Promise<number>[] = [];
  while (answers.length < count) {
    const due = started + (answers.length * 1000) / perSecond;
    if (due > performance.now()) {
      await pause(1);
      continue;
    }
    answers.push(send(answers.length).then(() => performance.now() - due));
  }
  return Promise.all(answers);
}
