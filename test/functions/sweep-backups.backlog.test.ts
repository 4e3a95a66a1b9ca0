import { afterAll, describe, expect, test } from "vitest";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import { eventually } from "../support/eventually.ts";
import { put, putBucket, untold } from "../support/notices.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol } from "../support/tenants.ts";

const stack = sharedStack();
const { secondary } = stack.databases;
afterAll(() => stack.close());

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const later = new Date(Date.now() + 3_600_000);

/** An entry of the ledger of which no office has to be told. */
function entry(tenant: string, since: Date, more: Partial<BackupEntry>): BackupEntry {
  const { notice: _notice, noticeAt: _noticeAt, error: _error, ...rest } = untold(tenant, since, more);
  return rest;
}

async function measured(): Promise<{ oldestPendingSeconds: number; outOfService: number }> {
  expect(await stack.runSchedule("secondary", "sweep-backups")).toBeLessThan(300);
  return (await secondary.doc("schedules/sweep-backups").get()).data()?.lastRun.counts;
}

describe("sweepBackups", () => {
  test("says how long the oldest recording waits for the end of its first try, and for nothing else (R43b)", async () => {
    const tenant = await enrol(stack);
    const waiting = entry(tenant, daysAgo(30), { state: "pending", attempts: 0, dueAt: later });
    await put(stack, "secondary", [
      waiting,
      entry(tenant, daysAgo(60), { state: "pending", attempts: 0, parked: `b-${tenant}` }),
      entry(tenant, daysAgo(70), { state: "waiting", attempts: 3, dueAt: later }),
      entry(tenant, daysAgo(80), { state: "stored", attempts: 0 }),
    ]);
    await eventually(async () => {
      const { oldestPendingSeconds } = await measured();
      expect(oldestPendingSeconds).toBeGreaterThanOrEqual(30 * 86_400);
      expect(oldestPendingSeconds).toBeLessThan(31 * 86_400);
    });
    await secondary
      .doc(`tenants/${tenant}/recordingBackups/${waiting.recordingId}`)
      .update({ state: "stored", attempts: 1 });
    await eventually(async () => expect((await measured()).oldestPendingSeconds).toBeLessThan(30 * 86_400));
  });

  test("says how many buckets are out of service (R39)", async () => {
    const tenants = await Promise.all([enrol(stack), enrol(stack)]);
    for (const tenant of tenants) await putBucket(stack, "secondary", tenant, "outOfService");
    await eventually(async () => expect((await measured()).outOfService).toBeGreaterThanOrEqual(2));
  });
});
