import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deployedFunctions } from "../../infra/deployments.ts";
import { FunctionProcess } from "../../local/site/function-process.ts";
import type { Fields } from "../../shared/domain/value.ts";
import type { Pair } from "./pair.ts";
import type { RecordingStage } from "./recordings.ts";
import { createSender, type Sender } from "./sender.ts";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Our function, the one that everybody writes first, and one that only acknowledges what it gets. */
const workers = {
  us: { target: "backup-recording", source: source("../../functions/index.ts") },
  naive: { target: "naive-backup-trigger", source: source("peers/naive-backup-trigger.ts") },
  empty: { target: "empty-trigger", source: source("peers/empty-trigger.ts") },
} as const;
export type WorkerName = keyof typeof workers;

/** A function in a process of its own; memory is the peak in MiB. */
export type Worker = { sender: Sender; memory(): Promise<number>; stop(): Promise<void> };

const tenant = "bench";
const atOnce = 48;

/** Starts a worker in a fresh process, for a tenant that backs up into this bucket. */
export async function startWorker(
  pair: Pair,
  { storage, folderOf }: RecordingStage,
  name: WorkerName,
  bucket: string,
): Promise<Worker> {
  await enrolIn(pair, bucket);
  const { target, source } = workers[name];
  const { socketDirectory, logDirectory } = pair.plan;
  const socket = join(socketDirectory, `${target}-${randomUUID().slice(0, 8)}.sock`);
  const environment = {
    ...pair.environment(),
    STORAGE_ENDPOINT: storage,
    RECORDING_SOURCES: new URL(folderOf({ count: 0, bytes: 0, atOnce: 1 })).host,
    ...{ FUNCTION_TARGET: target, K_SERVICE: target },
    BUCKET: bucket,
    ...(name === "us" ? { NODE_OPTIONS: deployedFunctions("secondary")[target]?.nodeOptions ?? "" } : {}),
  };
  const log = join(logDirectory, `${target}.log`);
  const process = new FunctionProcess({ name: target, signature: "cloudevent", source, socket, log, environment });
  await process.start();
  const { pid } = process;
  const sender = createSender(socket, atOnce);
  return {
    sender,
    memory: async () => Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024,
    stop: async () => {
      sender.close();
      await process.stop();
    },
  };
}

const text = (stringValue: string) => ({ stringValue });
const yes = { booleanValue: true };

async function enrolIn({ wires }: Pair, bucket: string): Promise<void> {
  const { root, commit } = wires.secondary;
  const documents: Record<string, Fields> = {
    "": { name: text("試験商事") },
    "/offices/o": { name: text("東京本社"), timeZone: text("Asia/Tokyo") },
    "/callCenters/c": { name: text("受付") },
    "/backupSettings/company": { enabled: yes, bucket: text(bucket) },
    "/backupSettings/callCenter.c": { enabled: yes },
    [`/backupBuckets/${bucket}`]: {
      bucket: text(bucket),
      access: text("granted"),
      provedAt: { timestampValue: { seconds: 1_760_000_000, nanos: 0 } },
    },
  };
  await commit(
    Object.entries(documents).map(([path, fields]) => ({
      update: { name: `${root}tenants/${tenant}${path}`, fields: fields as never },
    })),
  );
}

/** The whole HTTP request in which Pub/Sub delivers the end of a call with one recording. */
export function requestOf(address: string): Buffer {
  const at = new Date().toISOString();
  const event = {
    ...{ version: 1, tenantId: tenant, callId: randomUUID(), officeId: "o", callCenterId: "c", site: "secondary" },
    ...{ direction: "inbound", from: "+819012345678", to: "+81312345678", startedAt: at, endedAt: at },
    recordings: [{ recordingId: randomUUID(), agentName: "髙﨑 花子", source: address, contentType: "audio/mpeg" }],
  };
  const data = Buffer.from(JSON.stringify(event)).toString("base64");
  const body = JSON.stringify({ message: { data, messageId: randomUUID(), attributes: {} } });
  const headers = {
    host: "backup-recording",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "ce-specversion": "1.0",
    "ce-id": randomUUID(),
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
    "ce-source": "//pubsub.googleapis.com/projects/bench/topics/call-ended",
    "ce-time": at,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}
