import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { guidanceOf, three } from "../support/guidance.ts";
import { requestsOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { synced } from "../support/syncs.ts";
import { act, enrol } from "../support/tenants.ts";

const stack = sharedStack();
const { buckets, api, bucketOf, put, objectsOf, expectEqual, withFiles, multiply } = guidanceOf(stack);
afterAll(async () => {
  api.close();
  await stack.close();
});

describe("syncGuidance", () => {
  test("copies what is new or changed, deletes what is gone, and leaves alone what is equal (R12)", async () => {
    const tenant = await withFiles([...three, "gone.wav", "described.wav"]);
    await expectEqual(tenant);
    const before = await objectsOf("secondary", tenant);
    await put("primary", `${tenant}/greeting.wav`, "another greeting");
    await put("primary", `${tenant}/new.wav`, "new");
    await bucketOf("primary").file(`${tenant}/gone.wav`).delete();
    await bucketOf("primary")
      .file(`${tenant}/described.wav`)
      .setMetadata({ contentType: "audio/wav", metadata: { voice: "女性" } });
    const record = await synced(stack, tenant, "guidance");
    expect(record).toMatchObject({ outcome: "copied", objects: 5, copied: 3, deleted: 1, failed: 0, skipped: 0 });
    expect(record.equalAt).toStrictEqual(record.at);
    await expectEqual(tenant);
    const after = await objectsOf("secondary", tenant);
    for (const name of ["ivr/closed.wav", "ivr/open.wav"]) {
      expect(after.get(`${tenant}/${name}`)).toStrictEqual(before.get(`${tenant}/${name}`));
    }
    expect(await synced(stack, tenant, "guidance")).toMatchObject({
      outcome: "unchanged",
      objects: 5,
      copied: 0,
      bytes: 0,
    });
    expect(await objectsOf("secondary", tenant)).toStrictEqual(after);
  });

  test("copies files of any name, of no bytes and of many, with all that describes them (R12)", async () => {
    const tenant = await enrol(stack);
    const bytes = 1024 - `${tenant}/`.length;
    const longest = "音".repeat(Math.floor(bytes / 3)) + "x".repeat(bytes % 3);
    const odd =
      "a#b?c%d&e=f+g h;i|../x|a/../b|./y|folder/|folder/.|é.wav|e\u0301.wav|ﬁ|😀/𝄞.wav|\uFFFD|'\"<>`|%2F|%E3%81";
    const names = [...odd.split("|"), longest];
    await Promise.all(names.map((name, index) => put("primary", `${tenant}/${name}`, `${index}`.repeat(index))));
    const description = {
      contentType: "audio/x-wav",
      cacheControl: "no-store",
      contentLanguage: "ja",
      metadata: { 声: "A" },
    };
    await put("primary", `${tenant}/described.wav`, Buffer.alloc(3 * 1024 * 1024, 7), description);
    const expected = { outcome: "copied", copied: names.length + 1, deleted: 0 };
    expect(await synced(stack, tenant, "guidance")).toMatchObject(expected);
    await expectEqual(tenant);
    expect(await synced(stack, tenant, "guidance")).toMatchObject({ outcome: "unchanged" });
    await Promise.all(names.slice(1).map((name) => bucketOf("primary").file(`${tenant}/${name}`).delete()));
    expect(await synced(stack, tenant, "guidance")).toMatchObject({ outcome: "copied", deleted: names.length - 1 });
    await expectEqual(tenant);
  });

  test("compares thousands of files page by page (R12)", async () => {
    const tenant = await withFiles(["a.wav"]);
    const names = Array.from({ length: 2300 }, (_, index) => `${tenant}/${index % 7}/${index}.wav`);
    await multiply(`${tenant}/a.wav`, names);
    expect(await synced(stack, tenant, "guidance")).toMatchObject({ objects: 2301, copied: 2300, deleted: 0 });
    await expectEqual(tenant);
  });

  test("touches nothing of another tenant, whose id begins alike (R12)", async () => {
    const tenant = await withFiles(three);
    const other = `${tenant}-2`;
    for (const site of ["primary", "secondary"] as const) await put(site, `${other}/${site}.wav`, site);
    await put("secondary", `${tenant}.wav`, "not of a tenant");
    await put("primary", `${tenant}/more.wav`, "more");
    await synced(stack, tenant, "guidance");
    await expectEqual(tenant);
    expect([...(await objectsOf("secondary", other)).keys()]).toStrictEqual([`${other}/secondary.wav`]);
    expect((await bucketOf("secondary").file(`${tenant}.wav`).exists())[0]).toBe(true);
  });

  test("leaves a tenant alone whose sync is stopped (R12)", async () => {
    const [tenant, other] = [await withFiles(three), await enrol(stack)];
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    const before = await objectsOf("secondary", tenant);
    await put("primary", `${tenant}/new.wav`, "new");
    await bucketOf("primary").file(`${tenant}/greeting.wav`).delete();
    await synced(stack, other, "guidance");
    expect(await objectsOf("secondary", tenant)).toStrictEqual(before);
  });

  test("refuses to empty the secondary because the primary is empty, and warns once (R12)", async () => {
    const tenant = await withFiles(three);
    const before = await objectsOf("secondary", tenant);
    await bucketOf("primary").deleteFiles({ prefix: `${tenant}/` });
    const refused = { outcome: "refused", reason: "primaryEmpty", deleted: 0 };
    expect(await synced(stack, tenant, "guidance")).toMatchObject(refused);
    expect(await synced(stack, tenant, "guidance")).toMatchObject(refused);
    expect(await objectsOf("secondary", tenant)).toStrictEqual(before);
    expect(await requestsOf(stack, tenant)).toMatchObject([{ template: "guidanceRefused", data: { files: 3 } }]);
    await put("primary", `${tenant}/greeting.wav`, "again");
    expect(await synced(stack, tenant, "guidance")).toMatchObject({ outcome: "copied", copied: 1, deleted: 2 });
    await expectEqual(tenant);
  });

  test("does the rest after it was killed half-way (R12)", async () => {
    const tenant = await withFiles(three);
    const names = Array.from({ length: 200 }, (_, index) => `${tenant}/more/${index}.wav`);
    await multiply(`${tenant}/greeting.wav`, names);
    await bucketOf("primary").file(`${tenant}/ivr/open.wav`).delete();
    const slow = { bucket: buckets.primary, prefix: `${tenant}/`, operation: "objects.rewrite" } as const;
    await stack.storage.fault({ ...slow, delayMs: 400 });
    // The scheduler goes on to try this firing again, for as long as the dead run's lease lasts.
    void stack.runSchedule("secondary", "sync-guidance").catch(() => undefined);
    await eventually(async () => expect((await objectsOf("secondary", tenant)).size).toBeGreaterThan(30));
    for (const pid of await stack.pidsOfFunction("secondary", "sync-guidance")) process.kill(pid, "SIGKILL");
    expect((await objectsOf("secondary", tenant)).size).toBeLessThan(names.length);
    await stack.storage.clearFaults(slow);
    // The dead run's lease would end by itself in some minutes.
    await stack.databases.secondary.doc("schedules/sync-guidance").delete();
    await synced(stack, tenant, "guidance");
    await expectEqual(tenant);
  });
});
