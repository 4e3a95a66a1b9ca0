/** Collects text as UTF-8 in one piece of memory that is used again and again. */
export class TextBuffer {
  #bytes: Buffer;
  #length = 0;

  /** Room for so many bytes at first; it grows where a text needs more. */
  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  /** How many bytes it holds. */
  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    const most = this.#length + text.length * 3;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** What it holds, until something is added or it is cleared. */
  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }
}
