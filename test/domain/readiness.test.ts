import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import type { TenantNumber } from "../../shared/domain/numbers.ts";
import { type Plan, readPlan } from "../../shared/domain/plan.ts";
import {
  assessForActivation,
  type CheckName,
  checkLabel,
  type ReadinessApp,
  readinessFrom,
  standingFrom,
} from "../../shared/domain/readiness.ts";
import { none, type ReadinessFacts } from "../../shared/domain/readiness-facts.ts";
import type { Proof, Standby, StandbyState } from "../../shared/domain/standby.ts";
import type { SyncRecords } from "../../shared/domain/syncs.ts";
import type { TenantProfile } from "../../shared/domain/tenant.ts";

const now = new Date("2026-11-21T10:05:00Z");
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

const profile = (more: Partial<TenantProfile> = {}): TenantProfile => ({
  name: "株式会社アクメ商事",
  platformVersion: "3.9.0",
  options: { dr: true, outboundDialler: false },
  syncEnabled: true,
  host: "acme.tokyo.example",
  ...more,
});
const proof = (more: Partial<Proof> = {}): Proof => ({
  at: minutesAgo(10),
  operation: "o",
  equal: true,
  total: { documents: 10, repaired: 0, differing: 0 },
  large: 0,
  kinds: {},
  ...more,
});
const standby = (more: Partial<Standby> = {}): Standby => ({
  tenant: "acme",
  state: "syncing",
  since: minutesAgo(600),
  fence: { number: 2, id: "f" },
  profile: profile(),
  profileVersion: 1,
  proof: proof(),
  ...more,
});
const number = (path: string, e164: string, more: Partial<TenantNumber> = {}): TenantNumber => ({
  path: `numbers/${path}`,
  e164,
  carrierSupported: true,
  service: null,
  connection: "dedicated",
  ...more,
});
const osaka = number("osaka", "+81661234567", { callCenter: "callCenters/1" });
const tokyo = number("tokyo", "+81312345678");
const free = number("free", "+81120123456", { destination: "numbers/tokyo" });
const planOf = (more: Partial<Plan> = {}) =>
  readPlan({ defaultCallerNumber: osaka.e164, phones: {}, tollFree: { [free.e164]: osaka.e164 }, ...more });
const found = (numbers: TenantNumber[]) => numbers.map((one) => ({ path: one.path, number: one }));
const sync = (minutes: number) => ({ at: minutesAgo(minutes), equalAt: minutesAgo(minutes), outcome: "unchanged" });
const syncsOf = (guidance: object, rules: object) =>
  ({ guidance: { counts: {}, ...guidance }, "access-rules": { counts: {}, ...rules } }) as unknown as SyncRecords;

/** A tenant with nothing to complain of. */
const facts = (more: Partial<ReadinessFacts> = {}): ReadinessFacts => ({
  now,
  standby: standby(),
  profile: profile({ host: "acme.osaka.example" }),
  lastHeartbeat: minutesAgo(0.5),
  syncs: syncsOf(sync(3), sync(30)),
  plan: planOf(),
  defaultNumber: osaka,
  unknownKinds: [],
  primaryAnswers: true,
  numbers: found([osaka, tokyo, free]),
  centres: [{ path: "callCenters/1", name: "予約センター" }],
  settings: {},
  twoFactor: { required: false, users: 10, enrolled: 0 },
  phones: { total: 5, withoutReplacement: none, gone: none },
  ...more,
});
const assess = (more: Partial<ReadinessFacts> = {}) => readinessFrom("acme", facts(more));
const check = (name: CheckName, more: Partial<ReadinessFacts> = {}) =>
  assess(more).checks.find((one) => one.name === name);

describe("readiness", () => {
  test("passes a tenant that is ready in every check (R29)", () => {
    const readiness = assess();
    expect(readiness.checks.filter(({ result }) => result !== "pass")).toEqual([]);
    expect(readiness).toMatchObject({ result: "pass", blockers: [] });
  });

  test("makes every check that R29 names, and the preconditions (R17)", () => {
    expect(assess().checks.map(({ name }) => name)).toEqual([
      "drOption",
      "outboundDialler",
      "activationVersion",
      "state",
      "freshness",
      "reconciliation",
      "guidance",
      "accessRules",
      "sameVersion",
      "plan",
      "unknownKinds",
      "primaryAnswers",
      "planNumbers",
      "tollFree",
      "contactCentres",
      "phones",
      "numbers",
      "features",
      "twoFactor",
    ]);
  });

  const { standby: _standby, ...unenrolled } = facts();
  const { plan: _plan, ...unplanned } = facts();
  const profileOf = (more: Partial<TenantProfile>) => ({ standby: standby({ profile: profile(more) }) });
  const count = { count: 2, examples: ["x", "y"] };
  const failing: [CheckName, "warning" | "blocker", string, Partial<ReadinessFacts>, RegExp][] = [
    ["drOption", "blocker", "without the option", profileOf({ options: { dr: false, outboundDialler: false } }), /DR/],
    [
      "outboundDialler",
      "blocker",
      "with the dialler",
      profileOf({ options: { dr: true, outboundDialler: true } }),
      /excl/,
    ],
    ["activationVersion", "blocker", "of an old platform", profileOf({ platformVersion: "3.8.2" }), /3\.9\.0.*3\.8\.2/],
    ["state", "blocker", "that is stopped", { standby: standby({ state: "stopped" }) }, /stopped/],
    ["state", "blocker", "that is resyncing", { standby: standby({ state: "resyncing" }) }, /not complete/],
    ["freshness", "warning", "whose heartbeat is late", { lastHeartbeat: minutesAgo(2) }, /may be missing/],
    ["freshness", "warning", "that is silent", { lastHeartbeat: minutesAgo(200) }, /3 h ago/],
    [
      "reconciliation",
      "warning",
      "never reconciled",
      { standby: { ...standby({}), ...{ proof: undefined } } as never },
      /Never/,
    ],
    [
      "reconciliation",
      "warning",
      "reconciled long ago",
      { standby: standby({ proof: proof({ at: minutesAgo(180) }) }) },
      /3 h/,
    ],
    [
      "reconciliation",
      "warning",
      "that differs",
      { standby: standby({ proof: proof({ equal: false, total: { documents: 9, repaired: 0, differing: 4 } }) }) },
      /4 documents/,
    ],
    ["guidance", "warning", "with old guidance", { syncs: syncsOf(sync(30), sync(1)) }, /30 min/],
    ["guidance", "warning", "without guidance", { syncs: {} }, /Never/],
    ["accessRules", "warning", "with old rules", { syncs: syncsOf(sync(1), sync(240)) }, /4 h/],
    [
      "accessRules",
      "warning",
      "with rules that were refused",
      { syncs: syncsOf(sync(1), { ...sync(5), outcome: "refused", reason: "admitsNobody" }) },
      /refused/,
    ],
    [
      "sameVersion",
      "warning",
      "with two versions",
      { profile: profile({ platformVersion: "3.10.0" }) },
      /3\.9\.0.*3\.10\.0/,
    ],
    [
      "sameVersion",
      "blocker",
      "with a profile on the secondary that is not valid",
      { profileFaults: [{ field: "tenants/acme.host", problem: "is missing" }] },
      /not valid/,
    ],
    ["plan", "warning", "without a plan", unplanned, /none/],
    ["plan", "blocker", "with a plan that is garbled", { plan: readPlan({}) }, /understood/],
    ["plan", "warning", "without a default number", { plan: planOf({ defaultCallerNumber: null }) }, /no default/],
    [
      "plan",
      "blocker",
      "with a default number of Tokyo",
      { plan: planOf({ defaultCallerNumber: tokyo.e164 }), defaultNumber: tokyo },
      /primary only/,
    ],
    ["unknownKinds", "warning", "with unknown kinds", { unknownKinds: ["faxes"] }, /faxes/],
    ["primaryAnswers", "warning", "whose primary is silent", { primaryAnswers: false }, /does not answer/],
    [
      "planNumbers",
      "blocker",
      "with a plan that does not work",
      { plan: planOf({ phones: { p1: tokyo.e164 } }) },
      /03-1234-5678/,
    ],
    ["planNumbers", "warning", "with phones that are gone", { phones: { ...facts().phones, gone: count } }, /x, y/],
    ["tollFree", "warning", "with a toll-free number that stays", { plan: planOf({ tollFree: {} }) }, /0120-123-456/],
    [
      "contactCentres",
      "warning",
      "with a centre out of reach",
      { centres: [{ path: "callCenters/2", name: "解約窓口" }] },
      /解約窓口/,
    ],
    ["contactCentres", "blocker", "without one number that works", { numbers: found([tokyo]) }, /Not one/],
    [
      "phones",
      "warning",
      "with phones left behind",
      { phones: { ...facts().phones, withoutReplacement: count } },
      /2 of 5/,
    ],
    [
      "numbers",
      "warning",
      "with garbled numbers",
      { numbers: [...facts().numbers, { path: "numbers/x" }] },
      /numbers\/x/,
    ],
    [
      "features",
      "warning",
      "that uses what stops",
      { settings: { options: { fax: true, vpn: true } } },
      /Stop: Fax.*: VPN/,
    ],
    [
      "twoFactor",
      "warning",
      "with users to enrol",
      { twoFactor: { required: true, users: 10, enrolled: 4 } },
      /6 users/,
    ],
  ];
  test.each(failing)("%s: %s for a tenant %s (R29)", (name, result, _what, more, why) => {
    const failed = more === unplanned ? readinessFrom("acme", unplanned) : assess(more);
    const assessed = failed.checks.find((one) => one.name === name);
    expect(assessed).toMatchObject({ result, why: { en: expect.stringMatching(why) } });
    expect(assessed?.remedy?.ja).toMatch(/ください|切り替えます|切り替えられます/);
    expect(failed.blockers.map((one) => one.name).includes(name)).toBe(result === "blocker");
    expect(failed.result).not.toBe("pass");
  });

  test("finds an invalid profile instead of failing by it, so that it keeps nobody from activating (R18, R29)", async () => {
    const fault = { field: "tenants/acme.host", problem: "is missing" };
    const invalid = new AppError("precondition-failed", "not valid", { fields: [fault] });
    const app = {
      standbys: { read: async () => standby(), lastHeartbeat: async () => now, unknownKinds: async () => [] },
      secondaryDirectory: { tenant: () => Promise.reject(invalid) },
      syncs: { read: async () => ({}) },
      tenantData: { secondary: { plan: async () => undefined } },
      now: () => now,
    } as unknown as ReadinessApp;
    const { blockers } = await assessForActivation(app, "acme");
    expect(blockers).toMatchObject([
      { name: "sameVersion", overridable: true, details: { faults: ["tenants/acme.host: is missing"] } },
    ]);
  });

  test("fails every check in some way (R29)", () => {
    const tried = new Set(failing.map(([name]) => name));
    expect(
      assess()
        .checks.map(({ name }) => name)
        .filter((name) => !tried.has(name)),
    ).toEqual([]);
  });

  test("lets no reason override the preconditions, and any other blocker (R17, R29)", () => {
    const fixed = assess().checks.filter(({ overridable }) => !overridable);
    expect(fixed.map(({ name }) => name)).toEqual(["drOption", "outboundDialler", "activationVersion"]);
  });

  test("lists the manual steps for a platform that cannot activate (R17)", () => {
    const { details } = check("activationVersion", profileOf({ platformVersion: "3.8.2" })) ?? {};
    expect(details).toMatchObject({
      manualSteps: expect.arrayContaining([{ ja: expect.any(String), en: expect.any(String) }]),
    });
  });

  test("says of a tenant without a stand-by that it has none", () => {
    const { checks } = readinessFrom("acme", unenrolled);
    expect(checks.find(({ name }) => name === "state")).toMatchObject({
      result: "blocker",
      why: { en: "The tenant has no stand-by" },
    });
  });

  test.each(["active", "activating"] as StandbyState[])("finds nothing to say against the state %s (R29)", (state) => {
    expect(check("state", { standby: standby({ state }) })?.result).toBe("pass");
    expect(check("freshness", { standby: standby({ state }), lastHeartbeat: minutesAgo(500) })?.result).toBe("pass");
  });

  test("counts as toll-free numbers those that the plan leads to Osaka, and those that lead there already (R22)", () => {
    const leading = found([osaka, tokyo, { ...free, destination: osaka.path }]);
    expect(check("tollFree", { numbers: leading, plan: planOf({ tollFree: {} }) })?.result).toBe("pass");
  });

  test("reaches a centre by a toll-free number that the plan leads to Osaka (R22)", () => {
    const numbers = found([
      { ...osaka, callCenter: null },
      { ...free, callCenter: "callCenters/1" },
    ]);
    expect(check("contactCentres", { numbers })?.result).toBe("pass");
    expect(check("contactCentres", { numbers, plan: planOf({ tollFree: {} }) })?.result).toBe("warning");
  });
});

test("a check that was overridden is named in both languages, one that there is no more as it was noted (R28)", () => {
  expect(checkLabel("phones")).toEqual({ ja: expect.stringMatching(/\p{sc=Han}/u), en: expect.stringMatching(/ /) });
  expect(checkLabel("of-yore")).toEqual({ ja: "of-yore", en: "of-yore" });
});

describe("what an activation checks", () => {
  test("is a part of readiness that says the same (R29)", () => {
    const more = facts({ standby: standby({ state: "stopped" }), plan: readPlan({}) });
    const [all, quick] = [readinessFrom("acme", more), standingFrom("acme", more)];
    expect(quick.checks).toEqual(all.checks.slice(0, quick.checks.length));
    expect(quick.blockers.map(({ name }) => name)).toEqual(["state", "plan"]);
  });
});
