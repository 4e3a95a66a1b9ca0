import { setTimeout as pause } from "node:timers/promises";
import { type AudioFormat, audioFormat, headBytes } from "../domain/backup/audio.ts";
import type { Recording } from "../domain/backup/entry.ts";
import { failureOfStatus } from "../domain/backup/source-address.ts";
import { changed, type Mark, RecordingChecks, requireFit } from "./recording-checks.ts";
import { Broken, type Pull, pullFrom } from "./recording-pull.ts";
import { type OpenRecording, startOf, totalOf, validatorOf } from "./recording-source.ts";
import { failed, isMistake, TryEnd } from "./try-end.ts";

/** Where reading begins; the validator lets only what comes after it be asked for. */
export type ReadFrom = Mark & { validator?: string };

export type ReaderSettings = {
  open: OpenRecording;
  /** What the publisher said of the recording. */
  announced: Pick<Recording, "bytes" | "md5">;
  /** In milliseconds since 1970; then reading stops. */
  until: number;
  silenceMilliseconds: number;
  /** How much a recording may have. */
  bytesAtMost?: number;
};

/** So many breaks in a row, with too little read in between, are too many. */
const breaksAtMost = 3;
const progressBytes = 256 * 1024;
const firstPauseMilliseconds = 200;
const beginning: ReadFrom = { position: 0, crc: 0 };

/**
 * Reads a recording from its source as if that never broke, and checks it on the way: that it is audio, is not endless,
 * has the announced length and the publisher's checksum, and that what is read a second time is what was read the first
 * time. Reads no more than is asked for. A source that cannot give a part is read from the beginning, up to where it broke in vain.
 */
export class RecordingReader {
  /** The whole length, as soon as it is known; undefined where the source does not tell. */
  total: number | undefined;
  /** What the source calls this very content. */
  validator: string | undefined;
  /** Known once the beginning was read. */
  format: AudioFormat | undefined;
  readonly #settings: ReaderSettings;
  readonly #checks: RecordingChecks;
  #at: Mark;
  /** What comes before this was given already, or is not wanted. */
  #goal: Mark;
  #pull: Pull | undefined;
  #rest: Buffer | undefined;
  /** What the source said of the length was wrong. */
  #wrong: TryEnd | undefined;
  #ended = false;
  #breaks = 0;
  #lastBreakAt = 0;

  constructor(settings: ReaderSettings, { validator, ...from }: ReadFrom = beginning) {
    this.#settings = settings;
    this.#checks = new RecordingChecks(settings.announced.md5, from);
    this.validator = validator;
    this.#at = from;
    this.#goal = from;
  }

  /** So much was given. */
  get position(): number {
    return this.#at.position;
  }

  /** The CRC32C of all that was given. */
  get crc(): number {
    return this.#at.crc;
  }

  /** The CRC32C of all before a multiple of the quantum; undefined when it was not read. */
  crcAt(position: number): number | undefined {
    return this.#checks.crcAt(position);
  }

  /** Goes back to a multiple of the quantum whose CRC32C is known. */
  rewind(position: number): void {
    const crc = this.crcAt(position);
    if (crc === undefined) throw new RangeError(`nothing is known of position ${position}`);
    this.close();
    this.#goal = { position, crc };
    this.#at = this.#goal;
    this.#ended = false;
  }

  /** Lets go of the source. Safe to repeat. */
  close(): void {
    this.#pull?.close();
    this.#pull = undefined;
    this.#rest = undefined;
  }

  /**
   * The next piece, which never reaches beyond a multiple of the quantum; `end` after the last one, when all of the
   * recording has come and is right; `late` when the time is over.
   * @throws TryEnd (failed) when it cannot be had, or is not right.
   */
  async next(): Promise<Buffer | "end" | "late"> {
    if (this.#ended) return "end";
    for (;;) {
      try {
        this.#pull ??= await this.#opened();
        const piece = await this.#piece(this.#pull);
        if (typeof piece === "string" || this.#at.position > this.#goal.position) return piece;
      } catch (error) {
        if (error instanceof TryEnd || isMistake(error)) throw error;
        if (await this.#isTooLateAfter(error)) return "late";
      }
    }
  }

  get #millisecondsLeft(): number {
    return this.#settings.until - Date.now();
  }

  async #opened(): Promise<Pull> {
    const { position } = this.#at;
    const { validator } = this;
    const part = position > 0 && validator !== undefined ? { from: position, validator } : undefined;
    const left = Math.max(1, this.#millisecondsLeft);
    const answer = await this.#settings.open(Math.min(this.#settings.silenceMilliseconds, left), part);
    const pull = pullFrom(answer);
    try {
      this.#accept(answer, part !== undefined);
      return pull;
    } catch (error) {
      pull.close();
      throw error;
    }
  }

  /** Accepts what an answer says of what it brings. */
  #accept(answer: Parameters<typeof startOf>[0], asPart: boolean): void {
    const status = answer.statusCode ?? 0;
    if (status === 416 && asPart) throw changed();
    const failure = failureOfStatus(status);
    if (failure !== undefined) throw failed(failure, `the source answered ${status}`);
    const start = startOf(answer);
    if (start !== 0 && (!asPart || start !== this.#at.position)) throw new Broken("the source sent another part");
    const validator = validatorOf(answer);
    // Not every source heeds the condition under which a part was asked for.
    if (start !== 0 && validator !== undefined && validator !== this.validator) throw changed();
    const total = totalOf(answer);
    if (this.total !== undefined && total !== undefined && total !== this.total) throw changed();
    if (total === 0) throw failed("notReady", "the recording is empty");
    const bytes = this.#settings.announced.bytes ?? total ?? this.total;
    // A page instead of a recording is told as such, though its length is wrong too.
    this.#wrong = total !== undefined && total !== bytes ? wrongLength(total, bytes) : undefined;
    if (this.#wrong && start !== 0) throw this.#wrong;
    requireFit(Math.max(bytes ?? 0, total ?? 0), this.#settings.bytesAtMost);
    this.total = bytes;
    this.validator = validator;
    if (start === 0) this.#at = beginning;
  }

  async #piece(pull: Pull): Promise<Buffer | "end" | "late"> {
    const isHead = this.#at.position === 0 && this.format === undefined;
    let rest = this.#rest;
    this.#rest = undefined;
    while ((rest?.length ?? 0) < (isHead ? headBytes : 1)) {
      const more = await this.#pulled(pull);
      if (more === "end") break;
      if (more === "late") {
        this.#rest = rest;
        return "late";
      }
      rest = rest === undefined ? more : Buffer.concat([rest, more]);
    }
    if (rest === undefined) return this.#finish();
    if (isHead) this.#checkAudio(rest);
    if (this.#wrong) throw this.#wrong;
    return this.#pass(rest);
  }

  async #pulled(pull: Pull): Promise<Buffer | "end" | "late"> {
    const { silenceMilliseconds } = this.#settings;
    const left = this.#millisecondsLeft;
    if (left <= 0) return "late";
    const more = await pull.next(Math.min(silenceMilliseconds, left));
    if (more === "late" && silenceMilliseconds < left) throw new Broken("the source fell silent");
    return more;
  }

  #checkAudio(head: Buffer): void {
    this.format = audioFormat(head.subarray(0, headBytes));
    if (this.format === undefined) throw failed("notAudio", "what the source sent does not begin like audio");
  }

  #pass(rest: Buffer): Buffer {
    const { position } = this.#at;
    const stop = this.#checks.nextStop(position);
    const end = this.#goal.position > position ? Math.min(stop, this.#goal.position) : stop;
    const piece = rest.subarray(0, end - position);
    if (piece.length < rest.length) this.#rest = rest.subarray(piece.length);
    const { total } = this;
    if (total !== undefined && position + piece.length > total) throw wrongLength(position + piece.length, total);
    requireFit(position + piece.length, this.#settings.bytesAtMost);
    this.#at = this.#checks.add(piece, this.#at);
    if (this.#at.position === this.#goal.position && this.#at.crc !== this.#goal.crc) throw changed();
    return piece;
  }

  #finish(): "end" {
    const { position } = this.#at;
    if (position === 0) throw failed("notReady", "the recording is empty");
    if (this.total !== undefined && position !== this.total) throw wrongLength(position, this.total);
    if (position < this.#goal.position) throw changed();
    this.#checks.finish(position);
    this.total = position;
    this.#ended = true;
    this.#pull = undefined;
    return "end";
  }

  /** Waits a moment after a break; whether there is no time for another attempt. @throws TryEnd after too many breaks */
  async #isTooLateAfter(error: unknown): Promise<boolean> {
    this.close();
    if (this.#at.position > this.#goal.position) this.#goal = this.#at;
    this.#at = this.#goal;
    this.#breaks = this.#at.position - this.#lastBreakAt >= progressBytes ? 1 : this.#breaks + 1;
    this.#lastBreakAt = this.#at.position;
    if (this.#breaks >= breaksAtMost) {
      const short = error instanceof Broken && error.short;
      if (short) throw failed("wrongLength", "the source sent less than it had announced", error);
      throw failed("sourceUnavailable", "the source does not answer, or breaks off", error);
    }
    const wait = firstPauseMilliseconds * 2 ** this.#breaks * (0.5 + Math.random() / 2);
    if (wait >= this.#millisecondsLeft) return true;
    await pause(wait);
    return false;
  }
}

function wrongLength(found: number, announced: number | undefined): TryEnd {
  return failed("wrongLength", `${found} bytes came, ${announced} were announced`);
}
