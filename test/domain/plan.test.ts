import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TenantNumber } from "../../shared/domain/numbers.ts";
import {
  type Plan,
  type PlanDocuments,
  plan,
  planFaults,
  planWrites,
  readPlan,
  versionOf,
} from "../../shared/domain/plan.ts";

const e164 = {
  osaka: "+81661234567",
  osaka2: "+81667654321",
  ip: "+815012345678",
  tokyo: "+81312345678",
  free: "+81120123456",
};
const numberOf = (name: keyof typeof e164, more: Partial<TenantNumber> = {}): TenantNumber => ({
  path: `numbers/${name}`,
  e164: e164[name],
  carrierSupported: true,
  service: "basic",
  connection: "dedicated",
  ...more,
});
const numbers = new Map((Object.keys(e164) as (keyof typeof e164)[]).map((name) => [e164[name], numberOf(name)]));
const planned = (more: Partial<Plan> = {}): Plan => ({
  defaultCallerNumber: e164.osaka,
  phones: {},
  tollFree: {},
  ...more,
});

describe("plan", () => {
  test("takes numbers in any usual form and keeps them in E.164 (R20)", () => {
    const written = {
      defaultCallerNumber: "06-6123-4567",
      phones: { p1: "０５０１２３４５６７８" },
      tollFree: { "0120-123-456": "06 6123 4567" },
    };
    expect(plan.parse(written)).toEqual({
      defaultCallerNumber: e164.osaka,
      phones: { p1: e164.ip },
      tollFree: { [e164.free]: e164.osaka },
    });
  });

  test.each(["__x__", "a/b", "", ".", "..", " "])("refuses a phone by the id %j", (id) => {
    const phones = Object.fromEntries([[id, e164.osaka]]);
    expect(plan.safeParse(planned({ phones })).success).toBe(false);
  });
});

describe("versionOf", () => {
  test("is the same for the same content in any order, and no other", () => {
    const entries = fc.uniqueArray(fc.tuple(fc.stringMatching(/^p\d{1,3}$/), fc.constantFrom(...Object.values(e164))), {
      selector: ([id]) => id,
    });
    fc.assert(
      fc.property(entries, fc.infiniteStream(fc.double()), (phones, chance) => {
        const shuffled = phones.toSorted(() => (chance.next().value ?? 0) - 0.5);
        const [a, b] = [phones, shuffled].map((order) => versionOf(planned({ phones: Object.fromEntries(order) })));
        expect(a).toBe(b);
        const more = planned({ phones: { ...Object.fromEntries(phones), another: e164.osaka } });
        expect(versionOf(more)).not.toBe(a);
      }),
    );
  });

  test("is of its own for a stored plan that cannot be understood", () => {
    expect(readPlan({ callerNumbers: {} })).toEqual({ version: "unreadable" });
    expect(readPlan({ ...planned(), updatedBy: "somebody" })).toEqual({
      plan: planned(),
      version: versionOf(planned()),
      updatedBy: "somebody",
    });
  });
});

describe("planFaults", () => {
  test("finds none in a plan that works (R20)", () => {
    const whole = planned({ phones: { p1: e164.ip }, tollFree: { [e164.free]: e164.osaka } });
    expect(planFaults(whole, { numbers, phones: new Set(["p1"]) })).toEqual([]);
  });

  test.each([
    [
      "a default number that is not the tenant's",
      { defaultCallerNumber: "+81699999999" },
      "defaultCallerNumber",
      /not among/,
    ],
    [
      "a default number of Tokyo",
      { defaultCallerNumber: e164.tokyo },
      "defaultCallerNumber",
      /primary only.*give a dedicated/,
    ],
    ["a toll-free caller number", { phones: { p1: e164.free } }, "phones.p1", /toll-free/],
    ["a phone that is not there", { phones: { gone: e164.osaka } }, "phones.gone", /no such phone/],
    ["a destination of Tokyo", { tollFree: { [e164.free]: e164.tokyo } }, `tollFree.${e164.free}`, /does not work/],
    ["050 behind without the service", { tollFree: { [e164.free]: e164.ip } }, `tollFree.${e164.free}`, /intelligent/],
    [
      "a destination for what is not toll-free",
      { tollFree: { [e164.ip]: e164.osaka } },
      `tollFree.${e164.ip}`,
      /not a 0120/,
    ],
    ["an unknown destination", { tollFree: { [e164.free]: "+81699999999" } }, `tollFree.${e164.free}`, /not among/],
  ])("names %s, with what to do (R20, R22)", (_what, more, field, problem) => {
    const faults = planFaults(planned(more), { numbers, phones: new Set(["p1"]) });
    expect(faults.map((fault) => fault.field)).toEqual([field]);
    expect(faults[0]?.why.en).toMatch(problem);
    expect(faults[0]?.why.ja).toMatch(/ください$/);
  });
});

/** The documents after these writes. */
function written(documents: PlanDocuments, { writes }: ReturnType<typeof planWrites>): PlanDocuments {
  const phones = new Map(documents.phones);
  let { defaultCallerNumber } = documents;
  for (const { path, value } of writes) {
    if (path.startsWith("phones/")) phones.set(path.slice("phones/".length), { callerNumber: value });
    else defaultCallerNumber = value;
  }
  return { numbers: documents.numbers, phones, ...(defaultCallerNumber === undefined ? {} : { defaultCallerNumber }) };
}

describe("planWrites", () => {
  const documents = (more: Partial<PlanDocuments> = {}): PlanDocuments => ({
    numbers,
    defaultCallerNumber: "numbers/tokyo",
    phones: new Map([
      ["p1", { callerNumber: "numbers/tokyo" }],
      ["p2", { callerNumber: null }],
    ]),
    ...more,
  });

  test("sets the default caller number and the phones' (R20)", () => {
    const { writes, skipped } = planWrites(planned({ phones: { p1: e164.ip, p2: e164.osaka2 } }), documents());
    expect(skipped).toEqual([]);
    expect(writes).toEqual([
      {
        path: "systemSettings/telephony",
        field: "defaultCallerNumber",
        before: "numbers/tokyo",
        value: "numbers/osaka",
      },
      { path: "phones/p1", field: "callerNumber", before: "numbers/tokyo", value: "numbers/ip" },
      { path: "phones/p2", field: "callerNumber", before: null, value: "numbers/osaka2" },
    ]);
  });

  test("skips and tells a phone that is gone, and a number that does not work (R20)", () => {
    const asked = planned({ defaultCallerNumber: e164.tokyo, phones: { gone: e164.ip } });
    const { writes, skipped } = planWrites(asked, documents({ phones: new Map([["gone", undefined]]) }));
    expect(writes).toEqual([]);
    expect(skipped).toEqual([
      { field: "defaultCallerNumber", why: "numberUnusable" },
      { field: "phones.gone", why: "phoneGone" },
    ]);
  });

  test("leaves alone what was not looked at, and what the plan does not name", () => {
    const asked = planned({ defaultCallerNumber: null, phones: { p9: e164.ip } });
    expect(planWrites(asked, documents())).toEqual({ writes: [], skipped: [] });
    expect(planWrites(planned(), { numbers, phones: new Map() })).toEqual({ writes: [], skipped: [] });
  });

  test("gives nothing new when repeated, wherever it broke off (R20)", () => {
    const ids = ["p1", "p2", "p3", "p4"];
    const some = fc.constantFrom("numbers/tokyo", "numbers/osaka", "numbers/ip", null);
    const present = fc.tuple(
      ...ids.map(() =>
        fc.option(
          some.map((callerNumber) => ({ callerNumber })),
          { nil: undefined },
        ),
      ),
    );
    const wanted = fc.dictionary(
      fc.constantFrom(...ids),
      fc.constantFrom(e164.osaka, e164.osaka2, e164.ip, e164.tokyo),
    );
    fc.assert(
      fc.property(present, wanted, some, fc.nat(5), (phones, byPhone, defaultCallerNumber, done) => {
        const asked = planned({ phones: byPhone });
        const before = documents({ defaultCallerNumber, phones: new Map(ids.map((id, at) => [id, phones[at]])) });
        const all = planWrites(asked, before);
        const half = written(before, { ...all, writes: all.writes.slice(0, done) });
        const rest = planWrites(asked, half);
        expect(rest.writes).toEqual(all.writes.slice(done));
        expect(planWrites(asked, written(half, rest)).writes).toEqual([]);
        expect(rest.skipped).toEqual(all.skipped);
      }),
    );
  });
});
