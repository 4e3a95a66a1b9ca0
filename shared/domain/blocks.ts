import { createHash } from "node:crypto";

/**
 * Blocks of a comparison's rows. A block that was found equal once is known again by its digest, as long as no
 * document in it was written on either site: then neither its ledger entries nor its documents need be read. Where a
 * block ends depends on the paths alone, so a document more or less changes one block and not all that follow.
 */

/** A document on both sites, by its update times in µs; a site without it has none. */
export type Row = { path: string; primary?: number; secondary?: number };

/** On average a block has this many rows (a power of two). */
const rowsPerBlock = 32;
const digestBytes = 12;
/** As many digests as one record holds with ease: blocks beyond are compared by the ledger each time. */
const maximumBlocks = 40_000;

/** Whether the row of this path is the last of its block. FNV-1a: any cheap hash that spreads would do. */
export function endsBlock(path: string): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < path.length; index++) hash = Math.imul(hash ^ path.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 16)) & (rowsPerBlock - 1)) === 0;
}

/** The rows in their blocks. */
export function blocksOf(rows: readonly Row[]): Row[][] {
  const blocks: Row[][] = [];
  let open: Row[] = [];
  for (const row of rows) {
    open.push(row);
    if (!endsBlock(row.path)) continue;
    blocks.push(open);
    open = [];
  }
  if (open.length > 0) blocks.push(open);
  return blocks;
}

/** Tells this block, in exactly these versions on both sites, from any other. */
export function digestOf(block: readonly Row[]): string {
  let text = "";
  for (const { path, primary, secondary } of block) text += `${path}\n${primary ?? ""}\n${secondary ?? ""}\n`;
  return createHash("sha256")
    .update(text)
    .digest("base64")
    .slice(0, (digestBytes / 3) * 4);
}

/** The digests as one value to store, and back. */
export function packDigests(digests: readonly string[]): Uint8Array {
  return Buffer.from(digests.slice(0, maximumBlocks).join(""), "base64");
}
export function unpackDigests(packed: Uint8Array | undefined): string[] {
  const bytes = Buffer.from(packed ?? []);
  return Array.from({ length: bytes.length / digestBytes }, (_, index) =>
    bytes.toString("base64", index * digestBytes, (index + 1) * digestBytes),
  );
}
