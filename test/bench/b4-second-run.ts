import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { release } from "../../local/processes.ts";
import type { Fields } from "../../shared/domain/value.ts";
import { createObjectApi } from "../../shared/stores/object-api.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import type { WireWrite } from "../../shared/stores/wire.ts";
import type { BackupRunReport } from "./backup-run.ts";
import { commitAll } from "./documents.ts";
import { startStorage } from "./m8-guidance.ts";
import { type Pair, startPair } from "./pair.ts";
import { createRclone, rcloneVersion } from "./peers/rclone.ts";
import { alternate, type Course, median, middle, type Race, type Row } from "./race.ts";

const recordings = 20_000;
const warmUpRecordings = 4000;
const target = { atLeast: 3 };
const buckets = { source: "platform-recordings", customer: "customer-recordings" };
const ways = ["us", "peer"] as const;
type Way = (typeof ways)[number];
type Measured = { milliseconds: number; listing: number; memory: number; start: number };

/** Back up now where nothing is missing, against `rclone check` of the same recordings. */
export const secondRun: Race = {
  name: "B4",
  async run(course) {
    const version = await rcloneVersion();
    if (version === undefined) {
      course.report("B4 is skipped: its peer rclone is not installed (Debian: apt-get install rclone)");
      return [];
    }
    const pair = await startPair();
    const storage = await startStorage(pair);
    try {
      const count = Math.round(recordings * course.scale);
      await fillBuckets(pair, count);
      for (const [tenant, of] of Object.entries({ warm: warmUpRecordings, bench: count })) await fill(pair, tenant, of);
      // What comes second has a first before it: it finds all of it stored.
      for (let round = 0; round < 3; round++) await backUp(pair, count);
      return [rowOf(count, await measure(course, pair, count), version)];
    } finally {
      await release(storage);
      await pair.stop();
    }
  },
};

async function measure(course: Course, pair: Pair, count: number): Promise<Record<Way, Measured[]>> {
  const rclone = createRclone(pair.plan.storage);
  return alternate(course.runs, ways, async (way) => {
    const measured = way === "us" ? await backUp(pair, count) : await check(rclone);
    course.report(`B4 ${way}: ${Math.round(measured.milliseconds)} ms, ${Math.round(measured.memory)} MiB`);
    return measured;
  });
}

async function check(rclone: ReturnType<typeof createRclone>): Promise<Measured> {
  const start = median([await rclone.start(buckets.source), await rclone.start(buckets.source)]);
  return {
    listing: 0,
    ...(await rclone.check(`${buckets.source}/call-recordings`, `${buckets.customer}/call-recordings`)),
    start,
  };
}

async function backUp(pair: Pair, count: number): Promise<Measured> {
  const script = fileURLToPath(new URL("backup-run.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, "bench", "warm", "warm"], {
    env: pair.environment(),
  });
  const { result, ...measured } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as BackupRunReport;
  const { examined, alreadyStored, asked } = result;
  if (examined !== count || alreadyStored !== count || asked !== 0) {
    throw new Error(`the run is wrong: ${JSON.stringify(result)}`);
  }
  return { ...measured, start: 0 };
}

function rowOf(count: number, { us, peer }: Record<Way, Measured[]>, version: string): Row {
  const start = middle(peer, "start");
  const [ours, theirs] = [middle(us, "milliseconds"), middle(peer, "milliseconds") - start];
  return {
    race: "B4",
    work: `back up now, ${count} recordings, none missing`,
    unit: "ms",
    us: ours,
    peerName: version,
    peer: theirs,
    ratio: theirs / ours,
    target,
    memory: { us: middle(us, "memory"), peer: middle(peer, "memory") },
    note: `ratio: how many times as fast; the peer's start of ${Math.round(start)} ms is taken off; it compares two lists of objects, we the history with what is known of the ledger; to list the history takes ${Math.round(middle(us, "listing"))} ms of our ${Math.round(ours)}`,
  };
}

const nameOf = (index: number) => {
  const day = new Date(Date.UTC(2025, 0, 1 + (index % 700))).toISOString().slice(0, 10);
  return `call-recordings/コールセンター${index % 5}/${day}/髙﨑 花子 - call-${index} - ${idOf(index)}.mp3`;
};
const idOf = (index: number) => `rec-${String(index).padStart(8, "0")}`;

/** The platform's recordings and the customer's, all copies of one. */
async function fillBuckets({ plan }: Pair, count: number): Promise<void> {
  const api = createObjectApi({ endpoint: plan.storage });
  const storage = createStorageClients({ projectId: plan.project, endpoint: plan.storage }).storage();
  for (const bucket of Object.values(buckets)) {
    await storage.createBucket(bucket);
    await storage.bucket(bucket).file("template").save(Buffer.alloc(1000, 1), { resumable: false });
    const path = (name: string) => `/b/${bucket}/o/${encodeURIComponent(name)}`;
    const names = Array.from({ length: count }, (_, index) => nameOf(index)).values();
    const lane = async () => {
      for (const name of names) await api.call("POST", `${path("template")}/rewriteTo${path(name)}`);
    };
    await Promise.all(Array.from({ length: 16 }, lane));
  }
  api.close();
}

/** The history of the last two years, and its ledger: all of it stored. */
async function fill({ wires: { secondary } }: Pair, tenant: string, count: number): Promise<void> {
  const from = Math.floor(Date.now() / 1000) - 700 * 24 * 3600;
  const root = `${secondary.root}tenants/${tenant}`;
  const writes = Array.from({ length: count }, (_, index): WireWrite[] => {
    const at = from + Math.floor((index / count) * 690 * 24 * 3600);
    return [
      { update: { name: `${root}/recordings/${idOf(index)}`, fields: historyOf(index, at) as never } },
      { update: { name: `${root}/recordingBackups/${idOf(index)}`, fields: entryOf(tenant, index, at) as never } },
    ];
  });
  await commitAll(secondary, writes.flat());
}

const text = (stringValue: string) => ({ stringValue });
const number = (integerValue: number) => ({ integerValue });
const time = (seconds: number) => ({ timestampValue: { seconds, nanos: 0 } });
const map = (fields: Fields) => ({ mapValue: { fields } });

function historyOf(index: number, at: number): Fields {
  return {
    callId: text(`call-${index}`),
    office: text("tokyo"),
    callCenter: text(`center-${index % 5}`),
    agentName: text("髙﨑 花子"),
    direction: text("inbound"),
    from: text("+819012345678"),
    to: text("+81312345678"),
    at: time(at),
    endedAt: time(at + 60),
    contentType: text("audio/mpeg"),
    bytes: number(1000),
    bucket: text(buckets.source),
    object: text(nameOf(index)),
  };
}

function entryOf(tenant: string, index: number, at: number): Fields {
  const { at: startedAt, callCenter, bucket: _bucket, object: _object, ...call } = historyOf(index, at);
  const destination = { bucket: text(buckets.customer), name: text(nameOf(index)) };
  const receipt = { generation: text("1795000000000000"), bytes: number(1000), crc32c: text("AAAAAA==") };
  return {
    ...call,
    recordingId: text(idOf(index)),
    unit: map({ type: text("callCenter"), id: callCenter ?? text("") }),
    startedAt: startedAt ?? time(at),
    source: text(`gs://${buckets.source}/${nameOf(index)}`),
    tenant: text(tenant),
    state: text("stored"),
    destination: map(destination),
    receipt: map({ ...destination, ...receipt, storedAt: time(at + 70), delaySeconds: number(10) }),
    attempts: number(0),
    since: time(at + 60),
    createdAt: time(at + 60),
    updatedAt: time(at + 70),
  };
}
