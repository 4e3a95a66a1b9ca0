import protos from "@google-cloud/firestore-api/protos";
import fc from "fast-check";
import type { Fields } from "../../shared/domain/value.ts";
import { anyFieldsOf } from "../support/wire-values.ts";

const { Document } = protos.google.firestore.v1;

type Time = { seconds: number | string; nanos: number };

/** Times that a document cannot have, or that only the end of the world has. */
const absurdTime = fc.constantFrom<Time[]>(
  { seconds: 0, nanos: 0 },
  { seconds: -1, nanos: -1 },
  { seconds: "9223372036854775807", nanos: 2_147_483_647 },
  { seconds: "-9223372036854775808", nanos: -2_147_483_648 },
  { seconds: 253_402_300_800, nanos: 0 },
  { seconds: -62_135_596_801, nanos: 0 },
  { seconds: 1_800_000_000, nanos: 1_000_000_000 },
);
const plainTime = fc
  .integer({ min: 1_500_000_000, max: 1_900_000_000 })
  .map((seconds): Time => ({ seconds, nanos: 123_000 }));

const wideMap = fc
  .constantFrom(2000, 20_000)
  .map(
    (count): Fields =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, { integerValue: index }])),
  );
const deepMap = fc.constantFrom(21, 90, 400).map((depth): Fields => {
  let fields: Fields = { end: { nullValue: 0 } };
  for (let level = 0; level < depth; level++) fields = { m: { mapValue: { fields } } };
  return fields;
});
const oddFields = fc.constantFrom<Fields[]>(
  { "": { integerValue: 1 } },
  { __x__: { integerValue: 1 } },
  { ["x".repeat(1501)]: { integerValue: 1 } },
  { a: {} },
  { a: { timestampValue: { seconds: 253_402_300_800, nanos: -5 } } },
  { a: { referenceValue: "not a name" } },
  { a: { geoPointValue: { latitude: 1000, longitude: Number.NaN } } },
  { a: { arrayValue: { values: [{ arrayValue: { values: [{ integerValue: 1 }] } }] } } },
  { a: { stringValue: "x".repeat(100_000) } },
);

/** What may stand where a tenant's document is named. */
const names = (root: string, tenant: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }).map((id) => `${root}tenants/${tenant}/phones/x${id}`) },
    fc.constantFrom(
      `${root}tenants/${tenant}/noSuchKind/1`,
      `${root}tenants/${tenant}/phones`,
      `${root}tenants/${tenant}/phones/`,
      `${root}tenants/${tenant}/phones/..`,
      `${root}tenants/${tenant}/phones/__x__`,
      `${root}tenants/${tenant}/phones/${"x".repeat(1501)}`,
      `${root}tenants/${tenant}/phones/a\u0000b`,
      `${root}tenants/${tenant}/__proto__/1`,
      `${root}tenants//phones/1`,
      `${root}tenants/no-such-tenant/phones/1`,
      `${root}tenants/UPPER/phones/1`,
      `${root}tenants`,
      root,
      "",
      "projects/p/databases/other/documents/tenants/t/phones/1",
      "tenants/t/phones/1",
    ),
  );

/** A field of a message that takes so many bytes. */
export function lengthDelimited(field: number, content: Uint8Array): Buffer {
  const head = [(field << 3) | 2];
  let rest = content.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...head, rest]), content]);
}

/** The document's bytes as Firestore writes them. */
export function documentBytes(name: string, fields: Fields, updateTime: Time): Uint8Array {
  return Document.encode({ name, fields: fields as never, updateTime, createTime: updateTime } as never).finish();
}

/** Bodies of change events: real ones, and such as no database sends. `root` is the root of the documents' database. */
export function changeBodies(root: string, tenant: string): fc.Arbitrary<Uint8Array> {
  const fields = fc.oneof({ weight: 3, arbitrary: anyFieldsOf(root) }, oddFields, wideMap, deepMap);
  const times = fc.oneof({ weight: 2, arbitrary: plainTime }, absurdTime);
  const document = fc.tuple(names(root, tenant), fields, times).map((parts) => documentBytes(...parts));
  const field = fc.constantFrom(1, 1, 1, 2, 3, 15);
  const event = fc
    .array(
      fc.tuple(field, document).map(([number, content]) => lengthDelimited(number, content)),
      { maxLength: 3 },
    )
    .map((parts) => Buffer.concat(parts));
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const cut = fc.tuple(event, share).map(([bytes, kept]) => bytes.subarray(0, Math.floor(bytes.length * kept)));
  const flipped = fc
    .tuple(event, fc.array(fc.tuple(share, fc.nat(7)), { minLength: 1, maxLength: 8 }))
    .map(([bytes, flips]) => {
      const copy = Buffer.from(bytes);
      for (const [place, bit] of flips) {
        const at = Math.min(copy.length - 1, Math.floor(copy.length * place));
        if (at >= 0) copy[at] = (copy[at] ?? 0) ^ (1 << bit);
      }
      return copy;
    });
  const spliced = fc.tuple(event, fc.uint8Array({ maxLength: 20 }), share).map(([bytes, more, place]) => {
    const at = Math.floor(bytes.length * place);
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  });
  return fc.oneof(event, cut, flipped, spliced, fc.uint8Array({ maxLength: 300 }));
}
