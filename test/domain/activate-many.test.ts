import { describe, expect, test, vi } from "vitest";
import { type ActivateManyApp, activateManyOperation } from "../../shared/domain/activate-many.ts";
import { AppError, type ErrorCode } from "../../shared/domain/errors.ts";
import type { NewOperation, Operation } from "../../shared/domain/operation.ts";

const at = new Date("2026-11-21T10:00:00Z");
const operation = (more: Partial<Operation>): Operation => ({
  id: "bulk",
  type: "activate-many",
  tenant: "*",
  state: "running",
  open: true,
  input: {},
  progress: { done: 0 },
  attempts: 1,
  createdBy: { type: "user", id: "operator@example.com" },
  createdAt: at,
  updatedAt: at,
  ...more,
});

/** A bulk activation of these tenants, each of which has succeeded already where its stand-by can be read. */
function bulk(tenants: string[], failing: Record<string, { code: ErrorCode; times: number }>, hanging?: string) {
  const asked = vi.fn(async (tenant: string) => {
    const fault = failing[tenant];
    if (fault && fault.times-- > 0) throw new AppError(fault.code, `${tenant} fails`);
    return undefined;
  });
  const app = {
    standbys: { read: asked },
    operations: {
      find: async ({ tenant }: NewOperation) => operation({ id: tenant, type: "activate", tenant, state: "succeeded" }),
    },
    operationStore: {
      change: (id: string) => (id === hanging ? new Promise(() => undefined) : Promise.resolve("ended")),
      publish: async () => undefined,
    },
    now: () => at,
  } as unknown as ActivateManyApp;
  const request = operation({ input: { tenants, mode: "disaster", reason: "the region is lost" } });
  return { asked, run: () => activateManyOperation.run(app, request, async () => "continue") };
}

const tenants = ["a", "b", "c"];

describe("activateManyOperation", () => {
  test.each(["internal", "unavailable"] as const)(
    "tells of a tenant that fails again and again (%s), and activates all others (R19)",
    async (code) => {
      const { run } = bulk(tenants, { b: { code, times: Number.POSITIVE_INFINITY } });
      expect(await run()).toStrictEqual({
        done: true,
        result: {
          tenants: { succeeded: 2, refused: 1 },
          problems: [{ tenant: "b", state: "refused", problem: "b fails" }],
        },
      });
    },
  );

  test("asks again at the end for a tenant that did not answer (R19)", async () => {
    const { run, asked } = bulk(tenants, { a: { code: "unavailable", times: 2 } });
    expect(await run()).toMatchObject({ result: { tenants: { succeeded: 3 }, problems: [] } });
    expect(asked.mock.calls.map(([tenant]) => tenant)).toStrictEqual(["a", "b", "c", "a", "a"]);
  });

  test("waits for no tenant whose plan takes long before it asks for the next ones (R18, R19)", async () => {
    const many = Array.from({ length: 40 }, (_, index) => `t${index}`);
    const { run } = bulk(many, {}, "t0");
    expect(await run()).toMatchObject({ result: { tenants: { succeeded: 40 } } });
  });

  test("is tried again as a whole where all that it asks for fail: that is no tenant's own (R19)", async () => {
    const fault = { code: "unavailable", times: 1 } as const;
    const { run } = bulk(tenants, { a: { ...fault }, b: { ...fault }, c: { ...fault } });
    await expect(run()).rejects.toMatchObject({ code: "unavailable" });
  });
});
