import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reloadedKinds } from "../../shared/domain/events.ts";
import { sharedStack } from "../support/stack.ts";
import { acknowledged, answerTo, reloadsOf } from "../support/telephony.ts";
import { act, enrol as enrolTenant, profileOf } from "../support/tenants.ts";

const stack = sharedStack();
const { primary } = stack.databases;
// Each firing reloads all tenants of the local cloud: only what a test asks for is acknowledged.
beforeAll(() => stack.telephony.onReload({ cause: "schedule", outcome: "ignored" }));
afterAll(async () => {
  await stack.telephony.onReload({ cause: "schedule" });
  await stack.close();
});

/** A tenant whose reloads the telephony acknowledges. */
async function enrol(): Promise<string> {
  const tenant = await enrolTenant(stack);
  await stack.telephony.onReload({ tenant });
  return tenant;
}

const fire = async () => expect(await stack.runSchedule("secondary", "reload-settings")).toBe(204);

/** How many changed documents the telephony was told of in all, where that is not none: the hour may tell it too. */
async function told(tenant: string): Promise<Record<string, number>> {
  await acknowledged(stack, tenant, reloadedKinds.length);
  const sums: Record<string, number> = {};
  for (const { kind, changed } of await stack.telephony.reloads(tenant)) {
    if (changed) sums[kind] = (sums[kind] ?? 0) + changed;
  }
  return sums;
}

describe("reloadSettings", () => {
  test("tells the telephony of each kind once, in one order, and shows what it answers (R14)", async () => {
    const tenant = await enrol();
    const batch = primary.batch();
    for (const path of ["phones/1", "phones/2", "accounts/1", "accounts/1/devices/1", "callFlows/1"]) {
      batch.set(primary.doc(`tenants/${tenant}/${path}`), { path });
    }
    await batch.commit();
    await stack.settled(tenant);
    await fire();
    expect(await told(tenant)).toStrictEqual({ phones: 2, accounts: 2 });
    const received = (await stack.telephony.reloads(tenant)).slice(0, reloadedKinds.length);
    expect(received.map(({ kind }) => kind)).toStrictEqual(reloadedKinds);
    expect(received.find(({ kind }) => kind === "phones")).toMatchObject({
      ...{ version: 1, tenantId: tenant, site: "secondary", cause: "schedule", changed: 2 },
    });

    const { status, body } = await answerTo(stack, `${tenant}/dr/reloads`);
    expect(status).toBe(200);
    const { supported, kinds } = body as { supported: boolean; kinds: { kind: string }[] };
    expect(supported).toBe(true);
    expect(kinds.map(({ kind }) => kind)).toStrictEqual(reloadedKinds);
    expect(kinds.find(({ kind }) => kind === "phones")).toMatchObject({
      label: { ja: "電話機", en: "Phones" },
      last: { cause: "schedule", changed: expect.any(Number), ack: { outcome: "reloaded" } },
    });
  });

  test("counts what was changed, created or deleted since the reload before (R14)", async () => {
    const tenant = await enrol();
    const phone = (id: number) => primary.doc(`tenants/${tenant}/phones/${id}`);
    await Promise.all([phone(1).set({ a: 1 }), phone(2).set({ a: 1 }), phone(3).set({ a: 1 })]);
    await stack.settled(tenant);
    await fire();
    expect(await told(tenant)).toStrictEqual({ phones: 3 });
    await fire();
    expect(await told(tenant)).toStrictEqual({ phones: 3 });
    await Promise.all([phone(1).set({ a: 2 }), phone(2).delete(), phone(4).set({ a: 1 })]);
    await phone(1).set({ a: 3 });
    await stack.settled(tenant);
    await fire();
    expect(await told(tenant)).toStrictEqual({ phones: 6 });
  });

  test("tells each reload once, though its firing is delivered twice (R14)", async () => {
    const tenant = await enrol();
    expect(await stack.runScheduleTwice("secondary", "reload-settings")).toContain(204);
    await acknowledged(stack, tenant, reloadedKinds.length);
    const ids = (await stack.telephony.reloads(tenant)).map(({ reloadId }) => reloadId);
    expect(ids.length).toBeGreaterThanOrEqual(reloadedKinds.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("shows a reload that failed, and one that nobody answers (R14)", async () => {
    const [failing, silent] = await Promise.all([enrol(), enrol()]);
    await stack.telephony.onReload({ tenant: failing, outcome: "failed" });
    await stack.telephony.onReload({ tenant: silent, outcome: "ignored" });
    await fire();
    const reloads = await acknowledged(stack, failing, reloadedKinds.length);
    expect(reloads.get("phones")?.ack).toMatchObject({ outcome: "failed", detail: expect.stringMatching(/\S/) });
    expect((await stack.telephony.reloads(silent)).length).toBeGreaterThanOrEqual(reloadedKinds.length);
    const { body } = await answerTo(stack, `${silent}/dr/reloads`, undefined, "primary");
    const { kinds } = body as { kinds: { last: { ack?: unknown } }[] };
    expect(kinds.filter(({ last }) => last.ack)).toStrictEqual([]);
  });

  test("leaves alone who is not syncing, and whose platform is older than 3.7.10 (R14, R17)", async () => {
    const [stopped, older, syncing] = await Promise.all([enrol(), enrol(), enrol()]);
    await act(stack, stopped, "/dr/stop", { reason: "test" });
    await primary.doc(`tenants/${older}`).set({ ...profileOf(older), platformVersion: "3.7.9" });
    await stack.settled(older);
    await fire();
    await acknowledged(stack, syncing, reloadedKinds.length);
    for (const tenant of [stopped, older]) {
      expect(await reloadsOf(stack, tenant)).toStrictEqual(new Map());
      expect(await stack.telephony.reloads(tenant)).toStrictEqual([]);
    }
    expect((await answerTo(stack, `${older}/dr/reloads`)).body).toMatchObject({ supported: false });
  });

  test("shows them to who may read the tenant's status, and to nobody else (R47)", async () => {
    const tenant = await enrol();
    const viewer = `viewer@${tenant}.example`;
    const member = { email: viewer, role: "viewer", offices: [] };
    await stack.databases.secondary.doc(`tenants/${tenant}/members/${viewer}`).set(member);
    for (const path of ["reloads", "softphones"]) {
      expect((await answerTo(stack, `${tenant}/dr/${path}`, viewer)).status).toBe(200);
      expect((await answerTo(stack, `${tenant}/dr/${path}`, "stranger@other.example")).status).toBe(404);
      expect((await answerTo(stack, `${stack.newTenant()}/dr/${path}`)).status).toBe(404);
    }
  });
});
