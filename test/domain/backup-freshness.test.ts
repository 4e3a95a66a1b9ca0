import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FreshnessFacts, freshnessOf } from "../../shared/domain/backup/freshness.ts";

const now = new Date("2026-11-21T10:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const nothing: FreshnessFacts = {
  delaysSeconds: [],
  isSample: false,
  open: [],
  counts: { pending: 0, waiting: 0 },
  parked: 0,
};

describe("freshnessOf", () => {
  test("knows no percentile of nothing, and no oldest where none waits (R43b)", () => {
    expect(freshnessOf(nothing, now)).toStrictEqual({
      ...{ windowSeconds: 86_400, stored: 0, isSample: false, p50Seconds: null, p99Seconds: null },
      ...{ oldestPendingSeconds: null, pending: 0, waiting: 0, parked: 0 },
    });
  });

  test.each([
    [[7], 7, 7],
    [[3, 1, 2], 2, 3],
    [Array.from({ length: 100 }, (_, index) => 100 - index), 50, 99],
    [Array.from({ length: 1000 }, (_, index) => index + 1), 500, 990],
  ])("of %j has p50 %d and p99 %d (R43b)", (delaysSeconds, p50Seconds, p99Seconds) => {
    const found = freshnessOf({ ...nothing, delaysSeconds }, now);
    expect(found).toMatchObject({ p50Seconds, p99Seconds, stored: delaysSeconds.length });
  });

  test("a percentile is one of the values, which so many do not exceed", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1 }), (delaysSeconds) => {
        const { p50Seconds, p99Seconds } = freshnessOf({ ...nothing, delaysSeconds }, now);
        for (const [percent, value] of [
          [50, p50Seconds ?? -1],
          [99, p99Seconds ?? -1],
        ] as const) {
          expect(delaysSeconds).toContain(value);
          const within = delaysSeconds.filter((delay) => delay <= value).length;
          const below = delaysSeconds.filter((delay) => delay < value).length;
          expect(within / delaysSeconds.length).toBeGreaterThanOrEqual(percent / 100);
          expect(below / delaysSeconds.length).toBeLessThan(percent / 100);
        }
      }),
    );
  });

  test("the oldest is late since its call's end, and what a run asked for since it was asked for (R43b)", () => {
    const live = { endedAt: ago(90), since: ago(30) };
    const old = { endedAt: ago(3e7), since: ago(60), run: "run-1" };
    expect(freshnessOf({ ...nothing, open: [live, old] }, now).oldestPendingSeconds).toBe(90);
    expect(freshnessOf({ ...nothing, open: [old] }, now).oldestPendingSeconds).toBe(60);
    expect(freshnessOf({ ...nothing, open: [{ endedAt: ago(-5), since: now }] }, now).oldestPendingSeconds).toBe(0);
  });
});
