import { describe, expect, test } from "vitest";
import { adoptLost, type MirrorApp } from "../../shared/domain/mirror-change.ts";
import type { StandbyChange } from "../../shared/domain/ports.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { tenantProfile } from "../../shared/domain/tenant.ts";
import { text } from "../support/wire-values.ts";

const now = new Date("2026-11-21T10:00:00Z");
const profile = tenantProfile.parse({ name: "A", platformVersion: "3.8.0", options: { dr: true }, host: "a" });
const version = 2_000_000;
const rootOf = (platformVersion: string, more = {}) => ({
  updateTime: { seconds: 3, nanos: 0 },
  fields: {
    ...{ name: text("A"), platformVersion: text(platformVersion), host: text("a") },
    options: { mapValue: { fields: { dr: { booleanValue: true } } } },
    ...more,
  },
});

/** The stand-by after a comparison has seen this document; `changes` counts the attempts to change it. */
async function adopted(root: object, profileVersion = version) {
  let changes = 0;
  let standby = { tenant: "a", state: "syncing", since: now, fence: { number: 1, id: "1" }, profile, profileVersion };
  const app = {
    standbys: {
      read: async () => standby as Standby,
      async change<T>(_tenant: string, decide: (current: Standby) => StandbyChange<T>) {
        changes++;
        const { next, outcome } = decide(standby as Standby);
        standby = next ?? standby;
        return outcome;
      },
    },
    toFields: ({ fields }: { fields?: object }) => fields ?? {},
    now: () => now,
  } as unknown as MirrorApp;
  await adoptLost(app, "a", root as never);
  return { standby, changes };
}

describe("adoptLost", () => {
  test("takes over a profile whose event never came (R8, R17)", async () => {
    const { standby } = await adopted(rootOf("3.9.0"));
    expect(standby).toMatchObject({
      state: "syncing",
      profile: { platformVersion: "3.9.0" },
      profileVersion: 3_000_000,
    });
  });

  test("stops the sync where it was turned off meanwhile (R11)", async () => {
    const { standby } = await adopted(rootOf("3.9.0", { syncEnabled: { booleanValue: false } }));
    expect(standby).toMatchObject({ state: "stopped", stop: { reason: "syncDisabled" } });
  });

  test.each([
    ["known already", rootOf("3.9.0"), 3_000_000],
    ["older than what is known, on a primary that went back", rootOf("3.9.0"), 4_000_000],
    ["not complete", { ...rootOf("3.9.0"), fields: {} }, version],
  ])("leaves the stand-by as it is for a document that is %s", async (_, root, profileVersion) => {
    const { standby, changes } = await adopted(root, profileVersion);
    expect(standby).toMatchObject({ state: "syncing", profile: { platformVersion: "3.8.0" }, profileVersion });
    expect(changes).toBe(0);
  });
});
