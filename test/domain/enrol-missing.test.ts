import { describe, expect, test } from "vitest";
import { type EnrolApp, enrolMissing } from "../../shared/domain/enrol-missing.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { NewOperation } from "../../shared/domain/operation.ts";
import type { StandbyChange } from "../../shared/domain/ports.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";
import { text } from "../support/wire-values.ts";

const profileOf = (dr: boolean) =>
  tenantProfile.parse({ name: "A", platformVersion: "3.9.0", options: { dr }, host: "a" });
const root = {
  updateTime: { seconds: 3, nanos: 0 },
  fields: {
    ...{ name: text("A"), platformVersion: text("3.9.0"), host: text("a") },
    options: { mapValue: { fields: { dr: { booleanValue: true } } } },
  },
};

/** A primary with these tenants, two a page; the one that is "gone" is deleted while it is looked at. */
function primaryWith(tenants: Record<string, ReturnType<typeof profileOf> | undefined>) {
  const standbys = new Map<string, Standby>();
  const started: string[] = [];
  const ids = Object.keys(tenants);
  const app = {
    primaryDirectory: {
      async tenants({ pageToken }: { pageToken?: string }) {
        const from = pageToken === undefined ? 0 : ids.indexOf(pageToken) + 1;
        const shown = ids.slice(from, from + 2);
        const items = shown.map((id) => ({ id, ...(tenants[id] ? { profile: tenants[id] } : {}) }));
        return { items, ...(from + 2 < ids.length ? { nextPageToken: shown.at(-1) } : {}) };
      },
    },
    primaryTenant: async (tenant: string) => (tenant === "gone" ? undefined : root),
    standbys: {
      read: async (tenant: string) => standbys.get(tenant),
      async change<T>(tenant: string, decide: (current: Standby | undefined) => StandbyChange<T>) {
        const { next, outcome } = decide(standbys.get(tenant));
        if (next) standbys.set(tenant, next);
        return outcome;
      },
    },
    operations: { start: async ({ tenant }: NewOperation) => void started.push(tenant) },
    toFields: ({ fields }: { fields?: object }) => fields ?? {},
    now: () => new Date("2026-11-21T10:00:00Z"),
  } as unknown as EnrolApp;
  return { app, standbys, started };
}

describe("enrolMissing", () => {
  test("gives a stand-by to those that may have one and have none, and has it filled (R8, R17)", async () => {
    const { app, standbys, started } = primaryWith({
      known: profileOf(true),
      missed: profileOf(true),
      without: profileOf(false),
      invalid: undefined,
      gone: profileOf(true),
      "missed-too": profileOf(true),
    });
    expect(await enrolMissing(app, new Set(["known"]))).toBe(2);
    expect([...standbys.keys()]).toStrictEqual(["missed", "missed-too"]);
    expect([...standbys.values()].map(({ state }) => state)).toStrictEqual(["resyncing", "resyncing"]);
    expect(started).toStrictEqual(["missed", "missed-too"]);
    expect(await enrolMissing(app, new Set(["known"])), "it is safe to repeat").toBe(0);
  });

  test("leaves it to the next hour where the primary does not answer (R8)", async () => {
    const { app } = primaryWith({ missed: profileOf(true) });
    app.primaryTenant = () => Promise.reject(new AppError("unavailable", "deadline exceeded"));
    expect(await enrolMissing(app, new Set())).toBe(0);
  });
});
