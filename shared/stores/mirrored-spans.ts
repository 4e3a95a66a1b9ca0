import { kindOf, kindsWith } from "../catalogue.ts";
import { comparePaths } from "../domain/reconcile.ts";
import type { NameRange } from "./wire.ts";

/** A part of a tenant's documents in the order of names: from one on, and up to one where there is such. */
export type Span = { from: NameRange; before?: string };

const mirrored = kindsWith("realtime");

/**
 * The parts of a tenant's documents, after a path, that mirrored kinds may be in: between its collections of other kinds,
 * which may be of any size and are billed by the name. A collection that nobody told of is in one of the parts.
 */
export function mirroredSpans(parent: string, collections: readonly string[], after?: string): Span[] {
  const others = collections.filter((id) => kindOf(id)?.policy !== "realtime").sort(comparePaths);
  return [undefined, ...others].flatMap((left, index): Span[] => {
    const right = others[index];
    if (!mirrored.some((kind) => isBetween(left, kind, right))) return [];
    const before = right === undefined ? {} : { before: `${parent}/${right}/\0` };
    const whole = { from: { atLeast: left === undefined ? `${parent}/\0/\0` : `${parent}/${left}\0/\0` }, ...before };
    if (after === undefined) return [whole];
    const reached = after.split("/")[0] ?? "";
    if (right !== undefined && comparePaths(right, reached) <= 0) return [];
    return isBetween(left, reached, right) ? [{ ...whole, from: { after: `${parent}/${after}` } }] : [whole];
  });
}

/** Whether a collection comes after one, and before another. */
function isBetween(left: string | undefined, id: string, right: string | undefined): boolean {
  return (left === undefined || comparePaths(left, id) < 0) && (right === undefined || comparePaths(id, right) < 0);
}
