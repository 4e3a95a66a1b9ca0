import { describe, expect, test } from "vitest";
import {
  abandonActivation,
  type Beginning,
  type Blocker,
  beginActivation,
  completeActivation,
  recordSteps,
  requireConsistent,
  requireFree,
} from "../../shared/domain/activation.ts";
import { AppError } from "../../shared/domain/errors.ts";
import { cancelled } from "../../shared/domain/given-up.ts";
import { mailTemplates } from "../../shared/domain/mail-templates.ts";
import { planChanges } from "../../shared/domain/mirror.ts";
import type { StandbyChange } from "../../shared/domain/ports.ts";
import { requireActivatable } from "../../shared/domain/readiness-preconditions.ts";
import {
  type Activation,
  type Actor,
  type Standby,
  type StandbyState,
  standbyStates,
} from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";

const now = new Date("2026-11-21T10:05:00Z");
const earlier = new Date("2026-11-21T09:00:00Z");
const admin: Actor = { type: "user", id: "anna@acme.example" };
const states = Object.keys(standbyStates) as StandbyState[];

const profile = tenantProfile.parse({ name: "A", platformVersion: "3.9.0", options: { dr: true }, host: "a" });
const activation: Activation = {
  operation: "first",
  mode: "disaster",
  by: admin,
  overridden: [],
  requestedAt: earlier,
  fencedAt: earlier,
  rpoSeconds: 30,
  steps: [],
};
const standby = (state: StandbyState, more: Partial<Standby> = {}): Standby => ({
  tenant: "acme",
  state,
  since: earlier,
  fence: { number: 7, id: "seventh" },
  profile,
  profileVersion: 100,
  ...(state === "stopped" ? { stop: { reason: "operator", at: earlier, by: admin } } : {}),
  ...(state === "activating" || state === "active" ? { activation } : {}),
  ...more,
});
const beginning: Beginning = {
  operation: "second",
  mode: "disaster",
  by: admin,
  override: false,
  overridden: [],
  requestedAt: earlier,
  rpoSeconds: 12,
};
const begun = (from: Standby, more: Partial<Beginning> = {}) =>
  beginActivation(from, { ...beginning, ...more }, now, "eighth");
const nextOf = <T>({ next }: StandbyChange<T>): Standby => {
  if (!next) throw new Error("nothing was written");
  return next;
};
const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
  return undefined;
};
/** Every mail that is asked for has what its template needs. */
const expectMails = <T>({ mails = [] }: StandbyChange<T>, templates: string[]) => {
  expect(mails.map(({ template }) => template)).toStrictEqual(templates);
  for (const { template, data } of mails) expect(mailTemplates[template].data.safeParse(data).error).toBeUndefined();
};

describe("requireActivatable (R17)", () => {
  const withOptions = (options: object, platformVersion = "3.9.0") => ({
    ...profile,
    platformVersion,
    options: { ...profile.options, ...options },
  });

  test("lets a tenant through that has the option and the platform", () => {
    expect(() => requireActivatable(profile)).not.toThrow();
    expect(() => requireActivatable(withOptions({}, "3.10.0"))).not.toThrow();
  });

  test.each([
    ["without the option", withOptions({ dr: false }), /DR option/],
    ["with the outbound dialler", withOptions({ outboundDialler: true }), /outbound-dialler/],
    ["too old, and says what to do by hand", withOptions({}, "3.8.2"), /3\.9\.0 or later.*3\.8\.2.*by hand.*forward/],
  ])("refuses a tenant %s", (_what, asked, words) => {
    expect(() => requireActivatable(asked)).toThrow(words);
    expect(codeOf(() => requireActivatable(asked))).toBe("precondition-failed");
    const label = { ja: expect.any(String), en: expect.any(String) };
    expect(() => requireActivatable(asked)).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ label })] }),
    );
  });
});

describe("requireFree (R18)", () => {
  const free = (state: StandbyState, override: boolean) =>
    codeOf(() => requireFree(standby(state), { mode: "disaster", override }));

  test.each(states)("of %s, without and with override", (state) => {
    const taken = state === "active" || state === "activating";
    expect(free(state, false)).toBe(taken || state === "resyncing" ? "conflict" : undefined);
    expect(free(state, true)).toBe(taken ? "conflict" : undefined);
  });

  test("lets a disaster take over a planned move that is still under way, and nothing else", () => {
    const moving = standby("activating", { activation: { ...activation, mode: "planned" } });
    expect(codeOf(() => requireFree(moving, { mode: "disaster", override: false }))).toBeUndefined();
    expect(codeOf(() => requireFree(moving, { mode: "planned", override: true }))).toBe("conflict");
    expect(codeOf(() => requireFree(moving, { mode: "drill", override: true }))).toBe("conflict");
  });
});

describe("requireConsistent (R18, R29)", () => {
  const blocker: Blocker = { name: "plan", overridable: true, why: "a number of the plan does not work" };
  const fixed: Blocker = { name: "version", overridable: false, why: "too old" };
  const check = (mode: Activation["mode"], override: boolean, answers: boolean, blockers: Blocker[] = []) =>
    codeOf(() => requireConsistent({ mode, override }, answers, blockers));

  test("wants the caller's word when the primary still answers", () => {
    expect(check("disaster", false, true)).toBe("precondition-failed");
    expect(check("disaster", true, true)).toBeUndefined();
    expect(check("disaster", false, false)).toBeUndefined();
  });

  test.each(["drill", "planned"] as const)("wants a primary that answers for %s, override or not", (mode) => {
    expect(check(mode, false, true)).toBeUndefined();
    expect(check(mode, false, false)).toBe("precondition-failed");
    expect(check(mode, true, false)).toBe("precondition-failed");
  });

  test("stops at blockers, which a reason overrides unless they are of those that none can", () => {
    expect(check("drill", false, true, [blocker])).toBe("precondition-failed");
    expect(check("drill", true, true, [blocker])).toBeUndefined();
    expect(check("drill", true, true, [blocker, fixed])).toBe("precondition-failed");
  });

  test("names each check at fault with the remedy", () => {
    expect(() => requireConsistent({ mode: "disaster", override: false }, true, [blocker])).toThrow(
      expect.objectContaining({
        fields: [
          expect.objectContaining({
            field: "readiness.primaryAnswers",
            problem: expect.stringContaining("override"),
            label: { ja: expect.stringContaining("東京"), en: expect.any(String) },
          }),
          { field: "readiness.plan", problem: expect.stringContaining("does not work") },
        ],
      }),
    );
  });
});

describe("beginActivation (R6, R18)", () => {
  test.each(["syncing", "stopped"] as const)(
    "raises the fence of a %s tenant, and says so in the audit log",
    (state) => {
      const change = begun(standby(state), { reason: "地震", mode: "disaster" });
      expect(change.next).toMatchObject({
        state: "activating",
        since: now,
        fence: { number: 8, id: "eighth" },
        activation: { operation: "second", mode: "disaster", reason: "地震", fencedAt: now, rpoSeconds: 12 },
      });
      expect(change.next).not.toHaveProperty("stop");
      expect(change.audit).toMatchObject({
        act: "activate",
        by: admin,
        before: { state, fence: 7 },
        after: { state: "activating", fence: 8, mode: "disaster", reason: "地震" },
      });
    },
  );

  test("closes the gate to every writer but the drain of this very activation", () => {
    const { state, fence } = nextOf(begun(standby("syncing")));
    const written = (gate: Pick<Standby, "state" | "fence">, named?: Standby["fence"]) =>
      planChanges({
        gate,
        options: named ? { fence: named } : {},
        changes: [
          {
            path: "p/1",
            kind: "phones",
            hash: "h",
            bytes: 1,
            fields: {},
            by: "mirror",
            rank: { version: 1, deleted: false },
          },
        ],
        entries: new Map(),
      }).outcomes;
    expect(written({ state, fence })).toStrictEqual(["fenced"]);
    expect(written({ state, fence }, { number: 7, id: "seventh" })).toStrictEqual(["fenced"]);
    expect(written({ state, fence }, fence)).toStrictEqual(["applied"]);
    const active = nextOf(completeActivation(nextOf(begun(standby("syncing"))), "second", {}, now, "ninth"));
    expect(written(active, active.fence)).toStrictEqual(["fenced"]);
  });

  test("changes nothing when it is repeated, in whatever state its activation is by then", () => {
    const activating = nextOf(begun(standby("syncing")));
    expect(begun(activating)).toStrictEqual({ outcome: activating });
    const active: Standby = { ...activating, state: "active" };
    expect(begun(active)).toStrictEqual({ outcome: active });
  });

  test("lets the first of two win", () => {
    const first = nextOf(begun(standby("syncing"), { operation: "first" }));
    expect(codeOf(() => begun(first))).toBe("conflict");
  });

  test("does not begin again what has ended, though its message comes once more", () => {
    const { activation: _ended, ...back } = nextOf(begun(standby("syncing")));
    expect(codeOf(() => begun({ ...back, state: "syncing" }))).toBe("conflict");
    expect(begun({ ...back, state: "syncing" }, { operation: "third" }).next).toMatchObject({ state: "activating" });
  });

  test("ends a fail back under way, whose operation then finds the fence raised", () => {
    const change = begun(standby("resyncing", { operation: "failback" }), { override: true, reason: "lost again" });
    expect(change.next).toMatchObject({ state: "activating", fence: { number: 8 } });
    expect(change.next).not.toHaveProperty("operation");
  });
});

describe("completeActivation", () => {
  const complete = (from: Standby | undefined, operation = "first") =>
    completeActivation(from, operation, { rpoSeconds: 0 }, now, "eighth");

  test("puts the secondary in charge, mails once, and raises the fence for those who compare", () => {
    const change = complete(standby("activating"));
    expect(change.next).toMatchObject({
      state: "active",
      fence: { number: 8 },
      activation: { activeAt: now, rpoSeconds: 0 },
    });
    expect(change.audit).toMatchObject({ act: "active", before: { state: "activating" } });
    expectMails(change, ["activated"]);
  });

  test("names the overridden checks in both languages (R29, R48)", () => {
    const overridden = ["state", "freshness", "goneSince"];
    const change = complete(standby("activating", { activation: { ...activation, overridden } }));
    expectMails(change, ["activated"]);
    expect(change.mails).toMatchObject([
      {
        data: {
          checks: {
            ja: "同期の状態、同期の遅れ、goneSince",
            en: "State of the sync, Lag of the mirror, goneSince",
          },
        },
      },
    ]);
  });

  test("changes nothing when it is repeated, and mails nobody again", () => {
    const active = nextOf(complete(standby("activating")));
    expect(complete(active)).toStrictEqual({ outcome: active });
  });

  test("does nothing once the activation was given up, or another has taken over", () => {
    expect(complete(standby("stopped"))).toStrictEqual({ outcome: false });
    expect(complete(standby("activating"), "other")).toStrictEqual({ outcome: false });
    expect(complete(undefined)).toStrictEqual({ outcome: false });
  });
});

describe("recordSteps", () => {
  const steps = [{ name: "applyPlan", startedAt: earlier, finishedAt: now, complete: true, detail: "1 number" }];

  test("notes what was done, of the present activation only", () => {
    expect(recordSteps(standby("active"), "first", steps).next).toMatchObject({ activation: { steps } });
    expect(recordSteps(standby("active"), "other", steps)).not.toHaveProperty("next");
    expect(recordSteps(standby("syncing"), "first", steps)).not.toHaveProperty("next");
  });
});

describe("abandonActivation", () => {
  const abandon = (from: Standby | undefined, operation = "first") =>
    abandonActivation(from, operation, cancelled, now, "eighth");

  test("leaves the tenant stopped, with the fence raised, and tells the administrators", () => {
    const change = abandon(standby("activating"));
    expect(change.next).toMatchObject({
      state: "stopped",
      fence: { number: 8 },
      stop: { reason: "activationAbandoned" },
    });
    expect(change.next).not.toHaveProperty("activation");
    expectMails(change, ["activationFailed"]);
    expect(change.mails).toMatchObject([{ data: { why: cancelled.label, sync: "stopped" } }]);
  });

  test("tells where the sync cannot be resumed as the tenant is set (R11, R17, R18)", () => {
    const options = { ...profile.options, dr: false };
    for (const unlike of [{ syncEnabled: false }, { options }]) {
      const change = abandon(standby("activating", { profile: { ...profile, ...unlike } }));
      expect(change.mails).toMatchObject([{ data: { sync: "off" } }]);
    }
  });

  test.each(["syncing", "stopped", "active", "resyncing"] as const)("leaves a %s tenant alone", (state) => {
    expect(abandon(standby(state))).toStrictEqual({ outcome: false });
    expect(abandon(standby("activating"), "other")).toStrictEqual({ outcome: false });
  });
});
