import { Agent, get, type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import type { StoreRequest } from "../../shared/domain/backup/ports.ts";
import { createStoreRecording } from "../../shared/stores/store-recording.ts";

/** What a process is to store: so many recordings from a folder of the source, so many at once. */
export type RecordingsTask = {
  way: "us" | "client";
  storage: string;
  bucket: string;
  folder: string;
  /** A folder of small recordings that warm the process up, and how many they are. */
  warmUp: { folder: string; count: number };
  count: number;
  atOnce: number;
};

/** What it reports to who started it, on one line of JSON; memory in MiB, `before` it stored anything, the warm-up included. */
export type RecordingsReport = { milliseconds: number; cpu: number; memory: number; before: number };

type Store = (address: string, name: string) => Promise<void>;

/** As the function does it, without the ledger. */
function us({ storage, bucket, folder }: RecordingsTask): Store {
  const { host } = new URL(folder);
  const sources = { hosts: [host], insecure: true, buckets: [] };
  const store = createStoreRecording({ storage: { endpoint: storage }, sources });
  const at = new Date();
  return async (source, name) => {
    const entry: StoreRequest["entry"] = {
      ...{
        recordingId: name,
        callId: name,
        tenant: "bench",
        office: "bench",
        agentName: "bench",
        direction: "inbound",
      },
      ...{ from: "", to: "", startedAt: at, endedAt: at, source, contentType: "audio/mpeg", state: "pending" },
      ...{ attempts: 0, since: at, createdAt: at, updatedAt: at, destination: { bucket, name } },
    };
    const end = await store({ tenant: "bench", entry, deadline: new Date(Date.now() + 600_000) });
    if (end.outcome !== "stored" || end.adopted) throw new Error(JSON.stringify(end));
  };
}

/** Google's client as it comes. */
async function client({ storage, bucket }: RecordingsTask): Promise<Store> {
  // It takes memory, which must not count as ours.
  const { Storage } = await import("@google-cloud/storage");
  const to = new Storage({ projectId: "bench", apiEndpoint: storage, useAuthWithCustomEndpoint: false }).bucket(bucket);
  const agent = new Agent({ keepAlive: true });
  return async (source, name) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(source, { agent }, resolve).once("error", reject);
    });
    await pipeline(answer, to.file(name).createWriteStream({ contentType: "audio/mpeg" }));
  };
}

async function storeAll(store: Store, folder: string, count: number, atOnce: number, prefix: string): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index).values();
  const lane = async () => {
    for (const index of indexes) await store(`${folder}${index}.mp3`, `${prefix}${index}.mp3`);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function main(task: RecordingsTask): Promise<void> {
  const store = task.way === "us" ? us(task) : await client(task);
  const before = process.memoryUsage.rss() / 1024 / 1024;
  await storeAll(store, task.warmUp.folder, task.warmUp.count, task.atOnce, "warm/");
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await storeAll(store, task.folder, task.count, task.atOnce, "bench/");
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuBefore);
  const memory = process.resourceUsage().maxRSS / 1024;
  const report: RecordingsReport = { milliseconds, cpu: (user + system) / 1000, memory, before };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exit(0);
}

await main(JSON.parse(process.argv[2] ?? "") as RecordingsTask);
