import type { ResumeState, StoreOutcome } from "../domain/backup/entry.ts";
import { Passing, Patience } from "./patience.ts";
import { crcText, quantumBytes } from "./recording-checks.ts";
import type { StreamedPart } from "./recording-part.ts";
import type { RecordingReader } from "./recording-reader.ts";
import { comparing, goingOn, tooSlow } from "./recording-resume.ts";
import { samenessOf } from "./recording-sameness.ts";
import {
  lengthOf,
  type ObjectFields,
  type ObjectPlace,
  type RecordingUpload,
  type SessionState,
  type StoredObject,
} from "./recording-upload.ts";
import { failed, refused, TryEnd } from "./try-end.ts";

/** One large recording on its way from its source to its bucket. */
export type TransferJob = {
  recordingId: string;
  announced: { md5?: string };
  place: ObjectPlace;
  reader: RecordingReader;
  upload: RecordingUpload;
  /** Asked for once the reader has seen the beginning. */
  fields(): ObjectFields;
  /** Ends all waiting, in milliseconds since 1970. */
  until: number;
  /** What an earlier try left. */
  resume?: ResumeState;
};

/** Read already, from the beginning on; `late` when there is no time for more. */
export type Gathered = { pieces: Buffer[]; late: boolean };

/** Content that is not sent yet, and where it begins. */
type Held = { start: number; pieces: Buffer[] };

/** So much is sent in one request: enough that its answer costs little, and little enough that much is known to be kept. */
const partBytes = 32 * 1024 * 1024;
/** Without a known length content is sent from memory, in requests of this size. */
const heldBytesAtMost = 4 * quantumBytes;
const startsAtMost = 3;

/**
 * Carries a recording of any size in constant memory. Its last bytes are sent only when all is checked, and with the
 * CRC32C of the whole, so nothing that is not the recording ever becomes an object.
 */
export class Transfer {
  readonly #job: TransferJob;
  readonly #patience: Patience;
  readonly #queue: Buffer[];
  readonly #sentFirst: number;
  #session: string | undefined;
  /** Where the next piece begins. */
  #at: number;
  /** What the session has. */
  #kept = 0;
  #starts = 0;

  constructor(job: TransferJob, gathered: Gathered = { pieces: [], late: false }) {
    this.#job = job;
    this.#patience = new Patience(job.until);
    this.#queue = gathered.pieces;
    this.#at = job.resume?.offset ?? 0;
    this.#session = job.resume?.session;
    const gatheredBytes = lengthOf(gathered.pieces);
    this.#sentFirst = gathered.late ? gatheredBytes - (gatheredBytes % quantumBytes) : Number.POSITIVE_INFINITY;
  }

  /** @throws TryEnd when it is neither stored nor to be gone on with. */
  async run(): Promise<StoreOutcome> {
    if (this.#session === comparing) return await this.#compare();
    let state: SessionState | "late" | undefined;
    if (this.#session !== undefined) state = await this.#job.upload.progress(this.#session);
    for (;;) {
      const end = await this.#settle(state);
      if (end !== undefined) return end;
      try {
        state = await this.#send();
      } catch (error) {
        const outcome = error instanceof TryEnd ? error.outcome : undefined;
        // A source that fails after it brought something is gone on with, before it counts as a failure.
        if (outcome?.outcome === "failed" && outcome.class === "sourceUnavailable" && this.#session) {
          return await this.#unfinished(error as TryEnd);
        }
        await this.#patience.wait(error);
        state = this.#session === undefined ? undefined : await this.#job.upload.progress(this.#session);
      }
    }
  }

  /** Acts on what the session says; undefined when there is something left to send. */
  async #settle(state: SessionState | "late" | undefined): Promise<StoreOutcome | undefined> {
    if (state === undefined) return undefined;
    if (state === "late") return await this.#unfinished(tooSlow());
    if (state === "exists") return await this.#compare();
    if (state === "lost" || state === "mismatch") {
      this.#startAnew(state);
      return undefined;
    }
    if ("object" in state) return this.#stored(state.object, false);
    this.#goTo(state.kept);
    return undefined;
  }

  #startAnew(reason: "lost" | "mismatch" | "vanished"): void {
    this.#starts += 1;
    if (this.#starts >= startsAtMost) {
      if (reason === "mismatch")
        throw failed("wrongChecksum", "what came to the bucket has not the announced checksum");
      throw refused("unavailable", "Cloud Storage does not keep what was begun");
    }
    this.#session = undefined;
    this.#kept = 0;
    this.#back(0);
  }

  /** What the session keeps, which may be more or less than what was sent by this try. */
  #goTo(kept: number): void {
    if (kept > this.#kept) this.#patience.renew();
    this.#kept = kept;
    if (kept >= this.#at) return;
    if (this.#job.reader.crcAt(kept) === undefined) this.#startAnew("lost");
    else this.#back(kept);
  }

  #back(position: number): void {
    this.#job.reader.rewind(position);
    this.#queue.length = 0;
    this.#at = position;
  }

  /** Sends what is left, from the reader's place on. */
  async #send(): Promise<SessionState | "late"> {
    const session = this.#session ?? (await this.#begin());
    if (session === "late" || session === "exists") return session;
    const { reader, upload } = this.#job;
    let part: StreamedPart | undefined;
    let held: Held = { start: 0, pieces: [] };
    try {
      for (;;) {
        const piece = this.#queue.shift() ?? (await (part?.awaiting(reader.next()) ?? reader.next()));
        if (piece === "late") return await this.#stop(session, held);
        if (piece === "end") break;
        const start = this.#at;
        this.#at += piece.length;
        if (this.#at <= this.#kept || start >= this.#sentFirst) continue;
        if (start >= this.#heldFrom) {
          if (lengthOf(held.pieces) >= heldBytesAtMost) await this.#append(session, held, start);
          if (held.pieces.length === 0 || held.start + lengthOf(held.pieces) !== start) held = { start, pieces: [] };
          held.pieces.push(piece);
          continue;
        }
        part ??= await upload.stream(session, start, this.#partEnd(start));
        const isOver = !(await part.write(piece));
        if (!isOver && this.#at < part.end) continue;
        const state = await part.finish();
        part = undefined;
        if (!isKept(state, this.#at)) return state;
        this.#goTo(this.#at);
      }
      return await upload.finish(session, this.#at, reader.crc, held.pieces);
    } finally {
      part?.abort();
    }
  }

  async #begin(): Promise<string | "late" | "exists"> {
    const { reader, upload, place, fields } = this.#job;
    if (this.#queue.length === 0) {
      const first = await reader.next();
      if (typeof first === "string") throw tooSlow();
      this.#queue.push(first);
    }
    const begun = await upload.begin(place, fields());
    if (begun !== "exists") this.#session = begun;
    return begun;
  }

  /** From here on content is held back: what comes after the last whole quantum, or all where the length is not known. */
  get #heldFrom(): number {
    const { total } = this.#job.reader;
    return total === undefined ? 0 : total - 1 - ((total - 1) % quantumBytes);
  }

  #partEnd(start: number): number {
    return Math.min(start + partBytes, this.#heldFrom, this.#sentFirst);
  }

  /** Sends what is held, all before this position. @throws Passing when not all of it is kept */
  async #append(session: string, held: Held, end: number): Promise<void> {
    const state = await this.#job.upload.append(session, held.start, held.pieces);
    if (!isKept(state, end)) throw new Passing(refused("unavailable", "Cloud Storage did not keep what it was sent"));
    this.#goTo(end);
    held.pieces = [];
  }

  /** The time is over: of what is held as much is sent as a session keeps. */
  async #stop(session: string, { start, pieces }: Held): Promise<"late"> {
    const bytes = lengthOf(pieces);
    let spare = (start + bytes) % quantumBytes;
    while (spare > 0 && pieces.length > 0) spare -= pieces.pop()?.length ?? 0;
    if (pieces.length > 0) await this.#job.upload.append(session, start, pieces);
    return "late";
  }

  /** Where the next try goes on, if this one got any further. @throws TryEnd `otherwise` */
  async #unfinished(otherwise: TryEnd): Promise<StoreOutcome> {
    const { reader, upload, resume } = this.#job;
    const session = this.#session;
    if (session === undefined) throw otherwise;
    const state = await upload.progress(session);
    if (typeof state === "string") throw otherwise;
    if ("object" in state) return this.#stored(state.object, false);
    return goingOn(
      reader,
      session,
      { reached: Math.min(state.kept, reader.position), before: resume?.offset ?? 0 },
      otherwise,
    );
  }

  /** Another object has the name: it is the recording's if it is the same to the byte. */
  async #compare(): Promise<StoreOutcome> {
    const { reader, upload, place, resume, recordingId, announced } = this.#job;
    const object = await upload.read(place);
    if (object === undefined) {
      this.#startAnew("vanished");
      return await this.run();
    }
    const found = { recordingId, bytes: reader.total, md5: announced.md5 };
    if (samenessOf(object, found) === "same") return this.#stored(object, true);
    let piece: Buffer | "end" | "late";
    do piece = await reader.next();
    while (typeof piece !== "string");
    const before = resume?.session === comparing ? resume.offset : 0;
    if (piece === "late") return goingOn(reader, comparing, { reached: reader.position, before }, tooSlow());
    samenessOf(object, { ...found, bytes: reader.total, crc32c: crcText(reader.crc) });
    return this.#stored(object, true);
  }

  #stored({ generation, bytes, crc32c }: StoredObject, adopted: boolean): StoreOutcome {
    return { outcome: "stored", adopted, generation, bytes, crc32c };
  }
}

function isKept(state: SessionState, end: number): boolean {
  return typeof state !== "string" && "kept" in state && state.kept === end;
}
