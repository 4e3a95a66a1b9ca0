import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, rmSync, writevSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32c } from "@node-rs/crc32";

/** Bytes at rest: the number of the file that holds them, and checksums in Base64 as the API gives them. */
export type Content = { file: number; size: number; crc32c: string; md5Hash?: string };

/** What a resumable upload keeps of a broken request is a multiple of this. */
export const quantumBytes = 256 * 1024;
/** Bytes up to here are kept in memory until they are written or sent in one piece. */
export const blockBytes = 4 * quantumBytes;

const folders = 256;

/** The files that hold objects' bytes. A file is never changed, and may be shared by several objects. */
export class ContentFiles {
  readonly #directory: string;
  readonly #uses = new Map<number, number>();
  #last = 0;

  constructor(directory: string) {
    this.#directory = directory;
    for (let folder = 0; folder < folders; folder += 1) mkdirSync(join(directory, `${folder}`), { recursive: true });
  }

  pathOf(file: number): string {
    return join(this.#directory, `${file % folders}`, `${file}`);
  }

  /** Begins a new file. */
  receive(): Intake {
    this.#last += 1;
    return new Intake(this.#last, this.pathOf(this.#last));
  }

  /** One more object has this content. */
  keep({ file }: Content): void {
    this.#last = Math.max(this.#last, file);
    this.#uses.set(file, (this.#uses.get(file) ?? 0) + 1);
  }

  /** One object less has this content; the last one takes the file with it. Readers that have it open go on. */
  release({ file }: Content): void {
    const uses = (this.#uses.get(file) ?? 1) - 1;
    if (uses > 0) {
      this.#uses.set(file, uses);
      return;
    }
    this.#uses.delete(file);
    rmSync(this.pathOf(file), { force: true });
  }

  /** Reads a small part at once. */
  read({ file }: Content, start: number, length: number): Buffer {
    const descriptor = openSync(this.pathOf(file), "r");
    try {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, start));
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Takes in bytes in constant memory, and computes their checksums on the way. */
export class Intake {
  readonly #file: number;
  readonly #path: string;
  readonly #md5 = createHash("md5");
  #crc32c = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #storedBytes = 0;
  #handle: FileHandle | undefined;

  constructor(file: number, path: string) {
    this.#file = file;
    this.#path = path;
  }

  get size(): number {
    return this.#storedBytes + this.#pendingBytes;
  }

  /** Takes the bytes; a promise when they have to be waited for. */
  write(chunk: Buffer): Promise<void> | undefined {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    return this.#pendingBytes < blockBytes ? undefined : this.#store(wholeQuanta(this.#pendingBytes));
  }

  /** Forgets the last bytes, so that a whole number of quanta is left, as the real service does. */
  settle(): void {
    const whole = wholeQuanta(this.#pendingBytes);
    this.#pending = this.#take(whole);
    this.#pendingBytes = whole;
  }

  /** Writes what is left; the intake takes nothing more. */
  async finish(): Promise<Content> {
    if (this.#handle === undefined) {
      // All of it in one piece: three calls that return at once cost far less than three that are waited for.
      const descriptor = openSync(this.#path, "w");
      try {
        const chunks = this.#digested(this.#pendingBytes);
        if (chunks.length > 0) writevSync(descriptor, chunks);
      } finally {
        closeSync(descriptor);
      }
    } else {
      await this.#store(this.#pendingBytes);
      await this.#handle.close();
    }
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(this.#crc32c);
    return {
      file: this.#file,
      size: this.#storedBytes,
      crc32c: checksum.toString("base64"),
      md5Hash: this.#md5.digest("base64"),
    };
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#handle?.close();
    await rm(this.#path, { force: true });
  }

  async #store(bytes: number): Promise<void> {
    const chunks = this.#digested(bytes);
    this.#handle ??= await open(this.#path, "w");
    if (chunks.length > 0) await this.#handle.writev(chunks);
  }

  /** The first pending bytes, now part of the checksums. */
  #digested(bytes: number): Buffer[] {
    const chunks = this.#take(bytes);
    this.#storedBytes += bytes;
    for (const chunk of chunks) {
      this.#md5.update(chunk);
      this.#crc32c = crc32c(chunk, this.#crc32c);
    }
    return chunks;
  }

  /** Takes the first bytes from those pending. */
  #take(bytes: number): Buffer[] {
    const taken: Buffer[] = [];
    let left = bytes;
    while (left > 0) {
      const chunk = this.#pending.shift();
      if (chunk === undefined) throw new RangeError("more bytes are taken than there are");
      taken.push(chunk.subarray(0, left));
      if (chunk.length > left) this.#pending.unshift(chunk.subarray(left));
      left -= Math.min(left, chunk.length);
    }
    this.#pendingBytes -= bytes;
    return taken;
  }
}

function wholeQuanta(bytes: number): number {
  return bytes - (bytes % quantumBytes);
}
