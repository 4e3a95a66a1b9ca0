import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { eventually } from "../support/eventually.ts";
import { requestsOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { synced, syncRecord } from "../support/syncs.ts";
import {
  act,
  actAndWait,
  contentOf,
  editsOf,
  enrol,
  expectEqualSites,
  inState,
  profileOf,
  standbyOf,
  wiresOf,
} from "../support/tenants.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const rulesOn = (site: Site, tenant: string) => stack.databases[site].collection(`tenants/${tenant}/ipAccessRules`);
const rule = (cidr: string, more: object = {}) => ({ cidr, enabled: true, order: 1, description: "本社", ...more });

type Rules = Record<string, object | undefined>;

/** Writes and deletes rules on the primary in one commit. */
async function change(tenant: string, rules: Rules): Promise<void> {
  const batch = stack.databases.primary.batch();
  for (const [id, data] of Object.entries(rules)) {
    const reference = rulesOn("primary", tenant).doc(id);
    if (data) batch.set(reference, data);
    else batch.delete(reference);
  }
  await batch.commit();
}

/** A tenant whose rules are on both sites, all events of that handled. */
async function withRules(rules: Rules): Promise<string> {
  const tenant = await enrol(stack);
  await change(tenant, rules);
  expect(await synced(stack, tenant, "access-rules")).toMatchObject({ outcome: "copied" });
  await stack.settled(tenant);
  await expectEqualSites(wires, tenant);
  return tenant;
}

const two = { a: rule("203.0.113.0/24"), b: rule("2001:db8:1200::/40") };

describe("syncAccessRules", () => {
  test("makes the secondary's rules the primary's, and takes none of that for an edit (R13)", async () => {
    const tenant = await withRules({ ...two, c: rule("192.0.2.7/32", { enabled: false }) });
    const { primary } = stack.databases;
    await primary
      .doc(`tenants/${tenant}/ipAccessRules/a/notes/1`)
      .set({ by: primary.doc(`tenants/${tenant}/accounts/1`) });
    await change(tenant, { a: rule("203.0.113.0/25"), b: undefined, d: rule("198.51.100.16/28") });
    const record = await synced(stack, tenant, "access-rules");
    expect(record).toMatchObject({ outcome: "copied", rules: 3, equalAt: record.at });
    await expectEqualSites(wires, tenant);
    await stack.settled(tenant);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
  });

  test("writes nothing where both sites are equal (R13)", async () => {
    const tenant = await withRules(two);
    const times = async () => (await rulesOn("secondary", tenant).get()).docs.map(({ updateTime }) => updateTime);
    const before = await times();
    expect(await synced(stack, tenant, "access-rules")).toMatchObject({ outcome: "unchanged", rules: 2 });
    expect(await times()).toStrictEqual(before);
  });

  test("lets nobody see a part of a set (R13)", async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `rule-${index}`);
    const set = (version: number) => Object.fromEntries(ids.map((id) => [id, rule("203.0.113.0/24", { version })]));
    const tenant = await withRules(set(0));
    await change(tenant, set(1));
    const seen = new Set<string>();
    const watch = eventually(async () => {
      const versions = (await rulesOn("secondary", tenant).get()).docs.map((found) => found.get("version"));
      expect(versions).toHaveLength(ids.length);
      seen.add(JSON.stringify([...new Set(versions)]));
      expect(versions[0]).toBe(1);
    });
    await Promise.all([watch, synced(stack, tenant, "access-rules")]);
    expect([...seen].filter((versions) => versions !== "[0]")).toStrictEqual(["[1]"]);
  });

  const refused: [string, Rules, { reason: string; rules: number }][] = [
    [
      "with one invalid rule",
      { a: rule("203.0.113.0/25"), b: rule("2001:db8::/129") },
      { reason: "invalid", rules: 2 },
    ],
    [
      "that admits nobody",
      { a: rule("203.0.113.0/25", { enabled: false }), b: undefined },
      { reason: "admitsNobody", rules: 1 },
    ],
    ["that has gone altogether", { a: undefined, b: undefined }, { reason: "primaryEmpty", rules: 0 }],
  ];
  test.each(refused)("refuses a set %s, warns once, and the old set stays (R13)", async (_what, rules, expected) => {
    const tenant = await withRules(two);
    const before = await contentOf(wires.secondary, tenant);
    const { equalAt } = (await syncRecord(stack, tenant, "access-rules")) ?? {};
    await change(tenant, rules);
    expect(await synced(stack, tenant, "access-rules")).toMatchObject({ outcome: "refused", equalAt, ...expected });
    await synced(stack, tenant, "access-rules");
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
    expect(await requestsOf(stack, tenant)).toMatchObject([{ template: "accessRulesRefused", to: "administrators" }]);

    await change(tenant, { a: rule("not an address"), b: rule("::/0") });
    await synced(stack, tenant, "access-rules");
    expect(await requestsOf(stack, tenant)).toHaveLength(2);
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);

    await change(tenant, { a: rule("198.51.100.0/24"), b: undefined });
    const { reason, outcome } = await synced(stack, tenant, "access-rules");
    expect({ reason, outcome }).toStrictEqual({ reason: undefined, outcome: "copied" });
    await expectEqualSites(wires, tenant);
  });

  test("refuses more rules than go into one commit (R13)", async () => {
    const tenant = await withRules(two);
    const before = await contentOf(wires.secondary, tenant);
    await change(
      tenant,
      Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`${index}`, rule("203.0.113.0/24")])),
    );
    expect(await synced(stack, tenant, "access-rules")).toMatchObject({ outcome: "refused", reason: "tooLarge" });
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
  });

  test("leaves a tenant alone whose sync is stopped (R13)", async () => {
    const [tenant, other] = [await withRules(two), await enrol(stack)];
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    const before = await contentOf(wires.secondary, tenant);
    await change(tenant, { a: rule("198.51.100.0/24") });
    await synced(stack, other, "access-rules");
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
  });

  describe("where a rule is edited on the secondary", () => {
    test("the sync stops, and a restore brings the rule back (R10, R10b, R13)", async () => {
      const tenant = await withRules(two);
      await rulesOn("secondary", tenant).doc("a").update({ cidr: "0.0.0.0/0" });
      const { stop } = await inState(stack, tenant, "stopped");
      expect(stop).toMatchObject({ reason: "tamper", path: "ipAccessRules/a" });
      await actAndWait(stack, tenant, "/dr/restore", { scope: "edited" });
      await expectEqualSites(wires, tenant);
      await stack.settled(tenant);
      expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
      expect(await synced(stack, tenant, "access-rules")).toMatchObject({ outcome: "unchanged" });
    });

    test("and the guard's events are lost, no rule of the set is overwritten, and the sync stops (R10, R13)", async () => {
      const tenant = await withRules(two);
      await stack.faults("secondary", { tenant, drop: 1 });
      await rulesOn("secondary", tenant).doc("a").update({ cidr: "0.0.0.0/0" });
      await stack.settled(tenant);
      const before = await contentOf(wires.secondary, tenant);
      await change(tenant, { a: rule("198.51.100.0/24"), b: rule("198.51.100.0/25") });
      expect(await synced(stack, tenant, "access-rules")).toMatchObject({ outcome: "failed", reason: "tampered" });
      await inState(stack, tenant, "stopped");
      expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
      expect(await editsOf(stack, tenant)).toMatchObject([{ path: "ipAccessRules/a", change: "updated" }]);
    });
  });

  test("copies the rules of a new tenant at once, and shows the last sync in the status (R13, R16)", async () => {
    const tenant = stack.newTenant();
    await change(tenant, two);
    await stack.databases.primary.doc(`tenants/${tenant}`).set(profileOf(tenant));
    await stack.databases.secondary.doc(`tenants/${tenant}`).set(profileOf(tenant));
    await inState(stack, tenant, "syncing");
    await expectEqualSites(wires, tenant);
    const { api } = stack.description.sites.secondary;
    const authorization = `Bearer ${await stack.token(people.operator.email)}`;
    const answer = await fetch(`${api}/v1/tenants/${tenant}/dr`, { headers: { authorization } });
    expect(await answer.json()).toMatchObject({
      standby: { syncs: { accessRules: { outcome: "copied", rules: 2, equalAt: expect.any(String) } } },
    });
  });
});
