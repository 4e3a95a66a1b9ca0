import { createHash, type Hash } from "node:crypto";
import { crc32c } from "@node-rs/crc32";
import { failed, type TryEnd } from "./try-end.ts";

/** What a resumable upload keeps is a multiple of this. */
export const quantumBytes = 256 * 1024;

/** No call is that long. A source without an end would be read, and its upload gone on with, for ever. */
const recordingBytesAtMost = 4 * 1024 ** 3;

/** @throws TryEnd for more bytes than a recording may have, wherever it comes from */
export function requireFit(bytes: number, most = recordingBytesAtMost): void {
  if (bytes > most) throw failed("tooLarge", `a recording has ${most} bytes at most`);
}

/** A place in the recording, and the CRC32C of all before it. */
export type Mark = { position: number; crc: number };

/**
 * What was found of a recording's content while it was read, once or in parts several times: the checksums, and that
 * every reading brought the same bytes.
 */
export class RecordingChecks {
  readonly #expectedMd5: string | undefined;
  readonly #marks: number[] = [];
  /** The furthest that was ever read. */
  #peak: Mark;
  #md5: { hash: Hash; position: number; right?: true } | undefined;

  constructor(md5: string | undefined, from: Mark) {
    this.#expectedMd5 = md5;
    this.#peak = from;
    this.#marks[from.position / quantumBytes] = from.crc;
  }

  /** The CRC32C of all before a multiple of the quantum that was read; undefined when that is not known. */
  crcAt(position: number): number | undefined {
    return position === 0 ? 0 : this.#marks[position / quantumBytes];
  }

  /** The next place after this one at which checksums are compared or kept; no piece may go beyond it. */
  nextStop(position: number): number {
    const boundary = position - (position % quantumBytes) + quantumBytes;
    return this.#peak.position > position ? Math.min(boundary, this.#peak.position) : boundary;
  }

  /** Takes the piece that comes after the mark; gives the mark after it. @throws TryEnd when it was another one before */
  add(piece: Buffer, after: Mark): Mark {
    const mark = { position: after.position + piece.length, crc: crc32c(piece, after.crc) };
    this.#digest(piece, after.position);
    this.#compare(mark);
    return mark;
  }

  /** @throws TryEnd when the whole of it has not the publisher's MD5; what was not read from its beginning here is let pass. */
  finish(length: number): void {
    if (this.#expectedMd5 === undefined || this.#md5?.position !== length || this.#md5.right) return;
    if (this.#md5.hash.digest("base64") !== base64Of(this.#expectedMd5)) {
      throw failed("wrongChecksum", "the recording has not the announced MD5");
    }
    this.#md5.right = true;
  }

  /** An MD5's state cannot be saved, so only one begun at the beginning goes on, and each byte goes into it once. */
  #digest(piece: Buffer, start: number): void {
    if (this.#expectedMd5 === undefined) return;
    if (start === 0) this.#md5 ??= { hash: createHash("md5"), position: 0 };
    if (this.#md5?.position !== start) return;
    this.#md5.hash.update(piece);
    this.#md5.position = start + piece.length;
  }

  /** What is read again must be what was read before, or two recordings would become one. */
  #compare({ position, crc }: Mark): void {
    if (position === this.#peak.position && crc !== this.#peak.crc) throw changed();
    if (position > this.#peak.position) this.#peak = { position, crc };
    if (position % quantumBytes !== 0) return;
    const known = this.#marks[position / quantumBytes];
    if (known !== undefined && known !== crc) throw changed();
    this.#marks[position / quantumBytes] = crc;
  }
}

export function changed(): TryEnd {
  return failed("wrongChecksum", "two readings of the recording differ");
}

/** An MD5 is announced in Base64 or in hexadecimal digits. */
export function base64Of(md5: string): string {
  return /^[0-9a-f]{32}$/i.test(md5) ? Buffer.from(md5, "hex").toString("base64") : md5;
}

/** A CRC32C as Cloud Storage writes it: four bytes in network order, in Base64. */
export function crcText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}
