import { setTimeout as pause } from "node:timers/promises";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import type { FuzzTenant, World } from "../fuzz/world.ts";

/** Milliseconds that things took since they were last asked for. */
export type Delays = {
  /** From the commit on the primary to the document on the secondary. */
  mirrorLag: number[];
  /** From the call's end to the recording's receipt. */
  backupDelay: number[];
  apiLatency: number[];
};

type Measured = Omit<Delays, "backupDelay">;

/** A load that runs: what it measured since the last look, what failed, and how to end it. */
export type Load = { take(): Promise<Delays>; failures: Record<string, number>; late(): number; stop(): Promise<void> };

/** How often each thing is done, for all tenants together. Documents and files are few and used again and again. */
export const perSecond = { edit: 5, apiRead: 4, call: 1, guidance: 0.1 } as const;
const [documents, guidanceFiles, recordingBytes] = [200, 20, 20_000];
const deletedShare = 0.1;
/** What is not done yet when so much is going on already is left out, and counted. */
const mostAtOnce = 40;

type Act = keyof typeof perSecond;

/** Starts the load: edits and deletions, calls with recordings, reads of the API and guidance, all at steady rates. */
export async function startLoad(world: World, tenants: readonly FuzzTenant[]): Promise<Load> {
  const failures: Record<string, number> = {};
  const measured: Measured = { mirrorLag: [], apiLatency: [] };
  const watch = watchDelays(world, tenants, measured);
  const acts = actsOf(world, tenants, measured, watch);
  const running = new Set<Promise<void>>();
  let [late, ended] = [0, false];
  const drive = async (name: Act): Promise<void> => {
    const started = performance.now();
    for (let index = 0; !ended; index++) {
      const due = started + (index * 1000) / perSecond[name];
      if (due > performance.now()) await pause(due - performance.now());
      if (ended) return;
      if (running.size >= mostAtOnce) {
        late += 1;
        continue;
      }
      const act = acts[name](index).catch((error: unknown) => {
        const what = `${name}: ${String(error).slice(0, 120)}`;
        failures[what] = (failures[what] ?? 0) + 1;
      });
      running.add(act);
      void act.finally(() => running.delete(act));
    }
  };
  const drivers = (Object.keys(perSecond) as Act[]).map((name) => drive(name));
  return {
    async take() {
      const taken = { ...measured, backupDelay: await watch.storedSince() };
      Object.assign(measured, { mirrorLag: [], apiLatency: [] } satisfies Measured);
      return taken;
    },
    failures,
    late: () => late,
    async stop() {
      ended = true;
      await Promise.all([...drivers, ...running]);
      watch.close();
    },
  };
}

const kinds = ["phones", "accounts"] as const;

function actsOf(
  world: World,
  tenants: readonly FuzzTenant[],
  measured: Measured,
  watch: Watch,
): Record<Act, (index: number) => Promise<void>> {
  const { databases, description, switches, token } = world;
  const tenantAt = (index: number) => tenants[index % tenants.length] as FuzzTenant;
  const { project: projectId, storage: endpoint, sites } = description;
  const guidance = createStorageClients({ projectId, endpoint }).storage().bucket(sites.primary.guidanceBucket);
  const reads = [
    "/dr",
    "/dr/readiness",
    "/operations?pageSize=20",
    "/backup",
    "/backup/recordings?pageSize=20",
    "/audit?pageSize=20",
  ];
  return {
    async edit(index) {
      const { tenant } = tenantAt(index);
      const document = databases.primary.doc(`tenants/${tenant}/${kinds[index % 2]}/soak-${index % documents}`);
      if (Math.random() < deletedShare) return void (await document.delete());
      await document.set({ index, name: `内線${index}`, memo: "x".repeat(200 + (index % 300)) });
      watch.committed(document.path, index);
    },
    async apiRead(index) {
      const { tenant, emails } = tenantAt(index);
      const site = index % 4 === 0 ? "primary" : "secondary";
      const headers = { authorization: `Bearer ${await token(emails.companyAdmin)}` };
      const started = performance.now();
      const answer = await fetch(`${sites[site].api}/v1/tenants/${tenant}${reads[index % reads.length]}`, { headers });
      await answer.arrayBuffer();
      measured.apiLatency.push(performance.now() - started);
      if (!answer.ok) throw new Error(`${reads[index % reads.length]} answered ${answer.status}`);
    },
    async call(index) {
      const { tenant } = tenantAt(index);
      const { failed, problem } = await switches.telephony.call({
        tenant,
        callCenter: "orders",
        bytes: recordingBytes,
      });
      if (failed > 0) throw new Error(problem);
    },
    async guidance(index) {
      const { tenant } = tenantAt(index);
      const name = `${tenant}/greeting-${index % guidanceFiles}.wav`;
      await guidance.file(name).save(Buffer.alloc(10_000, index % 256), { resumable: false });
    },
  };
}

type Watch = {
  committed(path: string, index: number): void;
  /** The delays of the recordings stored since it was asked last, but for the last few seconds. */
  storedSince(): Promise<number[]>;
  close(): void;
};

/** A receipt's time is taken a moment before it is written. */
const settledMilliseconds = 5000;

/**
 * Listens to the documents that arrive on the secondary; receipts are asked for now and then, as the emulator looks through all
 * of a collection for each change that it tells a listener of.
 */
function watchDelays({ databases }: World, tenants: readonly FuzzTenant[], measured: Measured): Watch {
  const commits = new Map<string, { index: number; at: number }>();
  const arrived = new Map<string, { index: number; at: number }>();
  const settle = (path: string) => {
    const [commit, arrival] = [commits.get(path), arrived.get(path)];
    if (!commit || !arrival || arrival.index < commit.index) return;
    if (arrival.index === commit.index) measured.mirrorLag.push(Math.max(0, arrival.at - commit.at));
    commits.delete(path);
  };
  let asked = new Date();
  const closers = tenants.flatMap(({ tenant }) =>
    kinds.map((kind) =>
      databases.secondary.collection(`tenants/${tenant}/${kind}`).onSnapshot((snapshot) => {
        const at = performance.now();
        for (const { doc, type } of snapshot.docChanges()) {
          if (type === "removed") continue;
          arrived.set(doc.ref.path, { index: Number(doc.get("index")), at });
          settle(doc.ref.path);
        }
      }, ignored),
    ),
  );
  return {
    committed(path, index) {
      commits.set(path, { index, at: performance.now() });
      settle(path);
    },
    async storedSince() {
      const [from, to] = [asked, new Date(Date.now() - settledMilliseconds)];
      asked = to;
      const found = await Promise.all(
        tenants.map(({ tenant }) =>
          databases.primary
            .collection(`tenants/${tenant}/recordingBackups`)
            .where("receipt.storedAt", ">", from)
            .where("receipt.storedAt", "<=", to)
            .select("receipt.delaySeconds")
            .get(),
        ),
      );
      return found.flatMap(({ docs }) => docs.map((entry) => Number(entry.get("receipt.delaySeconds")) * 1000));
    },
    close: () => {
      for (const close of closers) close();
    },
  };
}

/** A listener that ends leaves figures out, which shows in their count. */
const ignored = () => undefined;
