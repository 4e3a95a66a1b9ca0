import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { crc32c } from "@node-rs/crc32";
import { deployedFunctions } from "../../infra/deployments.ts";
import { plainEnvironment } from "../../local/environment.ts";
import { planStack } from "../../local/plan.ts";
import { assignPorts } from "../../local/ports.ts";
import { type Running, release, startModule } from "../../local/processes.ts";
import type { StandInReport } from "../../local/stand-in.ts";
import { createObjectApi } from "../../shared/stores/object-api.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import { createRclone, rcloneVersion } from "./peers/rclone.ts";
import type { Course } from "./race.ts";
import type { RecordingsReport, RecordingsTask } from "./recordings-run.ts";
import type { SourceReport } from "./recordings-source.ts";

/** Who carries recordings: we, rclone, and Google's client as it comes. */
export type Carrier = "us" | "rclone" | "client";

/** So many recordings of a size, so many at once; `pace` is the bytes per second of each, 0 as fast as can be. */
export type Load = { count: number; bytes: number; atOnce: number; pace?: number };

/** Memory is the peak, `idle` that of a process that is loaded and has carried nothing, not even to get warm; both in MiB. `cpu` is its own processor time in ms. */
export type Carried = { milliseconds: number; cpu: number; memory: number; idle: number };

/** A source of recordings and a Cloud Storage, each in a process of its own. */
export type RecordingStage = {
  rclone: string;
  /** The address of Cloud Storage. */
  storage: string;
  /** Where the source serves the recordings of a load, each by its number. */
  folderOf(load: Load): string;
  /** A new bucket. */
  newBucket(): Promise<string>;
  /** @throws Error when a recording of the load is missing below a folder of the bucket, or is not what the source has. */
  check(bucket: string, load: Load, folder: string): Promise<void>;
  /** Carries all recordings in a fresh process, and checks that each has come whole. */
  carry(carrier: Carrier, load: Load): Promise<Carried>;
};

const script = fileURLToPath(new URL("recordings-run.ts", import.meta.url));
const deployedOptions = deployedFunctions("secondary")["store-recording"]?.nodeOptions ?? "";

/** Runs with a stage of its own; with nothing, and says why, where rclone is not installed. */
export async function onRecordingStage<T>(
  course: Course,
  race: string,
  run: (stage: RecordingStage) => Promise<T[]>,
): Promise<T[]> {
  const rclone = await rcloneVersion();
  if (rclone === undefined) {
    course.report(`${race} is skipped: its peer rclone is not installed (Debian: apt-get install rclone)`);
    return [];
  }
  const directory = await mkdtemp(join(tmpdir(), "hikae-bench-"));
  const started: Running[] = [];
  try {
    const storage = await startStorage(directory, started);
    const source = await startSource(directory, started);
    return await run(stageOf(rclone, storage, source));
  } finally {
    for (const process of started) await release(process);
    await rm(directory, { recursive: true, force: true });
  }
}

async function startStorage(directory: string, started: Running[]): Promise<string> {
  const storageDirectory = join(directory, "storage");
  await mkdir(storageDirectory);
  const places = {
    logDirectory: directory,
    socketDirectory: directory,
    functionsDirectory: directory,
    storageDirectory,
  };
  const plan = planStack(await assignPorts(0), places);
  const storage = startModule(
    fileURLToPath(new URL("../../local/storage.ts", import.meta.url)),
    join(directory, "log"),
  );
  started.push(storage);
  storage.child.send(plan);
  const report = await heard<StandInReport>(storage);
  if (!report.ready) throw new Error(report.fault);
  return plan.storage;
}

async function startSource(directory: string, started: Running[]): Promise<string> {
  const source = startModule(fileURLToPath(new URL("recordings-source.ts", import.meta.url)), join(directory, "log"));
  started.push(source);
  const { port } = await heard<SourceReport>(source);
  return `http://127.0.0.1:${port}`;
}

function heard<T>({ child }: Running): Promise<T> {
  return new Promise((resolve) => child.once("message", (message) => resolve(message as T)));
}

function stageOf(rclone: string, storage: string, source: string): RecordingStage {
  const client = createStorageClients({ projectId: "bench", endpoint: storage }).storage();
  const peer = createRclone(storage);
  const folderOf = ({ count, bytes, pace = 0 }: Load) => `${source}/${count}/${bytes}/${pace}/`;
  let buckets = 0;

  async function byRclone(bucket: string, load: Load): Promise<Carried> {
    const start = await peer.fetch(folderOf({ count: 0, bytes: 0, atOnce: 1 }), `${bucket}/none`, load.atOnce);
    const { milliseconds, cpu, memory } = await peer.fetch(folderOf(load), `${bucket}/bench`, load.atOnce);
    return { milliseconds: milliseconds - start.milliseconds, cpu: cpu - start.cpu, memory, idle: start.memory };
  }

  async function byNode(way: "us" | "client", bucket: string, load: Load): Promise<Carried> {
    const { count, atOnce } = load;
    const small = { count: 200, bytes: 100_000, atOnce };
    const warmUp = { folder: folderOf(small), count: small.count };
    const task: RecordingsTask = { way, storage, bucket, folder: folderOf(load), warmUp, count, atOnce };
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(task)], {
      env: { ...plainEnvironment(), ...(way === "us" ? { NODE_OPTIONS: deployedOptions } : {}) },
    });
    const { milliseconds, cpu, memory, before } = JSON.parse(stdout.trim()) as RecordingsReport;
    return { milliseconds, cpu, memory, idle: before };
  }

  async function newBucket(): Promise<string> {
    const bucket = `bench-recordings-${buckets++}`;
    await client.createBucket(bucket);
    return bucket;
  }

  return {
    rclone,
    storage,
    folderOf,
    newBucket,
    check: (bucket, load, folder) => check(storage, bucket, load, folder),
    async carry(carrier, load) {
      const bucket = await newBucket();
      const carried = carrier === "rclone" ? await byRclone(bucket, load) : await byNode(carrier, bucket, load);
      await check(storage, bucket, load, "bench/");
      await client.bucket(bucket).deleteFiles({ force: true });
      return carried;
    },
  };
}

async function check(storage: string, bucket: string, { count, bytes }: Load, prefix: string): Promise<void> {
  const api = createObjectApi({ endpoint: storage });
  const expected = checksumOf(bytes);
  let [found, right] = [0, 0];
  let pageToken: string | undefined;
  do {
    const query = { prefix, fields: "nextPageToken,items(size,crc32c)", ...(pageToken ? { pageToken } : {}) };
    const { body } = await api.call("GET", `/b/${bucket}/o`, query);
    const page = body as { items?: { size: string; crc32c: string }[]; nextPageToken?: string };
    for (const { size, crc32c } of page.items ?? []) {
      found++;
      if (size === `${bytes}` && crc32c === expected) right++;
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  api.close();
  if (right !== count || found !== count) throw new Error(`${right} of ${count} recordings are right`);
}

/** The CRC32C of what the source sends. */
function checksumOf(bytes: number): string {
  const block = Buffer.alloc(1024 * 1024, 0x55);
  block.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);
  let crc = 0;
  for (let left = bytes; left > 0; left -= block.length)
    crc = crc32c(block.subarray(0, Math.min(left, block.length)), crc);
  const text = Buffer.alloc(4);
  text.writeUInt32BE(crc);
  return text.toString("base64");
}
