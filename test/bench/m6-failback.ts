import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Firestore } from "@google-cloud/firestore";
import { type Draw, drawFrom } from "../../local/demo-data/draw.ts";
import { ledgerKey } from "../../shared/domain/document-path.ts";
import type { Activation, Edit, Standby } from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";
import { createFirestore } from "../../shared/stores/firestore-client.ts";
import type { Wire, WireWrite } from "../../shared/stores/wire.ts";
import { commitAll, differing, fieldsOf, hashesOf, kinds, pathOf } from "./documents.ts";
import type { FailbackReport } from "./failback-run.ts";
import { type Pair, startPair } from "./pair.ts";
import { alternate, type Course, median, middle, type Race, type Row } from "./race.ts";

const documents = 20_000;
/** How many documents differ, and how many times as fast as the peer we must be. */
const cases = [
  { differ: 200, atLeast: 5 },
  { differ: documents, atLeast: 0.7 },
] as const;
const ways = ["us", "peer"] as const;
type Way = (typeof ways)[number];
const script = fileURLToPath(new URL("failback-run.ts", import.meta.url));

/** The primary overwrites a secondary that was in charge: little of it was edited meanwhile, or all. */
export const failback: Race = {
  name: "M6",
  async run(course) {
    const stage = new Stage({ us: await startPair(), peer: await startPair() });
    try {
      const count = Math.round(documents * course.scale);
      await stage.fill("warm", 800);
      await stage.fill("bench", count);
      for (const tenant of ["warm", "bench"]) {
        // The first makes both equal, the second finds them so, as the hourly comparison would have.
        for (const way of [...ways, "us"] as const) {
          await stage.edit(way, tenant, 0);
          await stage.run(way, tenant);
        }
      }
      const rows: Row[] = [];
      for (const { differ, atLeast } of cases) {
        const share = Math.round(differ * course.scale);
        const work = `${count} documents, ${share === count ? "all" : share} differing`;
        rows.push(rowOf(work, count, await runs(stage, course, share), { atLeast }));
      }
      return rows;
    } finally {
      await stage.stop();
    }
  },
};

type Measured = FailbackReport & { wrong: number };

async function runs(stage: Stage, course: Course, share: number): Promise<Record<Way, Measured[]>> {
  return alternate(course.runs, ways, async (way) => {
    await stage.edit(way, "bench", share);
    await stage.edit(way, "warm", 20);
    const report = await stage.run(way, "bench", ["warm"]);
    const wrong = await stage.wrong(way, "bench");
    course.report(`M6 ${share} differ, ${way}: ${Math.round(report.milliseconds)} ms, ${wrong} wrong`);
    return { ...report, wrong };
  });
}

function rowOf(work: string, count: number, { us, peer }: Record<Way, Measured[]>, target: Row["target"]): Row {
  const speedOf = (measured: Measured[]) => median(measured.map((run) => (count * 1000) / run.milliseconds));
  const [ours, theirs] = [speedOf(us), speedOf(peer)];
  const wrong = (measured: Measured[]) => Math.max(...measured.map((run) => run.wrong));
  return {
    race: "M6",
    work: `fail back, ${work}`,
    unit: "documents/s",
    us: ours,
    peerName: "batch copy",
    peer: theirs,
    ratio: ours / theirs,
    target,
    memory: { us: middle(us, "memory"), peer: middle(peer, "memory") },
    note: `most documents wrong in a run: we ${wrong(us)}, peer ${wrong(peer)}, which deletes nothing and keeps no ledger; we forget the notes of all edits besides; to list the names of both sites takes ${Math.round(middle(us, "listing"))} ms of our ${Math.round(middle(us, "milliseconds"))}`,
  };
}

/** A primary and a secondary for each of the two: an emulator looks through all that it holds to answer a query. */
class Stage {
  readonly #pairs: Record<Way, Pair>;
  readonly #records: Firestore;
  readonly #draw: Draw = drawFrom("M6");
  readonly #counts = new Map<string, number>();

  constructor(pairs: Record<Way, Pair>) {
    this.#pairs = pairs;
    this.#records = createFirestore(pairs.us.config.databases.secondary);
  }

  /** Writes a tenant with that many documents to both primaries; its secondary is in charge, and empty. */
  async fill(tenant: string, count: number): Promise<void> {
    const { primary } = this.#pairs.us.wires;
    const profile = { update: { name: `${primary.root}tenants/${tenant}`, fields: { name: { stringValue: tenant } } } };
    const writes = Array.from({ length: count }, (_, index) => this.#set(primary, tenant, index));
    for (const way of ways) await commitAll(this.#pairs[way].wires.primary, [profile as never, ...writes]);
    this.#counts.set(tenant, count);
    await this.#putInCharge(tenant);
  }

  /** Edits so many documents on that one's secondary as an administrator would: most updated, some created, some deleted. */
  async edit(way: Way, tenant: string, share: number): Promise<void> {
    const wire = this.#pairs[way].wires.secondary;
    const count = this.#counts.get(tenant) ?? 0;
    const notes: Edit[] = [];
    const writes = Array.from({ length: share }, (_, nth): WireWrite => {
      const index = Math.floor((nth * count) / share);
      const change = nth % 10 === 8 ? "created" : nth % 10 === 9 ? "deleted" : "updated";
      const path = pathOf(tenant, change === "created" ? count + index : index);
      notes.push(noteOf(path.split("/").slice(2).join("/"), change));
      return change === "deleted"
        ? { delete: wire.root + path }
        : { update: { name: wire.root + path, fields: fieldsOf(this.#draw) as never } };
    });
    await commitAll(wire, writes);
    if (way === "peer") return;
    await this.#note(tenant, notes);
    await this.#putInCharge(tenant);
  }

  /** Makes that one's secondary equal in a fresh process, after the tenants that warm it. */
  async run(way: Way, tenant: string, warmUp: readonly string[] = []): Promise<FailbackReport> {
    const env = this.#pairs[way].environment();
    const args = ["--max-old-space-size=512", script, way, tenant, ...warmUp];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as FailbackReport;
  }

  async wrong(way: Way, tenant: string): Promise<number> {
    const { primary, secondary } = this.#pairs[way].wires;
    const [expected, found] = await Promise.all([hashesOf(primary, tenant), hashesOf(secondary, tenant)]);
    return differing(expected, found);
  }

  async stop(): Promise<void> {
    await this.#records.terminate();
    for (const way of ways) await this.#pairs[way].stop();
  }

  #set(wire: Wire, tenant: string, index: number): WireWrite {
    return { update: { name: wire.root + pathOf(tenant, index), fields: fieldsOf(this.#draw) as never } };
  }

  async #putInCharge(tenant: string): Promise<void> {
    const standby = this.#records.doc(`standbys/${tenant}`);
    const number = Number((await standby.get()).get("fence.number") ?? 0) + 1;
    await standby.set(inCharge(tenant, number));
  }

  /** What the guard would have noted of the edits. */
  async #note(tenant: string, notes: readonly Edit[]): Promise<void> {
    for (let from = 0; from < notes.length; from += 500) {
      const batch = this.#records.batch();
      for (const note of notes.slice(from, from + 500)) {
        batch.set(this.#records.doc(`standbys/${tenant}/edits/${ledgerKey(note.path)}`), note);
      }
      await batch.commit();
    }
  }
}

function noteOf(path: string, change: Edit["change"]): Edit {
  const by = { type: "user", id: "anna@example.com" } as const;
  return {
    path,
    kind: kinds.find((kind) => path.startsWith(`${kind}/`)) ?? "",
    change,
    by,
    at: new Date(),
    fields: [],
  };
}

function inCharge(tenant: string, fence: number): Standby {
  const at = new Date();
  const by = { type: "user", id: "operator@example.com" } as const;
  const activation: Activation = {
    operation: `activation-${fence}`,
    mode: "drill",
    by,
    overridden: [],
    requestedAt: at,
    fencedAt: at,
    activeAt: at,
    rpoSeconds: 0,
    steps: [],
  };
  return {
    tenant,
    state: "active",
    since: at,
    fence: { number: fence, id: `bench-${fence}` },
    profile: tenantProfile.parse({ name: tenant, platformVersion: "3.9.0", options: { dr: true }, host: tenant }),
    profileVersion: 1,
    activation,
  };
}
