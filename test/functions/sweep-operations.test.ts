import { afterAll, describe, expect, test } from "vitest";
import type { Operation } from "../../shared/domain/operation.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { eventually } from "../support/eventually.ts";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol, operationsOf, standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
const { secondary } = stack.databases;
afterAll(() => stack.close());

/** An operation that nobody has touched for so many seconds. */
function strand(tenant: string, idleSeconds: number, more: Partial<Operation> = {}): Promise<string> {
  return putOperation(stack, tenant, { updatedAt: new Date(Date.now() - idleSeconds * 1000), ...more });
}

async function read(tenant: string, id: string): Promise<Operation | undefined> {
  return (await operationsOf(stack, tenant)).find((operation) => operation.id === id);
}

describe("sweepOperations", () => {
  test("takes up an operation whose message was lost, and one whose slice died", async () => {
    const tenant = await enrol(stack);
    const dead = { owner: "a process that is gone", until: new Date(Date.now() - 10_000) };
    const ids = [await strand(tenant, 60), await strand(tenant, 60, { state: "running", lease: dead, attempts: 1 })];
    expect(await stack.runSchedule("secondary", "sweep-operations")).toBe(204);
    await eventually(async () => {
      for (const id of ids) expect((await read(tenant, id))?.state).toBe("succeeded");
    });
  });

  test("leaves alone what is paused, what a living slice holds, and what was asked for just now", async () => {
    const tenant = await enrol(stack);
    const living = { owner: "a living process", until: new Date(Date.now() + 60_000) };
    const untouched = await Promise.all([
      strand(tenant, 60, { state: "paused" }),
      strand(tenant, 60, { state: "running", lease: living }),
      strand(tenant, 0),
    ]);
    const swept = await strand(tenant, 60);
    await stack.runSchedule("secondary", "sweep-operations");
    // When the one that was stranded is done, the others have had their chance too.
    await eventually(async () => expect((await read(tenant, swept))?.state).toBe("succeeded"));
    const states = await Promise.all(untouched.map(async (id) => (await read(tenant, id))?.state));
    expect(states).toStrictEqual(["paused", "running", "queued"]);
  });

  test("announces who is in charge where the stand-by's event was lost (R31)", async () => {
    const tenant = await enrol(stack);
    const { fence } = (await standbyOf(stack, tenant)) as Standby;
    await stack.faults("secondary", { trigger: "announce-state", tenant, drop: 1 });
    const since = new Date(Date.now() - 120_000);
    const active = { state: "active", since, fence: { number: fence.number + 1, id: "lost" } };
    await secondary.doc(`standbys/${tenant}`).update(active);
    await stack.settled(tenant);
    await eventually(async () => {
      await stack.runSchedule("secondary", "sweep-operations");
      const endpoint = (await secondary.doc(`endpoints/${tenant}`).get()).data();
      expect(endpoint).toMatchObject({ site: "secondary", state: "active", fence: fence.number + 1 });
    });
  });

  test("says for how long the one that has stood still for longest has done so", async () => {
    const tenant = await enrol(stack);
    await eventually(async () => {
      await strand(tenant, 86_400);
      await stack.runSchedule("secondary", "sweep-operations");
      const { counts } =
        (await stack.databases.secondary.doc("schedules/sweep-operations").get()).data()?.lastRun ?? {};
      expect(counts.oldestStrandedSeconds).toBeGreaterThanOrEqual(86_400);
      expect(counts.oldestStrandedSeconds).toBeLessThan(2 * 86_400);
    });
  });
});
