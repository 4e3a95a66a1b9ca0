import { describe, expect, test } from "vitest";
import { cancelled } from "../../shared/domain/given-up.ts";
import type { StandbyChange } from "../../shared/domain/ports.ts";
import {
  type Activation,
  type Actor,
  type Edit,
  type Proof,
  type Standby,
  type StandbyState,
  standbyStates,
} from "../../shared/domain/standby.ts";
import { type TenantProfile, tenantProfile } from "../../shared/domain/tenant.ts";
import {
  abandonResync,
  adoptProfile,
  beginResync,
  completeResync,
  editsFound,
  primaryDeleted,
  recordProof,
  stopByOperator,
} from "../../shared/domain/transitions.ts";

const now = new Date("2026-11-21T10:05:00Z");
const earlier = new Date("2026-11-21T09:00:00Z");
const operator: Actor = { type: "user", id: "operator@example.com" };
const states = Object.keys(standbyStates) as StandbyState[];
const mirroring = states.filter((state) => standbyStates[state].mirror);
const still = states.filter((state) => !standbyStates[state].mirror);

const profile = tenantProfile.parse({ name: "A", platformVersion: "3.9.0", options: { dr: true }, host: "a" });
const withoutSync = { ...profile, syncEnabled: false };

const standby = (state: StandbyState, more: Partial<Standby> = {}): Standby => ({
  tenant: "acme",
  state,
  since: earlier,
  fence: { number: 7, id: "seventh" },
  profile,
  profileVersion: 100,
  ...(state === "stopped" ? { stop: { reason: "operator", at: earlier, by: operator } } : {}),
  ...more,
});

const proof: Proof = {
  at: now,
  operation: "op",
  equal: true,
  large: 0,
  total: { documents: 1, repaired: 0, differing: 0 },
  kinds: {},
};

const edit: Edit = {
  path: "phones/1",
  kind: "phones",
  change: "updated",
  by: { type: "user", id: "anna@example.com" },
  at: earlier,
  fields: [],
};

/** The one rule that R6 rests on: who may write never changes without the fence rising. */
function expectRaised(change: StandbyChange<unknown>, before?: Standby): void {
  expect(change.next?.fence).toStrictEqual({ number: (before?.fence.number ?? 0) + 1, id: "new fence" });
  expect(change.next?.since).toStrictEqual(now);
}

const adopt = (current: Standby | undefined, version: number, arrived: TenantProfile = profile) =>
  adoptProfile(current, { tenant: "acme", profile: arrived, version }, now, "new fence");

describe("adoptProfile", () => {
  test("gives a tenant with the DR option a stand-by that is to be filled, and notes it (R17, R30)", () => {
    const change = adopt(undefined, 100);
    expect(change).toMatchObject({ outcome: "enrolled", next: { state: "resyncing", profileVersion: 100 } });
    expect(change.audit).toMatchObject({ act: "enrol", at: now, after: { state: "resyncing", fence: 1 } });
    expectRaised(change);
  });

  test("gives none to a tenant without the option (R17)", () => {
    const options = { dr: false, outboundDialler: false };
    expect(adopt(undefined, 100, { ...profile, options })).toStrictEqual({ outcome: "notEnrolled" });
  });

  test("begins stopped where the primary's sync setting is off (R11)", () => {
    const change = adopt(undefined, 100, withoutSync);
    expect(change).toMatchObject({ outcome: "stopped", next: { state: "stopped", stop: { reason: "syncDisabled" } } });
  });

  test.each(states)("changes nothing by the present or an older version, while %s (R5)", (state) => {
    expect(adopt(standby(state), 100, withoutSync)).toStrictEqual({ outcome: "stale" });
    expect(adopt(standby(state), 99, withoutSync)).toStrictEqual({ outcome: "stale" });
  });

  test.each(states)("takes a newer profile over, the state and fence left alone, while %s", (state) => {
    const current = standby(state);
    const renamed = { ...profile, name: "Acme 2" };
    const { next, outcome } = adopt(current, 101, renamed);
    expect(outcome).toBe("updated");
    expect(next).toStrictEqual({ ...current, profile: renamed, profileVersion: 101 });
  });

  test.each(mirroring)("stops the sync when its setting is turned off, while %s (R11)", (state) => {
    const change = adopt(standby(state), 101, withoutSync);
    expect(change).toMatchObject({ outcome: "stopped", next: { state: "stopped", stop: { reason: "syncDisabled" } } });
    expect(change.audit).toMatchObject({ act: "stop", before: { state }, after: { reason: "syncDisabled" } });
    expectRaised(change, standby(state));
  });

  test.each(still)("leaves the state when the setting is turned off, while %s", (state) => {
    const { next, outcome } = adopt(standby(state), 101, withoutSync);
    expect(outcome).toBe("updated");
    expect(next).toMatchObject({ state, fence: standby(state).fence });
  });
});

describe("primaryDeleted", () => {
  test.each(mirroring)("stops the sync and keeps the copy, while %s", (state) => {
    const change = primaryDeleted(standby(state), 100, now, "new fence");
    expect(change).toMatchObject({ outcome: "stopped", next: { state: "stopped", stop: { reason: "tenantDeleted" } } });
    expectRaised(change, standby(state));
  });

  test.each(still)("leaves a tenant that is %s", (state) => {
    expect(primaryDeleted(standby(state), 101, now, "new fence").next).toMatchObject({ state, fence: { number: 7 } });
  });

  test("is nothing for a tenant that was written again since, or has no stand-by (R5)", () => {
    expect(primaryDeleted(standby("syncing"), 99, now, "new fence")).toStrictEqual({ outcome: "stale" });
    expect(primaryDeleted(undefined, 99, now, "new fence")).toStrictEqual({ outcome: "notEnrolled" });
  });
});

describe("stopByOperator", () => {
  test.each(mirroring)("stops a tenant that is %s, with reason, person and audit (R11, R30)", (state) => {
    const change = stopByOperator(standby(state), operator, "maintenance", now, "new fence");
    expect(change.next?.stop).toStrictEqual({ reason: "operator", at: now, by: operator, detail: "maintenance" });
    expect(change.audit).toMatchObject({ act: "stop", by: operator, after: { detail: "maintenance" } });
    expectRaised(change, standby(state));
  });

  test("changes nothing where it is stopped already", () => {
    const current = standby("stopped");
    expect(stopByOperator(current, operator, "again", now, "new fence")).toStrictEqual({ outcome: current });
  });

  test.each(["activating", "active"] as const)("is refused while %s", (state) => {
    const stop = () => stopByOperator(standby(state), operator, "", now, "new fence");
    expect(stop).toThrowError(expect.objectContaining({ code: "conflict" }));
  });

  test("finds no tenant without a stand-by", () => {
    const stop = () => stopByOperator(undefined, operator, "", now, "new fence");
    expect(stop).toThrowError(expect.objectContaining({ code: "not-found" }));
  });
});

describe("editsFound", () => {
  test("stops a syncing tenant, and says which document, who and when (R10)", () => {
    const change = editsFound(standby("syncing"), [edit], now, "new fence");
    expect(change).toMatchObject({ outcome: "stopped", edits: [edit], next: { state: "stopped" } });
    expect(change.next?.stop).toMatchObject({ reason: "tamper", path: "phones/1", by: edit.by, at: now });
    expectRaised(change, standby("syncing"));
  });

  test.each(states.filter((state) => state !== "syncing"))("notes an edit of a tenant that is %s", (state) => {
    expect(editsFound(standby(state), [edit], now, "new fence")).toStrictEqual({ edits: [edit], outcome: "noted" });
  });

  test("is nothing for a tenant without a stand-by", () => {
    expect(editsFound(undefined, [edit], now, "new fence")).toStrictEqual({ outcome: "unknownTenant" });
  });
});

describe("a resync", () => {
  const begin = (current: Standby | undefined, operation = "op") =>
    beginResync(current, { operation, by: operator, askedAt: now }, now, "new fence");

  test("begins where a tenant is stopped, and is named in its stand-by (R24)", () => {
    const change = begin(standby("stopped"));
    expect(change.next).toMatchObject({ state: "resyncing", operation: "op" });
    expect(change.audit).toMatchObject({ act: "resync", by: operator });
    expectRaised(change, standby("stopped"));
  });

  test("is taken up again without raising the fence, so that no write of its own is refused (R24)", () => {
    const current = standby("resyncing", { operation: "op" });
    expect(begin(current)).toStrictEqual({ next: current, outcome: current });
    expect(begin(standby("resyncing")).next).toStrictEqual(current);
  });

  test.each([
    ["another resync", standby("resyncing", { operation: "other" })],
    ["syncing", standby("syncing")],
    ["activating", standby("activating")],
    ["active", standby("active")],
  ])("is refused while: %s", (_, current) => {
    expect(() => begin(current)).toThrowError(expect.objectContaining({ code: "conflict" }));
  });

  test("is refused to one that was stopped itself, between two of its slices (R11)", () => {
    const stop = { reason: "operator", at: new Date(now.getTime() + 1), by: operator } as const;
    expect(() => begin(standby("stopped", { operation: "op", stop }))).toThrowError(/stopped or activated since/);
  });

  test("is refused where a fail back was stopped half-way: a restore would leave its activation behind (R24)", () => {
    const activation = { operation: "a", mode: "disaster", by: operator } as Activation;
    expect(() => begin(standby("stopped", { activation }))).toThrowError(/fail back again/);
  });

  test.each([
    ["its sync setting is off", withoutSync],
    ["it may not have a stand-by", { ...profile, options: { dr: true, outboundDialler: true } }],
  ])("is refused while %s (R11, R17)", (_, changed) => {
    const refused = expect.objectContaining({ code: "precondition-failed" });
    expect(() => begin(standby("stopped", { profile: changed }))).toThrowError(refused);
  });

  test("ends in syncing with its proof, the stop and the operation forgotten", () => {
    const current = standby("resyncing", { operation: "op", stop: { reason: "tamper", at: earlier, by: operator } });
    const change = completeResync(current, current.fence, proof, operator, now, "new fence");
    expect(change.outcome).toBe(true);
    expect(change.next).toStrictEqual({
      tenant: "acme",
      state: "syncing",
      since: now,
      fence: { number: 8, id: "new fence" },
      profile,
      profileVersion: 100,
      proof,
      lastCompleted: "op",
    });
  });

  test("does not end where the fence was raised meanwhile, or the state is another (R6)", () => {
    const complete = (current: Standby, fence = current.fence) =>
      completeResync(current, fence, proof, operator, now, "new fence");
    expect(complete(standby("resyncing"), { number: 7, id: "other" })).toStrictEqual({ outcome: false });
    for (const state of states.filter((name) => name !== "resyncing")) {
      expect(complete(standby(state))).toStrictEqual({ outcome: false });
    }
  });

  test("that is given up leaves the tenant stopped, for the reason it was stopped before", () => {
    const stop = { reason: "tamper", at: earlier, by: operator, path: "phones/1" } as const;
    const current = standby("resyncing", { operation: "op", stop });
    const change = abandonResync(current, "op", cancelled, now, "new fence");
    expect(change.next).toMatchObject({ state: "stopped", stop });
    expect(change.next).not.toHaveProperty("operation");
    expectRaised(change, current);
    expect(abandonResync(change.next, "op", cancelled, now, "another")).toStrictEqual({ outcome: false });
  });

  test.each([undefined, "op"])(
    "that was the first one leaves the tenant stopped, though it is named %s (R11)",
    (operation) => {
      const current = standby("resyncing", operation === undefined ? {} : { operation });
      const { next } = abandonResync(current, "op", cancelled, now, "new fence");
      expect(next).toMatchObject({ state: "stopped", stop: { reason: "resyncAbandoned", detail: "cancelled" } });
      expect(begin(next, "another").next).toMatchObject({ state: "resyncing", operation: "another" });
    },
  );

  test("that is given up leaves a tenant alone which another operation holds", () => {
    const current = standby("resyncing", { operation: "other" });
    expect(abandonResync(current, "op", cancelled, now, "new fence")).toStrictEqual({ outcome: false });
  });
});

describe("recordProof", () => {
  test("keeps the proof, unless the fence was raised since the comparison began (R8)", () => {
    const current = standby("syncing");
    expect(recordProof(current, current.fence, proof)).toStrictEqual({ next: { ...current, proof }, outcome: true });
    expect(recordProof(current, { number: 7, id: "other" }, proof)).toStrictEqual({ outcome: false });
    expect(recordProof(undefined, current.fence, proof)).toStrictEqual({ outcome: false });
  });
});
