import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SoftphoneReport } from "../../shared/domain/events.ts";
import { newestReports, readSoftphoneUse } from "../../shared/domain/softphones.ts";

const now = new Date("2026-11-21T10:05:00Z");
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const report = (softphoneId: string, site: SoftphoneReport["site"], seconds: number): SoftphoneReport => ({
  softphoneId,
  site,
  at: secondsAgo(seconds),
});
const known = (...reports: SoftphoneReport[]) => new Map(reports.map((one) => [one.softphoneId, one]));

describe("newestReports", () => {
  test("keeps what is newer, and nothing else (R21)", () => {
    const arrived = [report("a", "secondary", 5), report("b", "secondary", 60), report("c", "primary", 1)];
    const kept = newestReports(known(report("a", "primary", 30), report("b", "primary", 30)), arrived, now);
    expect(kept).toStrictEqual([report("a", "secondary", 5), report("c", "primary", 1)]);
  });

  test("leaves out what a clock that runs ahead reports: it would outlast every later report", () => {
    expect(newestReports(known(), [report("a", "secondary", -301)], now)).toStrictEqual([]);
    expect(newestReports(known(), [report("a", "secondary", -299)], now)).toHaveLength(1);
  });

  test("ends in the same, in whatever order, portions and number reports come (R21)", () => {
    const reports = fc.array(
      fc.tuple(fc.constantFrom("a", "b"), fc.constantFrom("primary" as const, "secondary" as const), fc.nat(4)),
      { maxLength: 10 },
    );
    const replayed = (messages: SoftphoneReport[][]) =>
      messages.reduce((current, arrived) => {
        for (const kept of newestReports(current, arrived, now)) current.set(kept.softphoneId, kept);
        return current;
      }, known());
    const disordered = reports
      .map((drawn) => drawn.map(([id, site, seconds]) => report(id, site, seconds)))
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }), fc.nat(20)),
      );
    fc.assert(
      fc.property(disordered, ([all, shuffled, cut]) => {
        const inPortions = replayed([shuffled.slice(0, cut), shuffled.slice(cut)]);
        expect(Object.fromEntries(inPortions)).toStrictEqual(Object.fromEntries(replayed([all])));
      }),
    );
  });
});

describe("readSoftphoneUse", () => {
  const use = (configured: number, primary: number, secondary: number) =>
    readSoftphoneUse({ softphones: { count: async () => ({ configured, primary, secondary }) } }, "acme");

  test("says how many of how many use which site (R21)", async () => {
    expect(await use(10, 3, 5)).toStrictEqual({ total: 10, primary: 3, secondary: 5, silent: 2 });
  });

  test("never counts fewer than have reported", async () => {
    expect(await use(0, 1, 2)).toStrictEqual({ total: 3, primary: 1, secondary: 2, silent: 0 });
  });
});
