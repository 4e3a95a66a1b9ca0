import protos from "@google-cloud/firestore-api/protos";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Fields, fingerprint, microseconds, retarget, type Value, wireTime } from "../../shared/domain/value.ts";
import { anyFields, array, double, int, map, reference, roots, text } from "../support/wire-values.ts";

const hash = (fields: Fields, root = roots.primary) => fingerprint(fields, root).hash;

/** As the decoder of Firestore's answers and events gives them. */
function overTheWire(fields: Fields): Fields {
  const { Document } = protos.google.firestore.v1;
  return Document.decode(Document.encode({ fields: fields as never }).finish()).fields as Fields;
}

function reversed(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([name, value]): [string, Value] => [
    name,
    value.mapValue ? map(reversed(value.mapValue.fields ?? {})) : value,
  ]);
  return Object.fromEntries(entries.reverse());
}

const time = (seconds: number, nanos = 0): Value => ({ timestampValue: { seconds, nanos } });
const bytes = (...content: number[]): Value => ({ bytesValue: Buffer.from(content) });

/** Values that are easily taken for one another. */
const distinct: Record<string, Fields> = {
  nothing: {},
  null: { a: { nullValue: 0 } },
  false: { a: { booleanValue: false } },
  true: { a: { booleanValue: true } },
  "integer 0": { a: int(0) },
  "integer 1": { a: int(1) },
  "integer -1": { a: int(-1) },
  "integer 2^53": { a: int("9007199254740992") },
  "integer 2^53 + 1": { a: int("9007199254740993") },
  "integer 2^63 - 1": { a: int("9223372036854775807") },
  "integer -2^63": { a: int("-9223372036854775808") },
  "double 0": { a: double(0) },
  "double -0": { a: double(-0) },
  "double 1": { a: double(1) },
  "double 2^53": { a: double(2 ** 53) },
  "least double": { a: double(5e-324) },
  NaN: { a: double(Number.NaN) },
  infinity: { a: double(Number.POSITIVE_INFINITY) },
  "minus infinity": { a: double(Number.NEGATIVE_INFINITY) },
  "timestamp 1 s": { a: time(1) },
  "timestamp 1 s 1 µs": { a: time(1, 1000) },
  "timestamp 11 s": { a: time(11) },
  "timestamp before 1970": { a: time(-1) },
  "empty string": { a: text("") },
  'string "1"': { a: text("1") },
  'string "n"': { a: text("n") },
  "composed é": { a: text("\u00e9") },
  "decomposed é": { a: text("e\u0301") },
  "empty bytes": { a: bytes() },
  "bytes of 1": { a: bytes(0x31) },
  "reference into the database": { a: reference(roots.primary, "tenants/t") },
  "reference elsewhere": { a: reference("projects/p/databases/other/documents/", "tenants/t") },
  "text of a reference": { a: text("tenants/t") },
  "geopoint 0": { a: { geoPointValue: { latitude: 0, longitude: 0 } } },
  "geopoint east": { a: { geoPointValue: { latitude: 0, longitude: 1 } } },
  "geopoint north": { a: { geoPointValue: { latitude: 1, longitude: 0 } } },
  "empty array": { a: array() },
  "array of an empty array": { a: array(array()) },
  "array of 1 and 2": { a: array(int(1), int(2)) },
  "array of 2 and 1": { a: array(int(2), int(1)) },
  "array of 12": { a: array(int(12)) },
  "empty map": { a: map({}) },
  "map of a map": { a: map({ b: map({}) }) },
  "two fields": { a: map({ b: int(1) }), c: int(2) },
  "two fields in a map": { a: map({ b: int(1), c: int(2) }) },
  "another name": { b: int(1) },
  "a dotted name": { "a.b": int(1) },
  "a map of that path": { a: map({ b: int(1) }) },
  "a vector": {
    a: map({ __type__: text("__vector__"), value: array(double(1), double(2)) }),
  },
};

describe("fingerprint", () => {
  test("tells different values and types apart (R4)", () => {
    const names = new Map<string, string>();
    for (const [name, fields] of Object.entries(distinct)) {
      const known = names.get(hash(fields));
      expect(known, `${name} is taken for ${known}`).toBeUndefined();
      names.set(hash(fields), name);
    }
  });

  test("cannot be led astray by names and texts that look like what it hashes", () => {
    // An integer is of any length: without an end of its own, the next name's length could be read as its last digits.
    expect(hash({ a: int(1), "bbs8:xxxxxxx": { nullValue: 0 } })).not.toBe(hash({ a: int(11), bb: text("xxxxxxxn") }));
    const moments = [time(1, 1), time(1, 11)] as [Value, Value];
    expect(hash({ a: moments[0], "bbs8:xxxxxxx": { nullValue: 0 } })).not.toBe(
      hash({ a: moments[1], bb: text("xxxxxxxn") }),
    );
  });

  test("is the same for equal documents: in any order of fields, made by hand or decoded (R4)", () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        expect(hash(reversed(fields))).toBe(hash(fields));
        expect(hash(overTheWire(fields))).toBe(hash(fields));
      }),
      { numRuns: 1000 },
    );
  });

  test("differs for different documents", () => {
    fc.assert(
      fc.property(anyFields, anyFields, (one, other) => {
        fc.pre(JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other)));
        expect(hash(one)).not.toBe(hash(other));
      }),
      { numRuns: 1000 },
    );
  });

  test("is the same on both sites: references count relative to their own database (R4)", () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const copied = retarget(fields, roots.primary, roots.secondary);
        expect(hash(copied, roots.secondary)).toBe(hash(fields, roots.primary));
      }),
      { numRuns: 1000 },
    );
  });

  test("takes every NaN for one value, as Firestore does", () => {
    const quiet = new DataView(new ArrayBuffer(8));
    quiet.setBigUint64(0, 0xfff8_0000_0000_0001n);
    expect(hash({ a: double(quiet.getFloat64(0)) })).toBe(hash({ a: double(Number.NaN) }));
  });

  test("gives about the size of the document, in bytes of UTF-8", () => {
    const { bytes } = fingerprint({ text: text("電".repeat(100_000)) }, roots.primary);
    expect(bytes).toBeGreaterThanOrEqual(300_000);
    expect(bytes).toBeLessThan(300_100);
  });
});

/** A form in which only truly equal documents are equal; JSON has neither NaN nor -0. */
function sorted(fields: Fields): unknown {
  return Object.keys(fields)
    .sort()
    .map((name) => [name, exact(fields[name] as Value)]);
}

function exact(value: Value): unknown {
  if (value.mapValue) return ["map", sorted(value.mapValue.fields ?? {})];
  if (value.arrayValue) return ["array", (value.arrayValue.values ?? []).map(exact)];
  if (value.doubleValue !== undefined) {
    return ["double", Object.is(value.doubleValue, -0) ? "-0" : String(value.doubleValue)];
  }
  if (value.geoPointValue) return ["geo", Object.values(value.geoPointValue).map((d) => (Object.is(d, -0) ? "-0" : d))];
  return value;
}

describe("retarget", () => {
  test("turns references into the primary, however deep, into references to the same path on the secondary (R4)", () => {
    const at = (root: string): Fields => ({
      top: reference(root, "tenants/t/accounts/a"),
      list: array(int(1), reference(root, "operators/x"), array(), map({ deep: reference(root, "tenants/電話/a/b") })),
    });
    const moved = retarget(at(roots.primary), roots.primary, roots.secondary);
    expect(hash(moved, "nowhere")).toBe(hash(at(roots.secondary), "nowhere"));
  });

  test("leaves references to other databases, and texts that look like references", () => {
    const fields = {
      other: reference("projects/p/databases/tokyo2/documents/", "a/b"),
      text: text(`${roots.primary}tenants/t`),
    };
    expect(retarget(fields, roots.primary, roots.secondary)).toBe(fields);
  });

  test("changes nothing else, and nothing at all where no reference leads into the database", () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const before = hash(fields);
        const there = retarget(fields, roots.primary, roots.secondary);
        expect(hash(fields)).toBe(before);
        expect(hash(retarget(there, roots.secondary, roots.primary), "nowhere")).toBe(hash(fields, "nowhere"));
        expect(retarget(there, roots.primary, roots.secondary)).toBe(there);
      }),
      { numRuns: 500 },
    );
  });
});

describe("wire times", () => {
  test("keep every microsecond there and back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (micros) => {
        expect(microseconds(wireTime(micros))).toBe(micros);
      }),
    );
  });

  test("are read from numbers, texts and 64-bit objects alike", () => {
    for (const seconds of [1_800_000_000, "1800000000", { toString: () => "1800000000" }]) {
      expect(microseconds({ seconds, nanos: 123_456_789 })).toBe(1_800_000_000_123_456);
    }
  });
});
