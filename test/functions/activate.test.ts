import { randomUUID } from "node:crypto";
import { FieldValue } from "@google-cloud/firestore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Activation } from "../../shared/domain/standby.ts";
import { eventually } from "../support/eventually.ts";
import { patiently } from "../support/patiently.ts";
import { sharedStack, type TestStack } from "../support/stack.ts";
import {
  editsOf,
  enrol,
  expectEqualSites,
  inState,
  operationsOf,
  profileOf,
  standbyOf,
  wiresOf,
} from "../support/tenants.ts";

let stack: TestStack;
beforeAll(() => {
  stack = sharedStack();
});
afterAll(() => stack.close());

const operator: string = people.operator.email;
// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, whose fields the tests assert
type Called = { status: number; body: any };

async function call(email: string, path: string, body?: unknown, options: { site?: Site; key?: string } = {}) {
  const { site = "secondary", key = randomUUID() } = options;
  const answer = await fetch(`${stack.description.sites[site].api}/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${await stack.token(email)}`,
      ...(body === undefined ? {} : { "idempotency-key": key, "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) } as Called;
}

const activate = (tenant: string, more: object = {}, options: { site?: Site; key?: string; email?: string } = {}) =>
  call(
    options.email ?? operator,
    `/tenants/${tenant}/dr/activate`,
    { confirm: tenant, mode: "disaster", override: true, reason: "訓練ではない", ...more },
    options,
  );

async function ended(id: string): Promise<Called["body"]> {
  return eventually(async () => {
    const { body } = await call(operator, `/operations/${id}`);
    expect(body.finishedAt).toBeDefined();
    return body;
  });
}

const auditOf = async (tenant: string) => (await call(operator, `/tenants/${tenant}/audit`)).body.items as object[];

describe("activate", () => {
  test("puts the secondary in charge, fences the mirror, and says by whom and why (R18, R6, R30, R31)", async () => {
    const tenant = await enrol(stack);
    const asked = await activate(tenant);
    expect(asked).toMatchObject({ status: 202, body: { type: "activate", tenant } });
    // From the answer on, nothing of the primary changes the secondary.
    await stack.databases.primary.doc(`tenants/${tenant}/phones/late`).set({ name: "遅れて届いた変更" });
    const operation = await ended(asked.body.id);
    expect(operation).toMatchObject({ state: "succeeded", result: { mode: "disaster" } });
    expect(operation.result.rtoMilliseconds).toBeGreaterThan(0);
    expect(operation.result.steps.map(({ name }: { name: string }) => name)).toStrictEqual([
      "applyPlan",
      "openChecklist",
      "reload",
    ]);

    const standby = await inState(stack, tenant, "active");
    expect(standby.activation).toMatchObject({
      operation: asked.body.id,
      reason: "訓練ではない",
      by: { id: operator },
    });
    await stack.settled(tenant);
    expect((await stack.databases.secondary.doc(`tenants/${tenant}/phones/late`).get()).exists).toBe(false);
    const endpoint = await fetch(`${stack.description.sites.secondary.api}/v1/tenants/${tenant}/endpoint`);
    expect(await endpoint.json()).toMatchObject({ site: "secondary", host: `${tenant}.osaka.example` });
    expect(await auditOf(tenant)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ act: "request-activation", by: expect.objectContaining({ id: operator }) }),
        expect.objectContaining({ act: "activate", before: expect.objectContaining({ state: "syncing" }) }),
        expect.objectContaining({ act: "active" }),
      ]),
    );
  });

  test("activates once, asked twice with one key, and from both sites' addresses (R18)", async () => {
    const tenant = await enrol(stack);
    const key = randomUUID();
    const [first, second] = await Promise.all([
      patiently(() => activate(tenant, {}, { key, site: "primary" })),
      patiently(() => activate(tenant, {}, { key })),
    ]);
    expect([first.status, second.status]).toStrictEqual([202, 202]);
    expect(second.body.id).toBe(first.body.id);
    await ended(first.body.id);
    expect((await activate(tenant, {}, { key })).body.id).toBe(first.body.id);
    expect(await operationsOf(stack, tenant)).toHaveLength(2);
    const other = await activate(tenant, { reason: "another" }, { key });
    expect(other).toMatchObject({ status: 409, body: { code: "conflict" } });
  });

  test("activates once when two people ask at once: one of them learns of the other's (R18)", async () => {
    const tenant = await enrol(stack);
    const asked = await Promise.all(
      Array.from({ length: 4 }, (_, index) => activate(tenant, { reason: `person ${index}` })),
    );
    const accepted = asked.filter(({ status }) => status === 202);
    expect(asked.every(({ status }) => status === 202 || status === 409)).toBe(true);
    expect(accepted.length).toBeGreaterThan(0);
    const standby = await inState(stack, tenant, "active");
    await Promise.all(accepted.map(({ body }) => ended(body.id)));
    const succeeded = (await operationsOf(stack, tenant)).filter(
      ({ type, state }) => type === "activate" && state === "succeeded",
    );
    expect(succeeded.map(({ id }) => id)).toStrictEqual([standby.activation?.operation]);
    expect((await standbyOf(stack, tenant))?.fence).toStrictEqual(standby.fence);
  });

  test.each([
    ["the confirmation is not the tenant's id", { confirm: "acme" }, 400, /body\.confirm/],
    ["there is no mode", { mode: undefined }, 400, /body\.mode/],
    ["a check is overridden without a reason", { reason: undefined }, 400, /body\.reason/],
    ["a field is unknown", { force: true }, 400, /body\.force/],
    ["the primary still answers", { override: false }, 412, /primaryAnswers/],
  ])("refuses, and does nothing, when %s (R18)", async (_what, more, status, words) => {
    const tenant = await enrol(stack);
    const asked = await activate(tenant, more);
    expect(asked.status).toBe(status);
    expect(JSON.stringify(asked.body)).toMatch(words);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    expect((await operationsOf(stack, tenant)).filter(({ type }) => type === "activate")).toStrictEqual([]);
  });

  test.each([
    ["too old, with the manual steps", { platformVersion: "3.8.2" }, /3\.9\.0.*by hand/],
    ["with the outbound dialler", { options: { dr: true, outboundDialler: true } }, /outbound-dialler/],
    ["without the option", { options: { dr: false, outboundDialler: false } }, /DR option/],
  ])("refuses a tenant %s, whatever the reason (R17)", async (what, profile, words) => {
    const tenant = stack.newTenant();
    const { primary, secondary } = stack.databases;
    await secondary.doc(`tenants/${tenant}`).set({ ...profileOf(tenant), ...profile });
    await primary.doc(`tenants/${tenant}`).set({ ...profileOf(tenant), ...profile });
    if (what.startsWith("too old")) await inState(stack, tenant, "syncing");
    const asked = await activate(tenant);
    expect(asked.status).toBe(412);
    expect(asked.body.detail).toMatch(words);
  });

  test("activates a tenant whose profile on the secondary is not valid, and says so before (R18, R29)", async () => {
    const tenant = await enrol(stack);
    await stack.databases.secondary.doc(`tenants/${tenant}`).set({ name: "" });
    const { status, body } = await call(operator, `/tenants/${tenant}/dr/readiness`);
    expect(status).toBe(200);
    const found = body.checks.find(({ name }: { name: string }) => name === "sameVersion");
    expect(found).toMatchObject({ result: "blocker", why: { en: expect.stringContaining("not valid") } });
    const asked = await activate(tenant);
    expect(asked.status).toBe(202);
    expect(await ended(asked.body.id)).toMatchObject({ state: "succeeded" });
    const { activation } = await inState(stack, tenant, "active");
    expect(activation?.overridden).toContain("sameVersion");
  });

  test("refuses what is active already, and what is being failed back unless that is overridden (R18)", async () => {
    const tenant = await enrol(stack);
    await ended((await activate(tenant)).body.id);
    expect(await activate(tenant)).toMatchObject({ status: 409, body: { code: "conflict" } });

    const returning = await enrol(stack);
    await stack.databases.secondary.doc(`standbys/${returning}`).update({ state: "resyncing", operation: "failback" });
    const asked = await activate(returning, { override: false, reason: undefined });
    expect(asked).toMatchObject({ status: 409 });
    expect(asked.body.detail).toMatch(/brought back/);
    expect((await activate(returning)).status).toBe(202);
    await inState(stack, returning, "active");
  });

  test("activates what was stopped, by a reason, and counts what may be missing from the stop on (R29)", async () => {
    const tenant = await enrol(stack);
    await call(operator, `/tenants/${tenant}/dr/stop`, { reason: "maintenance" });
    const refused = await activate(tenant, { mode: "drill", override: false });
    expect(refused.status).toBe(412);
    expect(JSON.stringify(refused.body.fields)).toMatch(/readiness\./);
    await ended((await activate(tenant)).body.id);
    const { activation } = await inState(stack, tenant, "active");
    expect(activation?.overridden.length).toBeGreaterThan(0);
    expect(activation?.rpoSeconds).toBeGreaterThanOrEqual(0);
  });

  test("is for administrators and operators only, and shows nobody a foreign tenant (R47)", async () => {
    const tenant = await enrol(stack);
    const members = { company: "companyAdmin", office: "officeAdmin", viewer: "viewer" };
    for (const [person, role] of Object.entries(members)) {
      const email = `${person}@${tenant}.example`;
      await stack.databases.primary.doc(`tenants/${tenant}/members/${email}`).set({ email, role, offices: [] });
    }
    await stack.settled(tenant);
    const as = (person: string) => activate(tenant, {}, { email: `${person}@${tenant}.example` });
    expect((await as("viewer")).status).toBe(403);
    expect((await as("office")).status).toBe(403);
    expect((await activate(tenant, {}, { email: "somebody@elsewhere.example" })).status).toBe(404);
    expect((await as("company")).status).toBe(202);
  });
});

describe("a planned activation", () => {
  test("carries over first what the primary has, though its events were lost (R18)", async () => {
    const tenant = await enrol(stack);
    const wires = wiresOf(stack.description);
    await stack.faults("primary", { tenant, drop: 1 });
    const phones = stack.databases.primary.collection(`tenants/${tenant}/phones`);
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => phones.doc(`phone-${index}`).set({ name: `電話 ${index}` })),
    );
    const asked = await activate(tenant, { mode: "planned", override: true });
    const operation = await ended(asked.body.id);
    expect(operation).toMatchObject({ state: "succeeded", result: { rpoSeconds: 0 } });
    await inState(stack, tenant, "active");
    await expectEqualSites(wires, tenant);
    await stack.clearFaults("primary", { tenant });
    for (const wire of Object.values(wires)) wire.close();
  });

  test("carries over the access rules, which no event does (R18, R13)", async () => {
    const tenant = await enrol(stack);
    const rules = (site: Site) => stack.databases[site].doc(`tenants/${tenant}/ipAccessRules/office`);
    await rules("primary").set({ cidr: "203.0.113.0/24" });
    const asked = await activate(tenant, { mode: "planned", override: true });
    expect(await ended(asked.body.id)).toMatchObject({ state: "succeeded", result: { rpoSeconds: 0 } });
    expect((await rules("secondary").get()).data()).toStrictEqual({ cidr: "203.0.113.0/24" });
    await stack.settled(tenant);
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
  });

  test("has succeeded though a slice died when the secondary was in charge already, and edited (R18)", async () => {
    const tenant = await enrol(stack);
    const asked = await activate(tenant, { mode: "planned", override: true });
    await ended(asked.body.id);
    await stack.databases.secondary.doc(`tenants/${tenant}/phones/new`).set({ name: "大阪で追加" });
    const record = stack.databases.secondary.doc(`operations/${asked.body.id}`);
    const idle = new Date(Date.now() - 60_000);
    await record.update({ state: "running", open: true, updatedAt: idle, finishedAt: FieldValue.delete() });
    await stack.runSchedule("secondary", "sweep-operations");
    expect(await ended(asked.body.id)).toMatchObject({ state: "succeeded" });
    expect((await standbyOf(stack, tenant))?.state).toBe("active");
  });

  test("is one of a syncing tenant", async () => {
    const tenant = await enrol(stack);
    await call(operator, `/tenants/${tenant}/dr/stop`, { reason: "maintenance" });
    expect(await activate(tenant, { mode: "planned" })).toMatchObject({ status: 409 });
  });
});

describe("an active secondary", () => {
  test("takes edits of its own for what they are, and stops nothing (R10)", async () => {
    const tenant = await enrol(stack);
    await ended((await activate(tenant)).body.id);
    const note = stack.databases.secondary.doc(`tenants/${tenant}/phones/new`);
    await note.set({ name: "大阪で追加" });
    await eventually(async () => {
      expect((await editsOf(stack, tenant)).map(({ path }) => path)).toContain("phones/new");
    });
    expect((await standbyOf(stack, tenant))?.state).toBe("active");
  });

  test("is left as it is when its activation is cancelled too late", async () => {
    const tenant = await enrol(stack);
    const { body } = await activate(tenant);
    await ended(body.id);
    expect((await call(operator, `/operations/${body.id}/cancel`, {})).status).toBe(409);
    expect((await standbyOf(stack, tenant))?.state).toBe("active");
  });
});

describe("many at once (R19)", () => {
  const many = (tenants: string[], more: object = {}, email = operator) =>
    call(email, "/dr/activate", {
      tenants,
      confirm: String(tenants.length),
      reason: "東京リージョンの障害",
      override: true,
      ...more,
    });

  test("activates each by an operation of its own, and tells which it could not", async () => {
    const tenants = await Promise.all(Array.from({ length: 6 }, () => enrol(stack)));
    const old = await enrol(stack);
    await stack.databases.secondary.doc(`standbys/${old}`).update({ "profile.platformVersion": "3.7.1" });
    const unknown = stack.newTenant();
    const asked = await many([...tenants, old, unknown]);
    expect(asked).toMatchObject({ status: 202, body: { type: "activate-many" } });
    const operation = await ended(asked.body.id);
    expect(operation).toMatchObject({ state: "succeeded", result: { tenants: { succeeded: 6, refused: 2 } } });
    const problems = operation.result.problems as { tenant: string; problem: string }[];
    expect(Object.fromEntries(problems.map(({ tenant, problem }) => [tenant, problem]))).toMatchObject({
      [old]: expect.stringMatching(/3\.9\.0/),
      [unknown]: expect.any(String),
    });
    const states = await Promise.all(tenants.map(async (tenant) => (await standbyOf(stack, tenant))?.state));
    expect(new Set(states)).toStrictEqual(new Set(["active"]));
    const activations = await Promise.all(tenants.map(async (tenant) => (await standbyOf(stack, tenant))?.activation));
    expect(activations.map((activation) => (activation as Activation).reason)).toStrictEqual(
      tenants.map(() => "東京リージョンの障害"),
    );
  });

  test("is for operators, wants the number typed, and a reason", async () => {
    const tenant = await enrol(stack);
    const email = `company@${tenant}.example`;
    await stack.databases.primary
      .doc(`tenants/${tenant}/members/${email}`)
      .set({ email, role: "companyAdmin", offices: [] });
    await stack.settled(tenant);
    expect((await many([tenant], {}, email)).status).toBe(403);
    expect((await many([tenant], { confirm: "all" })).status).toBe(400);
    expect((await many([tenant], { reason: undefined })).status).toBe(400);
    expect((await many([tenant], { override: false })).status).toBe(412);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  });
});
