import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planRoutes } from "../../shared/domain/api/plan.ts";
import type { ApiApp, Context, Route } from "../../shared/domain/api/route.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { AuditEntry, Standby } from "../../shared/domain/standby.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { createStandbys } from "../../shared/stores/standbys.ts";
import { createTenantData } from "../../shared/stores/tenant-data.ts";
import { putInCharge } from "../support/activation.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { type Called, call, e164, emailOf, enrolWithNumbers, operator } from "../support/switch-over.ts";
import { inState, standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
const { primary, secondary } = stack.databases;
afterAll(() => stack.close());

const empty = { defaultCallerNumber: null, phones: {}, tollFree: {} };
const complete = {
  defaultCallerNumber: "06-6123-4567",
  phones: { p1: e164.ip },
  tollFree: { [e164.free]: e164.osaka },
};
const planIn = async (database: typeof primary, tenant: string) =>
  (await database.doc(`tenants/${tenant}/switchoverPlans/plan`).get()).data();
const read = (tenant: string) => call(stack, tenant, operator, "/dr/plan");
const put = (tenant: string, body: object, options: { email?: string; site?: "primary" } = {}): Promise<Called> =>
  call(stack, tenant, options.email ?? operator, "/dr/plan", { method: "PUT", body, ...options });

async function auditOf(tenant: string): Promise<AuditEntry[]> {
  const found = await secondary.collection(`standbys/${tenant}/audit`).get();
  return found.docs.map((entry) => fromStore<AuditEntry>(entry.data()));
}

/** Stores a plan past HTTP: `audit` is what writes to the log afterwards, and `seen` the stand-by as it was looked at. */
function putting(
  route: Route,
  tenant: string,
  body: object,
  audit: Context["audit"],
  seen?: Standby,
): Promise<unknown> {
  const standbys = createStandbys(secondary);
  const tenantData = {
    primary: createTenantData(primary, "primary"),
    secondary: createTenantData(secondary, "secondary"),
  };
  const app = {
    standbys: { ...standbys, ...(seen ? { read: async () => seen } : {}) },
    tenantData,
    now: () => new Date(),
  };
  const actor = { type: "user", id: operator } as const;
  const changeEntry = (act: string, after: Record<string, unknown>) => ({ at: new Date(), act, by: actor, after });
  const context = { app: app as unknown as ApiApp, caller: { email: operator, actor }, changeEntry, audit } as Context;
  return (route.run as (context: Context, input: unknown) => Promise<unknown>)(context, {
    params: { tenant },
    body: route.body.parse(body),
  });
}

let tenant: string;
beforeAll(async () => {
  tenant = await enrolWithNumbers(stack);
});

describe("the switch-over plan", () => {
  test.each(["primary", undefined] as const)(
    "is stored on the primary, and read as the secondary has it, by either site (R20)",
    async (site) => {
      const own = await enrolWithNumbers(stack);
      expect((await read(own)).body).toMatchObject({
        ...empty,
        version: null,
        readable: true,
        numbers: {},
        faults: [],
      });
      const stored = await put(own, { ...complete, version: null }, site ? { site } : {});
      expect(stored.status).toBe(200);
      expect(stored.body).toMatchObject({ site: "primary", phones: complete.phones, defaultCallerNumber: e164.osaka });
      expect(await planIn(primary, own)).toMatchObject({ defaultCallerNumber: e164.osaka, updatedBy: operator });

      await eventually(async () => expect((await read(own)).body.version).toBe(stored.body.version));
      const { body } = await read(own);
      expect(body).toMatchObject({ site: "secondary", tollFree: complete.tollFree, faults: [] });
      expect(body.numbers[e164.free]).toEqual({
        display: "0120-123-456",
        exists: true,
        secondary: expect.objectContaining({ usable: true, reason: "leadsToOsaka" }),
      });
      expect((await standbyOf(stack, own))?.state).toBe("syncing");
      const { body: audit } = await call(stack, own, operator, "/audit");
      expect(audit.items[0]).toMatchObject({ act: "edit-plan", after: { site: "primary", phones: 1, tollFree: 1 } });
    },
  );

  test.each([
    ["a default number of Tokyo", { defaultCallerNumber: e164.tokyo }, "body.defaultCallerNumber"],
    ["a number on a home line", { defaultCallerNumber: e164.home }, "body.defaultCallerNumber"],
    ["a number of somebody else's", { phones: { p1: "06-6000-0000" } }, "body.phones.p1"],
    ["what is no number", { phones: { p1: "999" } }, "body.phones.p1"],
    ["a phone that is not there", { phones: { p9: e164.ip } }, "body.phones.p9"],
    ["a destination without the service", { tollFree: { [e164.free]: e164.ip } }, `body.tollFree.${e164.free}`],
    ["an unknown field", { callerNumbers: {} }, "body.callerNumbers"],
  ])("is refused with %s, and the field is named (R20, R22)", async (_what, more, field) => {
    const { status, body } = await put(tenant, { ...empty, ...more, version: null });
    expect(status).toBe(400);
    expect(body.fields).toMatchObject([{ field, problem: expect.stringMatching(/give|leave it out/) }]);
    expect(await planIn(primary, tenant)).toBeUndefined();
  });

  test("is not overwritten by who has not read it; the same request again is no conflict (R20)", async () => {
    const own = await enrolWithNumbers(stack);
    const asked = [complete, { ...complete, phones: {} }].map((body) => put(own, { ...body, version: null }));
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const won = answers.find(({ status }) => status === 200)?.body;
    const { phones, tollFree, defaultCallerNumber, version } = won;
    const winner = { phones, tollFree, defaultCallerNumber };
    expect((await put(own, { ...winner, version: null })).body.version).toBe(version);
    const lost = await put(own, { ...empty, version: null });
    expect(lost).toMatchObject({
      status: 412,
      body: { code: "precondition-failed", fields: [{ field: "body.version" }] },
    });
    expect((await put(own, { ...empty, version })).status).toBe(200);
    expect(await planIn(primary, own)).toMatchObject(empty);
  });

  test("replaces what cannot be understood (R20)", async () => {
    const own = await enrolWithNumbers(stack);
    await primary.doc(`tenants/${own}/switchoverPlans/plan`).set({ callerNumbers: {} });
    await eventually(async () => expect((await read(own)).body).toMatchObject({ readable: false }));
    const { body } = await read(own);
    expect((await put(own, { ...complete, version: body.version })).status).toBe(200);
    expect(await planIn(primary, own)).not.toHaveProperty("callerNumbers");
  });

  test("is written on the secondary while that is active, and nowhere in between (R20)", async () => {
    const own = await enrolWithNumbers(stack);
    await putInCharge(stack, own);
    const stored = await put(own, { ...complete, version: null });
    expect(stored).toMatchObject({ status: 200, body: { site: "secondary" } });
    expect(await planIn(secondary, own)).toMatchObject({ phones: complete.phones });
    expect(await planIn(primary, own)).toBeUndefined();
    await secondary.doc(`standbys/${own}`).update({ state: "resyncing" });
    await inState(stack, own, "resyncing");
    const refused = await put(own, { ...empty, version: stored.body.version });
    expect(refused).toMatchObject({ status: 409, body: { code: "conflict" } });
  });

  test("is in the audit log once, though whoever stored it was cut off, and with a plan of the secondary in one commit (R20, R30)", async () => {
    const own = await enrolWithNumbers(stack);
    const entries = async () => (await auditOf(own)).filter(({ act }) => act === "edit-plan");
    const route = planRoutes.find(({ operationId }) => operationId === "putPlan") as Route;
    const cutOff = putting(route, own, { ...complete, version: null }, () => Promise.reject(new Error("killed")));
    await expect(cutOff).rejects.toThrow("killed");
    expect(await planIn(primary, own)).toMatchObject({ defaultCallerNumber: e164.osaka });
    for (let times = 0; times < 3; times++) expect((await put(own, { ...complete, version: null })).status).toBe(200);
    expect(await entries()).toMatchObject([{ after: { site: "primary", previousVersion: null, phones: 1 } }]);

    const other = await enrolWithNumbers(stack);
    await putInCharge(stack, other);
    const stored = putting(route, other, { ...complete, version: null }, () => Promise.reject(new Error("killed")));
    await expect(stored).resolves.toMatchObject({ site: "secondary" });
    const found = (await auditOf(other)).filter(({ act }) => act === "edit-plan");
    expect(found).toMatchObject([{ by: { id: operator }, after: { site: "secondary" } }]);
  });

  test("is not written on the secondary when a fail back has begun since it was looked at (R20, R24)", async () => {
    const own = await enrolWithNumbers(stack);
    await putInCharge(stack, own);
    const before = await standbyOf(stack, own);
    await secondary.doc(`standbys/${own}`).update({ state: "resyncing" });
    const route = planRoutes.find(({ operationId }) => operationId === "putPlan") as Route;
    const late = putting(route, own, { ...complete, version: null }, async () => undefined, before);
    await expect(late).rejects.toMatchObject({ code: "conflict" });
    expect(await planIn(secondary, own)).toBeUndefined();
    expect((await auditOf(own)).filter(({ act }) => act === "edit-plan")).toStrictEqual([]);
  });

  test("says so when the primary does not answer (R20)", async () => {
    const silent = () => Promise.reject(new AppError("unavailable", "the database does not answer"));
    const route = planRoutes.find(({ operationId }) => operationId === "putPlan") as Route;
    const app = {
      standbys: createStandbys(secondary),
      tenantData: { primary: { ...createTenantData(primary, "primary"), changePlan: silent } },
      now: () => new Date(),
    } as unknown as ApiApp;
    const context = { app, caller: { email: operator }, changeEntry: () => ({}) } as unknown as Context;
    const input = { params: { tenant }, body: { ...empty, version: null } };
    const asked = (route.run as (context: Context, input: unknown) => Promise<unknown>)(context, input);
    await expect(asked).rejects.toMatchObject({
      code: "unavailable",
      forCaller: true,
      message: expect.stringMatching(/primary does not answer.*activate/),
    });
  });

  test("is for everybody to read and for administrators to write (R47)", async () => {
    const asked = (email: string, body?: object) =>
      call(stack, tenant, email, "/dr/plan", body ? { method: "PUT", body } : {});
    for (const member of ["viewer", "office"] as const) {
      expect((await asked(emailOf(tenant, member))).status).toBe(200);
      expect((await asked(emailOf(tenant, member), { ...empty, version: null })).status).toBe(403);
    }
    expect((await asked("stranger@else.example")).status).toBe(404);
    expect((await asked(emailOf(tenant, "company"), { ...empty, phones: 1 })).status).toBe(400);
  });
});

describe("numbers", () => {
  test("are listed page by page with whether each works on either site (R22)", async () => {
    const shown = new Map<string, Called["body"]>();
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page: Called = await call(
        stack,
        tenant,
        emailOf(tenant, "viewer"),
        `/dr/numbers?pageSize=4${token && `&pageToken=${token}`}`,
      );
      for (const item of page.body.items) shown.set(item.path, item);
      token = page.body.nextPageToken;
    }
    const usable = [...shown.values()].map(({ number, secondary: there }) => [number, there.usable, there.reason]);
    expect(Object.fromEntries(usable.map(([number, ...rest]) => [number, rest]))).toEqual({
      [e164.osaka]: [true, "osaka"],
      [e164.osaka2]: [true, "osaka"],
      [e164.ip]: [true, "ip"],
      [e164.tokyo]: [false, "primaryOnly"],
      [e164.home]: [false, "homeLine"],
      [e164.free]: [false, "behindStays"],
    });
    expect(shown.get("numbers/free")).toMatchObject({
      display: "0120-123-456",
      type: "tollFree",
      destination: e164.tokyo,
    });
    expect([...shown.values()].every((item) => item.primary.usable)).toBe(true);
  });

  test("show what cannot be understood, and the destination that the plan gives (R22)", async () => {
    const own = await enrolWithNumbers(stack);
    await primary.doc(`tenants/${own}/numbers/zz`).set({ e164: "x" });
    await primary.doc(`tenants/${own}/switchoverPlans/plan`).set({ ...empty, tollFree: { [e164.free]: e164.osaka } });
    const itemsByPath = async () => {
      const { body } = await call(stack, own, operator, "/dr/numbers");
      return new Map<string, Called["body"]>(body.items.map((item: { path: string }) => [item.path, item]));
    };
    await eventually(async () => expect((await itemsByPath()).get("numbers/free").destination).toBe(e164.osaka));
    const items = await itemsByPath();
    expect(items.get("numbers/free").secondary).toMatchObject({ usable: true, reason: "leadsToOsaka" });
    expect(items.get("numbers/zz")).toMatchObject({ number: null, secondary: { usable: false, reason: "unreadable" } });
  });
});

describe("phones", () => {
  type Phone = { id: string; name: string | null; fault?: object };
  const listed = async (own: string, query: string): Promise<{ items: Phone[]; nextPageToken?: string }> =>
    (await call(stack, own, emailOf(own, "viewer"), `/dr/phones?${query}`)).body;

  test("are listed with whether each one's caller number works on the secondary, and why not (R20, R22)", async () => {
    const own = await enrolWithNumbers(stack);
    const at = (path: string) => primary.doc(`tenants/${own}/${path}`);
    await at("phones/p2").set({ name: "受付2", callerNumber: at("numbers/osaka") });
    await at("phones/p4").set({ name: "倉庫", callerNumber: at("numbers/gone") });
    await eventually(async () => expect((await listed(own, "")).items).toHaveLength(4));
    await stack.settled(own);

    expect((await listed(own, "")).items).toEqual([
      {
        ...{ id: "p1", name: null, callerNumber: { number: e164.tokyo, display: "03-1234-5678" } },
        fault: { ja: expect.stringMatching("大阪では利用できません"), en: expect.stringMatching("does not work") },
      },
      { id: "p2", name: "受付2", callerNumber: { number: e164.osaka, display: "06-6123-4567" } },
      { id: "p3", name: null, callerNumber: null },
      {
        ...{ id: "p4", name: "倉庫", callerNumber: { number: "numbers/gone", display: "numbers/gone" } },
        fault: { ja: expect.any(String), en: expect.stringMatching("not among") },
      },
    ]);
    const first = await listed(own, "only=toReplace&pageSize=1");
    expect(first.items.map(({ id }) => id)).toEqual(["p1"]);
    const second = await listed(own, `only=toReplace&pageSize=1&pageToken=${first.nextPageToken}`);
    expect([second.items.map(({ id }) => id), second.nextPageToken]).toEqual([["p4"], undefined]);
    const page = await listed(own, "pageSize=3");
    expect((await listed(own, `pageSize=3&pageToken=${page.nextPageToken}`)).items.map(({ id }) => id)).toEqual(["p4"]);
  });
});

describe("features", () => {
  test("are served with their effect, what they take, and whether the tenant uses them (R23)", async () => {
    const { status, body } = await call(stack, tenant, emailOf(tenant, "viewer"), "/dr/features");
    expect(status).toBe(200);
    expect(body.items).toHaveLength(15);
    const used = Object.fromEntries(body.items.map((item: { name: string; used: unknown }) => [item.name, item.used]));
    expect(used).toMatchObject({
      fax: true,
      vpn: false,
      mobileApp: null,
      openCti: true,
      homeLines: true,
      customerGateways: false,
    });
    expect(body.items[0]).toMatchObject({ effect: "stops", condition: { ja: expect.stringMatching(/。/) } });
  });
});
