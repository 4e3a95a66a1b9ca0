import type { Label } from "../catalogue.ts";
import { notFound } from "./access.ts";
import { AppError } from "./errors.ts";
import type { ScheduleRecord, ScheduleRun, ScheduleRuns } from "./schedule-run.ts";
import type { Site } from "./sites.ts";

/** The time zone that every schedule's cron is meant in. */
export const scheduleTimeZone = "Asia/Tokyo" as const;

/** One function's schedule on one site, as the manifest has it. */
export type ScheduleRow = { name: string; site: Site; cron: string; purpose: Label };

export const jobStates = ["enabled", "paused", "disabled", "missing"] as const;

/** A schedule as Cloud Scheduler has it. */
export type Job = {
  state: (typeof jobStates)[number];
  nextRun?: Date;
  /** The last time that Cloud Scheduler called the function, and whether it was answered with success. */
  lastAttempt?: { at: Date; succeeded: boolean };
};

/** Cloud Scheduler in the regions of both sites. Every method throws `unavailable` when a region does not answer. */
export type Scheduler = {
  jobs(site: Site): Promise<Map<string, Job>>;
  /** Fires the schedule now, as a firing of its own; `precondition-failed` when Cloud Scheduler does not have it. */
  run(site: Site, name: string): Promise<void>;
};

export type SchedulesApp = {
  scheduleRows: readonly ScheduleRow[];
  scheduler: Scheduler;
  scheduleRuns: Record<Site, Pick<ScheduleRuns, "all">>;
  now(): Date;
};

/** A run that ended, or that died: its lease ran out, and nobody has heard of it since. */
export type LastRun = Omit<ScheduleRun, "finishedAt" | "succeeded"> & {
  result: "succeeded" | "failed" | "died";
  finishedAt?: Date;
  durationMilliseconds?: number;
};

type Runs = { running?: { scheduleTime: Date; startedAt: Date }; lastRun?: LastRun };

/** A schedule with all that is known of it (R15). Of a site that does not answer only the row is known. */
export type ScheduleView = ScheduleRow &
  ({ availability: "unavailable" } | ({ availability: "available" } & Job & Runs));

/** Every schedule of both sites. A site that does not answer in a moment is shown as unavailable; never throws for it. */
export async function listSchedules(app: SchedulesApp): Promise<ScheduleView[]> {
  const sites = [...new Set(app.scheduleRows.map(({ site }) => site))];
  const known = new Map(
    await Promise.all(
      sites.map(async (site) => {
        const parts = Promise.all([app.scheduler.jobs(site), app.scheduleRuns[site].all()]);
        return [site, await parts.catch(silenceOf)] as const;
      }),
    ),
  );
  return app.scheduleRows.map((row) => {
    const parts = known.get(row.site);
    if (!parts) return { ...row, availability: "unavailable" };
    const [jobs, records] = parts;
    const job: Job = jobs.get(row.name) ?? { state: "missing" };
    return { ...row, availability: "available", ...job, ...runsOf(records.get(row.name), app.now()) };
  });
}

function silenceOf(error: unknown): undefined {
  if (error instanceof AppError && error.code === "unavailable") return undefined;
  throw error;
}

/** The run that is going on and the last one, as far as its record tells. */
export function runsOf(record: ScheduleRecord | undefined, now: Date): Runs {
  const { lease, lastRun } = record ?? {};
  if (lease && lease.until <= now) {
    const { scheduleTime, startedAt } = lease;
    return { lastRun: { scheduleTime, startedAt, result: "died", outcome: "died", counts: {} } };
  }
  return {
    ...(lease ? { running: { scheduleTime: lease.scheduleTime, startedAt: lease.startedAt } } : {}),
    ...(lastRun ? { lastRun: endedRun(lastRun) } : {}),
  };
}
function endedRun({ succeeded, ...run }: ScheduleRun): LastRun {
  const durationMilliseconds = run.finishedAt.getTime() - run.startedAt.getTime();
  return { ...run, result: succeeded ? "succeeded" : "failed", durationMilliseconds };
}

/**
 * Where a schedule of that name is to be run: the site asked for, or its only one, or else the running site's.
 * @throws AppError `not-found` when there is none.
 */
export function scheduleToRun(rows: readonly ScheduleRow[], name: string, asked: Site | undefined, here: Site): Site {
  const places = rows.filter((row) => row.name === name).map(({ site }) => site);
  const site = asked ?? (places.length === 1 ? places[0] : here);
  if (site === undefined || !places.includes(site)) throw notFound();
  return site;
}
