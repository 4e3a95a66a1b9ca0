import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AnnounceApp,
  type AnnouncedStandby,
  announceMissed,
  announceState,
  type Endpoint,
  isAnnounced,
  mayReplace,
  siteInCharge,
} from "../../shared/domain/announce-state.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { EventOf } from "../../shared/domain/events.ts";
import { standbyStates } from "../../shared/domain/standby.ts";
import type { TenantProfile } from "../../shared/domain/tenant.ts";

const since = new Date("2026-11-21T10:05:00Z");
const standby = (more: Partial<AnnouncedStandby> = {}): AnnouncedStandby => ({
  tenant: "acme",
  state: "syncing",
  since,
  fence: 3,
  host: "acme.tokyo.example",
  version: 100,
  ...more,
});
const secondary = { host: "acme.osaka.example" } as TenantProfile;

function appOf(
  profile: () => Promise<TenantProfile | undefined> = async () => secondary,
  behind: AnnouncedStandby[] = [],
) {
  const told: EventOf<"stateChanged">[] = [];
  const kept: { endpoint?: Endpoint } = {};
  const app: AnnounceApp & { now(): Date } = {
    now: () => new Date(since.getTime() + 120_000),
    endpoints: {
      async write(endpoint) {
        if (!mayReplace(kept.endpoint, endpoint)) return "stale";
        kept.endpoint = endpoint;
        return "written";
      },
      behind: async () => behind,
    },
    publish: async (_topic, event) => void told.push(event as EventOf<"stateChanged">),
    secondaryDirectory: { tenant: profile },
  };
  return { app, told, kept };
}

describe("announceMissed", () => {
  test("tells of a state whose event was lost, and of none whose event came meanwhile (R31)", async () => {
    const { app, told, kept } = appOf(undefined, [standby({ state: "active", fence: 5 })]);
    await announceState(app, undefined, standby());
    expect(await announceMissed(app)).toBe(1);
    expect(kept.endpoint).toMatchObject({ site: "secondary", state: "active", fence: 5 });
    expect(told.map(({ state }) => state)).toStrictEqual(["syncing", "active"]);
    await announceState(app, undefined, standby({ fence: 6, version: 200 }));
    expect(await announceMissed(app)).toBe(0);
    expect(kept.endpoint).toMatchObject({ site: "primary", fence: 6 });
  });
});

describe("siteInCharge", () => {
  test("is the secondary while it is active, and at no other time (R31)", () => {
    const states = Object.keys(standbyStates) as (keyof typeof standbyStates)[];
    expect(states.filter((state) => siteInCharge(state) === "secondary")).toStrictEqual(["active"]);
    expect(siteInCharge(undefined)).toBe("primary");
  });
});

describe("isAnnounced", () => {
  test.each([
    ["a new stand-by", undefined, standby(), true],
    ["another state", standby(), standby({ state: "stopped" }), true],
    ["another fence", standby(), standby({ fence: 4 }), true],
    ["another host", standby(), standby({ host: "new.tokyo.example" }), true],
    ["a new proof", standby(), standby({ version: 101 }), false],
  ])("%s: %o to %o is %s (R31)", (_, before, after, announced) => {
    expect(isAnnounced(before, after)).toBe(announced);
  });
});

describe("announceState", () => {
  test("tells who is in charge, at which host and under which fence (R31)", async () => {
    const { app, told, kept } = appOf();
    const active = standby({ state: "active", fence: 5, mode: "drill" });
    expect(await announceState(app, standby(), active)).toBe("announced");
    expect(kept.endpoint).toStrictEqual({
      ...{ tenant: "acme", site: "secondary", host: "acme.osaka.example" },
      ...{ fence: 5, state: "active", since, version: 100 },
    });
    expect(told).toStrictEqual([
      { version: 1, tenantId: "acme", state: "active", site: "secondary", fence: 5, at: since, mode: "drill" },
    ]);
    expect(await announceState(app, standby(), standby({ fence: 6, version: 101 }))).toBe("announced");
    expect(kept.endpoint).toMatchObject({ site: "primary", host: "acme.tokyo.example", fence: 6 });
  });

  test("tells it even where the secondary's own profile is missing or not valid", async () => {
    const invalid = new AppError("precondition-failed", "the profile is not valid");
    for (const profile of [async () => undefined, () => Promise.reject(invalid)]) {
      const { app, told, kept } = appOf(profile);
      expect(await announceState(app, standby(), standby({ state: "active" }))).toBe("announced");
      expect(told).toMatchObject([{ site: "secondary" }]);
      expect(kept.endpoint).not.toHaveProperty("host");
    }
  });

  test("waits for a database that does not answer, and says nothing wrong meanwhile", async () => {
    const away = new AppError("unavailable", "the database does not answer");
    const { app, told, kept } = appOf(() => Promise.reject(away));
    await expect(announceState(app, standby(), standby({ state: "active" }))).rejects.toBe(away);
    expect([told, kept]).toStrictEqual([[], {}]);
  });

  test("leaves the last word where a stand-by is deleted", async () => {
    const { app, told } = appOf();
    expect(await announceState(app, standby(), undefined)).toBe("deleted");
    expect(told).toStrictEqual([]);
  });

  test("ends with the newest, in whatever order and however often events come, and never goes back (R31)", async () => {
    const states = ["syncing", "activating", "active", "resyncing", "syncing"] as const;
    // As the life of a tenant goes: the fence rises with most changes, the version with each.
    const history = states.map((state, index) =>
      standby({ state, fence: 3 + Math.ceil(index / 2), version: 100 + index }),
    );
    const indices = history.map((_, index) => index);
    const order = fc.shuffledSubarray([...indices, ...indices], { minLength: indices.length * 2 });
    await fc.assert(
      fc.asyncProperty(order, async (arrival) => {
        const { app, told, kept } = appOf();
        for (const index of arrival) await announceState(app, history[index - 1], history[index]);
        expect(kept.endpoint).toMatchObject({ state: "syncing", site: "primary", version: 104 });
        const fences = told.map(({ fence }) => fence);
        expect(fences).toStrictEqual(fences.toSorted((a, b) => a - b));
        expect(told.at(-1)).toMatchObject({ state: "syncing", site: "primary" });
      }),
    );
  });
});
