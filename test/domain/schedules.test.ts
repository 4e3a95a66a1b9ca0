import { describe, expect, test } from "vitest";
import { everySchedule, manifest } from "../../functions/manifest.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { ScheduleRecord } from "../../shared/domain/schedule-run.ts";
import { listSchedules, runsOf, type SchedulesApp, scheduleToRun } from "../../shared/domain/schedules.ts";
import type { Site } from "../../shared/domain/sites.ts";

const now = new Date("2026-11-21T10:10:00Z");
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const lastRun = {
  scheduleTime: at(-300),
  startedAt: at(-299),
  finishedAt: at(-297),
  succeeded: true,
  outcome: "started",
  counts: { started: 2 },
};
const purpose = { ja: "試験", en: "Test" };
const rows = [
  { name: "heartbeat", site: "primary" as Site, cron: "* * * * *", purpose },
  { name: "reconcile", site: "secondary" as Site, cron: "5 * * * *", purpose },
  { name: "expire", site: "primary" as Site, cron: "0 4 * * *", purpose },
  { name: "expire", site: "secondary" as Site, cron: "0 4 * * *", purpose },
];
const gone = () => Promise.reject(new AppError("unavailable", "gone"));

/** Both sites answer with a job and a record for reconcile, unless something else is said. */
const appOf = (more: Partial<SchedulesApp> = {}): SchedulesApp => {
  const all = async () => new Map<string, ScheduleRecord>([["reconcile", { lastRun, done: [] }]]);
  return {
    scheduleRows: rows,
    scheduler: {
      jobs: async () => new Map([["reconcile", { state: "enabled", nextRun: at(60) }]]),
      run: async () => undefined,
    },
    scheduleRuns: { primary: { all }, secondary: { all } },
    now: () => now,
    ...more,
  };
};

describe("listSchedules", () => {
  test("shows last run, outcome, duration and next run (R15)", async () => {
    const shown = await listSchedules(appOf());
    expect(shown).toHaveLength(rows.length);
    expect(shown[1]).toEqual({
      ...rows[1],
      availability: "available",
      state: "enabled",
      nextRun: at(60),
      lastRun: {
        scheduleTime: at(-300),
        startedAt: at(-299),
        finishedAt: at(-297),
        durationMilliseconds: 2000,
        result: "succeeded",
        outcome: "started",
        counts: { started: 2 },
      },
    });
  });

  test("shows a schedule that Cloud Scheduler does not have as missing", async () => {
    expect((await listSchedules(appOf()))[2]).toEqual({ ...rows[2], availability: "available", state: "missing" });
  });

  test.each([
    ["Cloud Scheduler", { scheduler: { ...appOf().scheduler, jobs: gone } }],
    ["the database", { scheduleRuns: { primary: { all: gone }, secondary: { all: gone } } }],
  ])("shows the plan alone of a site whose %s does not answer (R15)", async (_, more) => {
    const shown = await listSchedules(appOf(more));
    expect(shown).toEqual(rows.map((row) => ({ ...row, availability: "unavailable" })));
  });

  test("shows the site that answers whatever the other one does (R15)", async () => {
    const { scheduleRuns } = appOf();
    const shown = await listSchedules(appOf({ scheduleRuns: { ...scheduleRuns, primary: { all: gone } } }));
    expect(shown.map(({ site, availability }) => `${site} ${availability}`)).toEqual([
      "primary unavailable",
      "secondary available",
      "primary unavailable",
      "secondary available",
    ]);
  });

  test("does not hide a fault of its own behind a site's silence", async () => {
    const broken = { ...appOf().scheduler, jobs: () => Promise.reject(new TypeError("oops")) };
    await expect(listSchedules(appOf({ scheduler: broken }))).rejects.toThrow("oops");
  });
});

describe("runsOf", () => {
  const lease = { run: "a", scheduleTime: at(-20), startedAt: at(-19), until: at(40) };

  test("tells of a run that is going on, and of the one before it", () => {
    const runs = runsOf({ lease, lastRun, done: [] }, now);
    expect(runs.running).toEqual({ scheduleTime: at(-20), startedAt: at(-19) });
    expect(runs.lastRun?.outcome).toBe("started");
  });

  test("tells that a run died whose lease has ended", () => {
    expect(runsOf({ lease, lastRun, done: [] }, at(41))).toEqual({
      lastRun: { scheduleTime: at(-20), startedAt: at(-19), result: "died", outcome: "died", counts: {} },
    });
  });

  test("tells of nothing before the first run", () => {
    expect(runsOf(undefined, now)).toEqual({});
  });
});

describe("scheduleToRun", () => {
  test.each([
    ["reconcile", undefined, "primary", "secondary"],
    ["expire", undefined, "primary", "primary"],
    ["expire", undefined, "secondary", "secondary"],
    ["expire", "secondary", "primary", "secondary"],
  ] as const)("%s, asked for on %s at the %s, is run on the %s", (name, asked, here, site) => {
    expect(scheduleToRun(rows, name, asked, here)).toBe(site);
  });

  test.each([
    ["no-such-schedule", undefined],
    ["reconcile", "primary"],
  ] as const)("there is no %s on %s", (name, asked) => {
    expect(() => scheduleToRun(rows, name, asked, "secondary")).toThrow(expect.objectContaining({ code: "not-found" }));
  });
});

describe("everySchedule", () => {
  const sites = Object.entries(manifest).flatMap(([name, { trigger, sites: where }]) =>
    trigger.type === "schedule" ? where.map((site) => `${name} ${site}`) : [],
  );

  test("has each schedule once for each site it runs on, in the form that carries the schedule's time", () => {
    expect(everySchedule().map(({ name, site }) => `${name} ${site}`)).toEqual(sites);
    for (const { cron } of everySchedule()) expect(cron.split(" ")).toHaveLength(5);
  });
});
