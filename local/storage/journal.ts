import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import type { Bucket, StoredObject } from "./state.ts";

/** One change of what is stored. */
export type Entry =
  | { bucket: Bucket }
  | { bucketGone: string }
  | { object: StoredObject }
  | { objectGone: { bucket: string; name: string } };

/** Keeps every change on disk before it is acknowledged, so that a killed process loses nothing it has promised. */
export class Journal {
  readonly #descriptor: number;

  /** Calls `replay` with each change kept so far, and keeps of them only what `present` gives afterwards. */
  constructor(path: string, replay: (entry: Entry) => void, present: () => Iterable<Entry>) {
    for (const entry of entriesOf(path)) replay(entry);
    const kept = [...present()].map((entry) => `${JSON.stringify(entry)}\n`);
    writeFileSync(`${path}.new`, kept.join(""));
    renameSync(`${path}.new`, path);
    this.#descriptor = openSync(path, "a");
  }

  append(entry: Entry): void {
    writeSync(this.#descriptor, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function entriesOf(path: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  // What follows the last line's end was never acknowledged.
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Entry);
}
