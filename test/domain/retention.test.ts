import { describe, expect, test } from "vitest";
import { manifest } from "../../functions/manifest.ts";
import {
  cutoffOf,
  deleteExpired,
  type ExpiredRecords,
  type Retention,
  retentions,
  shareMilliseconds,
} from "../../shared/domain/retention.ts";

const now = new Date("2026-11-21T04:20:00Z");
const retention: Retention = { name: "things", collection: "things", days: 30 };

describe("cutoffOf", () => {
  test("is so many days ago", () => {
    expect(cutoffOf(retention, now).toISOString()).toBe("2026-10-22T04:20:00.000Z");
  });

  test.each([9.9, 0, -1, Number.NaN])("refuses a retention of %s days", (days) => {
    expect(() => cutoffOf({ ...retention, days }, now)).toThrow(
      expect.objectContaining({ code: "precondition-failed" }),
    );
  });
});

describe("deleteExpired", () => {
  const asked: string[] = [];
  const recordsOf = (pages: Record<string, number[]>, clock: { now: Date }): ExpiredRecords => ({
    async *deleteBefore({ name }, before) {
      asked.push(`${name} ${before.toISOString()}`);
      for (const deleted of pages[name] ?? []) {
        clock.now = new Date(clock.now.getTime() + 15_000);
        yield deleted;
      }
    },
  });
  const run = (pages: Record<string, number[]>, table: readonly Retention[]) => {
    const clock = { now };
    asked.length = 0;
    return deleteExpired({ expiredRecords: recordsOf(pages, clock), now: () => clock.now }, table);
  };

  test("deletes nothing at all while one retention is too short", async () => {
    const table = [retention, { ...retention, name: "slip", days: 1 }];
    await expect(run({ things: [5] }, table)).rejects.toMatchObject({ code: "precondition-failed" });
    expect(asked).toEqual([]);
  });

  test("counts each sort, and lets none wait behind the backlog of another", async () => {
    const table = [retention, { ...retention, name: "others" }];
    const report = await run({ things: [300, 300, 300], others: [7] }, table);
    expect(report).toEqual({ outcome: "expired", left: ["things"], things: 600, others: 7 });
  });

  test("is done within its function's time-out, however much there is of every sort", () => {
    expect(retentions.length * shareMilliseconds).toBeLessThan(manifest["expire-records"].timeoutSeconds * 1000);
  });

  test("keeps every sort for ten days at least, and never deletes an audit log (R30)", () => {
    for (const row of retentions) expect(cutoffOf(row, now).getTime()).toBeLessThan(now.getTime());
    expect(retentions.map(({ collection }) => collection)).not.toContain("audit");
  });
});
