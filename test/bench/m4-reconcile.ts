import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Draw, drawFrom } from "../../local/demo-data/draw.ts";
import { createWire, type Wire, type WireWrite } from "../../shared/stores/wire.ts";
import { commitAll, differing, fieldsOf, hashesOf, pathOf } from "./documents.ts";
import { type Pair, startPair } from "./pair.ts";
import { alternate, type Course, median, middle, type Race, type Row, requireNone } from "./race.ts";
import type { ReconcileReport } from "./reconcile-run.ts";

const documents = 20_000;
/** How many documents differ, and how many times as fast as the peer we must be. */
const cases = [
  { differ: 0, atLeast: 4 },
  { differ: 20, atLeast: 4 },
  { differ: 2000, atLeast: 1 },
] as const;
const memoryAt = { small: 5000, large: 80_000 };
const ways = ["us", "peer"] as const;
type Way = (typeof ways)[number];

/** The sites made equal after events were lost: nothing, little and much to do; then memory at two sizes. */
export const reconcile: Race = {
  name: "M4",
  async run(course) {
    return [...(await speed(course)), await memory(course)];
  },
};

/** The primary, and a secondary for each of the two, so that neither sees the other's repairs. */
class Stage {
  readonly #pair: Pair;
  readonly #secondaries: Record<Way, Wire>;
  readonly #draw: Draw = drawFrom("M4");
  #created = 0;
  #deleted = 0;

  constructor(pair: Pair) {
    this.#pair = pair;
    const { secondary } = pair.config.databases;
    const peer = createWire({ ...secondary, databaseId: databases.peer });
    this.#secondaries = { us: pair.wires.secondary, peer };
  }

  /** Writes a tenant with that many documents to the primary, and opens its stand-by. */
  async fill(tenant: string, count: number): Promise<void> {
    const { root } = this.#pair.wires.primary;
    const profile = {
      update: { name: `${root}tenants/${tenant}`, fields: { name: { stringValue: tenant } } as never },
    };
    const writes = Array.from({ length: count }, (_, index) => this.#set(tenant, index));
    await commitAll(this.#pair.wires.primary, [profile, ...writes]);
    await this.#pair.openStandby(tenant);
    this.#created = count;
  }

  /** Changes that many documents on the primary, half of them updated, the rest created and deleted, and tells nobody. */
  async loseEvents(tenant: string, count: number): Promise<void> {
    const { primary } = this.#pair.wires;
    const writes = Array.from({ length: count }, (_, index): WireWrite => {
      if (index % 4 === 0) return this.#set(tenant, this.#created++);
      if (index % 4 === 1) return { delete: primary.root + pathOf(tenant, this.#deleted++) };
      return this.#set(tenant, this.#draw.integer(this.#deleted, this.#created - 1));
    });
    const last = new Map(writes.map((write) => [write.update?.name ?? write.delete ?? "", write]));
    await commitAll(primary, [...last.values()]);
  }

  /** Makes that one's secondary equal in a fresh process, after the tenants that warm it. */
  async run(way: Way, tenant: string, warmUp: readonly string[] = []): Promise<ReconcileReport> {
    const env = this.#pair.environment(databases[way]);
    const args = ["--max-old-space-size=512", script, way, tenant, ...warmUp];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as ReconcileReport;
  }

  /** How many of a tenant's documents are not the same on the primary and that one's secondary. */
  async wrong(way: Way, tenant: string): Promise<number> {
    const sites = [this.#pair.wires.primary, this.#secondaries[way]];
    const [expected = new Map(), found = new Map()] = await Promise.all(sites.map((wire) => hashesOf(wire, tenant)));
    return differing(expected, found);
  }

  async stop(): Promise<void> {
    this.#secondaries.peer.close();
    await this.#pair.stop();
  }

  #set(tenant: string, index: number): WireWrite {
    const name = this.#pair.wires.primary.root + pathOf(tenant, index);
    return { update: { name, fields: fieldsOf(this.#draw) as never } };
  }
}

const databases = { us: "osaka", peer: "osaka-peer" };
const script = fileURLToPath(new URL("reconcile-run.ts", import.meta.url));

async function speed(course: Course): Promise<Row[]> {
  const stage = new Stage(await startPair());
  try {
    const count = Math.round(documents * course.scale);
    await stage.fill("warm", 800);
    await stage.fill("bench", count);
    for (const way of ways) await stage.run(way, "bench", ["warm"]);
    const rows: Row[] = [];
    for (const { differ, atLeast } of cases) {
      const share = Math.round(differ * course.scale);
      let changed = -1;
      const results = await alternate(course.runs, ways, async (way, round) => {
        if (round > changed) await stage.loseEvents("bench", share);
        changed = round;
        const report = await stage.run(way, "bench", ["warm"]);
        const wrong = await stage.wrong(way, "bench");
        requireNone(way, wrong, "wrong");
        course.report(
          `M4 ${share} differ, ${way}: ${Math.round(report.milliseconds)} ms, ${report.repaired} repaired, ${wrong} wrong`,
        );
        return { ...report, wrong };
      });
      rows.push(speedRow(`${count} documents, ${share} differing`, results, { atLeast }));
    }
    return rows;
  } finally {
    await stage.stop();
  }
}

type Measured = ReconcileReport & { wrong: number };

function speedRow(work: string, { us, peer }: Record<Way, Measured[]>, target: Row["target"]): Row {
  const speedOf = (runs: Measured[]) => median(runs.map((run) => (run.documents * 1000) / run.milliseconds));
  const [ours, theirs] = [speedOf(us), speedOf(peer)];
  const wrong = (runs: Measured[]) => Math.max(...runs.map((run) => run.wrong));
  return {
    race: "M4",
    work: `reconcile, ${work}`,
    unit: "documents/s",
    us: ours,
    peerName: "paged comparison",
    peer: theirs,
    ratio: ours / theirs,
    target,
    memory: { us: middle(us, "memory"), peer: middle(peer, "memory") },
    note: `most documents wrong in a run: we ${wrong(us)}, peer ${wrong(peer)}; the peer has no fence, no ledger, no sub-collections`,
  };
}

/** Our own peak memory with a large tenant against a small one, nothing differing. */
async function memory(course: Course): Promise<Row> {
  const sizes = { us: Math.round(memoryAt.large * course.scale), peer: Math.round(memoryAt.small * course.scale) };
  const peak: Record<Way, number[]> = { us: [], peer: [] };
  for (const size of ways) {
    const stage = new Stage(await startPair());
    try {
      await stage.fill("bench", sizes[size]);
      await stage.run("us", "bench");
      for (let run = 0; run < Math.min(3, course.runs); run++) {
        const report = await stage.run("us", "bench");
        course.report(
          `M4 memory, ${report.documents} documents: ${Math.round(report.memory)} MiB, ${report.repaired} repaired`,
        );
        peak[size].push(report.memory);
      }
    } finally {
      await stage.stop();
    }
  }
  const [large, small] = [median(peak.us), median(peak.peer)];
  return {
    race: "M4",
    work: `reconcile, memory with ${sizes.us} documents`,
    unit: "MiB",
    us: large,
    peerName: `ourselves with ${sizes.peer}`,
    peer: small,
    ratio: large / small,
    target: { atMost: 1.25 },
    memory: { us: large, peer: small },
  };
}
