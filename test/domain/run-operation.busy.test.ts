import { describe, expect, test } from "vitest";
import { runOperation } from "../../functions/run-operation.ts";
import type { OperationApp } from "../../shared/domain/operation-types.ts";

describe("runOperation", () => {
  test("keeps its place for no longer than another slice takes (R18, R41)", async () => {
    const outcomes = ["busy", "ended"];
    const app = { operationStore: { change: async () => outcomes.shift() } } as unknown as OperationApp;
    const started = performance.now();
    const run = runOperation.run as (app: OperationApp, event: object) => Promise<object>;
    const told = await run(app, { data: { operationId: "op" } });
    expect(told).toMatchObject({ outcome: "ended", operation: "op" });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
