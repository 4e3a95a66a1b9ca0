import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
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
    return this.#pendingBytes < blockBytes ? undefined : this.#store();
  }

  /** Forgets the last bytes, so that a whole number of quanta is left, as the real service does. */
  settle(): void {
    const bytes = this.#takePending();
    this.#putBack(bytes.subarray(0, bytes.length - (bytes.length % quantumBytes)));
  }

  /** Writes what is left; the intake takes nothing more. */
  async finish(): Promise<Content> {
    const bytes = this.#takePending();
    this.#digest(bytes);
    if (this.#handle === undefined) {
      // All of it in one piece: three calls that return at once cost far less than three that are waited for.
      const descriptor = openSync(this.#path, "w");
      writeSync(descriptor, bytes);
      closeSync(descriptor);
    } else {
      await this.#handle.writeFile(bytes);
      await this.#handle.close();
    }
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(this.#crc32c);
    const size = this.#storedBytes + bytes.length;
    return { file: this.#file, size, crc32c: checksum.toString("base64"), md5Hash: this.#md5.digest("base64") };
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#handle?.close();
    await rm(this.#path, { force: true });
  }

  async #store(): Promise<void> {
    const bytes = this.#takePending();
    const whole = bytes.subarray(0, bytes.length - (bytes.length % quantumBytes));
    this.#putBack(bytes.subarray(whole.length));
    this.#digest(whole);
    this.#storedBytes += whole.length;
    this.#handle ??= await open(this.#path, "w");
    await this.#handle.writeFile(whole);
  }

  #takePending(): Buffer {
    const [first] = this.#pending;
    const bytes = this.#pending.length === 1 && first !== undefined ? first : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return bytes;
  }

  #putBack(bytes: Buffer): void {
    this.#pending = [bytes];
    this.#pendingBytes = bytes.length;
  }

  #digest(bytes: Buffer): void {
    this.#md5.update(bytes);
    this.#crc32c = crc32c(bytes, this.#crc32c);
  }
}
