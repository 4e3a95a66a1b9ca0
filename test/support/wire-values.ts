import fc from "fast-check";
import type { Fields, Value } from "../../shared/domain/value.ts";

/** The document roots that the tests without a database speak of. */
export const roots = {
  primary: "projects/p/databases/tokyo/documents/",
  secondary: "projects/p/databases/osaka/documents/",
};

export const int = (value: number | string): Value => ({ integerValue: value });
export const double = (value: number): Value => ({ doubleValue: value });
export const text = (value: string): Value => ({ stringValue: value });
export const map = (fields: Fields): Value => ({ mapValue: { fields } });
export const array = (...values: Value[]): Value => ({ arrayValue: { values } });
export const reference = (root: string, path: string): Value => ({ referenceValue: root + path });

/** Field names as Firestore allows them: any text but the reserved `__…__`, the awkward ones more often. */
export const fieldName = fc.oneof(
  fc.constantFrom("a", "b", "a.b", "a/b", "`a`", "\\`", "日本語😀", "constructor", "toString", "1", " "),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((name) => !/^__.*__$/s.test(name)),
);

const int64 = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((value): Value => ({ integerValue: value.toString() }));
const time = fc.record({
  seconds: fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
  nanos: fc.nat(999_999).map((micros) => micros * 1000),
});
const path = fc.constantFrom("tenants/t/accounts/a", "tenants/t/phones/電話", "operators/x");
const root = fc.constantFrom(roots.primary, "projects/p/databases/other/documents/");

/** Values of every Firestore type, nested up to three deep; references lead into the primary and elsewhere. */
export const { fields: anyFields } = fc.letrec<{ value: Value; fields: Fields }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: "value" },
    fc.constant<Value>({ nullValue: 0 }),
    fc.boolean().map((booleanValue): Value => ({ booleanValue })),
    int64,
    fc.double().map((doubleValue): Value => ({ doubleValue })),
    time.map((timestampValue): Value => ({ timestampValue })),
    fc.string({ unit: "grapheme" }).map((stringValue): Value => ({ stringValue })),
    fc.uint8Array().map((bytes): Value => ({ bytesValue: Buffer.from(bytes) })),
    fc.tuple(root, path).map((parts): Value => ({ referenceValue: parts.join("") })),
    fc
      .tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
      .map(([latitude, longitude]): Value => ({ geoPointValue: { latitude, longitude } })),
    fc.array(tie("value"), { maxLength: 4 }).map((values): Value => ({ arrayValue: { values } })),
    tie("fields").map((fields): Value => ({ mapValue: { fields } })),
  ),
  fields: fc
    .uniqueArray(fc.tuple(fieldName, tie("value")), {
      selector: ([name]) => name,
      maxLength: 5,
      depthIdentifier: "value",
    })
    .map((entries): Fields => Object.fromEntries(entries)),
}));
