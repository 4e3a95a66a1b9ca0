import { randomUUID } from "node:crypto";
import { Timestamp } from "@google-cloud/firestore";
import { afterAll, describe, expect, test } from "vitest";
import type { Operation } from "../../shared/domain/operation.ts";
import { sites } from "../../shared/domain/sites.ts";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
afterAll(() => stack.close());

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const ended = (days: number, more: Partial<Operation> = {}) =>
  putOperation(stack, stack.newTenant(), { state: "succeeded", open: false, expireAt: daysAgo(days), ...more });

const secondary = stack.databases.secondary;
const isThere = async (path: string) => (await secondary.doc(path).get()).exists;
const expire = () => stack.runSchedule("secondary", "expire-records");

/** The paths that are left of these. */
async function left(paths: string[]): Promise<string[]> {
  const there = await Promise.all(paths.map(isThere));
  return paths.filter((_, index) => there[index]);
}

describe("expireRecords", () => {
  test("deletes operations that have long expired, and none that is still open", async () => {
    const paths = await Promise.all([
      ended(11),
      ended(9),
      ended(400, { state: "cancelled", open: true }),
      putOperation(stack, stack.newTenant(), { state: "paused", createdAt: daysAgo(400) }),
    ]);
    const operations = paths.map((id) => `operations/${id}`);
    expect(await expire()).toBe(204);
    expect(await left(operations)).toEqual(operations.slice(1));
  });

  test.each(["outbox", "requests", "backupNotices", "deadLetters"])(
    "deletes what has long expired in %s, and keeps the rest",
    async (collection) => {
      const paths = ["old", "new", "lasting"].map((name) => `${collection}/${name}-${randomUUID()}`);
      const [old = "", fresh = "", lasting = ""] = paths;
      await secondary.doc(old).set({ expireAt: daysAgo(11) });
      await secondary.doc(fresh).set({ expireAt: daysAgo(9) });
      await secondary.doc(lasting).set({ dueAt: null });
      expect(await expire()).toBe(204);
      expect(await left(paths)).toEqual([fresh, lasting]);
      await Promise.all(paths.map((path) => secondary.doc(path).delete()));
    },
  );

  test("deletes old tombstones, never a tenant's own documents of that name (R7)", async () => {
    const tenant = stack.newTenant();
    const expired = { expireAt: daysAgo(11), deleted: true };
    const tombstone = `standbys/${tenant}/ledger/old`;
    const kept = [
      `standbys/${tenant}/ledger/new`,
      `standbys/${tenant}/ledger/living`,
      `tenants/${tenant}/ledger/old`,
      `tenants/${tenant}/accounts/1/ledger/old`,
    ];
    await secondary.doc(tombstone).set(expired);
    for (const path of kept) await secondary.doc(path).set(path.endsWith("/old") ? expired : { deleted: false });
    await secondary.doc(kept[0] ?? "").update({ expireAt: daysAgo(-20) });
    expect(await expire()).toBe(204);
    expect(await left([tombstone, ...kept])).toEqual(kept);
  });

  test("goes on over several pages, and says how many it deleted", async () => {
    const many = Array.from({ length: 700 }, () => `requests/bulk-${randomUUID()}`);
    for (let from = 0; from < many.length; from += 350) {
      const batch = secondary.batch();
      for (const path of many.slice(from, from + 350)) batch.set(secondary.doc(path), { expireAt: daysAgo(30) });
      await batch.commit();
    }
    expect(await expire()).toBe(204);
    const bulk = secondary.collection("requests").where("expireAt", "<", Timestamp.fromDate(daysAgo(29)));
    expect((await bulk.count().get()).data().count).toBe(0);
    const run = await secondary.doc("schedules/expire-records").get();
    expect(run.get("lastRun.counts.requests")).toBeGreaterThanOrEqual(700);
  });

  test.each(sites)("runs on the %s, with nothing to delete as well", async (site) => {
    expect(await stack.runSchedule(site, "expire-records")).toBe(204);
    const record = await stack.databases[site].doc("schedules/expire-records").get();
    expect(record.get("lastRun")).toMatchObject({ succeeded: true, outcome: "expired" });
  });
});
