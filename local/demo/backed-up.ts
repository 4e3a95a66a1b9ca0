import { setTimeout as pause } from "node:timers/promises";
import { crc32c } from "@node-rs/crc32";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import {
  type BackupSetting,
  companyLevel,
  officeLevel,
  resolveBucket,
  unitLevel,
} from "../../shared/domain/backup/settings.ts";
import { destinationId } from "../../shared/stores/backup-destinations.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { wholeOf } from "../telephony/audio.ts";
import { audioOfRecording } from "../telephony/recording-server.ts";
import type { Stage } from "./stage.ts";

/** An object as Cloud Storage lists it. */
type StoredObject = { name: string; size: string; crc32c: string; generation: string };

const listed = "items(name,size,crc32c,generation),nextPageToken";
const tenant = "acme";
const site = "primary";
const documentsAtOnce = 500;
const pollMs = 200;

/** What the primary's ledger says of these recordings; those it does not know are left out. */
export async function entriesOf(stage: Stage, recordingIds: readonly string[]): Promise<BackupEntry[]> {
  const { primary } = stage.databases;
  const ledger = primary.collection(`tenants/${tenant}/recordingBackups`);
  const entries: BackupEntry[] = [];
  for (let from = 0; from < recordingIds.length; from += documentsAtOnce) {
    const portion = recordingIds.slice(from, from + documentsAtOnce);
    const found = await primary.getAll(...portion.map((id) => ledger.doc(id)));
    entries.push(...found.filter(({ exists }) => exists).map((entry) => fromStore<BackupEntry>(entry.data())));
  }
  return entries;
}

/** Their entries once all of them satisfy, each as it was when it did; fails when they do not in time. */
export async function entriesOnce(
  stage: Stage,
  recordingIds: readonly string[],
  satisfies: (entry: BackupEntry) => boolean,
  seconds = 60,
): Promise<BackupEntry[]> {
  const deadline = performance.now() + seconds * 1000;
  const satisfying: BackupEntry[] = [];
  let left = recordingIds;
  for (;;) {
    const entries = await entriesOf(stage, left);
    satisfying.push(...entries.filter(satisfies));
    const others = entries.filter((entry) => !satisfies(entry));
    const done = new Set(satisfying.map(({ recordingId }) => recordingId));
    left = recordingIds.filter((id) => !done.has(id));
    if (left.length === 0) return satisfying;
    if (performance.now() > deadline) throw new Error(`not in ${seconds} s: ${describe(recordingIds, left, others)}`);
    await pause(pollMs);
  }
}

/** Which of them are not as they should be, by their place in the list. */
function describe(all: readonly string[], left: readonly string[], entries: readonly BackupEntry[]): string {
  const found = entries.map(({ recordingId, state, error }) => {
    const { class: reason = "", message = "" } = error ?? {};
    return `recording ${all.indexOf(recordingId) + 1} is ${state} ${reason} ${message}`;
  });
  return `${left.length} of ${all.length}: ${found.slice(0, 20).join("; ")}`;
}

export const isStored = ({ state }: BackupEntry) => state === "stored";

/** As if the time of their next try, or of the bucket's next probe, had come; then the sweep goes round. */
export async function hurry(stage: Stage, entries: readonly BackupEntry[], bucket?: string): Promise<void> {
  const { primary } = stage.databases;
  const batch = primary.batch();
  const ledger = primary.collection(`tenants/${tenant}/recordingBackups`);
  for (const { recordingId } of entries) batch.update(ledger.doc(recordingId), { dueAt: new Date(0) });
  if (bucket) {
    const destination = primary.doc(`backupDestinations/${destinationId(tenant, bucket)}`);
    batch.update(destination, { "incident.nextProbeAt": new Date(0) });
  }
  await batch.commit();
  await sweep(stage);
}

export async function sweep(stage: Stage): Promise<void> {
  const status = await stage.stack.runSchedule(site, "sweep-backups");
  if (status !== 200 && status !== 204) throw new Error(`the sweep was answered ${status}`);
}

/** Every recording in a customer's bucket. */
export async function recordingsIn(stage: Stage, bucket: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  let pageToken: string | undefined;
  do {
    const query = new URLSearchParams({
      prefix: "call-recordings/",
      fields: listed,
      ...(pageToken ? { pageToken } : {}),
    });
    const answer = await fetch(`${stage.stack.description.storage}/storage/v1/b/${bucket}/o?${query}`);
    const page = (await answer.json()) as { items?: StoredObject[]; nextPageToken?: string };
    found.push(...(page.items ?? []));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found.filter(({ name }) => /\.(mp3|wav)$/.test(name));
}

/** What is wrong with the recordings that these entries say are stored, found by looking into the buckets. */
export type Flaws = { duplicates: number; lost: number; corrupt: number };

export function isFlawless({ duplicates, lost, corrupt }: Flaws): boolean {
  return duplicates + lost + corrupt === 0;
}

/** Compares each object with the recording itself, byte counts and CRC32C: the ledger's word is not taken for it. */
export async function flawsOf(stage: Stage, entries: readonly BackupEntry[]): Promise<Flaws> {
  const buckets = new Set(entries.flatMap(({ receipt }) => receipt?.bucket ?? []));
  const objects = new Map<string, StoredObject[]>();
  for (const bucket of buckets) {
    for (const object of await recordingsIn(stage, bucket)) {
      const recordingId = / - ([^ ]+)\.\w+$/.exec(object.name)?.[1] ?? "";
      objects.set(recordingId, [...(objects.get(recordingId) ?? []), object]);
    }
  }
  const flaws: Flaws = { duplicates: 0, lost: 0, corrupt: 0 };
  for (const { recordingId, bytes = 0, receipt } of entries) {
    const found = objects.get(recordingId) ?? [];
    flaws.duplicates += Math.max(0, found.length - 1);
    const object = found.find(({ name, generation }) => name === receipt?.name && generation === receipt.generation);
    if (!object) flaws.lost++;
    else if (object.size !== String(bytes) || object.crc32c !== trueSum(recordingId, bytes)) flaws.corrupt++;
  }
  return flaws;
}

/** The CRC32C of the recording as its maker makes it, in the form of Cloud Storage. */
function trueSum(recordingId: string, bytes: number): string {
  const audio = audioOfRecording({ tenant, recordingId, format: "mp3", bytes });
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32c(wholeOf(audio)));
  return sum.toString("base64");
}

/** A contact centre, of that office if one is given, whose recordings go into that bucket by what is saved (R32). */
export async function centreInto(stage: Stage, bucket: string, office?: string): Promise<string> {
  const root = stage.databases.primary.doc(`tenants/${tenant}`);
  const [settings, centres] = await Promise.all([
    root.collection("backupSettings").get(),
    root.collection("callCenters").get(),
  ]);
  const levels = new Map(settings.docs.map((found) => [found.id, fromStore<BackupSetting>(found.data())]));
  const level = (name: "company" | "office" | "unit", id: string) => {
    const setting = levels.get(id);
    return setting ? { [name]: setting } : {};
  };
  const centre = centres.docs.find((found) => {
    const resolved = resolveBucket({
      ...level("company", companyLevel),
      ...level("office", officeLevel(found.get("office").id)),
      ...level("unit", unitLevel({ type: "callCenter", id: found.id })),
    });
    if (office !== undefined && found.get("office").id !== office) return false;
    return "bucket" in resolved && resolved.bucket === bucket;
  });
  if (!centre) throw new Error(`no contact centre backs up into ${bucket}`);
  return centre.id;
}
