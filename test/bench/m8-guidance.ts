import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { release, startModule } from "../../local/processes.ts";
import type { StandInReport } from "../../local/stand-in.ts";
import { createObjectApi, type ObjectApi } from "../../shared/stores/object-api.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import type { GuidanceRunReport } from "./guidance-run.ts";
import { type Pair, startPair } from "./pair.ts";
import { createRclone, rcloneVersion } from "./peers/rclone.ts";
import { alternate, type Course, median, middle, type Race, type Row, requireNone } from "./race.ts";

const objects = 5000;
const warmUpObjects = 800;
/** How many objects differ, all of them or so many, and the share of the peer's time that we may take. */
const cases = [
  { work: "all new", differ: undefined, atMost: 1.05 },
  { work: "none changed", differ: 0, atMost: 0.5 },
  { work: "50 changed", differ: 50, atMost: 0.5 },
] as const;
const ways = ["us", "peer"] as const;
type Way = (typeof ways)[number];

/** Guidance files of one tenant made equal on one Cloud Storage, against `rclone sync`. */
export const guidance: Race = {
  name: "M8",
  async run(course) {
    const version = await rcloneVersion();
    if (version === undefined) {
      course.report("M8 is skipped: its peer rclone is not installed (Debian: apt-get install rclone)");
      return [];
    }
    const pair = await startPair();
    const storage = await startStorage(pair);
    const stage = new Stage(pair);
    try {
      const count = Math.round(objects * course.scale);
      await stage.fill("warm", warmUpObjects);
      await stage.fill("bench", count);
      const rows: Row[] = [];
      for (const { work, differ, atMost } of cases) {
        const share = differ === undefined ? undefined : Math.round(differ * course.scale);
        const results = await stage.race(course, work, share);
        rows.push(rowOf(`guidance, ${count} files, ${work}`, results, version, atMost));
      }
      return rows;
    } finally {
      stage.close();
      await release(storage);
      await pair.stop();
    }
  },
};

type Measured = { milliseconds: number; memory: number; wrong: number; start: number };

function rowOf(work: string, { us, peer }: Record<Way, Measured[]>, version: string, atMost: number): Row {
  const start = middle(peer, "start");
  const [ours, theirs] = [middle(us, "milliseconds"), middle(peer, "milliseconds") - start];
  const wrong = (runs: Measured[]) => Math.max(...runs.map((run) => run.wrong));
  return {
    race: "M8",
    work,
    unit: "ms",
    us: ours,
    peerName: version,
    peer: theirs,
    ratio: ours / theirs,
    target: { atMost },
    memory: { us: middle(us, "memory"), peer: middle(peer, "memory") },
    note: `most files wrong in a run: we ${wrong(us)}, peer ${wrong(peer)}; the peer's start of ${Math.round(start)} ms is taken off; it has no fence and no record`,
  };
}

/** Starts Cloud Storage at the pair's address. */
export async function startStorage({ plan }: Pair) {
  const storageDirectory = join(plan.logDirectory, "storage");
  await mkdir(storageDirectory);
  const module = fileURLToPath(new URL("../../local/storage.ts", import.meta.url));
  const running = startModule(module, join(plan.logDirectory, "storage.log"));
  running.child.send({ ...plan, storageDirectory });
  const report = await new Promise<StandInReport>((resolve) =>
    running.child.once("message", (message) => resolve(message as StandInReport)),
  );
  if (!report.ready) throw new Error(report.fault);
  return running;
}

/** The primary's files, and a secondary's bucket for each of the two. */
class Stage {
  readonly #pair: Pair;
  readonly #api: ObjectApi;
  readonly #primary: string;
  readonly #secondaries: Record<Way, string>;
  readonly #storage: ReturnType<ReturnType<typeof createStorageClients>["storage"]>;
  /** The names that were given out, and how many of them at first. */
  #count = 0;
  #filled = 0;
  #edition = 0;

  constructor(pair: Pair) {
    this.#pair = pair;
    const endpoint = pair.plan.storage;
    this.#api = createObjectApi({ endpoint });
    this.#storage = createStorageClients({ projectId: pair.plan.project, endpoint }).storage();
    const { primary, secondary } = pair.config.storage.guidance;
    this.#primary = primary;
    this.#secondaries = { us: secondary, peer: `${secondary}-peer` };
  }

  close(): void {
    this.#api.close();
  }

  /** Gives the tenant that many files on the primary, all copies of one. */
  async fill(tenant: string, count: number): Promise<void> {
    await this.#pair.openStandby(tenant);
    await this.#storage.createBucket(this.#secondaries.peer).catch(() => undefined);
    await this.#write(Array.from({ length: count }, (_, index) => nameOf(tenant, index)));
    this.#count = count;
    this.#filled = count;
  }

  /** Runs each way in turn, on secondaries that lack that many files, or all. */
  async race(course: Course, work: string, differ: number | undefined): Promise<Record<Way, Measured[]>> {
    let prepared = -1;
    return alternate(course.runs, ways, async (way, round) => {
      if (round > prepared && differ !== undefined) await this.#change(differ);
      prepared = round;
      if (differ === undefined) await this.#storage.bucket(this.#secondaries[way]).deleteFiles({ prefix: "bench/" });
      const measured = await this.#run(way);
      const wrong = await this.#wrong(way);
      requireNone(way, wrong, "wrong");
      course.report(`M8 ${work}, ${way}: ${Math.round(measured.milliseconds)} ms, ${wrong} wrong`);
      return { ...measured, wrong };
    });
  }

  async #run(way: Way): Promise<Omit<Measured, "wrong">> {
    if (way === "peer") {
      const rclone = createRclone(this.#pair.plan.storage);
      const bucket = this.#secondaries.peer;
      const start = median([await rclone.start(bucket), await rclone.start(bucket), await rclone.start(bucket)]);
      return { ...(await rclone.sync(`${this.#primary}/bench`, `${bucket}/bench`)), start };
    }
    await this.#storage.bucket(this.#secondaries.us).deleteFiles({ prefix: "warm/" });
    const script = fileURLToPath(new URL("guidance-run.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, "bench", "warm"], {
      env: this.#pair.environment(),
    });
    const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as GuidanceRunReport;
    return { ...report, start: 0 };
  }

  /** Changes that many of the measured tenant's files: half of them replaced, the rest created and deleted. */
  async #change(count: number): Promise<void> {
    const written: string[] = [];
    for (let change = 0; change < count; change++) {
      if (change % 4 === 0) written.push(nameOf("bench", this.#count++));
      else if (change % 4 === 1) await this.#delete(this.#count - this.#filled + change);
      else written.push(nameOf("bench", Math.floor(this.#count / 2) + change));
    }
    await this.#write(written);
  }

  async #delete(index: number): Promise<void> {
    await this.#storage.bucket(this.#primary).file(nameOf("bench", index)).delete({ ignoreNotFound: true });
  }

  /** Writes files of new content under these names. */
  async #write(names: readonly string[]): Promise<void> {
    const source = this.#storage.bucket(this.#primary).file("source.wav");
    await source.save(Buffer.alloc(4096, ++this.#edition), { resumable: false, contentType: "audio/wav" });
    const object = (name: string) => `/b/${this.#primary}/o/${encodeURIComponent(name)}`;
    const waiting = names.values();
    const lane = async () => {
      for (const name of waiting) {
        const { status } = await this.#api.call("POST", `${object("source.wav")}/rewriteTo${object(name)}`);
        if (status !== 200) throw new Error(`${name} could not be written: ${status}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
  }

  /** How many of the tenant's files are not the same on the primary and that way's secondary. */
  async #wrong(way: Way): Promise<number> {
    const contents = async (bucket: string) => {
      const [files] = await this.#storage.bucket(bucket).getFiles({ prefix: "bench/" });
      return new Map(files.map(({ name, metadata }) => [name, `${metadata.size} ${metadata.crc32c}`]));
    };
    const [expected, found] = await Promise.all([contents(this.#primary), contents(this.#secondaries[way])]);
    const names = new Set([...expected.keys(), ...found.keys()]);
    return [...names].filter((name) => expected.get(name) !== found.get(name)).length;
  }
}

function nameOf(tenant: string, index: number): string {
  return `${tenant}/${["ivr", "hold", "queues", "voicemail"][index % 4]}/ガイダンス-${index}.wav`;
}
