import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differences, show } from "../../shared/domain/differences.ts";
import { fingerprint, type Value } from "../../shared/domain/value.ts";
import { anyFields, array, double, int, map, reference, roots, text } from "../support/wire-values.ts";

describe("differences", () => {
  test("gives each field that was changed, added or removed under its path, maps entered (R10b)", () => {
    const before = { name: text("Sales"), hours: map({ open: int(9), close: int(18) }), old: { nullValue: 0 } };
    const after = { name: text("Sales"), hours: map({ open: int(10), close: int(18) }), fresh: array(int(1)) };
    expect(differences(before, after)).toStrictEqual([
      { field: "fresh", after: "[1]" },
      { field: "hours.open", before: "9", after: "10" },
      { field: "old", before: "null" },
    ]);
  });

  test("quotes names as Firestore's field paths do, so that a dotted name is told from a path", () => {
    const names = ["a.b", "a/b", "`", "\\", "1a", "日本語", "_ok1"];
    const before = Object.fromEntries(names.map((name) => [name, int(1)]));
    const paths = differences(before, undefined).map(({ field }) => field);
    expect(new Set(paths)).toStrictEqual(new Set(["`a.b`", "`a/b`", "`\\``", "`\\\\`", "`1a`", "`日本語`", "_ok1"]));
  });

  test("gives every field of a document that was created or deleted", () => {
    expect(differences(undefined, { a: int(1) })).toStrictEqual([{ field: "a", after: "1" }]);
    expect(differences({ a: int(1) }, undefined)).toStrictEqual([{ field: "a", before: "1" }]);
  });

  test("finds none in equal documents, and some in any two that differ", () => {
    fc.assert(
      fc.property(anyFields, anyFields, (one, other) => {
        expect(differences(one, one)).toStrictEqual([]);
        const equal = fingerprint(one, roots.primary).hash === fingerprint(other, roots.primary).hash;
        expect(differences(one, other).length === 0).toBe(equal);
      }),
      { numRuns: 1000 },
    );
  });

  test("stays short: a hundred fields, and a thousand characters of a value with the length of the whole", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, int(index)]));
    expect(differences(many, undefined)).toHaveLength(100);
    const [long] = differences(undefined, { a: text("x".repeat(5000)) });
    expect(long?.after).toMatch(/^"x{999}… \(5002 characters\)$/);
  });

  const shown: [Value, string][] = [
    [{ nullValue: 0 }, "null"],
    [{ booleanValue: true }, "true"],
    [int("9223372036854775807"), "9223372036854775807"],
    [double(1), "1.0"],
    [double(-0), "-0.0"],
    [double(0.1), "0.1"],
    [double(Number.NaN), "NaN"],
    [double(Number.NEGATIVE_INFINITY), "-Infinity"],
    [{ timestampValue: { seconds: 1_800_000_000, nanos: 123_456_000 } }, "timestamp(2027-01-15T08:00:00.123456000Z)"],
    [text('say "hi"'), '"say \\"hi\\""'],
    [{ bytesValue: Buffer.from([0, 255]) }, "bytes(AP8=)"],
    [reference(roots.secondary, "tenants/t/phones/1"), "reference(tenants/t/phones/1)"],
    [{ geoPointValue: { latitude: 35.6, longitude: 139.7 } }, "geopoint(35.6, 139.7)"],
    [array(int(1), array()), "[1, []]"],
    [map({ b: int(1), a: map({}) }), '{"a": {}, "b": 1}'],
  ];
  test.each(shown)("shows %j as %s", (value, expected) => expect(show(value)).toBe(expected));
});
