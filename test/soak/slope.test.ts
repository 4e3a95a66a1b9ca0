import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Point, trendOf } from "./slope.ts";

describe("trendOf", () => {
  test("finds the slope of a straight line, and its mean", () => {
    const points = Array.from({ length: 100 }, (_, index): Point => [index / 100, 7 + (3 * index) / 100]);
    const trend = trendOf(points);
    expect(trend?.perHour).toBeCloseTo(3, 9);
    expect(trend?.mean).toBeCloseTo(8.485, 9);
    expect(trend?.isFlat).toBe(false);
  });

  test("takes noise for flat, and a small leak within it for none", () => {
    const noise = fc.sample(fc.double({ min: -1, max: 1, noNaN: true }), { numRuns: 300, seed: 1 });
    const flat = trendOf(noise.map((value, index): Point => [index / 150, 100 + value]));
    expect(flat?.isFlat).toBe(true);
    const leaking = trendOf(noise.map((value, index): Point => [index / 150, 100 + value + (2 * index) / 150]));
    expect(leaking?.isFlat).toBe(false);
    expect(leaking?.perHour).toBeGreaterThan(1.5);
  });

  test("says nothing of too few points", () => {
    expect(
      trendOf([
        [0, 1],
        [1, 2],
      ]),
    ).toBeUndefined();
  });
});
