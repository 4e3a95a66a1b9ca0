import { AppError, asAppError } from "./errors.ts";

/** The right to run a schedule, until its run has ended or must have died. */
export type ScheduleLease = { run: string; scheduleTime: Date; startedAt: Date; until: Date };

/** One run that ended. `outcome` is the run's own word or an error's code, `counts` the numbers of its report. */
export type ScheduleRun = {
  scheduleTime: Date;
  startedAt: Date;
  finishedAt: Date;
  succeeded: boolean;
  outcome: string;
  counts: Record<string, number>;
};

/** What is known of one function's schedule, the document `schedules/{function}` of the site that runs it. */
export type ScheduleRecord = {
  lease?: ScheduleLease;
  lastRun?: ScheduleRun;
  /** The times of the last firings whose work is done, so that none of them is done twice. */
  done: Date[];
};

/** The records of one site's schedules. Every method throws `unavailable` when the site's database does not answer. */
export type ScheduleRuns = {
  /** Reads, decides and writes as one atomic step; `decide` may run several times and must be pure. */
  change<T>(name: string, decide: (current: ScheduleRecord | undefined) => Decision<T>): Promise<T>;
  /** Every record by the function's name. */
  all(): Promise<Map<string, ScheduleRecord>>;
};
type Decision<T> = { next?: ScheduleRecord; outcome: T };

/** One delivery of a firing; `run` tells apart two deliveries of the same firing. */
type Firing = { run: string; scheduleTime: Date; timeoutSeconds: number };

/** A run cannot go on for longer than its time-out and the time that its end takes to be recorded. */
const leaseSecondsOf = (timeoutSeconds: number) => timeoutSeconds + 10;

/** Cloud Scheduler tries a firing again so often at most, and doubles the time between two attempts so often. */
const mostRetries = 5;

/**
 * How a firing whose run fails or dies is tried again, for Cloud Scheduler's job: the attempts go on until the lease of
 * a run that died has ended, so that one of them does its work.
 */
export function retriesOf(timeoutSeconds: number): {
  retryCount: number;
  minBackoffSeconds: number;
  maxDoublings: number;
} {
  const longestWait = 2 ** mostRetries - 1;
  const minBackoffSeconds = Math.ceil((leaseSecondsOf(timeoutSeconds) + 1) / longestWait);
  return { retryCount: mostRetries, minBackoffSeconds, maxDoublings: mostRetries };
}

/** Enough for a day of an hourly schedule, and for nearly an hour of one that runs each minute. */
const firingsRemembered = 50;

/**
 * Whether this delivery does the firing's work. `duplicate`: it is done. `skipped`: an earlier firing's work is still
 * going on, and sees what this one would. `busy`: another delivery of the same firing is at it, or died at it.
 */
export function claimRun(
  current: ScheduleRecord | undefined,
  firing: Firing,
  now: Date,
): Decision<"run" | "duplicate" | "skipped" | "busy"> {
  const record = current ?? { done: [] };
  const { run, scheduleTime, timeoutSeconds } = firing;
  if (record.done.some((time) => isSame(time, scheduleTime))) return { outcome: "duplicate" };
  if (record.lease && record.lease.until > now) {
    return { outcome: isSame(record.lease.scheduleTime, scheduleTime) ? "busy" : "skipped" };
  }
  const until = new Date(now.getTime() + leaseSecondsOf(timeoutSeconds) * 1000);
  return { next: { ...record, lease: { run, scheduleTime, startedAt: now, until } }, outcome: "run" };
}

const isSame = (a: Date, b: Date) => a.getTime() === b.getTime();

/** How a run ended. */
type End = Pick<ScheduleRun, "succeeded" | "outcome" | "counts">;

/** Gives the lease back. A run whose lease another one has taken over meanwhile changes nothing. */
export function endRun(current: ScheduleRecord | undefined, run: string, end: End, now: Date): Decision<void> {
  if (current?.lease?.run !== run) return { outcome: undefined };
  const { lease, done } = current;
  const { scheduleTime, startedAt } = lease;
  const lastRun = { scheduleTime, startedAt, finishedAt: now, ...end };
  const next = { lastRun, done: end.succeeded ? [...done, scheduleTime].slice(-firingsRemembered) : done };
  return { next, outcome: undefined };
}

/** What the work reports: a word, and whatever it counted. */
type Report = { outcome: string } & Record<string, unknown>;

/**
 * Does the work of one firing once, however often it is delivered, and never two firings' work of one schedule at a
 * time; records the run. The work of a run that died is done by a later delivery, so it must be safe to repeat.
 * @throws AppError `unavailable` when another delivery of this firing is at it, so that the firing is tried again; and
 *   whatever the work throws.
 */
export async function runFiring(
  app: { scheduleRuns: Pick<ScheduleRuns, "change">; now(): Date },
  firing: Firing & { name: string },
  work: () => Promise<Report>,
): Promise<{ ran: boolean; report: Report }> {
  const { name, run } = firing;
  const claim = await app.scheduleRuns.change(name, (current) => claimRun(current, firing, app.now()));
  if (claim === "busy") throw new AppError("unavailable", "another delivery of this firing is being handled");
  if (claim !== "run") return { ran: false, report: { outcome: claim } };
  const end = (how: End) => app.scheduleRuns.change(name, (current) => endRun(current, run, how, app.now()));
  let report: Report;
  try {
    report = await work();
  } catch (error) {
    // What went wrong counts, not that it could not be recorded: the lease then ends by itself.
    await end({ succeeded: false, outcome: asAppError(error).code, counts: {} }).catch(() => undefined);
    throw error;
  }
  await end({ succeeded: true, outcome: report.outcome, counts: countsOf(report) });
  return { ran: true, report };
}

function countsOf(report: Report): Record<string, number> {
  const numbers = Object.entries(report).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return Object.fromEntries(numbers);
}
