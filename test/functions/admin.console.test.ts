import { afterAll, describe, expect, test } from "vitest";
import { sites } from "../../shared/domain/sites.ts";
import { putOperation } from "../support/operations.ts";
import { addMember, newEmail } from "../support/people.ts";
import { sharedStack } from "../support/stack.ts";
import { call } from "../support/switch-over.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
afterAll(() => stack.close());

describe("GET /v1/console", () => {
  test.each(sites)("tells whoever opens the console of %s where the sites and the sign-in are (R49)", async (site) => {
    const { sites: described, issuer } = stack.description;
    const answer = await fetch(`${described[site].api}/v1/console`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=60");
    expect(await answer.json()).toEqual({
      site,
      location: site === "primary" ? { ja: "東京", en: "Tokyo" } : { ja: "大阪", en: "Osaka" },
      sites: {
        primary: { url: described.primary.api, location: { ja: "東京", en: "Tokyo" } },
        secondary: { url: described.secondary.api, location: { ja: "大阪", en: "Osaka" } },
      },
      signIn: { issuer, clientId: "hikae-console" },
      kinds: expect.objectContaining({ callFlows: { ja: "コールフロー", en: "Call flows" } }),
      backupServiceAccount: expect.stringContaining("@"),
    });
  });
});

describe("GET /v1/tenants/{tenant}/operations", () => {
  /** A tenant with a viewer and, besides what enrolling it left, five operations of the future, so that they come first. */
  const tenantWithOperations = async () => {
    const tenant = await enrol(stack);
    const viewer = await addMember(stack, tenant, "viewer");
    const soon = Date.now() + 3_600_000;
    const states = ["succeeded", "paused", "failed", "cancelled", "paused"] as const;
    const ids: string[] = [];
    for (const [index, state] of states.entries()) {
      const at = new Date(soon + index * 1000);
      // A cancelled one is open until what it left is put in order.
      const open = state === "paused" || state === "cancelled";
      ids.unshift(await putOperation(stack, tenant, { type: `t${index}`, state, open, createdAt: at, updatedAt: at }));
    }
    return { tenant, viewer, ids };
  };
  const idsOf = (body: { items: { id: string }[] }) => body.items.map(({ id }) => id);

  test.each(sites)("lists the tenant's long jobs of every type, newest first, from %s (R49)", async (site) => {
    const { tenant, viewer, ids } = await tenantWithOperations();
    const { status, body } = await call(stack, tenant, viewer, "/operations?pageSize=5", { site });
    expect(status).toBe(200);
    expect(idsOf(body)).toEqual(ids);
    expect(body.items[0]).toMatchObject({ tenant, type: "t4", state: "paused", controls: ["cancel", "resume"] });
    expect(body.items[0]).not.toHaveProperty("input");
  });

  test("lists only those in which something is still to be done, page by page", async () => {
    const { tenant, viewer, ids } = await tenantWithOperations();
    const seen: string[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const query = `state=open&pageSize=2${token && `&pageToken=${token}`}`;
      const { body } = await call(stack, tenant, viewer, `/operations?${query}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...idsOf(body));
      token = body.nextPageToken;
    }
    // What enrolling the tenant began may still be running.
    expect(seen.filter((id) => ids.includes(id))).toEqual([ids[0], ids[1], ids[3]]);
  });

  test("lists only those of one type, and of these the open ones", async () => {
    const { tenant, viewer, ids } = await tenantWithOperations();
    const ofType = async (query: string) => idsOf((await call(stack, tenant, viewer, `/operations?${query}`)).body);
    expect(await ofType("type=t2")).toEqual([ids[2]]);
    expect(await ofType("type=t2&state=open")).toEqual([]);
    expect(await ofType("type=t3&state=open")).toEqual([ids[1]]);
  });

  test("shows nobody another tenant's (R47)", async () => {
    const { tenant } = await tenantWithOperations();
    expect((await call(stack, tenant, newEmail("stranger"), "/operations")).status).toBe(404);
    const other = await enrol(stack);
    const { body } = await call(stack, other, await addMember(stack, other, "companyAdmin"), "/operations");
    expect(new Set(body.items.map((item: { tenant: string }) => item.tenant))).toEqual(new Set([other]));
  });

  test("refuses a state that it cannot choose by", async () => {
    const tenant = await enrol(stack);
    const viewer = await addMember(stack, tenant, "viewer");
    const { status, body } = await call(stack, tenant, viewer, "/operations?state=running");
    expect([status, body.fields[0].field]).toEqual([400, "query.state"]);
  });
});
