import { describe, expect, test } from "vitest";
import {
  type ActivationApp,
  activateOperation,
  type RequestActivationApp,
  requestActivation,
} from "../../shared/domain/activate-tenant.ts";
import type { Operation, OperationState } from "../../shared/domain/operation.ts";
import type { StandbyChange } from "../../shared/domain/ports.ts";
import type { Activation, ActivationMode, Standby } from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";

const now = new Date("2026-11-21T10:05:00Z");
const actor = { type: "user", id: "anna@acme.example" } as const;
const profile = tenantProfile.parse({ name: "A", platformVersion: "3.9.0", options: { dr: true }, host: "a" });

/** Asks again for an activation whose operation is there in that state; answers the operation and the stand-by. */
async function askedAgain(mode: ActivationMode, state: OperationState, active = false) {
  let standby = {
    ...{
      tenant: "acme",
      state: "syncing",
      since: now,
      fence: { number: 7, id: "seventh" },
      profile,
      profileVersion: 1,
    },
    ...(active ? { state: "active", activation: { operation: "first" } } : {}),
  } as Standby;
  const first: Operation = {
    ...{ id: "first", type: "activate", tenant: "acme", state, open: true, progress: { done: 0 }, attempts: 0 },
    ...{ createdBy: actor, createdAt: now, updatedAt: now, input: { mode, override: false } },
  };
  const app = {
    standbys: {
      read: async () => standby,
      lastHeartbeat: async () => now,
      async change<T>(_tenant: string, decide: (current: Standby) => StandbyChange<T>) {
        const { next, outcome } = decide(standby);
        standby = next ?? standby;
        return outcome;
      },
    },
    operations: { find: async () => first },
    now: () => now,
  } as unknown as RequestActivationApp;
  const operation = await requestActivation(app, {
    tenant: "acme",
    actor,
    key: "k",
    request: { mode, override: false },
  });
  return { operation, standby };
}

describe("requestActivation asked again", () => {
  test.each(["queued", "running"] as const)(
    "raises the fence where the first request died before it could, the operation %s (R18, R6)",
    async (state) => {
      const { operation, standby } = await askedAgain("disaster", state);
      expect(operation.id).toBe("first");
      expect(standby).toMatchObject({ state: "activating", fence: { number: 8 }, activation: { operation: "first" } });
    },
  );

  test.each([
    ["whose last changes are carried over first", "planned", "running", false],
    ["that somebody holds up", "drill", "paused", false],
    ["that was cancelled", "drill", "cancelled", false],
    ["that is in charge", "drill", "running", true],
  ] as const)("leaves the fence of one %s to its operation (R18)", async (_, mode, state, active) => {
    const { operation, standby } = await askedAgain(mode, state, active);
    expect(operation.id).toBe("first");
    expect(standby.fence.number).toBe(7);
  });
});

describe("activateOperation.completed", () => {
  const steps = [{ name: "reload", startedAt: now, finishedAt: now, complete: true, detail: "every kind was told" }];
  const completed = (activation: Partial<Activation>, operation = "first") => {
    const app = { standbys: { read: async () => ({ activation }) } } as unknown as ActivationApp;
    return activateOperation.completed?.(app, { id: operation, tenant: "acme" } as Operation);
  };
  const whole: Partial<Activation> = {
    ...{ operation: "first", mode: "disaster", requestedAt: now, fencedAt: now, activeAt: now, rpoSeconds: 3, steps },
  };

  test("has succeeded once all is done, though it was cancelled or failed after that (R18)", async () => {
    expect(await completed(whole)).toMatchObject({ done: true, result: { mode: "disaster", rpoSeconds: 3, steps } });
  });

  test.each([
    ["is another", whole, "second"],
    ["has steps left", { ...whole, steps: [] }, "first"],
    ["is not in charge yet", { operation: "first", requestedAt: now, fencedAt: now, steps: [] }, "first"],
  ] as const)("has something left to do where the activation %s (R18)", async (_, activation, operation) => {
    expect(await completed(activation as Partial<Activation>, operation)).toBeUndefined();
  });
});
