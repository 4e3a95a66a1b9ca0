import { differences, limits, shownAt } from "./differences.ts";
import { kindIn } from "./document-path.ts";
import type { LedgerEntry } from "./mirror.ts";
import type { Actor, Edit, ShownValue } from "./standby.ts";
import { type Fields, fingerprint } from "./value.ts";

/** What became of a document on one side since the activation. */
export const sideChanges = ["none", "created", "updated", "deleted"] as const;
export type SideChange = (typeof sideChanges)[number];

/** Why a document cannot be promoted. */
export const promotionFaults = {
  notEdited: "nobody changed it on the secondary",
  primaryChanged: "it was changed on the primary too",
  sameOnBoth: "both sites hold the same already",
} as const;
export type PromotionFault = keyof typeof promotionFaults;

/** Stands for a value at activation that cannot be known; no shown value looks like it. */
export const unknownValue = "unknown";

/** One field on three sides; a side without the field is absent. */
export type FieldTriple = { field: string; base?: ShownValue; primary?: ShownValue; secondary?: ShownValue };

/** One document that is not on both sites as it was at activation (R25). */
export type DiffRow = {
  path: string;
  kind: string;
  primary: SideChange;
  secondary: SideChange;
  /** Both sites changed it, each in its own way. */
  conflict: boolean;
  /** Why its change on the secondary cannot be carried to the primary; without it, it can. */
  fault?: PromotionFault;
  edited?: { by: Actor; at: Date };
  fields: FieldTriple[];
};

/** A document on its three sides; references of the primary's fields already lead into the secondary. */
export type Sides = {
  path: string;
  /** What the secondary held when the mirror was halted. */
  entry: LedgerEntry | undefined;
  primary: Fields | undefined;
  secondary: Fields | undefined;
  /** What the guard noted of the document's edits on the secondary. */
  edit: Edit | undefined;
};

type Comparison = { primary: SideChange; secondary: SideChange; same: boolean };

/** How each site's document stands to the one at activation; told by hashes, whatever the times are. */
export function compareToBase({ entry, primary, secondary }: Omit<Sides, "edit">, root: string): Comparison {
  const base = entry && !entry.rank.deleted ? entry.hash : undefined;
  const hashOf = (fields: Fields | undefined) => fields && fingerprint(fields, root).hash;
  const [left, right] = [hashOf(primary), hashOf(secondary)];
  return { primary: changeFrom(base, left), secondary: changeFrom(base, right), same: left === right };
}

function changeFrom(base: string | undefined, now: string | undefined): SideChange {
  if (base === now) return "none";
  if (base === undefined) return "created";
  return now === undefined ? "deleted" : "updated";
}

/** Why the secondary's change of a document cannot be carried to the primary, if it cannot (R25). */
export function promotionFault({ primary, secondary, same }: Comparison): PromotionFault | undefined {
  if (secondary === "none") return "notEdited";
  if (same) return "sameOnBoth";
  return primary === "none" ? undefined : "primaryChanged";
}

/** The document's row, or undefined where both sites hold what they held at activation. */
export function diffRow(sides: Sides, root: string): DiffRow | undefined {
  const compared = compareToBase(sides, root);
  const { primary, secondary, same } = compared;
  if (primary === "none" && secondary === "none") return undefined;
  const fault = promotionFault(compared);
  const { path, edit } = sides;
  return {
    path,
    kind: kindIn(path),
    primary,
    secondary,
    conflict: primary !== "none" && secondary !== "none" && !same,
    ...(fault ? { fault } : {}),
    ...(edit && secondary !== "none" ? { edited: { by: edit.by, at: edit.at } } : {}),
    fields: triplesOf(sides, compared),
  };
}

function triplesOf(sides: Sides, { primary, secondary }: Comparison): FieldTriple[] {
  const differing = differences(sides.primary, sides.secondary);
  const baseOf = baseIn(sides, { primary, secondary });
  const triples = differing.map(({ field, before, after }) =>
    triple(field, baseOf(field, before, after), before, after),
  );
  if (primary === "none" || secondary === "none") return triples;
  // What both changed alike differs from the base only.
  for (const { field, before, after } of trusted(sides)?.fields ?? []) {
    if (differing.some((other) => overlaps(other.field, field))) continue;
    triples.push(triple(field, before, after, after));
  }
  return triples;
}

type BaseOf = (field: string, primary?: ShownValue, secondary?: ShownValue) => ShownValue | undefined;

/** Where only one side changed the other is the base. Where both did, the guard's note of the edit tells, if it can. */
function baseIn(sides: Sides, { primary, secondary }: Pick<Comparison, "primary" | "secondary">): BaseOf {
  if (primary === "none") return (_, value) => value;
  if (secondary === "none") return (_, __, value) => value;
  if (primary === "created" || secondary === "created") return () => undefined;
  const edit = trusted(sides);
  if (!edit) return () => unknownValue;
  return (field, _, value) => {
    const exact = edit.fields.find((edited) => edited.field === field);
    if (exact) return exact.before;
    // A map that one side changed as a whole and the other in part cannot be taken apart by what is shown of it.
    return edit.fields.some((edited) => overlaps(edited.field, field)) ? unknownValue : value;
  };
}

/** The note of the edit where it is whole, and ends in what the secondary holds now. */
function trusted({ edit, secondary }: Sides): Edit | undefined {
  if (!edit || edit.fields.length >= limits.fields) return undefined;
  return edit.fields.every(({ field, after }) => shownAt(secondary, field) === after) ? edit : undefined;
}

/** The same field, or one inside the other. */
function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

function triple(field: string, base?: ShownValue, primary?: ShownValue, secondary?: ShownValue): FieldTriple {
  return {
    field,
    ...(base === undefined ? {} : { base }),
    ...(primary === undefined ? {} : { primary }),
    ...(secondary === undefined ? {} : { secondary }),
  };
}
