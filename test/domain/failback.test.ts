import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import {
  abandonFailback,
  beginFailback,
  completeFailback,
  requestResume,
  requireFailback,
  sendRecoveryNotice,
} from "../../shared/domain/failback.ts";
import { cancelled, failedBy } from "../../shared/domain/given-up.ts";
import type { NewMail } from "../../shared/domain/mail.ts";
import { mailTemplates } from "../../shared/domain/mail-templates.ts";
import {
  type Activation,
  type Actor,
  activationModes,
  type Fence,
  type Proof,
  type Standby,
  type StandbyState,
  standbyStates,
} from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";
import { editsFoundUnder } from "../../shared/domain/transitions.ts";

const now = new Date("2026-11-21T10:05:00Z");
const earlier = new Date("2026-11-21T09:00:00Z");
const later = new Date("2026-11-21T11:00:00Z");
const operator: Actor = { type: "user", id: "operator@example.com" };
const admin: Actor = { type: "user", id: "admin@acme.example" };
const states = Object.keys(standbyStates) as StandbyState[];
const profile = tenantProfile.parse({ name: "A", platformVersion: "3.9.0", options: { dr: true }, host: "a" });
const said = { at: earlier, by: operator };

const activation = (more: Partial<Activation> = {}): Activation => ({
  operation: "activation",
  mode: "disaster",
  by: admin,
  overridden: [],
  requestedAt: earlier,
  fencedAt: earlier,
  activeAt: earlier,
  rpoSeconds: 12,
  steps: [],
  ...more,
});

const standby = (state: StandbyState, more: Partial<Standby> = {}): Standby => ({
  tenant: "acme",
  state,
  since: earlier,
  fence: { number: 7, id: "seventh" },
  profile,
  profileVersion: 100,
  activation: activation(),
  ...more,
});

const ready = activation({ recoveryNotice: said, resumeRequest: said });

/** Every mail that is asked for has what its template needs. */
const expectSendable = ({ mails = [] }: { mails?: NewMail[] }) => {
  for (const { template, data } of mails) expect(mailTemplates[template].data.safeParse(data).error).toBeUndefined();
};
const coded = (code: string) => expect.objectContaining({ code });

describe("sendRecoveryNotice", () => {
  test.each(["activating", "active"] as const)(
    "is kept, mailed to the administrators and audited, while %s (R24)",
    (state) => {
      const { next, mails, audit } = sendRecoveryNotice(standby(state), operator, "午後に戻します", now);
      expect(next?.activation?.recoveryNotice).toStrictEqual({ at: now, by: operator, note: "午後に戻します" });
      expect(next).toMatchObject({ state, fence: { number: 7 } });
      expect(mails).toMatchObject([
        { template: "recoveryNotice", to: "administrators", data: { note: "午後に戻します" } },
      ]);
      expect(audit).toMatchObject({ act: "recovery-notice", by: operator });
    },
  );

  test("again changes nothing and mails nobody (R24)", () => {
    const current = standby("active", { activation: ready });
    expect(sendRecoveryNotice(current, operator, undefined, now)).toStrictEqual({ outcome: current });
  });

  test.each(["syncing", "stopped", "resyncing"] as const)("is refused while %s (R24)", (state) => {
    expect(() => sendRecoveryNotice(standby(state), operator, undefined, now)).toThrowError(coded("conflict"));
  });
});

describe("requestResume", () => {
  test("is kept, mailed to the operators and audited (R24)", () => {
    const { next, mails, audit } = requestResume(standby("active"), admin, undefined, now);
    expect(next?.activation?.resumeRequest).toStrictEqual({ at: now, by: admin });
    expect(mails).toMatchObject([{ template: "resumeRequested", to: "operators", data: { by: admin.id } }]);
    expect(audit).toMatchObject({ act: "resume-request", after: { softphonesReturned: true } });
    const again = requestResume(next, admin, undefined, now);
    expect(again).toStrictEqual({ outcome: next });
  });

  test.each(states.filter((state) => state !== "active"))("is refused while %s (R24)", (state) => {
    expect(() => requestResume(standby(state), admin, undefined, now)).toThrowError(coded("conflict"));
  });
});

describe("a fail back", () => {
  const begin = (current: Standby | undefined, override?: string) =>
    beginFailback(
      current,
      { operation: "op", by: operator, askedAt: now, ...(override === undefined ? {} : { override }) },
      now,
      "new fence",
    );

  test("begins after notice and request: the fence rises and the primary is mirrored again (R6, R24)", () => {
    const change = begin(standby("active", { activation: ready }));
    expect(change.next).toMatchObject({ state: "resyncing", operation: "op", since: now, activation: ready });
    expect(change.next?.fence).toStrictEqual({ number: 8, id: "new fence" });
    expect(change.audit).toMatchObject({ act: "failback", after: { mode: "disaster", operation: "op" } });
  });

  test.each([
    ["notice", { resumeRequest: said }, ["standby.recoveryNotice"]],
    ["request", { recoveryNotice: said }, ["standby.resumeRequest"]],
    ["both", {}, ["standby.recoveryNotice", "standby.resumeRequest"]],
  ])("without %s is refused, unless a reason overrides it, which is kept (R24)", (_, given, fields) => {
    const current = standby("active", { activation: activation(given) });
    try {
      begin(current);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "precondition-failed" });
      expect((error as { fields: { field: string }[] }).fields.map(({ field }) => field)).toStrictEqual(fields);
    }
    const change = begin(current, "夜間のため");
    const overridden = fields.map((field) => field.replace("standby.", ""));
    expect(change.audit?.after).toMatchObject({ override: "夜間のため", overridden });
  });

  test("of a drill needs neither, and no other mode does without (R28)", () => {
    for (const mode of activationModes) {
      const current = standby("active", { activation: activation({ mode }) });
      if (mode === "drill") expect(requireFailback(current, undefined)).toStrictEqual([]);
      else expect(() => requireFailback(current, undefined)).toThrowError(coded("precondition-failed"));
    }
  });

  test("taken up again does not raise the fence, so that no write of its own is refused (R24)", () => {
    const current = standby("resyncing", { operation: "op" });
    expect(begin(current)).toStrictEqual({ outcome: { standby: current, activation: current.activation } });
  });

  const stop = { reason: "operator", at: earlier, by: operator } as const;

  test("begins again where one was stopped half-way (R24)", () => {
    const { next } = begin(standby("stopped", { stop, activation: ready }));
    expect(next?.state).toBe("resyncing");
    const done = completeFailback(next, { ...ended, fence: next?.fence as Fence }, now, "the end");
    expect(done.next).toMatchObject({ state: "syncing" });
    expect(done.next).not.toHaveProperty("stop");
  });

  test.each([
    ["was stopped itself", standby("stopped", { activation: ready, stop: { ...stop, at: later } })],
    ["was given up itself", standby("active", { activation: ready, lastFailback: "op" })],
    ["an activation came after", standby("active", { activation: { ...ready, requestedAt: later } })],
  ])("does not begin anew where it %s (R24)", (_, current) => {
    expect(() => begin(current, "夜間のため")).toThrowError(coded("conflict"));
  });

  test("begun from a stop and given up goes back to it, the primary still in charge (R24)", () => {
    const { next } = begin(standby("stopped", { stop, activation: ready }));
    const change = abandonFailback(next, "op", cancelled, now, "the end");
    expect(change).toMatchObject({ outcome: false, next: { state: "stopped", stop, activation: ready } });
    expect(change.mails).toMatchObject([{ template: "failbackFailed", data: { inCharge: "primary" } }]);
    expectSendable(change);
  });

  const { activation: _activation, ...neverActivated } = standby("stopped");
  test.each([
    ["another fail back", standby("resyncing", { operation: "other", activation: ready })],
    ["syncing", standby("syncing")],
    ["activating", standby("activating", { activation: ready })],
    ["stopped and never activated", neverActivated],
  ])("is refused while: %s (R24)", (_, current) => {
    expect(() => begin(current, "reason")).toThrowError(coded("conflict"));
  });

  test("finds no tenant without a stand-by", () => {
    expect(() => begin(undefined)).toThrowError(coded("not-found"));
  });

  const proof: Proof = {
    at: now,
    operation: "op",
    equal: true,
    large: 0,
    total: { documents: 9, repaired: 4, differing: 0 },
    kinds: {},
  };
  const ended = {
    operation: "op",
    by: operator,
    proof,
    counts: { documents: 9, overwritten: 3, promoted: 1, refused: 0 },
    checklist: [],
  };
  const done = { ...ended, fence: { number: 7, id: "seventh" } };

  test("ends in syncing with its proof, the activation gone, mailed and audited with its counts (R24)", () => {
    const current = standby("resyncing", { operation: "op", activation: ready });
    const change = completeFailback(current, done, now, "new fence");
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
    expect(change.audit).toMatchObject({ act: "failed-back", after: { overwritten: 3, promoted: 1 } });
    expect(change.mails).toMatchObject([
      {
        template: "failedBack",
        to: "administrators",
        data: { mode: "disaster", documents: 9, overwritten: 3, syncing: true },
      },
    ]);
    expectSendable(change);
  });

  test.each([
    ["whose sync setting is off", { ...profile, syncEnabled: false }],
    ["that gave up the DR option", { ...profile, options: { dr: false, outboundDialler: false } }],
    ["that has the outbound dialler by now", { ...profile, options: { dr: true, outboundDialler: true } }],
  ])("of a tenant %s ends stopped, its activation gone (R11, R17, R24)", (_, changed) => {
    const change = completeFailback(
      standby("resyncing", { operation: "op", profile: changed }),
      done,
      now,
      "new fence",
    );
    expect(change).toMatchObject({ outcome: true, next: { state: "stopped", stop: { reason: "syncDisabled" } } });
    expect(change.next).not.toHaveProperty("activation");
    expect(change.mails).toMatchObject([
      { template: "failedBack", data: { syncing: false } },
      { template: "syncStopped", data: { reason: "syncDisabled" } },
    ]);
    expectSendable(change);
  });

  test("of a drill mails what it measured besides (R28)", () => {
    const item = { order: 0, label: { ja: "a", en: "a" } };
    const at = new Date(earlier.getTime() + 600_000);
    const drill = activation({ mode: "drill", activeAt: new Date(earlier.getTime() + 1500) });
    const checklist = [
      { ...item, id: "one", state: "done", done: { how: "person", by: admin, at } },
      { ...item, id: "two", state: "open" },
    ] as const;
    const current = standby("resyncing", { operation: "op", activation: drill });
    const change = completeFailback(current, { ...done, checklist }, now, "new fence");
    expect(change.mails?.[1]).toMatchObject({
      template: "drillReport",
      to: "administrators",
      data: { rtoSeconds: 1.5, rpoSeconds: 12, checklistDone: 1, checklistTotal: 2, checklistSeconds: 600 },
    });
    expectSendable(change);
  });

  test("does not end where the fence was raised meanwhile, or the state is another (R6)", () => {
    const other = { ...done, fence: { number: 7, id: "other" } };
    expect(completeFailback(standby("resyncing"), other, now, "new")).toStrictEqual({ outcome: false });
    for (const state of states.filter((name) => name !== "resyncing")) {
      expect(completeFailback(standby(state), done, now, "new")).toStrictEqual({ outcome: false });
    }
  });

  test("that is given up leaves the secondary in charge, once (R24)", () => {
    const gone = new AppError("unavailable", "the primary is gone");
    const current = standby("resyncing", { operation: "op", activation: ready });
    const change = abandonFailback(current, "op", failedBy(gone), now, "new fence");
    expect(change.next).toMatchObject({ state: "active", activation: ready, fence: { number: 8 } });
    expect(change.next).not.toHaveProperty("operation");
    expect(change.audit?.after).toMatchObject({ why: "the primary is gone" });
    expect(change.mails).toMatchObject([
      { template: "failbackFailed", to: "administrators", data: { why: failedBy(gone).label, inCharge: "secondary" } },
    ]);
    expectSendable(change);
    expect(abandonFailback(current, "other", cancelled, now, "another")).toStrictEqual({ outcome: false });
  });

  test("that was given up is known again, so that what it has overwritten is made good though a slice dies (R24)", () => {
    const begun = begin(standby("active", { activation: ready })).next;
    const given = abandonFailback(begun, "op", cancelled, now, "new fence").next;
    expect(abandonFailback(given, "op", cancelled, now, "another")).toStrictEqual({ outcome: true });
    expect(abandonFailback(given, "other", cancelled, now, "another")).toStrictEqual({ outcome: false });
  });
});

describe("editsFoundUnder", () => {
  const edit = { path: "phones/1", kind: "phones", change: "updated", by: admin, at: earlier, fields: [] } as const;
  const found = (fence: string) =>
    editsFoundUnder({ number: 7, id: fence }, standby("syncing"), [{ ...edit, fields: [] }], now, "new");

  test("stops the sync by what was found under its own fence alone: before it, a fail back may have ended (R10, R24)", () => {
    expect(found("seventh").outcome).toBe("stopped");
    expect(found("sixth")).toStrictEqual({ outcome: "moved" });
  });
});
