import { afterAll, describe, expect, test } from "vitest";
import { assessForActivation } from "../../shared/domain/readiness.ts";
import { createDirectory } from "../../shared/stores/directory.ts";
import { createStandbys } from "../../shared/stores/standbys.ts";
import { createSyncs } from "../../shared/stores/syncs.ts";
import { createTenantData } from "../../shared/stores/tenant-data.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { call, e164, emailOf, enrolWithNumbers, operator } from "../support/switch-over.ts";
import { act, inState } from "../support/tenants.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
afterAll(() => stack.close());

type Check = { name: string; result: string; why: { en: string }; details?: Record<string, unknown> };
async function readiness(tenant: string, site: "primary" | "secondary" = "secondary") {
  const { status, body } = await call(stack, tenant, operator, "/dr/readiness", { site });
  expect(status).toBe(200);
  const checks = new Map<string, Check>(body.checks.map((check: Check) => [check.name, check]));
  return { ...body, checks, failed: body.checks.filter((check: Check) => check.result !== "pass") };
}

describe("readiness", () => {
  test.each(["primary", "secondary"] as const)(
    "%s tells what would go wrong, from the secondary's data (R29)",
    async (site) => {
      const tenant = await enrolWithNumbers(stack);
      const found = await readiness(tenant, site);
      expect(found).toMatchObject({ tenant, primaryAnswers: true, result: "warning", summary: { blocker: 0 } });
      const results = Object.fromEntries([...found.checks].map(([name, { result }]) => [name, result]));
      expect(results).toMatchObject({
        drOption: "pass",
        state: "pass",
        reconciliation: "pass",
        sameVersion: "pass",
        primaryAnswers: "pass",
        contactCentres: "pass",
        plan: "warning",
        tollFree: "warning",
        phones: "warning",
        features: "warning",
        twoFactor: "warning",
      });
      expect(found.checks.get("phones")?.details).toEqual({ count: 2, examples: ["p1", "p2"] });
      expect(found.checks.get("features")?.details).toEqual({ features: ["fax", "homeLines", "openCti"] });
      expect(found.checks.get("twoFactor")?.details).toEqual({ users: 2, enrolled: 0, missing: 2 });
    },
  );

  test("is better with a plan, and worse with one that does not work (R20, R29)", async () => {
    const tenant = await enrolWithNumbers(stack);
    const plan = primary.doc(`tenants/${tenant}/switchoverPlans/plan`);
    const phones = { p1: e164.ip, p2: e164.ip };
    await plan.set({ defaultCallerNumber: e164.osaka, phones, tollFree: { [e164.free]: e164.osaka } });
    const names = ["plan", "planNumbers", "tollFree", "phones"];
    const resultsOf = async () => {
      const { checks } = await readiness(tenant);
      return names.map((name) => checks.get(name)?.result);
    };
    await eventually(async () => expect(await resultsOf()).toEqual(["pass", "pass", "pass", "pass"]));
    await plan.update({ defaultCallerNumber: e164.tokyo, "phones.p1": e164.home, "phones.gone": e164.ip });
    await eventually(async () => expect(await resultsOf()).toEqual(["blocker", "blocker", "pass", "pass"]));
    expect((await readiness(tenant)).result).toBe("blocker");
  });

  test("counts everything and shows a few (R29)", async () => {
    const tenant = await enrolWithNumbers(stack);
    const batch = primary.batch();
    const tokyo = primary.doc(`tenants/${tenant}/numbers/tokyo`);
    for (let index = 0; index < 120; index++) {
      batch.set(primary.doc(`tenants/${tenant}/phones/x${index}`), { callerNumber: tokyo });
    }
    for (const id of ["c1", "c2"]) batch.set(primary.doc(`tenants/${tenant}/callCenters/${id}`), { name: id });
    await batch.commit();
    await stack.settled(tenant);
    await eventually(async () => {
      const { checks } = await readiness(tenant);
      expect(checks.get("phones")?.details).toMatchObject({ count: 122 });
      expect(checks.get("contactCentres")?.details).toEqual({ count: 2, examples: ["c1", "c2"] });
    });
    const { checks } = await readiness(tenant);
    expect(checks.get("phones")?.details?.examples).toHaveLength(5);
  });

  test("names kinds that are not mirrored, and a sync that is stopped (R2, R29)", async () => {
    const tenant = await enrolWithNumbers(stack);
    await primary.doc(`tenants/${tenant}/carrierPigeons/1`).set({ a: 1 });
    await eventually(async () => {
      const { checks } = await readiness(tenant);
      expect(checks.get("unknownKinds")).toMatchObject({ result: "warning", details: { kinds: ["carrierPigeons"] } });
    });
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    await inState(stack, tenant, "stopped");
    expect((await readiness(tenant)).checks.get("state")).toMatchObject({ result: "blocker", why: { en: /stopped/ } });
  });

  test("is shorter for an activation, and reads nothing but the secondary (R29)", async () => {
    const tenant = await enrolWithNumbers(stack);
    const whole = await readiness(tenant);
    const app = {
      standbys: createStandbys(secondary),
      syncs: createSyncs(secondary),
      tenantData: { secondary: createTenantData(secondary, "secondary") },
      secondaryDirectory: createDirectory(secondary),
      now: () => new Date(),
    };
    const quick = await assessForActivation(app, tenant);
    expect(quick.blockers).toEqual([]);
    expect(quick.checks.map(({ name }) => name)).toEqual([...whole.checks.keys()].slice(0, quick.checks.length));
    expect(quick.checks.map(({ name }) => name)).not.toContain("phones");
  });

  test("is for everybody of the tenant, and of no other (R47)", async () => {
    const tenant = await enrolWithNumbers(stack);
    expect((await call(stack, tenant, emailOf(tenant, "viewer"), "/dr/readiness")).status).toBe(200);
    expect((await call(stack, tenant, "stranger@else.example", "/dr/readiness")).status).toBe(404);
    expect((await call(stack, "no-such-tenant", operator, "/dr/readiness")).status).toBe(404);
  });
});
