import { afterAll, describe, expect, test } from "vitest";
import { applySwitchOverPlan, openTenantChecklist } from "../../shared/domain/switch-over.ts";
import { createChecklists } from "../../shared/stores/checklists.ts";
import { createTenantData } from "../../shared/stores/tenant-data.ts";
import { putInCharge } from "../support/activation.ts";
import { sharedStack } from "../support/stack.ts";
import { call, e164, emailOf, enrolWithNumbers, operator } from "../support/switch-over.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
afterAll(() => stack.close());

/** The stores that an activation uses. */
const app = {
  tenantData: { secondary: createTenantData(secondary, "secondary") },
  checklists: createChecklists(secondary),
  now: () => new Date(),
};
const plan = {
  defaultCallerNumber: e164.osaka,
  phones: { p1: e164.ip, p2: e164.osaka2 },
  tollFree: { [e164.free]: e164.osaka },
};

/** A tenant with a plan, fenced off for its activation. */
async function activated(more: object = {}): Promise<string> {
  const tenant = await enrolWithNumbers(stack);
  await primary.doc(`tenants/${tenant}/switchoverPlans/plan`).set({ ...plan, ...more });
  await stack.settled(tenant);
  await putInCharge(stack, tenant, "drill", { operation: "activation-1" });
  return tenant;
}
const open = async (tenant: string, operation = "activation-1") => {
  const activation = await putInCharge(stack, tenant, "drill", { operation });
  return openTenantChecklist(app, { tenant, activation });
};
type Item = { id: string; state: string; done?: object; progress?: object };
async function checklist(tenant: string) {
  const { status, body } = await call(stack, tenant, emailOf(tenant, "viewer"), "/dr/checklist");
  expect(status).toBe(200);
  return { ...body, items: new Map<string, Item>(body.items.map((item: Item) => [item.id, item])) };
}
const mark = (tenant: string, item: string, body: object, email = operator, key?: string) =>
  call(stack, tenant, email, `/dr/checklist/${item}`, { body, ...(key === undefined ? {} : { key }) });
const callerOf = async (tenant: string, path: string, field: string) =>
  (await secondary.doc(`tenants/${tenant}/${path}`).get()).get(field)?.id;

describe("applying the plan", () => {
  test("sets the default caller number and the phones', once, and leaves all else (R20)", async () => {
    const tenant = await activated();
    expect(await applySwitchOverPlan(app, tenant)).toEqual({ written: 3, skipped: [] });
    expect(await callerOf(tenant, "systemSettings/telephony", "defaultCallerNumber")).toBe("osaka");
    expect(await callerOf(tenant, "phones/p1", "callerNumber")).toBe("ip");
    expect(await callerOf(tenant, "phones/p2", "callerNumber")).toBe("osaka2");
    expect((await secondary.doc(`tenants/${tenant}/systemSettings/telephony`).get()).get("other")).toBe(true);
    expect(await callerOf(tenant, "phones/p3", "callerNumber")).toBeUndefined();
    expect(await applySwitchOverPlan(app, tenant)).toEqual({ written: 0, skipped: [] });
  });

  test("skips a phone that is gone, and does not bring it back (R20)", async () => {
    const tenant = await activated({ phones: { ...plan.phones, gone: e164.ip } });
    const { written, skipped } = await applySwitchOverPlan(app, tenant);
    expect({ written, skipped }).toEqual({ written: 3, skipped: [{ field: "phones.gone", why: "phoneGone" }] });
    expect((await secondary.doc(`tenants/${tenant}/phones/gone`).get()).exists).toBe(false);
    await open(tenant);
    expect((await checklist(tenant)).items.get("phone-caller-numbers")?.state).toBe("open");
  });

  test("does nothing without a plan (R20)", async () => {
    const tenant = await enrolWithNumbers(stack);
    expect(await applySwitchOverPlan(app, tenant)).toEqual({ written: 0, skipped: [] });
  });
});

describe("the checklist", () => {
  test("is empty until the tenant is activated (R21)", async () => {
    const tenant = await enrolWithNumbers(stack);
    expect(await checklist(tenant)).toMatchObject({ activation: null, summary: { total: 0, open: 0 } });
    expect((await mark(tenant, "test-incoming", { done: true })).status).toBe(404);
  });

  test("has done what the plan has changed, and the rest to do; the status counts both (R16, R21)", async () => {
    const tenant = await activated();
    await applySwitchOverPlan(app, tenant);
    expect(await open(tenant)).toEqual({ total: 9, open: 7 });
    const { activation, summary, items } = await checklist(tenant);
    expect({ activation, summary }).toEqual({ activation: "activation-1", summary: { total: 9, open: 7 } });
    expect(items.get("default-caller-number")).toMatchObject({ state: "done", done: { how: "automatic" } });
    expect([...items.keys()]).toEqual(
      expect.arrayContaining(["toll-free-0120123456", "carrier-forwarding", "open-cti"]),
    );
    const status = await call(stack, tenant, operator, "/dr");
    expect(status.body.standby.checklist).toEqual({ total: 9, open: 7 });
  });

  test("keeps who did what, when and why, and writes each change to the audit log (R21, R30)", async () => {
    const tenant = await activated();
    await open(tenant);
    const email = emailOf(tenant, "company");
    const marked = await mark(tenant, "test-incoming", { done: true, note: "03で確認" }, email);
    expect(marked).toMatchObject({
      status: 200,
      body: { state: "done", done: { how: "person", by: { type: "user", id: email }, note: "03で確認" } },
    });
    await mark(tenant, "test-incoming", { done: false });
    expect((await checklist(tenant)).items.get("test-incoming")).toMatchObject({ state: "open" });
    const { body } = await call(stack, tenant, operator, "/audit");
    const acts = body.items.filter(({ act }: { act: string }) => act === "mark-checklist");
    expect(acts).toMatchObject([
      { by: { id: operator }, after: { item: "test-incoming", state: "open", changed: true } },
      { by: { id: email }, after: { item: "test-incoming", state: "done", changed: true } },
    ]);
  });

  test("lets the first of two people stand, and is the same when the request comes again (R21)", async () => {
    const tenant = await activated();
    await open(tenant);
    const people = [operator, emailOf(tenant, "company")];
    const both = await Promise.all(
      people.map((email) => mark(tenant, "open-cti", { done: true, note: email }, email, "k")),
    );
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const { done } = (await checklist(tenant)).items.get("open-cti") as { done: { by: { id: string }; note: string } };
    expect(done.note).toBe(done.by.id);
    for (const { body } of both) expect(body.done).toEqual(done);
    const again = await mark(tenant, "open-cti", { done: true, note: operator }, operator, "k");
    expect(again.body.done).toEqual(done);
  });

  test("keeps what was done when it is opened again, and begins anew with another activation (R18, R21)", async () => {
    const tenant = await activated();
    await open(tenant);
    await mark(tenant, "test-outgoing", { done: true });
    await open(tenant);
    expect((await checklist(tenant)).items.get("test-outgoing")?.state).toBe("done");

    await primary.doc(`tenants/${tenant}/switchoverPlans/plan`).delete();
    await secondary.doc(`tenants/${tenant}/switchoverPlans/plan`).delete();
    await open(tenant, "activation-2");
    const { activation, items } = await checklist(tenant);
    expect(activation).toBe("activation-2");
    expect(items.get("test-outgoing")?.state).toBe("open");
    expect(items.has("toll-free-0120123456")).toBe(false);

    const { activation: latest } = await checklist(tenant);
    const stale = { ...(await putInCharge(stack, tenant, "drill", { operation: latest })), operation: "activation-1" };
    await expect(openTenantChecklist(app, { tenant, activation: stale })).rejects.toMatchObject({ code: "conflict" });
    expect((await checklist(tenant)).items.size).toBe(items.size);
  });

  test("counts the softphones that report the secondary since the activation (R21)", async () => {
    const tenant = await activated();
    await open(tenant);
    const report = (id: string, site: string, at = new Date()) =>
      secondary.doc(`standbys/${tenant}/softphones/${id}`).set({ softphoneId: id, site, at });
    const shown = async () => (await checklist(tenant)).items.get("softphones");
    expect(await shown()).toMatchObject({ state: "open", progress: { moved: 0, total: 0 } });
    await report("s0", "secondary", new Date(Date.now() - 3_600_000));
    await report("s1", "secondary");
    await report("s2", "primary");
    expect(await shown()).toMatchObject({ state: "open", progress: { moved: 1, total: 2 } });
    await report("s2", "secondary");
    expect(await shown()).toMatchObject({
      state: "done",
      done: { how: "automatic" },
      progress: { moved: 2, total: 2 },
    });
  });

  test("is for administrators to mark, and has no items but its own (R47)", async () => {
    const tenant = await activated();
    await open(tenant);
    for (const member of ["viewer", "office"] as const) {
      expect((await mark(tenant, "open-cti", { done: true }, emailOf(tenant, member))).status).toBe(403);
    }
    expect((await mark(tenant, "open-cti", { done: true }, "stranger@else.example")).status).toBe(404);
    expect((await mark(tenant, "make-coffee", { done: true })).status).toBe(404);
    expect((await mark(tenant, "open-cti", { done: "yes" })).status).toBe(400);
  });
});
