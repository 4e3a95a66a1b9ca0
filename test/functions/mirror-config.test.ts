import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Fields } from "../../shared/domain/value.ts";
import { sharedStack } from "../support/stack.ts";
import {
  actAndWait,
  contentOf,
  enrol,
  expectEqualSites,
  ledgerEntryOf,
  standbyOf,
  wiresOf,
  write as writeTo,
} from "../support/tenants.ts";
import { anyFieldsOf, array, double, int, map, reference, text } from "../support/wire-values.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const { primary, secondary } = stack.databases;
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const write = (tenant: string, documents: Record<string, Fields>) => writeTo(wires.primary, tenant, documents);

async function expectMirrored(tenant: string): Promise<void> {
  await stack.settled(tenant);
  await expectEqualSites(wires, tenant);
}

const root = wires.primary.root;
const time = (seconds: number, nanos = 0) => ({ timestampValue: { seconds, nanos } });
const point = (latitude: number, longitude: number) => ({ geoPointValue: { latitude, longitude } });

/** The values at the edges of every Firestore type. */
const edges: Fields = {
  null: { nullValue: 0 },
  true: { booleanValue: true },
  false: { booleanValue: false },
  zero: int(0),
  unsafe: int("9007199254740993"),
  largest: int("9223372036854775807"),
  smallest: int("-9223372036854775808"),
  one: double(1),
  minusZero: double(-0),
  nan: double(Number.NaN),
  infinity: double(Number.POSITIVE_INFINITY),
  minusInfinity: double(Number.NEGATIVE_INFINITY),
  denormal: double(5e-324),
  microseconds: time(1_800_000_000, 123_456_000),
  before1970: time(-1, 999_999_000),
  year1: time(-62_135_596_800),
  year9999: time(253_402_300_799, 999_999_000),
  empty: text(""),
  unicode: text("日本語 😀 e\u0301 \u0000 \u2028"),
  bytes: { bytesValue: Buffer.from([0, 1, 254, 255]) },
  noBytes: { bytesValue: Buffer.alloc(0) },
  reference: reference(root, "tenants/x/phones/1"),
  deepReference: map({ list: array(map({ to: reference(root, "operators/x") })) }),
  point: point(35.681236, 139.767125),
  pole: point(-90, -180),
  emptyArray: array(),
  mixed: array(int(1), double(1), text("1"), { nullValue: 0 }, map({})),
  emptyMap: map({}),
  nested: map({ a: map({ b: map({ c: array(map({ d: int(1) })) }) }) }),
  vector: map({ __type__: text("__vector__"), value: array(double(1), double(-0.5), double(1e-300)) }),
};

/** Field names that no unquoted path could name. */
const names = ["a.b", "a/b", "`", "``a``", "\\", "a\\`b", "[0]", "*", " ", "1", "日本語😀", "constructor"];

/** As long as an id may be, in characters of one, three and four bytes. */
const longIds = ["x".repeat(1500), "電".repeat(500), "😀".repeat(375)];
/** Every kind of character that an id may have. */
const oddIds = [
  "a b",
  "%2F",
  "?q=1&r=2#s",
  "{a}",
  "*",
  "..a",
  "a..",
  "`a`",
  "\\",
  '"',
  "'",
  "é",
  "e\u0301",
  "日本語",
  "😀",
  "~",
  ":",
];

describe("mirrorConfig", () => {
  test("copies every type of value, byte for byte, references into the copy (R4)", async () => {
    const tenant = await enrol(stack);
    await write(tenant, { "accounts/edges": edges, "accounts/empty": {} });
    await expectMirrored(tenant);
    const copy = (await secondary.doc(`tenants/${tenant}/accounts/edges`).get()).get("reference");
    expect(copy.path).toBe("tenants/x/phones/1");
    expect(copy.firestore.databaseId).toBe(stack.description.sites.secondary.database);
  });

  test("copies a hundred random documents, byte for byte (R4)", async () => {
    const tenant = await enrol(stack);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const documents = fc.sample(anyFieldsOf(root, wires.secondary.root), { numRuns: 100, seed });
    await write(tenant, Object.fromEntries(documents.map((fields, index) => [`accounts/${index}`, fields])));
    await expectMirrored(tenant).catch((error) => {
      throw new Error(`not equal with seed ${seed}`, { cause: error });
    });
  });

  test("copies fields of every name, and documents of every id, up to 1,500 bytes long (R4)", async () => {
    const tenant = await enrol(stack);
    const fields: Fields = Object.fromEntries(names.map((name) => [name, map({ [name]: text(name) })]));
    fields["x".repeat(1500)] = text("the longest name");
    const ids = [...longIds, ...oddIds].map((id) => [`phones/${id}`, { id: text(id) }]);
    await write(tenant, { "accounts/names": fields, ...Object.fromEntries(ids) });
    await expectMirrored(tenant);
    expect(Object.keys(await contentOf(wires.secondary, tenant))).toHaveLength(ids.length + 1);
  });

  test("copies sub-collections of any depth, also where no document stands above them (R2)", async () => {
    const tenant = await enrol(stack);
    const deep = `callFlows/a${Array.from({ length: 40 }, (_, level) => `/level${level}/x`).join("")}`;
    await write(tenant, { [deep]: { a: int(1) }, "offices/o/floors/2/desks/3": { a: int(2) } });
    await expectMirrored(tenant);
    await primary.doc(`tenants/${tenant}/${deep}`).delete();
    await expectMirrored(tenant);
    expect(Object.keys(await contentOf(wires.secondary, tenant))).toStrictEqual(["offices/o/floors/2/desks/3"]);
  });

  test("copies every kind of the policy realtime, and none of another (R1, R3)", async () => {
    const tenant = await enrol(stack);
    const mirrored = kindsWith("realtime");
    const others = ["history", "hourly", "every5minutes", "ownRecords", "secret", "derived"] as const;
    const kinds = [...mirrored, ...others.flatMap(kindsWith)];
    await write(tenant, Object.fromEntries(kinds.map((kind) => [`${kind}/1`, { kind: text(kind) }])));
    await stack.settled(tenant);
    const copied = Object.keys(await contentOf(wires.secondary, tenant)).map((path) => path.split("/")[0]);
    expect(copied.sort()).toStrictEqual([...mirrored].sort());
  });

  test("leaves histories that were made on the secondary alone (R3)", async () => {
    const tenant = await enrol(stack);
    const call = secondary.doc(`tenants/${tenant}/callHistory/1`);
    await call.set({ site: "secondary" });
    await primary.doc(`tenants/${tenant}/callHistory/1`).set({ site: "primary" });
    await primary.doc(`tenants/${tenant}/callHistory/1`).delete();
    await stack.settled(tenant);
    expect((await call.get()).get("site")).toBe("secondary");
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  });

  test("does not copy a kind that is in no row, and notes it once (R2)", async () => {
    const tenant = await enrol(stack);
    await write(tenant, { "newThings/1": { a: int(1) }, "newThings/2": { a: int(2) }, "phones/1": { a: int(3) } });
    await stack.settled(tenant);
    expect(Object.keys(await contentOf(wires.secondary, tenant))).toStrictEqual(["phones/1"]);
    const noted = await secondary.collection(`standbys/${tenant}/unknownKinds`).get();
    expect(noted.docs.map(({ id }) => id)).toStrictEqual(["newThings"]);
  });

  test("leaves what does not fit in an event to reconciliation, and marks it (R8)", async () => {
    const tenant = await enrol(stack);
    const oversize = async () => (await stack.eventarc("primary"))["mirror-config"]?.oversize ?? 0;
    const before = await oversize();
    await write(tenant, { "callFlows/large": { text: text("x".repeat(1_048_000)) }, "callFlows/small": { a: int(1) } });
    await stack.settled(tenant);
    expect(await oversize()).toBe(before + 1);
    const { result } = await actAndWait(stack, tenant, "/dr/reconcile");
    expect(result).toMatchObject({ equal: true, large: 1, total: { documents: 2, differing: 0 } });
    await expectEqualSites(wires, tenant);
    expect(await ledgerEntryOf(stack, tenant, "callFlows/large")).toMatchObject({ large: true, by: "reconcile" });
    await primary.doc(`tenants/${tenant}/callFlows/large`).delete();
    await actAndWait(stack, tenant, "/dr/reconcile");
    await expectEqualSites(wires, tenant);
  });

  test("tells how long each change took from site to site (R9)", async () => {
    const tenant = await enrol(stack);
    await write(tenant, { "phones/1": { a: int(1) } });
    await stack.settled(tenant);
    const answer = await fetch(`${stack.description.sites.secondary.api}/v1/tenants/${tenant}/dr`, {
      headers: { authorization: `Bearer ${stack.description.tokens.operator}` },
    });
    const { standby } = (await answer.json()) as { standby: unknown };
    expect(standby).toMatchObject({ lag: { changes: 1, p50Milliseconds: expect.any(Number) } });
  });
});
