import { audioType } from "../domain/backup/audio.ts";
import type { Receipt, ResumeState, StoreOutcome } from "../domain/backup/entry.ts";
import type { StoreRecording, StoreRequest } from "../domain/backup/ports.ts";
import { sidecarName, sidecarText } from "../domain/backup/sidecar.ts";
import { type SourceRules, sourceAddress } from "../domain/backup/source-address.ts";
import { AppError } from "../domain/errors.ts";
import { base64Of, crcText } from "./recording-checks.ts";
import { copyRecording, isCopy } from "./recording-copy.ts";
import { type ReadFrom, RecordingReader } from "./recording-reader.ts";
import { samenessOf } from "./recording-sameness.ts";
import { createWebSources, type OpenRecording, openObject } from "./recording-source.ts";
import { type Gathered, Transfer } from "./recording-transfer.ts";
import { lengthOf, type ObjectFields, objectPath, RecordingUpload } from "./recording-upload.ts";
import type { Authorize, StorageAccess } from "./storage-authorization.ts";
import { createStorageConnection } from "./storage-connection.ts";
import { failed, refused, TryEnd } from "./try-end.ts";

export type StoreRecordingSettings = {
  /** For both ends: one call that copies a recording has one identity. */
  storage: StorageAccess;
  sources: SourceRules;
  now?: () => Date;
  /** A source that sends nothing for so long is given up. */
  silenceMilliseconds?: number;
  /** So is a Cloud Storage that is silent for so long. */
  storageSilenceMilliseconds?: number;
};

type Entry = StoreRequest["entry"];
type Room = { bytes: number };

/** Up to here a recording goes in one request, from memory. */
const wholeBytesAtMost = 8 * 1024 * 1024;
/** Of recordings whose length nobody tells, so much is read before it is known that they are larger. */
const unknownBytesAtMost = 1024 * 1024;
/** All that is held in memory at once; recordings that have no room in it are streamed. */
const roomBytes = 64 * 1024 * 1024;
/** Kept free at the end of a try, to ask where an upload stands. */
const marginMilliseconds = 10_000;

/**
 * Stores recordings from the web by streaming them, those in the platform's own buckets by copying them. Small ones go in
 * one request with their checksum; a large one's last request carries the checksum of the whole, so that the server
 * itself makes no object of anything else. Connects at the first recording.
 */
export function createStoreRecording({
  storage,
  sources,
  now = () => new Date(),
  silenceMilliseconds = 20_000,
  storageSilenceMilliseconds,
}: StoreRecordingSettings): StoreRecording {
  const connection = createStorageConnection({
    ...storage,
    ...(storage.authorize === undefined ? {} : { authorize: endingTries(storage.authorize) }),
  });
  const openWeb = createWebSources(sources);
  const room: Room = { bytes: roomBytes };

  async function store({ tenant, entry, deadline }: StoreRequest): Promise<StoreOutcome> {
    const left = deadline.getTime() - now().getTime();
    const until = Date.now() + left;
    const stopAt = until - Math.min(marginMilliseconds, left / 4);
    const upload = new RecordingUpload(connection, until, storageSilenceMilliseconds);
    const carry = (open: OpenRecording) =>
      carryRecording({ entry, open, upload, stopAt, until, silenceMilliseconds }, room);

    if (entry.sidecarMissing && entry.receipt) return await withSidecar(upload, entry, storedBefore(entry.receipt));
    const address = sourceAddress(entry.source, tenant, sources);
    if (address === undefined) throw failed("sourceForbidden", "recordings are not fetched from this address");
    if (entry.md5 !== undefined && Buffer.from(base64Of(entry.md5), "base64").length !== 16) {
      throw failed("wrongChecksum", "what was announced is no MD5");
    }
    const stored = async () => {
      if (address.type === "web") return await carry(openWeb(address.url));
      const fields = (contentType: string) => fieldsOf(entry, contentType);
      const job = { entry, from: address, place: entry.destination, fields, connection, upload, stopAt, until };
      const end = await copyRecording(job);
      if (!("unproved" in end)) return end;
      const path = `/storage/v1${objectPath(address)}?generation=${end.unproved.generation}`;
      return await carry(openObject(connection, path));
    };
    return await withSidecar(upload, entry, await stored());
  }

  return async (request) => {
    try {
      return await store(request);
    } catch (error) {
      if (error instanceof TryEnd) return error.outcome;
      throw error;
    }
  };
}

/** Without a token no try gets any further; what it was for waits, for the fault is not the recording's. */
function endingTries(authorize: Authorize): Authorize {
  return async () => {
    try {
      return await authorize();
    } catch (error) {
      throw refused("unavailable", error instanceof AppError ? error.message : "Cloud Storage gives no token");
    }
  };
}

type Carried = {
  entry: Entry;
  open: OpenRecording;
  upload: RecordingUpload;
  stopAt: number;
  until: number;
  silenceMilliseconds: number;
};

/** Reads a recording and uploads it, in one request or in several. */
async function carryRecording(carried: Carried, room: Room): Promise<StoreOutcome> {
  const { entry, open, upload, stopAt, until, silenceMilliseconds } = carried;
  const { destination: place, recordingId } = entry;
  const resume = entry.resume !== undefined && isCopy(entry.resume) ? undefined : entry.resume;
  const announced = {
    ...(entry.bytes === undefined ? {} : { bytes: entry.bytes }),
    ...(entry.md5 === undefined ? {} : { md5: entry.md5 }),
  };
  const reader = new RecordingReader({ open, announced, until: stopAt, silenceMilliseconds }, readFrom(resume));
  const fields = () => fieldsOf(entry, reader.format ? audioType(reader.format, entry.contentType) : entry.contentType);
  const job = { recordingId, announced, place, reader, upload, fields, until };
  let taken = 0;
  try {
    if (resume !== undefined) return await new Transfer({ ...job, resume }).run();
    const gathered = await gather(reader, (bytes) => {
      taken = bytes <= room.bytes ? bytes : 0;
      room.bytes -= taken;
      return taken > 0;
    });
    if (!gathered.whole) return await new Transfer(job, gathered).run();
    return await storeWhole(carried, reader, fields(), gathered.pieces);
  } finally {
    reader.close();
    room.bytes += taken;
  }
}

function readFrom(resume: ResumeState | undefined): ReadFrom | undefined {
  if (resume === undefined) return undefined;
  const { offset, crc32c, validator } = resume;
  return { position: offset, crc: crc32c, ...(validator === undefined ? {} : { validator }) };
}

/** Reads all of a recording that is small enough and has room, else its beginning. */
async function gather(
  reader: RecordingReader,
  takeRoom: (bytes: number) => boolean,
): Promise<Gathered & { whole: boolean }> {
  const pieces: Buffer[] = [];
  let most: number | undefined;
  for (let bytes = 0; ; ) {
    const piece = await reader.next();
    if (piece === "end") return { pieces, late: false, whole: true };
    if (piece === "late") return { pieces, late: true, whole: false };
    pieces.push(piece);
    bytes += piece.length;
    const { total } = reader;
    most ??=
      total === undefined ? unknownBytesAtMost : total <= wholeBytesAtMost && takeRoom(total) ? wholeBytesAtMost : 0;
    if (bytes > most) return { pieces, late: false, whole: false };
  }
}

async function storeWhole(
  { entry, upload }: Carried,
  reader: RecordingReader,
  fields: ObjectFields,
  pieces: readonly Buffer[],
): Promise<StoreOutcome> {
  const { destination, recordingId } = entry;
  const known = { recordingId, bytes: lengthOf(pieces), crc32c: crcText(reader.crc) };
  // What vanishes between two looks at it was deleted by somebody; nobody does that for ever.
  for (let tries = 0; tries < 3; tries += 1) {
    const made = await upload.create(destination, { ...fields, crc32c: known.crc32c }, pieces);
    const object = made === "exists" ? await upload.read(destination) : made;
    if (object === undefined) continue;
    samenessOf(object, known);
    const { generation, bytes, crc32c } = object;
    return { outcome: "stored", adopted: made === "exists", generation, bytes, crc32c };
  }
  throw refused("denied", "the bucket neither takes nor shows the object");
}

/** What is said of the object that a recording becomes (R37). The server refuses content that has not the publisher's MD5. */
function fieldsOf({ recordingId, callId, tenant, unit, office, startedAt, md5 }: Entry, contentType: string) {
  return {
    contentType,
    metadata: {
      ...{ recordingId, callId, tenantId: tenant, office, startedAt: startedAt.toISOString() },
      ...(unit === undefined ? {} : { unit: `${unit.type}/${unit.id}` }),
    },
    ...(md5 === undefined ? {} : { md5Hash: base64Of(md5) }),
  } satisfies ObjectFields;
}

function storedBefore({ generation, bytes, crc32c }: Receipt): StoreOutcome {
  return { outcome: "stored", adopted: true, generation, bytes, crc32c };
}

/**
 * Puts the metadata file beside a stored recording that wants one (R44). The recording is stored whatever becomes of it:
 * to fail here would have it fetched again, and the outcome tells of the missing file.
 */
async function withSidecar(upload: RecordingUpload, entry: Entry, end: StoreOutcome): Promise<StoreOutcome> {
  if (end.outcome !== "stored" || entry.sidecar !== true) return end;
  const { bucket, name } = entry.destination;
  const text = Buffer.from(sidecarText(entry, { bytes: end.bytes, crc32c: end.crc32c }));
  const fields = { contentType: "application/json", metadata: { recordingId: entry.recordingId } };
  try {
    await upload.create({ bucket, name: sidecarName(name) }, fields, [text]);
    return end;
  } catch (error) {
    if (error instanceof TryEnd) return { ...end, sidecarMissing: true };
    throw error;
  }
}
