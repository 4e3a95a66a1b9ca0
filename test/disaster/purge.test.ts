import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Firestore } from "@google-cloud/firestore";
import { type Bucket, Storage } from "@google-cloud/storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startStorage } from "../../local/storage/start.ts";
import { storageSwitchesOf } from "../../local/storage/switches.ts";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { leaseMilliseconds } from "../../shared/domain/run-operation.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { type Pair, startPair } from "../bench/pair.ts";
import { parseCsv } from "../support/csv.ts";
import { contentWithout, fillHistories, fillRecordings, namesIn, partsOf } from "../support/purges.ts";
import { profileOf } from "../support/tenants.ts";

const script = fileURLToPath(new URL("../support/slices.ts", import.meta.url));
const kinds = kindsWith("history");
const entries = 12;
const objects = 320;
const documents = kinds.length * (entries + partsOf(entries));

let pair: Pair;
let storage: Awaited<ReturnType<typeof startStorage>>;
let database: Firestore;
let buckets: { recordings: Bucket; exports: Bucket };

/** Both databases and Cloud Storage, and nobody who would take up an operation but this test. */
beforeAll(async () => {
  pair = await startPair();
  storage = await startStorage(pair.plan);
  const { project, sites } = pair.plan;
  database = new Firestore({
    projectId: project,
    databaseId: sites.secondary.database,
    host: sites.secondary.firestore,
    ssl: false,
  });
  const client = new Storage({ projectId: project, apiEndpoint: pair.plan.storage, useAuthWithCustomEndpoint: false });
  buckets = {
    recordings: client.bucket(sites.secondary.buckets.recordings),
    exports: client.bucket(sites.secondary.buckets.exports),
  };
});
afterAll(async () => {
  await database?.terminate();
  storage?.server.closeAllConnections();
  storage?.server.close();
  storage?.store.close();
  await pair?.stop();
});

/** A syncing tenant with histories on both sites, recordings, and what no purge may touch. */
async function enrolled(tenant: string): Promise<void> {
  const standby: Standby = {
    tenant,
    state: "syncing",
    since: new Date(),
    fence: { number: 1, id: "first" },
    profile: profileOf(tenant),
    profileVersion: 1,
  };
  await database.doc(`standbys/${tenant}`).set(standby);
  await database.doc(`tenants/${tenant}/phones/1/keys/1`).set({ label: "受付" });
  await database.doc(`tenants/${tenant}/recordingBackups/1`).set({ state: "stored" });
  await fillHistories(pair.wires.secondary, tenant, entries);
  await fillHistories(pair.wires.primary, tenant, 1);
  await fillRecordings(buckets.recordings, tenant, objects);
}

async function asked(tenant: string, type: string, input: object): Promise<string> {
  const id = `${type}-${tenant}`;
  const at = new Date();
  const createdBy = { type: "user", id: "anna@example.com" } as const;
  const operation: Operation = {
    id,
    type,
    tenant,
    state: "queued",
    open: true,
    input: { ...input },
    progress: { done: 0 },
    attempts: 0,
    createdBy,
    createdAt: at,
    updatedAt: at,
  };
  await database.doc(`operations/${id}`).set(operation);
  return id;
}

async function operationOf(id: string): Promise<Operation> {
  return fromStore<Operation>((await database.doc(`operations/${id}`).get()).data());
}

/** Runs the operation in a process that is killed after so long, unless it ends before. Gives whether it was killed. */
async function runAndKill(id: string, fastMilliseconds: number, afterMilliseconds: number): Promise<boolean> {
  const child = spawn(process.execPath, [script, id, String(fastMilliseconds)], {
    env: pair.environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  await Promise.race([once(child.stdout, "data"), ended]);
  if (Number.isFinite(afterMilliseconds)) await Promise.race([pause(afterMilliseconds), ended]);
  else await ended;
  child.kill("SIGKILL");
  const [, signal] = await ended;
  return signal === "SIGKILL";
}

/**
 * Kills the operation's process so many times at random, while Cloud Storage is so slow that it cannot end meanwhile; then
 * lets it end. Gives how often it was killed.
 */
async function survive(id: string, times: number, slow: { operation: "objects.delete" | "objects.insert" }) {
  const { fault, clearFaults } = storageSwitchesOf(pair.plan.storage);
  await fault({ ...slow, delayMs: 1500 });
  let [killed, fast] = [0, 0];
  for (let tries = 0; tries < times && (await operationOf(id)).open; tries++) {
    if (await runAndKill(id, fast, Math.random() ** 2 * 900)) killed++;
    fast += leaseMilliseconds + 1000;
  }
  await clearFaults();
  if ((await operationOf(id)).open) await runAndKill(id, fast, Number.POSITIVE_INFINITY);
  return killed;
}

/** All that a purge or an export of the tenant must leave as it is. */
const untouched = async (tenant: string) => [
  await contentWithout(pair.wires.secondary, tenant, "history"),
  await contentWithout(pair.wires.primary, tenant, "history"),
  await contentWithout(pair.wires.primary, tenant, "other"),
  await contentWithout(pair.wires.secondary, `${tenant}2`, "other"),
  await namesIn(buckets.recordings, `${tenant}2/`),
];

/** Four operations are killed nine times, all but a few times in the middle of their work. */
const kills = { tried: 9, least: 8 };

describe("the worker is killed again and again", () => {
  test.each(["tora", "kuma"])(
    "in a purge of %s: all is gone, nothing else is, and it is counted once (R26)",
    async (tenant) => {
      await enrolled(tenant);
      await fillHistories(pair.wires.secondary, `${tenant}2`, 1);
      await fillRecordings(buckets.recordings, `${tenant}2`, 3);
      const before = await untouched(tenant);
      const id = await asked(tenant, "purge", {});
      expect(await survive(id, kills.tried, { operation: "objects.delete" })).toBeGreaterThanOrEqual(kills.least);
      expect(await operationOf(id)).toMatchObject({
        state: "succeeded",
        result: { entries: kinds.length * entries, documents, recordings: { objects, bytes: objects * 4 } },
      });
      expect(await contentWithout(pair.wires.secondary, tenant, "other")).toStrictEqual({});
      expect(await namesIn(buckets.recordings, `${tenant}/`)).toStrictEqual([]);
      expect(await untouched(tenant)).toStrictEqual(before);
      const audit = await database.collection(`standbys/${tenant}/audit`).where("act", "==", "purge").get();
      expect(audit.size).toBe(1);
      const mails = await database.collection("outbox").where("tenant", "==", tenant).get();
      expect(mails.size).toBe(1);
    },
    120_000,
  );

  test.each(["saru", "neko"])(
    "in an export of %s: every row is there once, and no parts are left (R27)",
    async (tenant) => {
      await enrolled(tenant);
      const before = await untouched(tenant);
      const id = await asked(tenant, "export", { kinds: [...kinds, "recordingObjects"] });
      expect(await survive(id, kills.tried, { operation: "objects.insert" })).toBeGreaterThanOrEqual(kills.least);
      const operation = await operationOf(id);
      expect(operation).toMatchObject({ state: "succeeded", result: { rows: documents + objects } });
      const names = await namesIn(buckets.exports, `${tenant}/`);
      expect(names.sort()).toStrictEqual(
        [...kinds, "recordingObjects"].map((kind) => `${tenant}/${id}/${kind}.csv`).sort(),
      );
      for (const kind of kinds) {
        const [content] = await buckets.exports.file(`${tenant}/${id}/${kind}.csv`).download();
        const paths = parseCsv(content.toString("utf8").slice(1))
          .slice(1)
          .map((cells) => cells[1]?.text);
        expect(paths).toHaveLength(entries + partsOf(entries));
        expect(new Set(paths).size).toBe(paths.length);
      }
      expect(await contentWithout(pair.wires.secondary, tenant, "other")).not.toStrictEqual({});
      expect(await untouched(tenant)).toStrictEqual(before);
    },
    120_000,
  );
});
