import { expect, test } from "vitest";
import type { DestinationRecord, Destinations } from "../../shared/domain/backup/ports.ts";
import { attendDestinations, type SweepApp } from "../../shared/domain/backup/sweep.ts";

const start = new Date("2026-11-21T10:00:00Z");
const minute = (n: number) => new Date(start.getTime() + n * 60_000);

/** So many buckets of a site that all came back at once, drained as the store gives them out: the longest untouched first. */
function siteWith(count: number) {
  let now = start;
  const visits = new Map<string, number>();
  const records = new Map<string, DestinationRecord>(
    Array.from({ length: count }, (_, n) => {
      const bucket = `bucket-${String(n).padStart(4, "0")}`;
      const back = { draining: true, returnedAt: start, updatedAt: start };
      return [bucket, { bucket, tenant: "acme", state: "inService", ...back }];
    }),
  );
  const destinations: Partial<Destinations> = {
    toAttend: async (_now, most) => {
      const draining = [...records.values()].filter((record) => record.draining);
      const inTurn = draining.toSorted((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime());
      return inTurn.slice(0, most.drained);
    },
    change: async (_tenant, bucket, decide) => {
      const { next, outcome } = decide(records.get(bucket));
      if (next) records.set(bucket, next);
      return outcome;
    },
  };
  const ledger = {
    parked: async (_tenant: string, bucket: string) => {
      visits.set(bucket, (visits.get(bucket) ?? 0) + 1);
      return [];
    },
  };
  const app = {
    site: "primary",
    backups: { primary: { destinations, ledger } },
    callForBackups: async () => undefined,
    now: () => now,
  } as unknown as SweepApp;
  return {
    records,
    visits,
    async sweep(at: Date) {
      now = at;
      await attendDestinations(app);
    },
  };
}

test("buckets that came back together are drained in turns, none twice before all once (R39)", async () => {
  const site = siteWith(500);
  for (const n of [1, 2, 3]) {
    await site.sweep(minute(n));
    expect(site.visits.size).toBe(Math.min(500, n * 200));
  }
  expect(Math.max(...site.visits.values())).toBe(2);
  for (let n = 4; n < 15; n++) await site.sweep(minute(n));
  expect([...site.records.values()].filter(({ draining }) => draining)).toStrictEqual([]);
});
