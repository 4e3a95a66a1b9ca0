import { Cron } from "croner";
import { describe, expect, test } from "vitest";
import { type FunctionName, type FunctionRow, manifest } from "../../functions/manifest.ts";
import { leastRuns, watches } from "../../infra/alerts/functions.ts";
import { siteWatches } from "../../infra/alerts/site.ts";
import type { AlertRow } from "../../infra/alerts/types.ts";
import { alerts } from "../../infra/alerts.ts";
import { cityOf } from "../../infra/names.ts";
import type { Route } from "../../shared/domain/api/route.ts";
import { routesOf } from "../../shared/domain/api/routes.ts";
import { scheduleTimeZone } from "../../shared/domain/schedules.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { codeOf, hasField, says } from "../support/production-code.ts";
import { textOf } from "../support/repository.ts";

const functions = Object.entries(manifest) as [FunctionName, FunctionRow][];
const named = alerts.map((row) => [`${row.site} ${row.name}`, row] as const);
const ofSite = (site: Site) => alerts.filter((row) => row.site === site);
const queriesOf = (row: AlertRow) => [...row.conditions, ...row.charts].map(({ query }) => query);

describe("the table of alerts", () => {
  test("watches every function on each of its sites", () => {
    const wanted = functions.flatMap(([name, { sites: own }]) => own.map((site) => `${site} ${name}`));
    expect(named.map(([name]) => name)).toEqual(expect.arrayContaining(wanted));
  });

  test("has no name twice on one site", () => {
    for (const site of sites) {
      for (const of of [
        ofSite(site),
        ofSite(site).flatMap((row) => row.signals),
        ofSite(site).flatMap((row) => row.probes),
      ]) {
        const names = of.map(({ name }) => name);
        expect(names).toStrictEqual([...new Set(names)]);
      }
    }
  });

  test("is plain data, as the module of a site reads it", () => {
    expect(JSON.parse(JSON.stringify(alerts))).toStrictEqual(alerts);
  });

  test("names only alerts that exist as what sees a function's work", () => {
    const seenBy = Object.values(watches).flatMap((watch) => watch.seenBy ?? []);
    expect(Object.keys(siteWatches)).toEqual(expect.arrayContaining(seenBy));
  });

  test.each(named)("%s has as many conditions as Cloud Monitoring takes, each for whole minutes", (_name, row) => {
    expect(row.conditions.length).toBeGreaterThan(0);
    expect(row.conditions.length).toBeLessThanOrEqual(6);
    expect(row.conditions.map(({ forSeconds }) => forSeconds % 60)).toStrictEqual(row.conditions.map(() => 0));
  });
});

describe("a schedule's alert", () => {
  const schedules = functions.flatMap(([name, { trigger, sites: own }]) =>
    trigger.type === "schedule" ? own.map((site) => [name, site, trigger.cron] as const) : [],
  );

  test.each([
    ["* * * * *", 5, 10],
    ["*/5 * * * *", 2, 20],
    ["35 * * * *", 1, 130],
    ["20 4 * * *", 1, 1500],
    ["0 9 * * 1-5", 1, 4380],
  ])("wants of %s at least %i successes in %i minutes", (cron, atLeast, withinMinutes) => {
    expect(leastRuns(cron)).toStrictEqual({ atLeast, withinMinutes });
  });

  test.each(schedules)("of %s on the %s can be met by its cron in every window", (_name, _site, cron) => {
    const { atLeast, withinMinutes } = leastRuns(cron);
    const runs = new Cron(cron, { timezone: scheduleTimeZone }).nextRuns(3000, new Date("2026-03-01T00:00:00Z"));
    const fits = runs.map((start, index) => {
      const end = new Date(start.getTime() + withinMinutes * 60_000);
      return runs.slice(index + 1, index + 100).filter((run) => run <= end).length;
    });
    expect(Math.min(...fits.slice(0, -100))).toBeGreaterThanOrEqual(atLeast);
  });

  test.each(schedules)("of %s on the %s fires on silence too", (name, site) => {
    const [first] = ofSite(site).find((row) => row.name === name)?.conditions ?? [];
    const { atLeast } = leastRuns((manifest[name].trigger as { cron: string }).cron);
    expect(first?.query).toMatch(new RegExp(`^\\(sum\\(increase\\(.*\\)\\) or vector\\(0\\)\\) < ${atLeast - 0.5}$`));
  });
});

describe("what alerts count", () => {
  const metric = (site: Site) =>
    new RegExp(`logging_googleapis_com:user_hikae_${cityOf[site]}_(\\w+?)(?:_bucket)?[{]`, "g");

  test.each(named)("%s: only metrics that its site's module makes", (_name, row) => {
    const known = ["invocations", ...row.signals.map(({ name }) => name)];
    const used = queriesOf(row).flatMap((query) => [...query.matchAll(metric(row.site))].map(([, name]) => name));
    expect(known).toEqual(expect.arrayContaining(used));
    // A signal that nothing counts would be paid for in vain.
    expect([...used, "invocations"]).toEqual(expect.arrayContaining(known));
    expect(
      queriesOf(row)
        .join()
        .match(/logging_googleapis_com:/g)?.length ?? 0,
    ).toBe(used.length);
  });

  test.each(named)("%s: only outcomes that the functions really have", (_name, row) => {
    for (const query of queriesOf(row)) {
      for (const [, names = "", outcomes = ""] of query.matchAll(/function=~?"([^"]+)",outcome=~"([^"]+)"/g)) {
        const code = names.split("|").map(codeOf).join("\n");
        const words = outcomes.match(/\w+/g) ?? [];
        expect(words.filter((word) => !says(code, word))).toStrictEqual([]);
      }
    }
  });

  test.each(named.filter(([, row]) => row.signals.length > 0))("%s: only fields that lines have", (_name, row) => {
    for (const { filter, field } of row.signals) {
      const from = [...filter.matchAll(/jsonPayload\.function="([\w-]+)"/g)].map(([, name = ""]) => name);
      expect(from).not.toStrictEqual([]);
      const fields = [...`${filter} ${field}`.matchAll(/jsonPayload\.(\w+)/g)].map(([, name = ""]) => name);
      for (const name of from) expect(fields.filter((each) => !hasField(codeOf(name), each))).toStrictEqual([]);
    }
  });

  test("a percentile is compared with a bound of its buckets, so that no value falls on the wrong side", () => {
    const compared = alerts.flatMap((row) =>
      row.conditions.flatMap(({ query }) => {
        const [, name, threshold] = /^histogram_quantile.*user_hikae_[a-z]+_(\w+)_bucket.* > (\d+)$/.exec(query) ?? [];
        return name === undefined
          ? []
          : [{ bounds: row.signals.find((each) => each.name === name)?.bounds, threshold }];
      }),
    );
    expect(compared.length).toBeGreaterThan(5);
    for (const { bounds, threshold } of compared) expect(bounds).toContain(Number(threshold));
  });

  test.each(named)("%s: alternatives are matched as an expression, never as one exact name", (_name, row) => {
    for (const query of queriesOf(row)) expect(query).not.toMatch(/="[^"]*\|/);
  });

  test("a function that ends by itself is slow only after that, and before its time-out", () => {
    const [, margin] = /timeoutSeconds - (\d+)\) \* 1000/.exec(textOf("functions/app.ts")) ?? [];
    for (const name of ["backup-recording", "store-recording"] as const) {
      const { timeoutSeconds } = manifest[name];
      const ends = timeoutSeconds - Number(margin);
      expect(watches[name].endsItselfSeconds).toBe(ends);
      for (const site of sites) {
        const conditions = ofSite(site).find((row) => row.name === name)?.conditions ?? [];
        const { query = "" } = conditions.find((condition) => condition.name.startsWith("p99")) ?? {};
        const threshold = Number(/ > (\d+)$/.exec(query)?.[1]);
        expect(threshold).toBeGreaterThan(ends * 1000 + 10_000);
        expect(threshold).toBeLessThan(timeoutSeconds * 1000);
      }
    }
  });

  test.each(named)("%s: well-formed expressions", (_name, row) => {
    for (const query of queriesOf(row)) {
      const bare = query.replaceAll(/"[^"]*"/g, '""');
      for (const [open, close] of ["()", "{}", "[]"]) {
        expect(bare.split(open as string).length).toBe(bare.split(close as string).length);
      }
      expect(bare).not.toMatch(/undefined|NaN|\[object/);
    }
  });
});

describe("probes", () => {
  const http = functions.filter(([, { trigger }]) => trigger.type === "http").map(([name]) => name);

  test("ask every HTTP function, so that it is seen when nobody else asks it", () => {
    expect(http.filter((name) => watches[name].probe === undefined)).toStrictEqual([]);
  });

  test.each(http)("ask %s for a route of its own, which answers so without a token", (name) => {
    const { method, path, status } = watches[name].probe ?? {};
    const fits = (route: Route) => new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path ?? "");
    const route = (routesOf as Record<string, readonly Route[]>)[name]?.find(
      (each) => each.method === method && fits(each),
    );
    expect(route?.access === "public" ? 200 : 401).toBe(status);
    expect(route).toBeDefined();
  });

  test.each(sites)("stand behind every condition of the %s that speaks of one", (site) => {
    const probes = ofSite(site).flatMap((row) => row.probes.map(({ name }) => name));
    for (const { query, probe } of ofSite(site).flatMap((row) => row.conditions)) {
      expect(query.includes("$CHECK_ID")).toBe(probe !== null);
      if (probe !== null) expect(probes).toContain(probe);
    }
  });
});

describe("the alerts of Osaka", () => {
  test("count nothing of Tokyo but the trigger that must stand there", () => {
    // The subscription of the mirror's own trigger is where the primary's database is.
    const text = JSON.stringify(ofSite("secondary").map(({ title: _title, ...row }) => row)).replaceAll(
      "eventarc-asia-northeast1-.*mirror-config-.*",
      "",
    );
    expect(text).not.toMatch(/tokyo|asia-northeast1|-primary/i);
  });

  test("watch functions of Osaka only, as those of Tokyo do for Tokyo", () => {
    for (const row of alerts) {
      const counted = queriesOf(row).flatMap((query) =>
        [...query.matchAll(/(?:function|service_name)=~?"([^"]+)"/g)].flatMap(([, names = ""]) => names.split("|")),
      );
      const elsewhere = counted.filter(
        (name) => !(manifest[name as FunctionName].sites as readonly Site[]).includes(row.site),
      );
      expect(elsewhere).toStrictEqual([]);
    }
  });
});

describe("the module of a site", () => {
  const module = textOf("infra/modules/site/monitoring.tf");

  test("labels invocations as the alerts ask for them", () => {
    const [made = ""] = /resource "google_logging_metric" "invocations"[\s\S]*?\n\}\n/.exec(module) ?? [];
    expect(made).toMatch(/name\s+= "hikae_\$\{local\.city\}_invocations"/);
    for (const label of ["function", "outcome", "severity"]) {
      expect(made).toMatch(new RegExp(`key\\s+= "${label}"`));
      expect(made).toMatch(new RegExp(`${label}\\s+= "EXTRACT\\(`));
    }
  });

  test("puts every runbook whole into what is sent, within what Cloud Monitoring takes", () => {
    expect(module).toMatch(/file\("\$\{path\.module\}\/\.\.\/\.\.\/\.\.\/\$\{each\.value\.runbook\}"\)/);
    for (const { runbook } of alerts) {
      const text = textOf(runbook);
      expect([runbook, [...text].length <= 8192, Buffer.byteLength(text) <= 10_240, text.includes("${")]).toStrictEqual(
        [...[runbook, true, true, false]],
      );
    }
  });
});
