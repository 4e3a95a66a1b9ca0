import { crc32c } from "@node-rs/crc32";
import { md5Of, wholeOf } from "../../local/telephony/audio.ts";
import type { FaultName } from "../../local/telephony/recording-faults.ts";
import { audioOfRecording } from "../../local/telephony/recording-server.ts";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import type { FailureClass, SkipReason } from "../../shared/domain/backup/failures.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { crcText } from "../../shared/stores/recording-checks.ts";
import { type Cloud, entriesOf } from "./cloud.ts";
import type { TenantModel } from "./world.ts";

/** How a recording may stand when all is at rest: in the bucket, left out, or tried in vain and to be tried again. */
export type RecordingEnd =
  | { state: "stored" }
  | { state: "skipped"; reasons: readonly SkipReason[] }
  | { state: "waiting"; classes: readonly FailureClass[] };

/** A recording of a call that has ended: where, what it is to the byte, and how it may end. */
export type TornRecording = {
  id: string;
  site: Site;
  source: "gs" | "https";
  content: { bytes: number; crc32c: string; md5: string };
  ends: RecordingEnd[];
};

const stored: RecordingEnd = { state: "stored" };
export const waiting = (...classes: FailureClass[]): RecordingEnd => ({ state: "waiting", classes });

/** How a recording ends whose source has that fault, for as long as it has it (R37, R39). */
export const faultEnds = {
  /** It is there after a moment. */
  notReady: stored,
  truncated: waiting("wrongLength"),
  shortened: waiting("wrongLength"),
  html: waiting("notAudio"),
  broken: waiting("sourceUnavailable"),
  wrongMd5: waiting("wrongChecksum"),
  empty: waiting("notReady"),
} as const satisfies Partial<Record<FaultName, RecordingEnd>>;
export type SourceFault = keyof typeof faultEnds;
export const sourceFaults = Object.keys(faultEnds) as SourceFault[];

type Placed = Pick<TornRecording, "id" | "site" | "source"> & { bytes: number; fault?: SourceFault; inCentre: boolean };

/** What must become of a recording that the telephony made; its content is known without reading it anywhere. */
export async function expectedOf(tenant: string, placed: Placed): Promise<TornRecording> {
  const { id, site, source, bytes, fault, inCentre } = placed;
  const audio = audioOfRecording({ tenant, recordingId: id, format: "mp3", bytes });
  const content = { bytes: audio.bytes, crc32c: crcText(crc32c(wholeOf(audio))), md5: await md5Of(audio) };
  const end: RecordingEnd = inCentre
    ? fault === undefined
      ? stored
      : faultEnds[fault]
    : { state: "skipped", reasons: ["noUnit"] };
  return { id, site, source, content, ends: [end] };
}

/** Whether the ledger says of it what may be said when all is at rest. */
export function isAsExpected({ ends }: TornRecording, entry: BackupEntry | undefined): boolean {
  return ends.some((end) => {
    if (entry?.state !== end.state) return false;
    if (end.state === "waiting") return (end.classes as readonly unknown[]).includes(entry.error?.class);
    return end.state === "stored" || (end.reasons as readonly unknown[]).includes(entry.skipped);
  });
}

/** An object as Cloud Storage describes it. */
export type StoredObject = { size?: unknown; crc32c?: unknown; md5Hash?: unknown; generation?: unknown };

/** What is wrong with a recording at a quiet point; undefined when nothing is. */
export function problemOf(
  recording: TornRecording,
  entry: BackupEntry | undefined,
  object: StoredObject | undefined,
): string | undefined {
  if (!entry) return "not in the ledger";
  if (!isAsExpected(recording, entry)) return "it does not stand as it may";
  const { receipt } = entry;
  if (entry.state !== "stored") return receipt ? "it has a receipt, and is not stored" : undefined;
  if (!receipt || !object) return "stored, but not in the bucket";
  const { bytes, crc32c: crc, md5 } = recording.content;
  if (receipt.crc32c !== object.crc32c || receipt.bytes !== Number(object.size))
    return "its receipt is of other content";
  if (receipt.generation !== String(object.generation)) return "its receipt is of another object";
  const same = receipt.bytes === bytes && receipt.crc32c === crc && (object.md5Hash ?? md5) === md5;
  return same ? undefined : "what is stored is not the recording";
}

export async function recordingsKept(cloud: Cloud, { id, bucket, recordings }: TenantModel) {
  const [files] = await cloud.storage.bucket(bucket).getFiles({ prefix: "call-recordings/" });
  const objects = new Map(
    files.filter(({ name }) => /\.(mp3|wav)$/.test(name)).map((file) => [file.name, file.metadata as StoredObject]),
  );
  for (const site of sites) {
    const entries = new Map((await entriesOf(cloud, site, id)).map((entry) => [entry.recordingId, entry]));
    for (const recording of recordings.filter((each) => each.site === site)) {
      const entry = entries.get(recording.id);
      const object = entry?.receipt && objects.get(entry.receipt.name);
      const problem = problemOf(recording, entry, object);
      if (problem) return { expected: recording, found: { problem, entry, object } };
      if (entry?.receipt) objects.delete(entry.receipt.name);
    }
  }
  return objects.size === 0 ? undefined : { expected: "no object without a receipt", found: [...objects.keys()] };
}
