import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differences } from "../../shared/domain/differences.ts";
import { editOf, isOwnWrite, mergeEdits } from "../../shared/domain/edits.ts";
import type { LedgerEntry } from "../../shared/domain/mirror.ts";
import type { Actor, Edit } from "../../shared/domain/standby.ts";
import type { Fields } from "../../shared/domain/value.ts";
import { int } from "../support/wire-values.ts";

const place = { path: "accounts/a", kind: "accounts" };
const anna: Actor = { type: "user", id: "anna@example.com" };
const unknown: Actor = { type: "unknown", id: "unknown" };

const entry = (deleted: boolean): LedgerEntry => ({
  ...place,
  rank: { version: 1, deleted },
  hash: deleted ? "" : "hash",
  large: false,
});

describe("isOwnWrite", () => {
  test.each([
    ["the document is what the entry says", entry(false), "hash", true],
    ["the document is another", entry(false), "other", false],
    ["the document is gone", entry(false), undefined, false],
    ["the document was deleted by the mirror", entry(true), undefined, true],
    ["the document was deleted by the mirror, and is there", entry(true), "hash", false],
    ["there is neither", undefined, undefined, true],
    ["there is a document without an entry", undefined, "hash", false],
  ])("where %s (R10)", (_, known, hash, own) => expect(isOwnWrite(known, hash)).toBe(own));
});

/** Three states of one document, the first as it was mirrored, each later one left by another edit. */
const document = fc.option(
  fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.integer({ min: 0, max: 2 }).map(int), { maxKeys: 4 }),
  { nil: undefined },
);

const editBetween = (before: Fields | undefined, after: Fields | undefined, at: number): Edit =>
  editOf(place, { ...(before ? { before } : {}), ...(after ? { after } : {}) }, anna, new Date(at));

const byField = (edit: Pick<Edit, "fields">) =>
  [...edit.fields].sort((one, other) => (one.field < other.field ? -1 : 1));

describe("mergeEdits", () => {
  test("gives the difference between the mirrored document and the document now, whichever edit was seen first", () => {
    fc.assert(
      fc.property(document, document, document, (mirrored, between, now) => {
        fc.pre(mirrored !== undefined || between !== undefined || now !== undefined);
        const [first, second] = [editBetween(mirrored, between, 1), editBetween(between, now, 2)];
        const expected = differences(mirrored, now);
        expect(byField(mergeEdits(first, second))).toStrictEqual(byField({ fields: expected }));
        expect(mergeEdits(second, first)).toStrictEqual(mergeEdits(first, second));
      }),
      { numRuns: 1000 },
    );
  });

  test("is not changed by an edit that is seen twice", () => {
    fc.assert(
      fc.property(document, document, (mirrored, now) => {
        const edit = editBetween(mirrored, now, 1);
        expect(mergeEdits(edit, edit)).toStrictEqual(edit);
      }),
    );
  });

  test("names whoever made the last edit, or who is known where the last is not", () => {
    const edit = (by: Actor, at: number): Edit => ({ ...editBetween({ a: int(1) }, { a: int(at) }, at), by });
    const bob: Actor = { type: "user", id: "bob@example.com" };
    expect(mergeEdits(edit(anna, 1), edit(bob, 2)).by).toStrictEqual(bob);
    expect(mergeEdits(edit(anna, 1), edit(unknown, 2)).by).toStrictEqual(anna);
    expect(mergeEdits(edit(unknown, 2), edit(anna, 1)).by).toStrictEqual(anna);
  });

  test("calls a document that was created and then changed created, and one changed and then deleted deleted", () => {
    const [created, changed] = [{ a: int(1) }, { a: int(2) }];
    expect(mergeEdits(editBetween(undefined, created, 1), editBetween(created, changed, 2)).change).toBe("created");
    expect(mergeEdits(editBetween(created, changed, 1), editBetween(changed, undefined, 2)).change).toBe("deleted");
  });

  test("calls a document of the primary's that was deleted and created again updated, and any other created (R10b)", () => {
    const [mirrored, changed] = [{ a: int(1) }, { a: int(2) }];
    const again = mergeEdits(editBetween(mirrored, undefined, 1), editBetween(undefined, changed, 2));
    expect(again).toMatchObject({ change: "updated", fields: [{ field: "a", before: "1", after: "2" }] });
    const gone = mergeEdits(editBetween(undefined, changed, 1), editBetween(changed, undefined, 2));
    expect(mergeEdits(gone, editBetween(undefined, changed, 3)).change).toBe("created");
  });
});
