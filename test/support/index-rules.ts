import type { OrderedField, RecordedQuery } from "./query-recorder.ts";

/** An index file in Firebase's own form, as far as it is used here. */
export type IndexFile = { indexes: Composite[]; fieldOverrides: FieldOverride[] };
export type Composite = {
  collectionGroup: string;
  queryScope: Scope;
  fields: { fieldPath: string; order: "ASCENDING" | "DESCENDING" }[];
};
export type FieldOverride = {
  collectionGroup: string;
  fieldPath: string;
  ttl?: boolean;
  indexes: { queryScope: Scope; order?: "ASCENDING" | "DESCENDING"; arrayConfig?: "CONTAINS" }[];
};
type Scope = "COLLECTION" | "COLLECTION_GROUP";

/** What a field has where nothing else is said. */
export const automatic: FieldOverride["indexes"] = [
  { queryScope: "COLLECTION", order: "ASCENDING" },
  { queryScope: "COLLECTION", order: "DESCENDING" },
  { queryScope: "COLLECTION", arrayConfig: "CONTAINS" },
];

/**
 * Whether Firestore can answer a query with these indexes, by its published rules: one index, or several that are merged,
 * each with some of the fields compared for equality and then, all alike, the fields in their order; together they must
 * have every field compared for equality. What is summed up comes last in them. The emulator needs no index, so it cannot tell.
 */
export function isServed(query: RecordedQuery, file: IndexFile): boolean {
  const { equal, order } = needsOf(query);
  if (equal.size === 0 && order.length === 0) return true;
  const covered = indexesFor(query, file, [...equal, ...order.map(({ field }) => field)]).flatMap((fields) => {
    const before = fields.slice(0, fields.length - order.length).map(({ field }) => field);
    const isAlike = fields.length >= order.length && sameOrder(fields.slice(before.length), order);
    return isAlike && before.every((field) => equal.has(field)) ? [before] : [];
  });
  return covered.length > 0 && new Set(covered.flat()).size === equal.size;
}

/** The order of names ends every index, so it needs none of its own. */
function needsOf({ equal, ranged, order, sums }: RecordedQuery): { equal: Set<string>; order: OrderedField[] } {
  const asked = order.length > 0 ? order : ranged.map((field) => ({ field, descending: false }));
  const last = asked.at(-1);
  const named = last?.field === "__name__" ? asked.slice(0, -1) : asked;
  if (last?.field === "__name__" && last.descending !== (named.at(-1)?.descending ?? false)) {
    throw new Error("names in another order than the field before them");
  }
  if (ranged.some((field) => !asked.some((each) => each.field === field))) throw new Error("a range out of order");
  const ordered = new Set(named.map(({ field }) => field));
  return {
    equal: new Set(equal.filter((field) => !ordered.has(field))),
    order: [...named, ...sums.map((field) => ({ field, descending: false }))],
  };
}

function sameOrder(fields: OrderedField[], order: OrderedField[]): boolean {
  return order.every((wanted, index) => {
    const field = fields[index];
    return field?.field === wanted.field && field.descending === wanted.descending;
  });
}

/** The indexes of the query's collection and scope, each field's own included. */
function indexesFor({ collection, group }: RecordedQuery, file: IndexFile, fields: string[]): OrderedField[][] {
  const scope: Scope = group ? "COLLECTION_GROUP" : "COLLECTION";
  const composites = file.indexes.filter((each) => each.collectionGroup === collection && each.queryScope === scope);
  const single = fields.flatMap((field) =>
    singleFieldIndexes(file, collection, field).flatMap(({ queryScope, order }) =>
      queryScope === scope && order ? [[{ field, descending: order === "DESCENDING" }]] : [],
    ),
  );
  const several = composites.map((each) =>
    each.fields.map(({ fieldPath, order }) => ({ field: fieldPath, descending: order === "DESCENDING" })),
  );
  return [...single, ...several];
}

/** The nearest override holds: of the field, of a map that it is in, of all fields of the collection. */
function singleFieldIndexes(file: IndexFile, collection: string, field: string): FieldOverride["indexes"] {
  const parts = field.split(".");
  const paths = [...parts.map((_, index) => parts.slice(0, parts.length - index).join(".")), "*"];
  for (const path of paths) {
    const found = file.fieldOverrides.find((each) => each.collectionGroup === collection && each.fieldPath === path);
    if (found) return found.indexes;
  }
  return automatic;
}
