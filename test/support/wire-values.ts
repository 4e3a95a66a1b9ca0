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
const degrees = (most: number) => fc.double({ min: -most, max: most, noNaN: true });

const scalar = (references: fc.Arbitrary<string>): fc.Arbitrary<Value> =>
  fc.oneof(
    fc.constant<Value>({ nullValue: 0 }),
    fc.boolean().map((booleanValue): Value => ({ booleanValue })),
    int64,
    fc.double().map((doubleValue): Value => ({ doubleValue })),
    time.map((timestampValue): Value => ({ timestampValue })),
    fc.string({ unit: "grapheme" }).map((stringValue): Value => ({ stringValue })),
    fc.uint8Array().map((bytes): Value => ({ bytesValue: Buffer.from(bytes) })),
    references.map((referenceValue): Value => ({ referenceValue })),
    fc.record({ latitude: degrees(90), longitude: degrees(180) }).map((geoPointValue): Value => ({ geoPointValue })),
  );

/**
 * Documents with values of every Firestore type, nested up to three deep; references lead into the databases with these
 * roots. An array in an array is not among them: Firestore refuses it.
 */
export function anyFieldsOf(...roots: [string, ...string[]]): fc.Arbitrary<Fields> {
  const references = fc.tuple(fc.constantFrom(...roots), path).map((parts) => parts.join(""));
  const nesting = { maxDepth: 3, depthIdentifier: "value" } as const;
  return fc.letrec<{ item: Value; value: Value; fields: Fields }>((tie) => ({
    item: fc.oneof(
      nesting,
      scalar(references),
      tie("fields").map((fields): Value => ({ mapValue: { fields } })),
    ),
    value: fc.oneof(
      nesting,
      tie("item"),
      fc.array(tie("item"), { maxLength: 4 }).map((values): Value => ({ arrayValue: { values } })),
    ),
    fields: fc
      .uniqueArray(fc.tuple(fieldName, tie("value")), { selector: ([name]) => name, maxLength: 5, ...nesting })
      .map((entries): Fields => Object.fromEntries(entries)),
  })).fields;
}

export const anyFields = anyFieldsOf(roots.primary, "projects/p/databases/other/documents/");
