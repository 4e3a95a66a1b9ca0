import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differences } from "../../shared/domain/differences.ts";
import { editOf, mergeEdits } from "../../shared/domain/edits.ts";
import { diffCsv } from "../../shared/domain/failback-diff-csv.ts";
import type { LedgerEntry } from "../../shared/domain/mirror.ts";
import { planPromotion } from "../../shared/domain/promote.ts";
import type { Edit } from "../../shared/domain/standby.ts";
import { type DiffRow, diffRow, type Sides, unknownValue } from "../../shared/domain/three-way.ts";
import { type Fields, fingerprint, retarget, wireTime } from "../../shared/domain/value.ts";
import { anyFieldsOf, int, map, reference, roots, text } from "../support/wire-values.ts";

const path = "phones/1";
const by = { type: "user", id: "anna@example.com" } as const;
const at = new Date("2026-11-21T10:00:00Z");

const entryOf = (base: Fields | undefined): LedgerEntry => ({
  path,
  kind: "phones",
  rank: { version: 1, deleted: base === undefined },
  hash: base ? fingerprint(base, roots.secondary).hash : "",
  large: false,
});

const editFrom = (before: Fields | undefined, after: Fields | undefined): Edit =>
  editOf({ path, kind: "phones" }, { ...(before ? { before } : {}), ...(after ? { after } : {}) }, by, at);

const sides = (base: Fields | undefined, primary: Fields | undefined, secondary: Fields | undefined): Sides => ({
  path,
  entry: base && entryOf(base),
  primary,
  secondary,
  edit: JSON.stringify(base) === JSON.stringify(secondary) ? undefined : editFrom(base, secondary),
});

const row = (given: Sides) => diffRow(given, roots.secondary);
const hash = (fields: Fields | undefined) => fields && fingerprint(fields, roots.secondary).hash;

/** Documents that share most of their fields, so that both sides change some alike, some not, and some differently. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 2 }).map((n) => int(n)),
  fc.record({ x: fc.integer({ min: 0, max: 2 }).map(int), y: fc.constant(text("y")) }, { requiredKeys: [] }).map(map),
);
const near = fc.dictionary(fc.constantFrom("a", "b", "c.d", "`e`"), value, { maxKeys: 4 });
const document = fc.option(fc.oneof(near, anyFieldsOf(roots.secondary)), { nil: undefined });
const three = fc.tuple(document, document, document);

describe("diffRow", () => {
  test("has a row for each document that is not as it was at activation, and no other (R25)", () => {
    fc.assert(
      fc.property(three, ([base, primary, secondary]) => {
        const same = hash(base) === hash(primary) && hash(base) === hash(secondary);
        expect(row(sides(base, primary, secondary)) === undefined).toBe(same);
      }),
    );
  });

  test("explains every difference: each field in which the sites differ, with both values (R25)", () => {
    fc.assert(
      fc.property(three, fc.boolean(), ([base, primary, secondary], noted) => {
        const given = sides(base, primary, secondary);
        const found = row(noted ? given : { ...given, edit: undefined });
        const wanted = differences(primary, secondary).map(({ field, before, after }) => ({ field, before, after }));
        const shown = (found?.fields ?? [])
          .filter((field) => field.primary !== field.secondary)
          .map((field) => ({ field: field.field, before: field.primary, after: field.secondary }));
        expect(shown).toStrictEqual(wanted);
      }),
    );
  });

  test("never gives a value at activation that was not so, and says where it cannot know (R25)", () => {
    fc.assert(
      fc.property(three, fc.boolean(), ([base, primary, secondary], noted) => {
        const given = sides(base, primary, secondary);
        const found = row(noted ? given : { ...given, edit: undefined });
        // What each side changed, as differences to the base tell it.
        const truth = new Map(
          [...differences(base, primary), ...differences(base, secondary)].map(({ field, before }) => [field, before]),
        );
        for (const { field, base: claimed } of found?.fields ?? []) {
          if (claimed === unknownValue || !truth.has(field)) continue;
          expect(claimed).toBe(truth.get(field));
        }
      }),
    );
  });

  test("knows the value at activation wherever only one side changed, or the edit was noted (R25)", () => {
    const base = { kept: int(0), ours: int(1), theirs: int(2), both: int(3), alike: int(4) };
    const primary = { kept: int(0), ours: int(1), theirs: int(20), both: int(30), alike: int(40) };
    const secondary = { kept: int(0), ours: int(10), theirs: int(2), both: int(31), alike: int(40) };
    expect(row(sides(base, primary, secondary))).toStrictEqual({
      path,
      kind: "phones",
      primary: "updated",
      secondary: "updated",
      conflict: true,
      fault: "primaryChanged",
      edited: { by, at },
      fields: [
        { field: "both", base: "3", primary: "30", secondary: "31" },
        { field: "ours", base: "1", primary: "1", secondary: "10" },
        { field: "theirs", base: "2", primary: "20", secondary: "2" },
        { field: "alike", base: "4", primary: "40", secondary: "40" },
      ],
    });
    const lost = row({ ...sides(base, primary, secondary), edit: undefined });
    expect(lost?.fields.map(({ field, base: known }) => [field, known])).toStrictEqual([
      ["both", unknownValue],
      ["ours", unknownValue],
      ["theirs", unknownValue],
    ]);
  });

  test("does not trust the note of an edit that is not the last (R25)", () => {
    const [base, first, second] = [{ a: int(1) }, { a: int(2) }, { a: int(2), b: int(3) }];
    const given = { ...sides(base, { a: int(9) }, second), edit: editFrom(base, first) };
    // `b` is not in the note, and so cannot be said to be unchanged; nor can `a` then.
    const later = { ...given, secondary: { a: int(3) } };
    expect(row(later)?.fields).toStrictEqual([{ field: "a", base: unknownValue, primary: "9", secondary: "3" }]);
    const merged = mergeEdits(editFrom(base, first), editFrom(first, second));
    expect(row({ ...given, edit: merged })?.fields).toContainEqual({
      field: "a",
      base: "1",
      primary: "9",
      secondary: "2",
    });
  });

  test.each([
    ["only the secondary's change", { a: int(1) }, { a: int(1) }, { a: int(2) }, undefined],
    ["only the secondary's creation", undefined, undefined, { a: int(2) }, undefined],
    ["only the secondary's deletion", { a: int(1) }, { a: int(1) }, undefined, undefined],
    ["both changed", { a: int(1) }, { a: int(3) }, { a: int(2) }, "primaryChanged"],
    ["both created", undefined, { a: int(3) }, { a: int(2) }, "primaryChanged"],
    ["deleted here, changed there", { a: int(1) }, { a: int(3) }, undefined, "primaryChanged"],
    ["changed here, deleted there", { a: int(1) }, undefined, { a: int(2) }, "primaryChanged"],
    ["both changed alike", { a: int(1) }, { a: int(2) }, { a: int(2) }, "sameOnBoth"],
    ["only the primary's change", { a: int(1) }, { a: int(3) }, { a: int(1) }, "notEdited"],
  ] as const)("says whether it can be promoted: %s (R25)", (_, base, primary, secondary, fault) => {
    expect(row(sides(base, primary, secondary))?.fault).toBe(fault);
  });

  test("takes a document whose time alone is another for unchanged: a restored database (R25)", () => {
    const base = { a: int(1) };
    expect(row({ ...sides(base, { a: int(1) }, { a: int(1) }), entry: entryOf(base) })).toBeUndefined();
  });
});

describe("planPromotion", () => {
  const app = { roots, toFields: (state: { fields?: unknown }) => (state.fields ?? {}) as Fields };
  const state = (fields: Fields, micros: number) => ({ fields, updateTime: wireTime(micros) });

  test("writes the secondary's content with its references led home, on the very version that was read (R25)", () => {
    const base = { to: reference(roots.secondary, "tenants/t/accounts/1"), n: int(1) };
    const edited = { ...base, n: int(2) };
    const plan = planPromotion(app, path, {
      entry: entryOf(base),
      primary: state(retarget(base, roots.secondary, roots.primary), 77),
      secondary: state(edited, 99),
    });
    expect(plan).toStrictEqual({
      path,
      fields: { to: { ...reference(roots.primary, "tenants/t/accounts/1"), valueType: "referenceValue" }, n: int(2) },
      precondition: 77,
    });
  });

  test("creates only what is not there, and deletes only what is as it was (R25)", () => {
    const created = planPromotion(app, path, { entry: undefined, primary: { missingAt: 5 }, secondary: state({}, 9) });
    expect(created).toStrictEqual({ path, fields: {}, precondition: "absent" });
    const base = { a: int(1) };
    const deleted = planPromotion(app, path, { entry: entryOf(base), primary: state(base, 7), secondary: undefined });
    expect(deleted).toStrictEqual({ path, precondition: 7 });
  });

  test("again, after it was written, is promoted; what the primary changed is refused (R25)", () => {
    const [base, edited] = [{ a: int(1) }, { a: int(2) }];
    const plan = (primary: Fields) =>
      planPromotion(app, path, { entry: entryOf(base), primary: state(primary, 7), secondary: state(edited, 9) });
    expect(plan(edited)).toStrictEqual({ path, outcome: "promoted" });
    expect(plan({ a: int(3) })).toStrictEqual({ path, outcome: "refused", why: "primaryChanged" });
  });

  test("what nobody edited is refused (R25)", () => {
    const base = { a: int(1) };
    const plan = planPromotion(app, path, { entry: entryOf(base), primary: state(base, 7), secondary: state(base, 8) });
    expect(plan).toStrictEqual({ path, outcome: "refused", why: "notEdited" });
  });
});

describe("diffCsv", () => {
  const text0 = async (rows: DiffRow[][]) => {
    const portions = (async function* () {
      for (const portion of rows) yield { rows: portion };
    })();
    let all = "";
    for await (const piece of diffCsv(portions)) all += piece;
    return all;
  };

  test("has one line for each field, its heading first, in UTF-8 with BOM (R25)", async () => {
    const found = row(sides({ a: int(1) }, { a: int(1) }, { a: int(2), b: text('予備, "A"') })) as DiffRow;
    const lines = (await text0([[], [found]])).split("\r\n");
    const heading = "path,kind,kind_ja,kind_en,primary,secondary,conflict,promotable,why_not,edited_by,edited_at";
    const line = (cells: string) =>
      cells
        .split(",")
        .map((cell) => `"${cell}"`)
        .join(",");
    expect(lines[0]).toBe(`\ufeff${line(`${heading},field,field_base,field_primary,field_secondary`)}`);
    const place = line(`phones/1,phones,電話機,Phones,none,updated,false,true,,anna@example.com,${at.toISOString()}`);
    expect(lines.slice(1)).toStrictEqual([
      `${place},${line("a,1,1,2")}`,
      `${place},"b","","","""予備, \\""A\\"""""`,
      "",
    ]);
  });

  test("has its heading though nothing differs", async () => {
    expect(await text0([])).toMatch(/^\ufeff"path",[^\n]*\r\n$/);
  });

  test("lets no cell be taken for a formula (R25)", async () => {
    const found = row(sides({ a: int(1) }, { a: int(1) }, { a: int(-2) })) as DiffRow;
    expect(await text0([[found]])).toContain(`,"a","1","1","'-2"\r\n`);
  });
});
