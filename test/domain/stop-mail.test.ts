import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import { failedBy } from "../../shared/domain/given-up.ts";
import { mailTemplates } from "../../shared/domain/mail-templates.ts";
import type { Actor, Edit, Standby, StandbyState } from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";
import {
  abandonResync,
  adoptProfile,
  editsFound,
  primaryDeleted,
  stopByOperator,
} from "../../shared/domain/transitions.ts";

const now = new Date("2026-11-21T10:05:00Z");
const operator: Actor = { type: "user", id: "operator@example.com" };
const profile = tenantProfile.parse({ name: "A", platformVersion: "3.9.0", options: { dr: true }, host: "a" });
const standby = (state: StandbyState, more: Partial<Standby> = {}): Standby => ({
  tenant: "acme",
  state,
  since: now,
  fence: { number: 7, id: "seventh" },
  profile,
  profileVersion: 100,
  ...more,
});
const edit: Edit = { path: "phones/1", kind: "phones", change: "deleted", by: operator, at: now, fields: [] };
const withoutSync = { tenant: "acme", profile: { ...profile, syncEnabled: false }, version: 101 };

const toAdministrators = { tenant: "acme", to: "administrators" };

describe("a stop", () => {
  test("by a direct edit mails who, what, how and when, and how many others (R10)", () => {
    const { mails } = editsFound(standby("syncing"), [edit, edit, edit], now, "new fence");
    expect(mails).toMatchObject([
      {
        ...toAdministrators,
        template: "tamper",
        key: expect.stringContaining("new fence"),
        data: { path: "phones/1", change: "deleted", by: operator.id, at: now.toISOString(), others: 2 },
      },
    ]);
    expect(mailTemplates.tamper.data.parse(mails?.[0]?.data)).toStrictEqual(mails?.[0]?.data);
  });

  test.each([
    [
      "operator",
      stopByOperator(standby("syncing"), operator, "line works", now, "new fence"),
      { by: operator.id, detail: "line works" },
    ],
    ["syncDisabled", adoptProfile(standby("syncing"), withoutSync, now, "new fence"), { by: "hikae" }],
    ["tenantDeleted", primaryDeleted(standby("resyncing"), 101, now, "new fence"), { by: "hikae" }],
  ])("because of %s mails the reason once (R11)", (reason, { mails }, data) => {
    expect(mails).toMatchObject([
      {
        ...toAdministrators,
        template: "syncStopped",
        key: expect.stringContaining("new fence"),
        data: { ...data, reason, at: now.toISOString() },
      },
    ]);
    expect(mailTemplates.syncStopped.data.parse(mails?.[0]?.data)).toStrictEqual(mails?.[0]?.data);
  });

  test("is mailed again when it is another stop, and not when nothing is stopped", () => {
    const keyOf = (fence: string) => editsFound(standby("syncing"), [edit], now, fence).mails?.[0]?.key;
    expect(keyOf("one")).not.toBe(keyOf("two"));
    for (const state of ["stopped", "active", "resyncing", "activating"] as const) {
      expect(editsFound(standby(state), [edit], now, "new fence").mails).toBeUndefined();
    }
    expect(stopByOperator(standby("stopped"), operator, "again", now, "new fence").mails).toBeUndefined();
    expect(adoptProfile(undefined, withoutSync, now, "new fence").mails).toBeUndefined();
  });

  test("that a resync falls back to is not mailed again", () => {
    const silent = new AppError("unavailable", "no answer");
    const stop = { reason: "tamper", at: now, by: operator } as const;
    const abandon = (more: Partial<Standby>) =>
      abandonResync(standby("resyncing", { operation: "op", ...more }), "op", failedBy(silent), now, "new fence").mails;
    expect(abandon({ stop })).toStrictEqual([]);
    const why = failedBy(silent).label;
    const [mail] = abandon({}) ?? [];
    expect(mail).toMatchObject({ template: "syncStopped", data: { reason: "resyncAbandoned", by: "hikae", why } });
    expect(mailTemplates.syncStopped.data.parse(mail?.data)).toStrictEqual(mail?.data);
  });
});
