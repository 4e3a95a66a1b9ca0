import { describe, expect, test } from "vitest";
import { type FunctionName, type FunctionRow, manifest } from "../../functions/manifest.ts";
import { access, type ReasonedGrant } from "../../infra/access.ts";
import { functionAlert, watches } from "../../infra/alerts/functions.ts";
import { infrastructure, manifestText } from "../../infra/manifest.ts";
import { accountOf, callers } from "../../infra/names.ts";
import { peerOf, type Site, sites } from "../../shared/domain/sites.ts";
import { textOf } from "../support/repository.ts";

const built = infrastructure();
const rows = Object.entries(manifest) as [FunctionName, FunctionRow][];
const rowsOn = (site: Site) => rows.filter(([, row]) => row.sites.includes(site));
const named = (site: Site, type: string) =>
  rowsOn(site).flatMap(([name, row]) => (row.trigger.type === type ? [name] : []));

describe("infra/manifest.json", () => {
  test("is what the tables give: after a change of them, `npm run infra`", () => {
    expect(textOf("infra/manifest.json")).toBe(manifestText());
  });
});

describe.each(sites)("the infrastructure of the %s", (site) => {
  const here = built.sites[site];

  test("has every function of the manifest that runs there, as its row says", () => {
    expect(Object.keys(here.functions)).toStrictEqual(rowsOn(site).map(([name]) => name));
    for (const [name, row] of rowsOn(site)) {
      const { timeoutSeconds, memoryMiB, concurrency, minInstances } = row;
      expect(here.functions[name]).toMatchObject({ timeoutSeconds, memoryMiB, concurrency, minInstances });
    }
  });

  test("lets anybody call HTTP functions only, and gives all others one caller (R46)", () => {
    const callerOf = Object.fromEntries(Object.entries(here.functions).map(([name, { caller }]) => [name, caller]));
    for (const [name, { trigger }] of rowsOn(site)) {
      expect(callerOf[name]).toBe(trigger.type === "http" ? null : callers[trigger.type]);
    }
  });

  test("gives whole processors to functions that handle several requests at once, as Cloud Run demands", () => {
    const halves = Object.values(here.functions).filter(({ cpu }) => Number(cpu) < 1);
    expect(halves.every(({ concurrency }) => concurrency === 1)).toBe(true);
  });

  test("has a subscription, a job or triggers for each function that wants one", () => {
    expect(Object.keys(here.subscriptions)).toStrictEqual(named(site, "message").map((name) => `${name}-${site}`));
    expect(Object.keys(here.jobs)).toStrictEqual(named(site, "schedule"));
    const triggers = [here.triggers, built.crossing[site].triggers].flatMap((all) => Object.values(all));
    const listened = named(site, "document").flatMap((name) => {
      const { trigger } = manifest[name];
      return trigger.type === "document" ? trigger.events.map(() => name) : [];
    });
    expect(triggers.map((trigger) => trigger.function).toSorted()).toStrictEqual(listened.toSorted());
  });

  test("waits for an answer as long as the function may take, and never longer than Google allows", () => {
    for (const { function: name, ackDeadlineSeconds } of Object.values(here.subscriptions)) {
      expect(ackDeadlineSeconds).toBeGreaterThan(manifest[name].timeoutSeconds);
      expect(ackDeadlineSeconds).toBeLessThanOrEqual(600);
    }
    for (const [name, { attemptDeadlineSeconds }] of Object.entries(here.jobs)) {
      expect(attemptDeadlineSeconds).toBeGreaterThanOrEqual(manifest[name as FunctionName].timeoutSeconds);
    }
  });

  test("never gives up a call that ended, however long its functions are away: nothing else tells of it (R39)", () => {
    expect(here.subscriptions[`backup-recording-${site}`]).toMatchObject({
      maxDeliveryAttempts: null,
      keptSeconds: 31 * 86_400,
    });
  });

  test("tells of a message that comes again without limit, long before it is kept no longer (R39)", () => {
    const unlimited = Object.entries(here.subscriptions).filter(
      ([, { maxDeliveryAttempts }]) => maxDeliveryAttempts === null,
    );
    expect(unlimited.length).toBeGreaterThan(1);
    for (const [id, { function: name, keptSeconds }] of unlimited) {
      const [waiting] = functionAlert(name, site).conditions;
      const { waitSeconds = 300 } = watches[name];
      expect(waiting?.query).toContain(`subscription_oldest_unacked_message_age`);
      expect(waiting?.query).toMatch(new RegExp(`subscription_id=~"${id}"\\}\\) > ${waitSeconds}$`));
      expect(waitSeconds + (waiting?.forSeconds ?? 0)).toBeLessThanOrEqual(keptSeconds / 1.5);
    }
  });

  test("gives each site the calls for its own recordings alone (R36)", () => {
    const filtered = Object.entries(here.subscriptions).flatMap(([id, { filter }]) =>
      filter === null ? [] : [[id, filter]],
    );
    expect(filtered).toStrictEqual([[`store-recording-${site}`, `attributes.site = "${site}"`]]);
  });

  test("has every right of the access table once, the other site's apart", () => {
    const kinds = Object.values(here.grants).flatMap((all) => Object.values(all));
    const crossing = Object.values(built.crossing[site].grants).flatMap((all) => Object.values(all));
    for (const [name] of rowsOn(site)) {
      const account = accountOf(name, site);
      const reasons = (granted: { account: string; why: string }[]) =>
        granted.filter((one) => one.account === account).map(({ why }) => why);
      const expected = access[name].map((grant) => ({ why: grant.why, crosses: crosses(grant, site) }));
      const whyOf = (crossed: boolean) => expected.filter((grant) => grant.crosses === crossed).map(({ why }) => why);
      expect(reasons(kinds).toSorted()).toStrictEqual(whyOf(false).toSorted());
      expect(reasons(crossing).toSorted()).toStrictEqual(whyOf(true).toSorted());
    }
  });

  test("lets its functions do nothing on the other site by rights of its own", () => {
    const { city } = built.sites[peerOf[site]];
    const mine = Object.values(here.grants).flatMap((all) => Object.keys(all));
    expect(mine.filter((right) => right.includes(city))).toStrictEqual([]);
  });
});

function crosses(grant: ReasonedGrant, site: Site): boolean {
  return (grant.on === "database" || grant.on === "bucket") && grant.site === peerOf[site];
}

describe("the infrastructure of both sites", () => {
  test("lets no call pile up that a sweep makes again, nor makes it a dead letter: its record counts the tries (R39)", () => {
    const { primary, secondary } = built.sites;
    const calls = { ...primary.subscriptions, ...secondary.subscriptions };
    const names = [
      "run-operation-secondary",
      "run-activation-secondary",
      ...sites.map((site) => `store-recording-${site}`),
    ];
    for (const name of names) {
      expect(calls[name]?.maxDeliveryAttempts, name).toBeNull();
      expect(calls[name]?.keptSeconds, name).toBeLessThanOrEqual(2 * 3600);
    }
  });

  test("keeps warm what the worst day needs at once (R18)", () => {
    const { functions } = built.sites.secondary;
    for (const name of ["admin", "activate", "run-activation", "announce-state"]) {
      expect(functions[name]?.minInstances).toBeGreaterThanOrEqual(1);
    }
  });

  test("names service accounts as Google allows", () => {
    for (const account of Object.keys(built.accounts)) expect(account).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
  });

  test("gives each function an account of its own on each site", () => {
    const used = sites.flatMap((site) => Object.values(built.sites[site].functions).map(({ account }) => account));
    expect(new Set(used).size).toBe(used.length);
    expect(Object.keys(built.accounts)).toEqual(expect.arrayContaining(used));
  });

  test("names only roles of our own that it makes, and makes none that nobody has", () => {
    const all = sites.flatMap((site) => [built.sites[site].grants, built.crossing[site].grants]);
    const roles = all.flatMap((grants) =>
      Object.values(grants).flatMap((kind) => Object.values(kind).map((grant: { role: string }) => grant.role)),
    );
    const own = new Set(roles.filter((role) => role.startsWith("hikae")));
    expect([...own].toSorted()).toStrictEqual(Object.keys(built.roles).toSorted());
  });
});
