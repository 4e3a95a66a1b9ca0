import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import {
  claimRun,
  endRun,
  retriesOf,
  runFiring,
  type ScheduleRecord,
  type ScheduleRuns,
} from "../../shared/domain/schedule-run.ts";

const start = Date.parse("2026-11-21T10:05:00Z");
const at = (seconds: number) => new Date(start + seconds * 1000);
const timeoutSeconds = 60;
const firing = (run: string, minute = 0) => ({ run, scheduleTime: at(minute * 60), timeoutSeconds });
const success = { succeeded: true, outcome: "done", counts: {} };
const failure = { succeeded: false, outcome: "unavailable", counts: {} };

/** The record after a first run of the first firing was claimed. */
const claimed = (): ScheduleRecord => claimRun(undefined, firing("a"), at(0)).next as ScheduleRecord;
const ended = (how: typeof success): ScheduleRecord => endRun(claimed(), "a", how, at(2)).next as ScheduleRecord;

describe("claimRun", () => {
  test("gives a firing a lease that ends a little after its time-out", () => {
    const until = claimed().lease?.until.getTime() ?? 0;
    expect(until).toBeGreaterThan(at(timeoutSeconds).getTime());
    expect(until).toBeLessThan(at(timeoutSeconds + 30).getTime());
  });

  test.each([
    ["is done: it is a duplicate", ended(success), firing("b"), 3, "duplicate"],
    ["failed: it is tried again", ended(failure), firing("b"), 3, "run"],
    ["is being done: it is asked for again later", claimed(), firing("b"), 3, "busy"],
    ["died: it is done when its lease has ended", claimed(), firing("b"), 80, "run"],
  ])("a second delivery of a firing that %s", (_, record, again, seconds, outcome) => {
    expect(claimRun(record, again, at(seconds)).outcome).toBe(outcome);
  });

  test("skips a firing while an earlier one's run is going on, and does it after that", () => {
    expect(claimRun(claimed(), firing("b", 1), at(61))).toEqual({ outcome: "skipped" });
    expect(claimRun(ended(success), firing("b", 1), at(61)).outcome).toBe("run");
  });

  test("knows an older firing again as long as any delivery of it may come", () => {
    let record: ScheduleRecord | undefined;
    for (let minute = 0; minute < 40; minute++) {
      record = claimRun(record, firing(`${minute}`, minute), at(minute * 60)).next;
      record = endRun(record, `${minute}`, success, at(minute * 60 + 1)).next;
    }
    expect(claimRun(record, firing("late", 5), at(40 * 60)).outcome).toBe("duplicate");
  });
});

describe("retriesOf", () => {
  test.each([10, 60, 120, 540, 1800])("outlasts the lease of a run of %i s that died", (timeout) => {
    const { retryCount, minBackoffSeconds, maxDoublings } = retriesOf(timeout);
    let waited = 0;
    for (let n = 0; n < retryCount; n++) waited += minBackoffSeconds * 2 ** Math.min(n, maxDoublings);
    const { until } = claimRun(undefined, { ...firing("a"), timeoutSeconds: timeout }, at(0)).next?.lease ?? {};
    expect(at(waited).getTime()).toBeGreaterThan(until?.getTime() ?? Number.POSITIVE_INFINITY);
  });
});

describe("endRun", () => {
  test("records the run and gives the lease back", () => {
    const counts = { started: 3 };
    expect(endRun(claimed(), "a", { ...success, counts }, at(2)).next).toEqual({
      done: [at(0)],
      lastRun: { scheduleTime: at(0), startedAt: at(0), finishedAt: at(2), ...success, counts },
    });
  });

  test("leaves alone the lease of the run that took over from this one", () => {
    const taken = claimRun(claimed(), firing("b"), at(80)).next;
    expect(endRun(taken, "a", success, at(81)).next).toBeUndefined();
  });
});

describe("a schedule", () => {
  const step = fc.record({
    minute: fc.nat(3),
    passes: fc.nat(90),
    end: fc.constantFrom("succeeds", "fails", "dies", "lasts"),
  });

  test("never works twice at a time nor again on what is done, whatever is delivered, fails or dies", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let record: ScheduleRecord | undefined;
        let seconds = 0;
        let living: { run: string; since: number } | undefined;
        const done = new Set<number>();
        for (const [index, { minute, passes, end }] of steps.entries()) {
          seconds += passes;
          const run = `${index}`;
          const { next, outcome } = claimRun(record, firing(run, minute), at(seconds));
          // A platform ends a run at its time-out.
          const isAlive = living !== undefined && seconds - living.since <= timeoutSeconds;
          if (outcome === "run") expect([isAlive, done.has(minute)]).toEqual([false, false]);
          if (done.has(minute)) expect(outcome).toBe("duplicate");
          record = next ?? record;
          if (outcome !== "run") continue;
          living = end === "lasts" ? { run, since: seconds } : undefined;
          if (end === "succeeds") done.add(minute);
          if (end === "succeeds" || end === "fails") {
            record = endRun(record, run, end === "succeeds" ? success : failure, at(seconds)).next;
          }
        }
        // Whatever happened, once all leases have ended the next firing is done.
        expect(claimRun(record, firing("last", 9), at(seconds + 2 * timeoutSeconds)).outcome).toBe("run");
      }),
    );
  });
});

describe("runFiring", () => {
  /** One record, as a store keeps it. */
  const appOf = (record?: ScheduleRecord) => {
    const kept = { record };
    const change: ScheduleRuns["change"] = async (_, decide) => {
      const { next, outcome } = decide(kept.record);
      kept.record = next ?? kept.record;
      return outcome;
    };
    return { kept, app: { scheduleRuns: { change }, now: () => at(0) } };
  };

  test("reports what the work reports, and records its numbers", async () => {
    const { kept, app } = appOf();
    const work = async () => ({ outcome: "swept", stranded: 2, note: "for the log only" });
    const { ran, report } = await runFiring(app, { ...firing("a"), name: "sweep" }, work);
    expect([ran, report.outcome]).toEqual([true, "swept"]);
    expect(kept.record?.lastRun).toMatchObject({ succeeded: true, outcome: "swept", counts: { stranded: 2 } });
  });

  test("records a failure by its code, and throws it on", async () => {
    const { kept, app } = appOf();
    const work = () => Promise.reject(new AppError("precondition-failed", "not like this"));
    await expect(runFiring(app, { ...firing("a"), name: "sweep" }, work)).rejects.toThrow("not like this");
    expect(kept.record).toMatchObject({ lastRun: { succeeded: false, outcome: "precondition-failed" }, done: [] });
    expect(kept.record?.lease).toBeUndefined();
  });

  test("has a firing tried again that another delivery is at, and does not work itself", async () => {
    const { app } = appOf(claimed());
    let worked = false;
    const work = async () => {
      worked = true;
      return { outcome: "done" };
    };
    const again = runFiring(app, { ...firing("b"), name: "sweep" }, work);
    await expect(again).rejects.toMatchObject({ code: "unavailable" });
    expect(worked).toBe(false);
  });
});
