import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { Stack } from "../../local/stack.ts";
import { eventually } from "../support/eventually.ts";
import { putOperation } from "../support/operations.ts";
import { onOwnStack } from "../support/own-stack.ts";
import type { TestStack } from "../support/stack.ts";
import { enrol, operationsOf } from "../support/tenants.ts";

let local: Stack;
let stack: TestStack;

onOwnStack((ownLocal, ownStack) => {
  [local, stack] = [ownLocal, ownStack];
});

type Shown = {
  name: string;
  site: string;
  availability: string;
  nextRun?: string;
  running?: object;
  lastRun?: { result: string; scheduleTime: string };
};

async function asked(path: string, body?: object): Promise<{ status: number; items: Shown[] }> {
  const answer = await fetch(`${local.description.sites.secondary.api}${path}`, {
    method: body ? "POST" : "GET",
    headers: {
      authorization: `Bearer ${await stack.token(people.operator.email)}`,
      ...(body ? { "content-type": "application/json", "idempotency-key": randomUUID() } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { items: [], ...((await answer.json()) as object), status: answer.status };
}

async function shown(name: string): Promise<Shown> {
  const { items } = await asked("/v1/schedules");
  return items.find((item) => item.name === name) as Shown;
}

describe("schedules", () => {
  test("fire by themselves, each in its minute (R15)", async () => {
    await eventually(async () => {
      const { lastRun } = await shown("sweep-operations");
      expect(lastRun?.result).toBe("succeeded");
      expect(new Date(lastRun?.scheduleTime ?? "").getUTCMilliseconds()).toBe(0);
      expect(new Date(lastRun?.scheduleTime ?? "").getUTCSeconds()).toBe(0);
    }, 75_000);
  }, 90_000);

  test("fired twice do their work once (R15)", async () => {
    const tenant = await enrol(stack);
    const statuses = await eventually(async () => {
      const answered = await stack.runScheduleTwice("secondary", "reconcile");
      // Both have nothing to do while the run of the hour's own firing is going on.
      expect(answered).toContain(204);
      return answered;
    });
    expect(statuses.toSorted()).toEqual([200, 204]);
    await eventually(async () => expect(await operationsOf(stack, tenant)).not.toEqual([]));
  });

  test("whose run dies are seen as running, then as died; the next run does the work", async () => {
    const tenant = await enrol(stack);
    const dead = { run: "a process that is gone", scheduleTime: new Date(), startedAt: new Date() };
    const record = stack.databases.secondary.doc("schedules/sweep-operations");
    const holdUntil = (until: Date) => record.set({ lease: { ...dead, until }, done: [] });
    const id = await putOperation(stack, tenant, { updatedAt: new Date(Date.now() - 60_000) });

    await holdUntil(new Date(Date.now() + 60_000));
    expect((await shown("sweep-operations")).running).toBeDefined();
    expect(await stack.runScheduleTwice("secondary", "sweep-operations")).toEqual([200, 200]);
    expect((await stack.databases.secondary.doc(`operations/${id}`).get()).get("state")).toBe("queued");

    await holdUntil(new Date(Date.now() - 1));
    expect((await shown("sweep-operations")).lastRun?.result).toBe("died");
    expect(await stack.runSchedule("secondary", "sweep-operations")).toBe(204);
    await eventually(async () => {
      const operation = await stack.databases.secondary.doc(`operations/${id}`).get();
      expect(operation.get("state")).toBe("succeeded");
    });
  }, 60_000);

  test("of Osaka are listed and run when Tokyo is gone; Tokyo's are shown as unavailable (R15)", async () => {
    await local.kill("primary");
    const started = performance.now();
    const { status, items } = await asked("/v1/schedules");
    expect(performance.now() - started).toBeLessThan(4000);
    expect(status).toBe(200);
    for (const { name, site, availability, nextRun } of items) {
      expect([name, availability]).toEqual([name, site === "primary" ? "unavailable" : "available"]);
      expect(nextRun === undefined).toBe(site === "primary");
    }
    expect(new Set(items.map(({ site }) => site))).toEqual(new Set(["primary", "secondary"]));

    const before = Date.now();
    expect((await asked("/v1/schedules/reconcile/run", {})).status).toBe(200);
    await eventually(async () => {
      const { lastRun } = await shown("reconcile");
      expect(Date.parse(lastRun?.scheduleTime ?? "")).toBeGreaterThanOrEqual(before);
    });
    expect((await asked("/v1/schedules/heartbeat/run", {})).status).toBe(503);
  }, 60_000);
});
