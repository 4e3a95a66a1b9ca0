import { audioFormat, audioType, headBytes } from "../domain/backup/audio.ts";
import type { BackupEntry, ResumeState, StoreOutcome } from "../domain/backup/entry.ts";
import { failureOfStatus } from "../domain/backup/source-address.ts";
import { Passing, patiently } from "./patience.ts";
import { base64Of, requireFit } from "./recording-checks.ts";
import { samenessOf } from "./recording-sameness.ts";
import {
  isTaken,
  isUnfit,
  type ObjectFields,
  type ObjectPlace,
  objectIn,
  objectOf,
  objectPath,
  type RecordingUpload,
  refusal,
  type StoredObject,
} from "./recording-upload.ts";
import type { StorageAnswer, StorageConnection } from "./storage-connection.ts";
import { failed, refused, TryEnd } from "./try-end.ts";

/** One recording that lies in one of the platform's own buckets. */
export type CopyJob = {
  entry: BackupEntry;
  from: ObjectPlace;
  place: ObjectPlace;
  fields(contentType: string): ObjectFields;
  connection: StorageConnection;
  upload: RecordingUpload;
  /** No further step is begun, and nothing is tried again, after these points of time in milliseconds since 1970. */
  stopAt: number;
  until: number;
};

/** A copy that goes on in a later try has its token in place of an upload's session. */
const tokenMark = "rewrite:";
export function isCopy({ session }: ResumeState): boolean {
  return session.startsWith(tokenMark);
}
const readMilliseconds = 20_000;
/** A step between two locations copies for up to half a minute before it answers. */
const rewriteMilliseconds = 60_000;
const startsAtMost = 3;

/**
 * Copies a recording within Cloud Storage, without a byte of it passing through here. `unproved` when the publisher's MD5
 * can only be proved by reading it. @throws TryEnd
 */
export async function copyRecording(job: CopyJob): Promise<StoreOutcome | { unproved: StoredObject }> {
  for (let starts = 1; ; starts += 1) {
    const source = await sourceOf(job);
    const { bytes, md5 } = job.entry;
    if (source.bytes === 0) throw failed("notReady", "the recording is empty");
    requireFit(Math.max(source.bytes, bytes ?? 0));
    if (bytes !== undefined && source.bytes !== bytes) {
      throw failed("wrongLength", `${source.bytes} bytes are there, ${bytes} were announced`);
    }
    if (md5 !== undefined && source.md5Hash === undefined) return { unproved: source };
    if (md5 !== undefined && source.md5Hash !== base64Of(md5)) {
      throw failed("wrongChecksum", "the recording has not the announced MD5");
    }
    const end = await rewrite(job, source, starts === 1);
    if (end !== "changed") return end;
    if (starts >= startsAtMost) throw failed("sourceUnavailable", "the recording is being changed");
  }
}

async function sourceOf({ connection, from, until }: CopyJob): Promise<StoredObject> {
  const answer = await asked(until, () =>
    connection.exchange({
      method: "GET",
      path: `/storage/v1${objectPath(from)}?fields=generation,size,crc32c,md5Hash,contentType`,
      silenceMilliseconds: readMilliseconds,
    }),
  );
  if (answer.status !== 200) throw sourceFailure(answer);
  return objectIn(answer);
}

/** What the platform's bucket does not give is the source's failure, not the destination's. */
async function asked(until: number, ask: () => Promise<StorageAnswer>): Promise<StorageAnswer> {
  const silent = failed("sourceUnavailable", "the platform's recordings cannot be read");
  return await patiently(until, async () => {
    const answer = await ask().catch((error: unknown) => {
      if (error instanceof TryEnd) throw error;
      throw new Passing(failed("sourceUnavailable", "the platform's recordings cannot be read", error));
    });
    if (failureOfStatus(answer.status) === "sourceUnavailable") throw new Passing(silent);
    return answer;
  });
}

function sourceFailure({ status }: StorageAnswer) {
  return failed(failureOfStatus(status) ?? "sourceUnavailable", `the source answered ${status}`);
}

async function formatOf(job: CopyJob, { generation }: StoredObject) {
  const { connection, from, until } = job;
  const path = `/storage/v1${objectPath(from)}?generation=${generation}&alt=media`;
  const headers = { range: `bytes=0-${headBytes - 1}`, "accept-encoding": "gzip" };
  const request = { method: "GET", path, headers, silenceMilliseconds: readMilliseconds } as const;
  const answer = await asked(until, () => connection.exchange(request));
  if (answer.status === 404) return undefined;
  if (answer.status !== 200 && answer.status !== 206) throw sourceFailure(answer);
  const format = audioFormat(answer.body);
  if (format === undefined) throw failed("notAudio", "what lies there does not begin like audio");
  return format;
}

/** Copies step by step; `changed` when the source is not what it was. */
async function rewrite(job: CopyJob, source: StoredObject, mayResume: boolean): Promise<StoreOutcome | "changed"> {
  const format = await formatOf(job, source);
  if (format === undefined) return "changed";
  const content = Buffer.from(JSON.stringify(job.fields(audioType(format, job.entry.contentType))));
  const { resume } = job.entry;
  const resumed = mayResume && resume !== undefined && isCopy(resume) ? resume : undefined;
  const before = resumed?.offset ?? 0;
  let token = resumed?.session.slice(tokenMark.length);
  for (;;) {
    const path = rewritePath(job, source, token);
    const answer = await patiently(job.until, () => step(job, path, content));
    if (isTaken(answer)) return await existing(job, source);
    if (isUnfit(answer) && token !== undefined) {
      token = undefined;
      continue;
    }
    if (answer.status === 404) return await missing(job, source);
    if (answer.status !== 200) throw refusal(answer);
    const progress = JSON.parse(answer.body.toString("utf8")) as Progress;
    if (progress.resource !== undefined) return copiedOutcome(objectOf(progress.resource), source);
    token = progress.rewriteToken;
    if (Date.now() < job.stopAt || token === undefined) continue;
    const offset = Number(progress.totalBytesRewritten);
    if (offset <= before) throw refused("unavailable", "the copy makes no progress");
    return { outcome: "unfinished", resume: { session: `${tokenMark}${token}`, offset, crc32c: 0 } };
  }
}

type Progress = { rewriteToken?: string; totalBytesRewritten: string; resource?: Parameters<typeof objectOf>[0] };

function rewritePath({ from, place }: CopyJob, { generation }: StoredObject, token: string | undefined): string {
  const query = new URLSearchParams({
    sourceGeneration: generation,
    ifSourceGenerationMatch: generation,
    ifGenerationMatch: "0",
    ...(token === undefined ? {} : { rewriteToken: token }),
  });
  return `/storage/v1${objectPath(from)}/rewriteTo${objectPath(place)}?${query}`;
}

async function step(job: CopyJob, path: string, content: Buffer): Promise<StorageAnswer> {
  const left = Math.max(1000, job.until - Date.now());
  const silenceMilliseconds = Math.min(rewriteMilliseconds, left);
  const headers = { "content-type": "application/json; charset=UTF-8" };
  const answer = await job.connection.exchange({ method: "POST", path, headers, silenceMilliseconds }, [content]);
  const end = answer.status === 200 ? undefined : refusal(answer);
  if (end instanceof Passing) throw end;
  return answer;
}

function copiedOutcome(object: StoredObject, source: StoredObject, adopted = false): StoreOutcome {
  if (object.crc32c !== source.crc32c || object.bytes !== source.bytes) {
    throw failed("wrongChecksum", "the copy is not the same as the recording");
  }
  const { generation, bytes, crc32c } = object;
  return { outcome: "stored", adopted, generation, bytes, crc32c };
}

/** Another object has the name, or the source is another one meanwhile: only looking tells. */
async function existing(job: CopyJob, source: StoredObject): Promise<StoreOutcome | "changed"> {
  const object = await job.upload.read(job.place);
  if (object === undefined) return "changed";
  const { recordingId } = job.entry;
  samenessOf(object, { recordingId, bytes: source.bytes, crc32c: source.crc32c });
  return copiedOutcome(object, source, true);
}

/** The source or the destination's bucket is gone. */
async function missing(job: CopyJob, source: StoredObject): Promise<"changed"> {
  const again = await sourceOf(job);
  if (again.generation === source.generation) throw refused("bucketGone", "the bucket does not exist");
  return "changed";
}
