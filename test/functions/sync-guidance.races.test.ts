import { afterAll, describe, expect, test } from "vitest";
import type { Standby } from "../../shared/domain/standby.ts";
import { type GuidanceApp, syncGuidance } from "../../shared/domain/sync-guidance.ts";
import { createGuidance } from "../../shared/stores/guidance.ts";
import { createOutbox } from "../../shared/stores/outbox.ts";
import { createStandbys } from "../../shared/stores/standbys.ts";
import { createSyncs } from "../../shared/stores/syncs.ts";
import { eventually } from "../support/eventually.ts";
import { guidanceOf, three } from "../support/guidance.ts";
import { sharedStack } from "../support/stack.ts";
import { syncRecord } from "../support/syncs.ts";
import { standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
const { buckets, api, bucketOf, put, objectsOf, expectEqual, withFiles, multiply } = guidanceOf(stack);
afterAll(async () => {
  api.close();
  await stack.close();
});

/** The same sync by hand, with the real stores, where a run is to be met in its midst. */
const app: GuidanceApp = {
  standbys: createStandbys(stack.databases.secondary),
  syncs: createSyncs(stack.databases.secondary),
  outbox: createOutbox(stack.databases.secondary, () => new Date()),
  guidance: createGuidance(api, buckets),
  now: () => new Date(),
};
const soon = () => new Date(Date.now() + 20_000);
async function sync(tenant: string, until = soon()) {
  return syncGuidance(app, (await standbyOf(stack, tenant)) as Standby, until);
}

describe("one sync of a tenant", () => {
  test.each([
    ["does not answer", { status: 503 }],
    ["refuses", { status: 403 }],
    ["is gone", { status: 404 }],
    ["cuts the connection", { noAnswer: "reset" }],
  ] as const)("changes nothing while the primary's bucket %s (R12)", async (_what, fault) => {
    const tenant = await withFiles(three);
    const before = await objectsOf("secondary", tenant);
    await bucketOf("primary").deleteFiles({ prefix: `${tenant}/ivr` });
    await put("primary", `${tenant}/new.wav`, "new");
    const scope = { bucket: buckets.primary, prefix: `${tenant}/` };
    await stack.storage.fault({ ...scope, ...fault });
    const { equalAt } = (await syncRecord(stack, tenant, "guidance")) ?? {};
    expect(await sync(tenant)).toMatchObject({ outcome: "failed", reason: "primaryUnreachable" });
    expect(await syncRecord(stack, tenant, "guidance")).toMatchObject({ outcome: "failed", equalAt });
    expect(await objectsOf("secondary", tenant)).toStrictEqual(before);
    await stack.storage.clearFaults(scope);
    expect(await sync(tenant)).toMatchObject({ outcome: "copied", copied: 1, deleted: 2 });
  });

  test("gets over failures that pass (R12)", async () => {
    const tenant = await withFiles(three);
    await multiply(
      `${tenant}/greeting.wav`,
      Array.from({ length: 40 }, (_, index) => `${tenant}/${index}`),
    );
    const scope = { bucket: buckets.primary, prefix: `${tenant}/` };
    await stack.storage.fault({ ...scope, chance: 0.2, status: 503 });
    await stack.storage.fault({ ...scope, operation: "objects.rewrite", chance: 0.2, noAnswer: "reset" });
    await eventually(async () => expect(await sync(tenant)).toMatchObject({ outcome: "unchanged" }));
    await stack.storage.clearFaults(scope);
    await stack.storage.clearFaults({ ...scope, operation: "objects.rewrite" });
    await expectEqual(tenant);
  });

  test("copies the other files when one cannot be copied, and says so (R12)", async () => {
    const tenant = await withFiles(three);
    for (const name of ["a", "b", "c"]) await put("primary", `${tenant}/${name}`, name);
    const scope = { bucket: buckets.primary, object: `${tenant}/b` };
    await stack.storage.fault({ ...scope, status: 403 });
    const report = await sync(tenant);
    await stack.storage.clearFaults(scope);
    expect(report).toMatchObject({ outcome: "failed", reason: "notAllCopied", copied: 2, failed: 1 });
    expect(await sync(tenant)).toMatchObject({ outcome: "copied", copied: 1 });
  });

  test("does no harm when it runs twice at once (R12)", async () => {
    const tenant = await withFiles(three);
    await multiply(
      `${tenant}/greeting.wav`,
      Array.from({ length: 150 }, (_, index) => `${tenant}/${index}`),
    );
    await bucketOf("primary").deleteFiles({ prefix: `${tenant}/ivr` });
    const reports = await Promise.all([sync(tenant), sync(tenant)]);
    for (const report of reports) expect(report).toMatchObject({ failed: 0 });
    await expectEqual(tenant);
    const sum = (count: "copied" | "deleted") =>
      reports.reduce((total, report) => total + (report === "fenced" ? 0 : report[count]), 0);
    expect([sum("copied"), sum("deleted")]).toStrictEqual([150, 2]);
  });

  test("takes a file that is deleted or replaced while it is copied for the next run's (R12)", async () => {
    const tenant = await withFiles(three);
    for (const name of ["deleted", "replaced"]) await put("primary", `${tenant}/${name}`, "first");
    const change = async () => {
      await bucketOf("primary").file(`${tenant}/deleted`).delete({ ignoreNotFound: true });
      await put("primary", `${tenant}/replaced`, "second");
    };
    const { copy } = app.guidance;
    const guidance = {
      ...app.guidance,
      copy: (...given: Parameters<typeof copy>) => change().then(() => copy(...given)),
    };
    const standby = (await standbyOf(stack, tenant)) as Standby;
    const report = await syncGuidance({ ...app, guidance }, standby, soon());
    expect(report).toMatchObject({ outcome: "unfinished", copied: 0, skipped: 2, failed: 0 });
    expect(await sync(tenant)).toMatchObject({ outcome: "copied", copied: 1 });
    await expectEqual(tenant);
  });

  test("copies a large file in as many steps as it takes, and no further than until an activation (R12)", async () => {
    const tenant = await withFiles(three);
    await put("primary", `${tenant}/large.wav`, Buffer.alloc(20 * 1024 * 1024, 1));
    const scope = { bucket: buckets.primary, object: `${tenant}/large.wav` };
    await stack.storage.fault({ ...scope, rewriteBytesPerCall: 1024 * 1024 });
    expect(await sync(tenant)).toMatchObject({ outcome: "copied", copied: 1, bytes: 20 * 1024 * 1024 });
    await expectEqual(tenant);

    await put("primary", `${tenant}/large.wav`, Buffer.alloc(20 * 1024 * 1024, 2));
    const before = await objectsOf("secondary", tenant);
    await stack.storage.fault({ ...scope, rewriteBytesPerCall: 1024 * 1024, delayMs: 200 });
    const standby = (await standbyOf(stack, tenant)) as Standby;
    const running = syncGuidance(app, standby, soon());
    await stack.databases.secondary
      .doc(`standbys/${tenant}`)
      .update({ state: "active", fence: { number: 99, id: "activated" } });
    expect(await running).toBe("fenced");
    await stack.storage.clearFaults(scope);
    expect(await objectsOf("secondary", tenant)).toStrictEqual(before);
  });

  test("begins no copy and no deletion once the tenant is activated (R12)", async () => {
    const tenant = await withFiles(three);
    await multiply(
      `${tenant}/greeting.wav`,
      Array.from({ length: 300 }, (_, index) => `${tenant}/${index}`),
    );
    await bucketOf("primary").deleteFiles({ prefix: `${tenant}/ivr` });
    const slow = { bucket: buckets.primary, prefix: `${tenant}/`, operation: "objects.rewrite" } as const;
    await stack.storage.fault({ ...slow, delayMs: 300 });
    const running = sync(tenant);
    await eventually(async () => expect((await objectsOf("secondary", tenant)).size).toBeGreaterThan(three.length));
    await stack.databases.secondary
      .doc(`standbys/${tenant}`)
      .update({ state: "active", fence: { number: 99, id: "activated" } });
    expect(await running).toBe("fenced");
    await stack.storage.clearFaults(slow);
    const after = await objectsOf("secondary", tenant);
    expect(after.size).toBeLessThan(303);
    expect(after.has(`${tenant}/ivr/open.wav`)).toBe(true);
  });

  test("ends when its time is over, and the next one goes on (R12)", async () => {
    const tenant = await withFiles(three);
    await multiply(
      `${tenant}/greeting.wav`,
      Array.from({ length: 300 }, (_, index) => `${tenant}/${index}`),
    );
    const slow = { bucket: buckets.primary, prefix: `${tenant}/`, operation: "objects.rewrite" } as const;
    await stack.storage.fault({ ...slow, delayMs: 100 });
    const first = await sync(tenant, new Date(Date.now() + 300));
    await stack.storage.clearFaults(slow);
    expect(first).toMatchObject({ outcome: "unfinished", failed: 0 });
    const { copied } = first as { copied: number };
    expect(copied).toBeGreaterThan(0);
    expect(await sync(tenant)).toMatchObject({ outcome: "copied", copied: 300 - copied });
    await expectEqual(tenant);
  });
});
