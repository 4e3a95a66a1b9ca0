import { afterAll, describe, expect, test } from "vitest";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol, inState, operationsOf } from "../support/tenants.ts";

const stack = sharedStack();
afterAll(() => stack.close());

const input = { mode: "disaster", override: true, reason: "東京リージョンの障害" };

describe("runActivation", () => {
  test("carries out an activation whose message was lost, once it is called again (R18)", async () => {
    const tenant = await enrol(stack);
    const aMinuteAgo = new Date(Date.now() - 60_000);
    const lost = { type: "activate", input, createdAt: aMinuteAgo, updatedAt: aMinuteAgo };
    const id = await putOperation(stack, tenant, lost);
    await stack.runSchedule("secondary", "sweep-operations");
    const standby = await inState(stack, tenant, "active");
    expect(standby.activation?.operation).toBe(id);
    const operation = (await operationsOf(stack, tenant)).find((each) => each.id === id);
    expect(operation?.attempts).toBeLessThanOrEqual(1);
  });
});
