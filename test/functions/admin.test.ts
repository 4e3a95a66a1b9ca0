import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Site } from "../../shared/domain/sites.ts";
import { sharedStack, type TestStack } from "../support/stack.ts";

let stack: TestStack;
let tenant: string;
let version: string;

const people = { company: "companyAdmin", office: "officeAdmin", viewer: "viewer" } as const;
const emailOf = (person: string) => `${person}@${tenant}.example`;
const operator = "staff@hikae.example";

const profileAt = (site: Site) => ({
  name: "試験商事",
  platformVersion: version,
  options: { dr: true, outboundDialler: false },
  syncEnabled: true,
  host: `${tenant}.${site}.example`,
  internal: "of the platform's own",
});

/** A new tenant on both sites with one member for each role, enrolled and syncing. */
beforeAll(async () => {
  stack = sharedStack();
  tenant = stack.newTenant();
  version = "3.9.0";
  const { primary, secondary } = stack.databases;
  for (const database of [primary, secondary]) await database.doc(`operators/${operator}`).set({ name: "監視係" });
  await secondary.doc(`tenants/${tenant}`).set(profileAt("secondary"));
  await primary.doc(`tenants/${tenant}`).set(profileAt("primary"));
  for (const [person, role] of Object.entries(people)) {
    const email = emailOf(person);
    await primary.doc(`tenants/${tenant}/members/${email}`).set({ email, name: person, role, offices: ["tokyo"] });
  }
  await vi.waitUntil(
    async () => (await secondary.doc(`tenants/${tenant}/members/${emailOf("viewer")}`).get()).exists,
    waiting,
  );
  await vi.waitUntil(async () => (await call(operator, "/dr")).body.standby.state === "syncing", waiting);
});
afterAll(() => stack.close());
const waiting = { timeout: 30_000, interval: 100 };

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, whose fields the tests assert
type Called = { status: number; headers: Headers; body: any };
type Options = { site?: Site; method?: string; body?: unknown; key?: string };

async function callPath(email: string | undefined, path: string, options: Options = {}): Promise<Called> {
  const { site = "secondary", body, key = randomUUID() } = options;
  const { method = body === undefined ? "GET" : "POST" } = options;
  const answer = await fetch(`${stack.description.sites[site].api}${path}`, {
    method,
    headers: {
      ...(email === undefined ? {} : { authorization: `Bearer ${await stack.token(email)}` }),
      ...(method === "POST" ? { "idempotency-key": key, "content-type": "application/json" } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : JSON.parse(text) };
}
const call = (email: string | undefined, path: string, options: Options = {}) =>
  callPath(email, `/v1/tenants/${tenant}${path}`, options);
const act = (person: string, path: string, body: unknown = {}, options: Options = {}) =>
  call(person === operator ? operator : emailOf(person), path, { body, ...options });

describe("admin", () => {
  test.each(["primary", "secondary"] as const)("%s tells its health without a token", async (site) => {
    expect(await callPath(undefined, "/v1/health", { site })).toMatchObject({
      status: 200,
      body: { status: "ok", site },
    });
  });

  test.each(["primary", "secondary"] as const)("%s lists the caller's own tenants only (R47)", async (site) => {
    const own = await callPath(emailOf("viewer"), "/v1/tenants", { site });
    expect(own.body).toEqual({
      items: [
        {
          id: tenant,
          name: "試験商事",
          role: "viewer",
          may: expect.arrayContaining(["readStatus", "readAudit"]),
          platformVersion: version,
          disasterRecovery: true,
          profileIsValid: true,
        },
      ],
    });
    const [viewed] = own.body.items;
    expect(viewed.may).not.toContain("activate");
    const administered = await callPath(emailOf("office"), "/v1/tenants", { site });
    expect(administered.body.items).toMatchObject([{ role: "officeAdmin", offices: ["tokyo"] }]);
    expect((await callPath("stranger@else.example", "/v1/tenants", { site })).body).toEqual({ items: [] });
  });

  test("gives no rights by a collection that is called members elsewhere (R47)", async () => {
    const email = "intruder@else.example";
    const { secondary } = stack.databases;
    await secondary.doc(`tenants/${tenant}/loginHistory/x/members/${email}`).set({ email, role: "companyAdmin" });
    expect((await callPath(email, "/v1/tenants")).body).toEqual({ items: [] });
    expect((await call(email, "/dr")).status).toBe(404);
  });

  test("pages an operator through all tenants, each once, the heartbeat's not among them", async () => {
    const { secondary } = stack.databases;
    const others = [stack.newTenant(), stack.newTenant(), stack.newTenant()];
    for (const id of others) await secondary.doc(`tenants/${id}`).set({ name: "" });
    const seen: { id: string; profileIsValid: boolean }[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page: Called = await callPath(operator, `/v1/tenants?pageSize=2${token && `&pageToken=${token}`}`);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.items);
      token = page.body.nextPageToken;
    }
    const ids = seen.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining([tenant, ...others]));
    expect(ids).not.toContain("hikae-heartbeat");
    expect(seen.find(({ id }) => id === others[0])?.profileIsValid).toBe(false);
  });

  test("names the field of a profile that is not valid", async () => {
    const broken = stack.newTenant();
    await stack.databases.secondary
      .doc(`tenants/${broken}`)
      .set({ ...profileAt("secondary"), platformVersion: "newest" });
    const { status, body } = await callPath(operator, `/v1/tenants/${broken}/dr`);
    expect(status).toBe(412);
    expect(body.fields[0].field).toBe(`tenants/${broken}.platformVersion`);
  });

  test.each([
    ["primary", "primary"],
    ["primary", "secondary"],
    ["secondary", "primary"],
    ["secondary", "secondary"],
  ] as const)("%s shows the status of the %s (R16)", async (site, shown) => {
    const { status, body } = await call(emailOf("viewer"), `/dr?site=${shown}`, { site });
    const peer = shown === "primary" ? "secondary" : "primary";
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tenant,
      serverRole: shown,
      host: `${tenant}.${shown}.example`,
      peer: { site: peer, host: `${tenant}.${peer}.example` },
      syncStatus: "syncing",
      standby: { availability: "available", state: "syncing", lag: { changes: expect.any(Number) } },
    });
    expect("syncSetting" in body).toBe(shown === "primary");
  });

  test("answers for another's tenant as for none (R47)", async () => {
    const [foreign, none] = await Promise.all(
      [tenant, "no-such-tenant"].map((id) => callPath("someone@else.example", `/v1/tenants/${id}/dr`)),
    );
    expect(foreign?.status).toBe(404);
    expect(foreign?.body.detail).toBe(none?.body.detail);
    for (const path of ["dr", "audit"]) {
      expect((await callPath(operator, `/v1/tenants/no-such-tenant/${path}`)).status).toBe(404);
    }
  });

  test.each([
    ["viewer", "/dr/reconcile", {}, 403],
    ["office", "/dr/reconcile", {}, 403],
    ["company", "/dr/stop", { reason: "試験" }, 403],
    ["company", "/dr/restore", { scope: "all" }, 403],
    ["company", "/dr/restore", { override: true, reason: "試験" }, 403],
    ["viewer", "/dr/restore", {}, 403],
  ])("%s may not %s (R47)", async (person, path, body, status) => {
    expect((await act(person, path, body)).status).toBe(status);
  });

  test("tells everybody which site is in charge, and caches may keep it for seconds (R31)", async () => {
    for (const site of ["primary", "secondary"] as const) {
      const { headers, body } = await call(undefined, "/endpoint", { site });
      expect(body).toMatchObject({ tenant, site: "primary", host: `${tenant}.primary.example` });
      expect(headers.get("cache-control")).toBe("public, max-age=5");
    }
    expect((await callPath(undefined, "/v1/tenants/no-such-tenant/endpoint")).status).toBe(404);
  });

  test("tells it though the rest of the tenant's profile is wrong, and nobody what is wrong (R31)", async () => {
    const id = stack.newTenant();
    const { primary } = stack.databases;
    const profile = { name: "", platformVersion: "old", options: { dr: "yes" }, host: `${id}.tokyo.example` };
    await primary.doc(`tenants/${id}`).set(profile);
    const found = await callPath(undefined, `/v1/tenants/${id}/endpoint`, { site: "primary" });
    expect(found).toMatchObject({ status: 200, body: { tenant: id, site: "primary", host: profile.host, fence: 0 } });
    await primary.doc(`tenants/${id}`).set({ ...profile, host: 1 });
    const none = await callPath(undefined, `/v1/tenants/${id}/endpoint`, { site: "primary" });
    expect(none).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(JSON.stringify(none.body)).not.toMatch(/platformVersion|"fields"/);
  });

  test("reconciles once for one key, from either site (R8)", async () => {
    const key = randomUUID();
    const first = await act("company", "/dr/reconcile", {}, { key });
    expect(first).toMatchObject({ status: 202, body: { type: "reconcile", tenant } });
    expect(first.headers.get("location")).toBe(`/v1/operations/${first.body.id}`);
    const again = await act("company", "/dr/reconcile", {}, { key, site: "primary" });
    expect(again.body.id).toBe(first.body.id);

    const path = `/v1/operations/${first.body.id}`;
    await vi.waitUntil(async () => (await callPath(emailOf("viewer"), path)).body.state === "succeeded", waiting);
    const done = await callPath(emailOf("viewer"), path);
    expect(done.body).toMatchObject({ controls: [], result: { equal: true } });
    expect(done.body).not.toHaveProperty("lease");
    expect((await callPath("someone@else.example", path)).status).toBe(404);
    expect((await callPath(emailOf("viewer"), `${path}/cancel`, { body: {} })).status).toBe(403);
    expect((await callPath(emailOf("company"), `${path}/cancel`, { body: {} })).status).toBe(409);
    expect((await call(emailOf("viewer"), "/dr")).body.standby.proof).toMatchObject({ equal: true });
  });

  test("stops and restores, and the audit log says who, when and from where (R11, R30)", async () => {
    const key = randomUUID();
    const stopped = await act(operator, "/dr/stop", { reason: "定期試験" }, { key });
    expect(stopped).toMatchObject({ status: 200, body: { state: "stopped", stop: { detail: "定期試験" } } });
    expect((await act(operator, "/dr/stop", { reason: "別の理由" }, { key })).status).toBe(409);
    expect((await act("company", "/dr/restore")).status).toBe(409);
    expect((await act(operator, "/dr/restore", { scope: "all", override: true })).status).toBe(400);

    const { status, body } = await act(operator, "/dr/restore", { scope: "all" });
    expect(status).toBe(202);
    await vi.waitUntil(
      async () => (await callPath(operator, `/v1/operations/${body.id}`)).body.state === "succeeded",
      waiting,
    );
    // The first stop, sent once more by a slow network, is answered as it was and stops nothing.
    expect((await act(operator, "/dr/stop", { reason: "定期試験" }, { key })).body).toEqual(stopped.body);
    expect((await call(operator, "/dr")).body.standby.state).toBe("syncing");

    const audit = await call(emailOf("viewer"), "/audit?pageSize=200");
    const stop = audit.body.items.find((entry: { act: string }) => entry.act === "stop");
    expect(stop).toMatchObject({ by: { type: "user", id: operator }, from: "127.0.0.1", before: { state: "syncing" } });
    const acts = audit.body.items.map((entry: { act: string }) => entry.act);
    expect(acts).toEqual(expect.arrayContaining(["enrol", "stop", "request-restore", "resync", "resume"]));
    const times = audit.body.items.map((entry: { at: string }) => entry.at);
    expect(times).toEqual(times.toSorted().reverse());
    const first = await call(emailOf("viewer"), "/audit?pageSize=2");
    const second = await call(emailOf("viewer"), `/audit?pageSize=2&pageToken=${first.body.nextPageToken}`);
    expect([...first.body.items, ...second.body.items]).toEqual(audit.body.items.slice(0, 4));
  });
});
