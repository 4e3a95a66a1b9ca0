import { describe, expect, test, vi } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { overwriteSecondary } from "../../shared/domain/overwrite-secondary.ts";
import type { StandbyChange } from "../../shared/domain/ports.ts";
import { type RecoveryOperationApp, resyncOperation } from "../../shared/domain/recovery.ts";
import type { Edit, Standby } from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";

const now = new Date("2026-11-21T10:05:00Z");
const operator = { type: "user", id: "operator@example.com" } as const;
const operation = (type: string): Operation => ({
  ...{ id: "op", type, tenant: "acme", state: "running", open: true, input: { scope: "all" }, progress: { done: 0 } },
  ...{ attempts: 1, createdBy: operator, createdAt: now, updatedAt: now },
});
const edit: Edit = {
  path: "ipAccessRules/1",
  kind: "ipAccessRules",
  change: "deleted",
  by: operator,
  at: now,
  fields: [],
};

/** A resyncing tenant with an edited access rule and nothing else, whose primary answers for its rules or does not. */
function appOf(primaryRules: RecoveryOperationApp["primaryRules"]) {
  let standby = {
    ...{ tenant: "acme", state: "resyncing", since: now, fence: { number: 7, id: "seventh" }, operation: "op" },
    ...{ profile: tenantProfile.parse({ name: "A", platformVersion: "3.9.0", options: { dr: true }, host: "a" }) },
  } as Standby;
  const notes = [edit];
  const clear = vi.fn(async () => notes.splice(0).length >= 0);
  const app = {
    standbys: {
      read: async () => standby,
      edits: async () => notes,
      clearEdits: async () => undefined,
      countLarge: async () => 0,
      async change<T>(_tenant: string, decide: (current: Standby) => StandbyChange<T>) {
        const { next, outcome } = decide(standby);
        standby = next ?? standby;
        return outcome;
      },
    },
    editNotes: { now: async () => 1, paths: async () => new Set(), clear },
    syncs: { record: async () => undefined },
    primaryTenant: async () => ({}),
    adopt: async () => undefined,
    async *list() {},
    equalBlocks: async () => undefined,
    saveEqualBlocks: async () => undefined,
    primaryRules,
    secondaryRules: async () => [],
    applyTogether: async () => ({ outcomes: [] }),
    now: () => now,
  } as unknown as RecoveryOperationApp;
  return { app, clear, standby: () => standby };
}

const silent = () => Promise.reject(new AppError("unavailable", "no answer"));
const none = async () => ({ readTime: 1, documents: new Map() });
const goOn = async () => "continue" as const;

describe("what ends with the primary's access rules", () => {
  test("a restore forgets no edit while the rules cannot be read, and is tried again (R10b, R13)", async () => {
    const { app, clear, standby } = appOf(silent);
    await expect(resyncOperation.run(app, operation("resync"), goOn)).rejects.toMatchObject({ code: "unavailable" });
    expect(clear).not.toHaveBeenCalled();
    expect(standby()).toMatchObject({ state: "resyncing" });
  });

  test("a fail back forgets no note of an edit while the rules cannot be read, and is tried again (R24, R13)", async () => {
    const { app, clear } = appOf(silent);
    const overwriting = overwriteSecondary(app, operation("failback"), goOn, {
      ...{ fence: { number: 7, id: "seventh" }, scope: "all" },
    });
    await expect(overwriting).rejects.toMatchObject({ code: "unavailable" });
    expect(clear).not.toHaveBeenCalled();
  });

  test("both end once the primary answers, and the restore is known to be done (R11, R13)", async () => {
    const { app, standby } = appOf(none);
    expect(await resyncOperation.run(app, operation("resync"), goOn)).toMatchObject({ done: true });
    expect(standby()).toMatchObject({ state: "syncing", lastCompleted: "op" });
    expect(await resyncOperation.completed?.(app, operation("resync"))).toMatchObject({ done: true });
    const other = { ...operation("resync"), id: "other" };
    expect(await resyncOperation.completed?.(app, other)).toBeUndefined();
    const overwritten = await overwriteSecondary(appOf(none).app, operation("failback"), goOn, {
      fence: standby().fence,
      scope: "all",
    });
    expect(overwritten).toMatchObject({ repaired: 0, accessRules: { outcome: "unchanged" } });
  });
});
