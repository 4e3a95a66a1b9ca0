import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { Firestore } from "@google-cloud/firestore";
import { Storage } from "@google-cloud/storage";
import { createApp } from "../../functions/app.ts";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { operationTypes } from "../../shared/domain/operation-types.ts";
import { runSlice } from "../../shared/domain/run-operation.ts";
import { readConfig } from "../../shared/runtime/config.ts";

export type Task = "purge" | "export";
export type Way = "us" | "peer";

/** What one purge or export reports to who started its process, on one line of JSON. */
export type HistoriesReport = { milliseconds: number; rows: number; memory: number };

// biome-ignore lint/style/noProcessEnv: a program of its own, started with a function's environment
const config = readConfig(process.env);
const { projectId, databaseId, emulator = "" } = config.databases.secondary;
const kinds = kindsWith("history");

/** The operation as the function would run it, slice after slice; answers how many rows it has written, if any. */
function ours(task: Task): (tenant: string) => Promise<number> {
  const app = createApp(config);
  const quiet = { ...app, operationStore: { ...app.operationStore, publish: async () => undefined } };
  const input = task === "export" ? { kinds: [...kinds, "recordingObjects"] } : {};
  return async (tenant) => {
    const id = randomUUID();
    const at = new Date();
    const operation: Operation = {
      id,
      type: task,
      tenant,
      state: "queued",
      open: true,
      input,
      progress: { done: 0 },
      attempts: 0,
      createdBy: { type: "user", id: "operator@example.com" },
      createdAt: at,
      updatedAt: at,
    };
    await app.operationStore.change(id, () => ({ next: operation, outcome: undefined }));
    let outcome: string;
    do outcome = await runSlice(quiet, operationTypes, id, randomUUID());
    while (outcome === "continued");
    if (outcome !== "succeeded") throw new Error(`the ${task} ended as ${outcome}`);
    return Number((await app.operations.read(id))?.result?.rows ?? 0);
  };
}

function google() {
  const firestore = new Firestore({ projectId, databaseId, host: emulator, ssl: false, preferRest: false });
  const storage = new Storage({
    projectId,
    apiEndpoint: config.storage.endpoint ?? "",
    useAuthWithCustomEndpoint: false,
  });
  return { firestore, storage };
}

/** What Google's clients have for it: every history recursively, and at the same time the objects. */
function recursiveDelete(): (tenant: string) => Promise<number> {
  const { firestore, storage } = google();
  return async (tenant) => {
    const documents = async () => {
      for (const kind of kinds) await firestore.recursiveDelete(firestore.collection(`tenants/${tenant}/${kind}`));
    };
    await Promise.all([documents(), storage.bucket(config.storage.recordings).deleteFiles({ prefix: `${tenant}/` })]);
    return 0;
  };
}

type ExportImport = {
  backup(firestore: Firestore, collection: string): Promise<Record<string, Record<string, unknown>>>;
};

/** The tool of that name: each history into one JSON text, and that into storage. */
function firestoreExportImport(): (tenant: string) => Promise<number> {
  const { firestore, storage } = google();
  const { backup } = createRequire(import.meta.url)(peerPackage) as ExportImport;
  return async (tenant) => {
    let rows = 0;
    for (const kind of kinds) {
      const path = `tenants/${tenant}/${kind}`;
      const found = await backup(firestore, path);
      rows += Object.keys(found[path] ?? {}).length;
      const file = storage.bucket(config.storage.exports).file(`${tenant}/peer/${kind}.json`);
      await file.save(JSON.stringify(found), { resumable: false });
    }
    return rows;
  };
}

/** Not among the dependencies: it brings 70 MB with it. */
const peerPackage = "firestore-export-import";

const ways: Record<Task, Record<Way, () => (tenant: string) => Promise<number>>> = {
  purge: { us: () => ours("purge"), peer: recursiveDelete },
  export: { us: () => ours("export"), peer: firestoreExportImport },
};

/** Does it for the warm-up tenants, then for the tenant that is measured. */
async function main(task: Task, way: Way, tenant: string, warmUp: readonly string[]): Promise<void> {
  const work = ways[task][way]();
  for (const other of warmUp) await work(other);
  const started = performance.now();
  const rows = await work(tenant);
  const milliseconds = performance.now() - started;
  const memory = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ milliseconds, rows, memory } satisfies HistoriesReport)}\n`);
  process.exit(0);
}

const [task = "purge", way = "us", tenant = "", ...warmUp] = process.argv.slice(2);
await main(task as Task, way as Way, tenant, warmUp);
