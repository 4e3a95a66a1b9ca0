import { describe, expect, test } from "vitest";
import { statusView } from "../../shared/domain/api/status-view.ts";
import type { Activation, Edit, Standby } from "../../shared/domain/standby.ts";
import { type StandbyFacts, type StatusFacts, statusOf } from "../../shared/domain/status.ts";
import type { TenantProfile } from "../../shared/domain/tenant.ts";

const now = new Date("2026-11-21T10:05:00Z");
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);

const profile = (change: Partial<TenantProfile> = {}): TenantProfile => ({
  name: "株式会社アクメ商事",
  platformVersion: "3.9.0",
  options: { dr: true, outboundDialler: false },
  syncEnabled: true,
  host: "acme.tokyo.hikae.example",
  ipAddress: "203.0.113.1",
  ...change,
});
const osaka = (change: Partial<TenantProfile> = {}) =>
  profile({ host: "acme.osaka.hikae.example", ipAddress: "198.51.100.1", ...change });

const standby = (change: Partial<Standby> = {}): Standby => ({
  tenant: "acme",
  state: "syncing",
  since: secondsAgo(3600),
  fence: { number: 7, id: "f" },
  profile: profile(),
  profileVersion: 1,
  ...change,
});
const facts = (change: Partial<StandbyFacts> = {}): StandbyFacts => ({
  standby: standby(),
  edits: [],
  lags: [],
  lastHeartbeat: secondsAgo(20),
  ...change,
});
const status = (change: Partial<StatusFacts> = {}) => {
  const asked: StatusFacts = {
    tenant: "acme",
    site: "primary",
    profile: profile(),
    peer: osaka(),
    standby: facts(),
    ...change,
  };
  const answer = statusOf(asked, now);
  expect(statusView.safeParse(answer).error).toBeUndefined();
  return answer;
};
const shown = (change: Partial<StandbyFacts>) => {
  const answer = status({ standby: facts(change) }).standby;
  if (answer.availability !== "available") throw new Error("the stand-by is not shown");
  return answer;
};

describe("statusOf", () => {
  test("shows the primary with its sync setting and its peer's host (R16)", () => {
    expect(status()).toMatchObject({
      serverRole: "primary",
      location: { ja: "東京", en: "Tokyo" },
      host: "acme.tokyo.hikae.example",
      peer: { site: "secondary", host: "acme.osaka.hikae.example" },
      syncSetting: "enabled",
      syncStatus: "syncing",
      consoleBadge: false,
    });
  });

  test("does not show the sync setting on the secondary (R16)", () => {
    const answer = status({ site: "secondary", profile: osaka(), peer: profile({ syncEnabled: false }) });
    expect(answer).not.toHaveProperty("syncSetting");
    expect(answer).toMatchObject({ serverRole: "secondary", peer: { host: "acme.tokyo.hikae.example" } });
  });

  test.each([
    ["3.7.0", undefined],
    ["3.7.1", "198.51.100.1"],
    ["3.7.2", undefined],
    ["3.7.10", undefined],
    ["3.9.0", undefined],
  ])("platform %s shows the peer's address %s (R16)", (platformVersion, address) => {
    expect(status({ profile: profile({ platformVersion }) }).peer.ipAddress).toBe(address);
  });

  test.each([
    ["primary", "3.9.0", false],
    ["secondary", "3.8.10", false],
    ["secondary", "3.9.0", true],
    ["secondary", "3.10.0", true],
  ] as const)("the badge of the %s at %s: %s (R16)", (site, platformVersion, badge) => {
    expect(status({ site, profile: profile({ platformVersion }) }).consoleBadge).toBe(badge);
  });

  test.each(["3.6.10", "3.6.99", "2.9.9"])(
    "platform %s has no status page, and what to do is said (R17)",
    (version) => {
      expect(() => status({ profile: profile({ platformVersion: version }) })).toThrow(
        expect.objectContaining({
          code: "precondition-failed",
          fields: [expect.objectContaining({ field: "platformVersion" })],
        }),
      );
    },
  );

  test("says unknown where the secondary does not answer", () => {
    expect(status({ standby: "unavailable" })).toMatchObject({
      syncStatus: "unknown",
      standby: { availability: "unavailable" },
    });
  });

  test.each([
    [{ dr: false, outboundDialler: false }, "drOptionOff"],
    [{ dr: true, outboundDialler: true }, "outboundDialler"],
    [{ dr: true, outboundDialler: false }, "notEnrolled"],
  ])("says why %o has no stand-by: %s (R17)", (options, reason) => {
    expect(status({ profile: profile({ options }), standby: "none" })).toMatchObject({
      syncStatus: "off",
      standby: { availability: "none", reason },
    });
  });
});

describe("rpo", () => {
  test.each([
    [0, { status: "in-sync", seconds: 0 }],
    [90, { status: "in-sync", seconds: 90 }],
    [91, { status: "behind", seconds: 91 }],
    [180, { status: "behind", seconds: 180 }],
  ])("a heartbeat %i s old (R9)", (age, expected) => {
    expect(shown({ lastHeartbeat: secondsAgo(age) }).rpo).toEqual({ basis: "heartbeat", ...expected });
  });

  test("silence reads unknown since, never in sync (R9)", () => {
    expect(shown({ lastHeartbeat: secondsAgo(181) }).rpo).toEqual({
      status: "unknown",
      basis: "heartbeat",
      seconds: null,
      unknownSince: secondsAgo(181),
    });
    const { lastHeartbeat: _, ...never } = facts();
    expect(status({ standby: never }).standby).toMatchObject({
      rpo: { status: "unknown", unknownSince: secondsAgo(3600) },
    });
  });

  test("a stopped tenant lacks what came since, whatever the heartbeat says (R9)", () => {
    const stop = { reason: "operator", at: secondsAgo(600), by: { type: "user", id: "a@b.example" } } as const;
    expect(shown({ standby: standby({ state: "stopped", stop }) }).rpo).toEqual({
      status: "behind",
      basis: "stop",
      seconds: 600,
    });
  });

  test("an active secondary goes its own way", () => {
    expect(shown({ standby: standby({ state: "active" }) }).rpo.seconds).toBeNull();
  });

  test("a comparison that left differences is not in sync (R8)", () => {
    const kind = { documents: 2, repaired: 0, differing: 1 };
    const proof = { at: secondsAgo(60), operation: "o", equal: false, total: kind, large: 0, kinds: { phones: kind } };
    expect(shown({ standby: standby({ proof }) })).toMatchObject({
      rpo: { status: "behind" },
      proof: { equal: false, kinds: { phones: { ...kind, label: { ja: "電話機", en: "Phones" } } } },
    });
    const removed = { ...proof, kinds: { oldKind: kind } };
    expect(shown({ standby: standby({ proof: removed }) }).proof?.kinds).toEqual({
      oldKind: { ...kind, label: { ja: "oldKind", en: "oldKind" } },
    });
  });
});

describe("lag", () => {
  test("is the nearest rank (R9)", () => {
    const lags = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(shown({ lags }).lag).toEqual({
      windowMinutes: 15,
      changes: 200,
      p50Milliseconds: 100,
      p99Milliseconds: 198,
    });
  });

  test("is not known without changes", () => {
    expect(shown({}).lag).toMatchObject({ changes: 0, p50Milliseconds: null, p99Milliseconds: null });
  });
});

describe("inCharge", () => {
  test.each([
    ["syncing", "primary"],
    ["stopped", "primary"],
    ["activating", "primary"],
    ["active", "secondary"],
    ["resyncing", "primary"],
  ] as const)("while %s it is the %s (R16, R31)", (state, site) => {
    expect(shown({ standby: standby({ state }) }).inCharge).toBe(site);
  });
});

describe("activation", () => {
  const activation: Activation = {
    operation: "o",
    mode: "drill",
    by: { type: "user", id: "a@b.example" },
    overridden: [],
    requestedAt: secondsAgo(60),
    fencedAt: secondsAgo(60),
    activeAt: secondsAgo(59),
    rpoSeconds: 12,
    steps: [],
    recoveryNotice: { at: secondsAgo(10), by: { type: "user", id: "staff@b.example" } },
  };

  test("is there while activated, with what was said about its end (R16, R24)", () => {
    const answer = status({ standby: facts({ standby: standby({ state: "active", activation }) }) });
    expect(statusView.parse(answer).standby).toMatchObject({
      activation: { operation: "o", mode: "drill", rpoSeconds: 12, recoveryNotice: activation.recoveryNotice },
    });
    expect(shown({})).not.toHaveProperty("activation");
  });
});

describe("stop", () => {
  test("shows who edited what, field by field (R10b)", () => {
    const edit: Edit = {
      path: "tenants/acme/phones/p1",
      kind: "phones",
      change: "updated",
      by: { type: "user", id: "someone@example.com" },
      at: secondsAgo(30),
      fields: [{ field: "ringSeconds", before: "15", after: "60" }],
    };
    const stop = { reason: "tamper", at: edit.at, by: edit.by, path: edit.path } as const;
    const answer = shown({ standby: standby({ state: "stopped", stop }), edits: Array(150).fill(edit) });
    expect(answer.stop).toEqual(stop);
    expect(answer.edits.total).toBe(150);
    expect(answer.edits.items).toHaveLength(100);
    expect(answer.edits.items[0]).toEqual({ ...edit, label: { ja: "電話機", en: "Phones" } });
  });
});
