/** A switch-over plan as the API gives and takes it. */
export type PlanValues = {
  defaultCallerNumber: string | null;
  phones: Record<string, string>;
  tollFree: Record<string, string>;
};
export type ReadPlan = PlanValues & { version: string | null };

/** A plan's entries by field, `phones.phone-1` and the like, each with its number; what has none is left out. */
export type Entries = Readonly<Record<string, string>>;

export const defaultField = "defaultCallerNumber";

/** A plan that is being changed: as it was read, and as it is to be. */
export type PlanDraft = {
  base: Entries;
  version: string | null;
  mine: Entries;
  /** The version that was replaced by ours: the secondary shows it until the change has arrived there. */
  replaced?: string | null;
};

export function entriesOf({ defaultCallerNumber, phones, tollFree }: PlanValues): Entries {
  return {
    ...(defaultCallerNumber === null ? {} : { [defaultField]: defaultCallerNumber }),
    ...prefixed("phones", phones),
    ...prefixed("tollFree", tollFree),
  };
}

export function planOf(entries: Entries): PlanValues {
  return {
    defaultCallerNumber: entries[defaultField] ?? null,
    phones: unprefixed("phones", entries),
    tollFree: unprefixed("tollFree", entries),
  };
}

export function beginDraft(read: ReadPlan): PlanDraft {
  const base = entriesOf(read);
  return { base, version: read.version, mine: base };
}

/** With that entry changed, or taken out. */
export function withEntry(draft: PlanDraft, field: string, number: string | undefined): PlanDraft {
  const { [field]: _before, ...others } = draft.mine;
  return { ...draft, mine: number === undefined ? others : { ...others, [field]: number } };
}

/** After this very draft was stored. */
export function storedDraft(draft: PlanDraft, stored: ReadPlan): PlanDraft {
  if (stored.version === draft.version) return beginDraft(stored);
  return { ...beginDraft(stored), replaced: draft.version };
}

/**
 * The draft once the plan was read again: one that nobody has changed here follows it, and so does one that is stored
 * already, as after a save whose answer was lost; one that is not keeps its changes, and `isOutdated` tells.
 */
export function observePlan(draft: PlanDraft, read: ReadPlan): PlanDraft {
  if (read.version === draft.version) {
    const { replaced: _replaced, ...arrived } = draft;
    return draft.replaced === undefined ? draft : arrived;
  }
  if (!isOutdated(draft, read)) return draft;
  const isChanged = changesBetween(draft.base, draft.mine).length > 0;
  const isStored = changesBetween(entriesOf(read), draft.mine).length === 0;
  return isChanged && !isStored ? draft : beginDraft(read);
}

/** Whether somebody else has stored another plan since the draft's was read. */
export function isOutdated(draft: PlanDraft, read: ReadPlan): boolean {
  if (read.version === draft.version) return false;
  return draft.replaced === undefined || read.version !== draft.replaced;
}

/** The draft's changes, made to the newer plan: where both changed the same entry, the draft's stands. */
export function rebasedDraft(draft: PlanDraft, newer: ReadPlan): PlanDraft {
  return changesBetween(draft.base, draft.mine).reduce(
    (next, { field, after }) => withEntry(next, field, after),
    beginDraft(newer),
  );
}

export type EntryChange = { field: string; before?: string; after?: string };

/** The entries that differ, in the order of their fields. */
export function changesBetween(before: Entries, after: Entries): EntryChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => before[field] !== after[field])
    .sort()
    .map((field) => ({
      field,
      ...(before[field] === undefined ? {} : { before: before[field] }),
      ...(after[field] === undefined ? {} : { after: after[field] }),
    }));
}

/** The part of the plan that a field belongs to, and the phone or toll-free number in it. */
export function placeOf(field: string): { part: string; of: string } {
  const dot = field.indexOf(".");
  return dot < 0 ? { part: field, of: "" } : { part: field.slice(0, dot), of: field.slice(dot + 1) };
}

function prefixed(part: string, numbers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(numbers).map(([of, number]) => [`${part}.${of}`, number]));
}

function unprefixed(part: string, entries: Entries): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([field, number]) => {
      const place = placeOf(field);
      return place.part === part && place.of !== "" ? [[place.of, number] as const] : [];
    }),
  );
}
