import { differences } from "./differences.ts";
import type { LedgerEntry } from "./mirror.ts";
import type { Actor, Edit, FieldDifference } from "./standby.ts";
import type { Fields } from "./value.ts";

/** Whether the secondary's document is what Hikae last wrote; `hash` is undefined where there is no document. */
export function isOwnWrite(entry: LedgerEntry | undefined, hash: string | undefined): boolean {
  const expected = entry && !entry.rank.deleted ? entry.hash : undefined;
  return expected === hash;
}

/** The record of a direct edit: what the document was, what it is, and who made it so. */
export function editOf(
  place: { path: string; kind: string },
  states: { before?: Fields; after?: Fields },
  by: Actor,
  at: Date,
): Edit {
  const change = states.before ? (states.after ? "updated" : "deleted") : "created";
  return { path: place.path, kind: place.kind, change, by, at, fields: differences(states.before, states.after) };
}

/**
 * Two edits of one document as one, whichever was seen first: the difference between the mirrored document and the
 * document now. A field that is as it was mirrored again is left out.
 */
export function mergeEdits(earlier: Edit, later: Edit): Edit {
  if (earlier.at > later.at) return mergeEdits(later, earlier);
  const fields = new Map<string, FieldDifference>(earlier.fields.map((field) => [field.field, field]));
  for (const { field, before, after } of later.fields) {
    const known = fields.get(field);
    const was = known ? known.before : before;
    if (was === after) fields.delete(field);
    else
      fields.set(field, {
        field,
        ...(was === undefined ? {} : { before: was }),
        ...(after === undefined ? {} : { after }),
      });
  }
  const by = later.by.type === "unknown" ? earlier.by : later.by;
  // What the primary has is updated or deleted, and never created, whatever was done to it between.
  const isMirrored = earlier.change === "updated" || (earlier.change === "deleted" && earlier.fields.length > 0);
  const change = later.change === "deleted" ? "deleted" : isMirrored ? "updated" : "created";
  return { ...later, by, change, fields: [...fields.values()] };
}
