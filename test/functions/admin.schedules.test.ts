import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everySchedule } from "../../functions/manifest.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { sites } from "../../shared/domain/sites.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
const operator = "schedules-staff@hikae.example";
afterAll(() => stack.close());

let tenant: string;
const member = (role: string) => `${role}@${tenant}.example`;

beforeAll(async () => {
  tenant = await enrol(stack);
  for (const database of Object.values(stack.databases))
    await database.doc(`operators/${operator}`).set({ name: "監視" });
  for (const role of ["companyAdmin", "viewer"]) {
    const email = member(role);
    await stack.databases.primary.doc(`tenants/${tenant}/members/${email}`).set({ email, role, offices: [] });
  }
  await stack.settled(tenant);
});

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, whose fields the tests assert
type Called = { status: number; body: any };

async function call(email: string, path: string, body?: unknown, site: Site = "secondary", key = randomUUID()) {
  const answer = await fetch(`${stack.description.sites[site].api}${path}`, {
    headers: {
      authorization: `Bearer ${await stack.token(email)}`,
      // A forged address: whatever a caller says of it is not what the audit log says.
      "x-forwarded-for": "203.0.113.9",
      ...(body === undefined ? {} : { "content-type": "application/json", "idempotency-key": key }),
    },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() } as Called;
}

async function shown(name: string, site: Site, from: Site = "secondary") {
  const { body } = await call(operator, "/v1/schedules", undefined, from);
  return body.items.find((item: { name: string; site: Site }) => item.name === name && item.site === site);
}

describe("GET /v1/schedules", () => {
  test.each(sites)("asked on the %s, lists every schedule of both sites with its next run (R15)", async (from) => {
    const { status, body } = await call(operator, "/v1/schedules", undefined, from);
    expect(status).toBe(200);
    const named = body.items.map(({ name, site }: { name: string; site: Site }) => `${name} ${site}`);
    expect(named).toEqual(everySchedule().map(({ name, site }) => `${name} ${site}`));
    for (const { availability, state, nextRun, timeZone, purpose } of body.items) {
      expect({ availability, state, timeZone }).toEqual({
        availability: "available",
        state: "enabled",
        timeZone: "Asia/Tokyo",
      });
      expect(Date.parse(nextRun)).toBeGreaterThan(Date.now() - 5000);
      expect(purpose).toEqual({ ja: expect.stringMatching(/./), en: expect.stringMatching(/./) });
    }
  });

  test("shows the last run: when, how long, how it ended and what it counted (R15)", async () => {
    const before = Date.now();
    expect(await stack.runSchedule("secondary", "sweep-operations")).toBe(204);
    const { lastRun, lastAttempt } = await shown("sweep-operations", "secondary");
    expect(lastRun).toMatchObject({ result: "succeeded", outcome: "swept", counts: { stranded: expect.any(Number) } });
    expect(Date.parse(lastRun.scheduleTime)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(lastRun.finishedAt) - Date.parse(lastRun.startedAt)).toBe(lastRun.durationMilliseconds);
    expect(lastAttempt).toMatchObject({ succeeded: true });
  });

  test("is for operators only (R47)", async () => {
    for (const email of [member("companyAdmin"), member("viewer"), "someone@else.example"]) {
      expect((await call(email, "/v1/schedules")).status).toBe(403);
    }
  });
});

describe("POST /v1/schedules/{name}/run", () => {
  test.each([
    ["reconcile", "secondary", "secondary"],
    ["reconcile", "primary", "secondary"],
    ["heartbeat", "secondary", "primary"],
  ] as const)("runs %s now, asked for on the %s (R15)", async (name, from, site) => {
    const { status, body } = await call(operator, `/v1/schedules/${name}/run`, {}, from);
    expect([status, body]).toMatchObject([200, { name, site }]);
    await eventually(async () => {
      const { lastRun, running } = await shown(name, site);
      // Another firing's run may be going on, and does the same work.
      expect(Date.parse((lastRun ?? running).startedAt)).toBeGreaterThanOrEqual(Date.parse(body.requestedAt) - 2000);
    });
  });

  test("fires once for one key, and is in the audit log with who and from where (R15, R30)", async () => {
    const key = randomUUID();
    const path = "/v1/schedules/expire-records/run";
    const first = await call(operator, path, { site: "primary" }, "secondary", key);
    expect(first.body).toMatchObject({ name: "expire-records", site: "primary" });
    expect(await call(operator, path, { site: "primary" }, "secondary", key)).toEqual(first);
    const written = await stack.databases.secondary.collection("audit").where("by.id", "==", operator).get();
    const entries = written.docs
      .map((entry) => entry.data())
      .filter(({ after }) => after.schedule === "expire-records");
    expect(entries).toHaveLength(1);
    const place = { from: "127.0.0.1", via: "127.0.0.1" };
    expect(entries[0]).toMatchObject({ act: "run-schedule", ...place, after: { site: "primary" } });
  });

  test("is for operators only, and runs nothing for others (R47)", async () => {
    for (const email of [member("companyAdmin"), member("viewer"), "someone@else.example"]) {
      expect((await call(email, "/v1/schedules/reconcile/run", {})).status).toBe(403);
    }
  });

  test.each([
    ["no-such-schedule", {}],
    ["mirror-config", {}],
    ["heartbeat", { site: "secondary" }],
  ])("knows no schedule %s, %o", async (name, body) => {
    expect((await call(operator, `/v1/schedules/${name}/run`, body)).status).toBe(404);
  });
});

describe("GET /v1/audit", () => {
  test("tells operators, and nobody else, of acts that concern no one tenant, newest first, page by page (R30, R47)", async () => {
    for (const name of ["sweep-outbox", "sweep-backups"]) {
      expect((await call(operator, `/v1/schedules/${name}/run`, { site: "primary" })).status).toBe(200);
    }
    const own: unknown[] = [];
    for (let token = ""; own.length < 2; ) {
      const { status, body } = await call(operator, `/v1/audit?pageSize=1${token && `&pageToken=${token}`}`);
      expect([status, body.items.length]).toEqual([200, 1]);
      own.push(...body.items.filter(({ by }: { by: { id: string } }) => by.id === operator));
      token = body.nextPageToken;
    }
    expect(own).toMatchObject([
      { act: "run-schedule", from: "127.0.0.1", after: { schedule: "sweep-backups", site: "primary" } },
      { act: "run-schedule", from: "127.0.0.1", after: { schedule: "sweep-outbox", site: "primary" } },
    ]);
    expect((await call(member("companyAdmin"), "/v1/audit")).status).toBe(403);
    expect((await call("someone@else.example", "/v1/audit")).status).toBe(403);
  });
});
