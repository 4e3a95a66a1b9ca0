import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startStorage } from "../../local/storage/start.ts";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import type { Fields } from "../../shared/domain/value.ts";
import { createFirestore } from "../../shared/stores/firestore-client.ts";
import { createObjectApi } from "../../shared/stores/object-api.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import type { WireWrite } from "../../shared/stores/wire.ts";
import { profileOf } from "../support/tenants.ts";
import { commitAll } from "./documents.ts";
import type { HistoriesReport, Task, Way } from "./histories-run.ts";
import { type Pair, startPair } from "./pair.ts";

const script = fileURLToPath(new URL("histories-run.ts", import.meta.url));
const kinds = kindsWith("history");

/** A secondary with tenants that have histories and recordings, for races over them. */
export type HistoryStage = {
  /** Gives the tenant so many documents, spread over all histories, and so many recordings. */
  fill(tenant: string, documents: number, objects: number): Promise<void>;
  /** What a tenant has: documents and objects. */
  left(tenant: string): Promise<number>;
  /** Does the task in a fresh process, first for the tenants that warm it. */
  run(task: Task, way: Way, tenant: string, warmUp: readonly string[]): Promise<HistoriesReport>;
  stop(): Promise<void>;
};

export async function startHistoryStage(): Promise<HistoryStage> {
  const pair = await startPair();
  const storageDirectory = join(pair.plan.logDirectory, "storage");
  await mkdir(storageDirectory);
  const storage = await startStorage({ ...pair.plan, storageDirectory });
  const firestore = createFirestore(pair.config.databases.secondary);
  const objects = objectsOf(pair);
  const { secondary } = pair.wires;
  return {
    async fill(tenant, documents, recordings) {
      await firestore.doc(`standbys/${tenant}`).set(standbyOf(tenant));
      const writes = Array.from({ length: documents }, (_, index): WireWrite => {
        const id = `entry-${String(index).padStart(7, "0")}`;
        const name = `${secondary.root}tenants/${tenant}/${kinds[index % kinds.length]}/${id}`;
        return { update: { name, fields: fieldsOf(index) as never } };
      });
      await commitAll(secondary, writes);
      await objects.fill(tenant, recordings);
    },
    async left(tenant) {
      let documents = 0;
      for await (const _ of secondary.query(`${secondary.root}tenants/${tenant}`, namesOnly)) documents++;
      return documents + (await objects.count(tenant));
    },
    async run(task, way, tenant, warmUp) {
      // What Node takes of the function's 512 MiB, and for the peer as much as there is.
      const heap = way === "us" ? "--max-heap-size=256" : "--max-old-space-size=4096";
      const args = [heap, script, task, way, tenant, ...warmUp];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env: pair.environment() });
      return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as HistoriesReport;
    },
    async stop() {
      objects.close();
      await firestore.terminate();
      storage.server.closeAllConnections();
      storage.server.close();
      storage.store.close();
      await pair.stop();
    },
  };
}

const namesOnly = { select: { fields: [{ fieldPath: "__name__" }] }, from: [{ allDescendants: true }] };

function standbyOf(tenant: string): Standby {
  const fence = { number: 1, id: "bench" };
  return { tenant, state: "syncing", since: new Date(), fence, profile: profileOf(tenant), profileVersion: 1 };
}

/** An entry of a history of about 400 bytes. */
function fieldsOf(index: number): Fields {
  return {
    callId: { stringValue: `call-${index}` },
    agentName: { stringValue: "髙﨑 花子" },
    direction: { stringValue: index % 2 === 0 ? "inbound" : "outbound" },
    from: { stringValue: "+81312345678" },
    to: { stringValue: "0612345678" },
    at: { timestampValue: { seconds: 1_795_000_000 + index, nanos: 123_456_000 } },
    seconds: { integerValue: index % 4000 },
    waited: { doubleValue: (index % 80) / 8 },
    answered: { booleanValue: index % 7 !== 0 },
    summary: { stringValue: '折り返しのご連絡を希望。見積書を再送し、"至急"の旨を営業へ引き継ぎました。' },
    tags: { arrayValue: { values: [{ stringValue: "見積" }, { stringValue: "至急" }] } },
  };
}

/** The bucket of recordings, filled with copies of one object. */
function objectsOf({ plan, config }: Pair) {
  const api = createObjectApi({ endpoint: plan.storage });
  const bucket = createStorageClients({ projectId: plan.project, endpoint: plan.storage })
    .storage()
    .bucket(config.storage.recordings);
  const path = (name: string) => `/b/${bucket.name}/o/${encodeURIComponent(name)}`;
  return {
    async fill(tenant: string, count: number) {
      await bucket.file("template").save("RIFF".repeat(64), { resumable: false });
      const names = Array.from({ length: count }, (_, index) => `${tenant}/${index % 10}/${index}.wav`).values();
      const lane = async () => {
        for (const name of names) await api.call("POST", `${path("template")}/rewriteTo${path(name)}`);
      };
      await Promise.all(Array.from({ length: 16 }, lane));
    },
    async count(tenant: string) {
      const [files] = await bucket.getFiles({ prefix: `${tenant}/` });
      return files.length;
    },
    close: () => api.close(),
  };
}
