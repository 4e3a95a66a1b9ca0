import type { SaveOptions } from "@google-cloud/storage";
import { afterAll, describe, expect, test } from "vitest";
import type { Site } from "../../shared/domain/sites.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { type GuidanceApp, syncGuidance } from "../../shared/domain/sync-guidance.ts";
import { createGuidance } from "../../shared/stores/guidance.ts";
import { createObjectApi } from "../../shared/stores/object-api.ts";
import { createOutbox } from "../../shared/stores/outbox.ts";
import { createStandbys } from "../../shared/stores/standbys.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import { createSyncs } from "../../shared/stores/syncs.ts";
import { eventually } from "../support/eventually.ts";
import { requestsOf } from "../support/mails.ts";
import { sharedStack } from "../support/stack.ts";
import { synced, syncRecord } from "../support/syncs.ts";
import { act, enrol, standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
const { project, storage: endpoint, sites } = stack.description;
const buckets = { primary: sites.primary.guidanceBucket, secondary: sites.secondary.guidanceBucket };
const client = createStorageClients({ projectId: project, endpoint }).storage();
const api = createObjectApi({ endpoint });
afterAll(async () => {
  api.close();
  await stack.close();
});

const bucketOf = (site: Site) => client.bucket(buckets[site]);

async function put(
  site: Site,
  name: string,
  content: string | Buffer,
  metadata: SaveOptions["metadata"] = {},
): Promise<void> {
  await bucketOf(site).file(name).save(content, { resumable: false, metadata });
}

type Found = { name: string; generation: string } & Record<string, unknown>;

/** What a site has of a tenant, by name. */
async function objectsOf(site: Site, tenant: string): Promise<Map<string, Found>> {
  const [files] = await bucketOf(site).getFiles({ prefix: `${tenant}/` });
  return new Map(files.map(({ metadata }) => [metadata.name ?? "", metadata as Found]));
}

/** Both sites have the same objects, of the same content and description. */
async function expectEqual(tenant: string): Promise<void> {
  const [original, copy] = await Promise.all([objectsOf("primary", tenant), objectsOf("secondary", tenant)]);
  const described = (objects: Map<string, Found>) =>
    [...objects.values()].map(({ name, size, crc32c, contentType, contentLanguage, cacheControl, metadata }) => {
      return { name, size, crc32c, contentType, contentLanguage, cacheControl, metadata };
    });
  expect(described(copy)).toStrictEqual(described(original));
}

/** A tenant with these files on both sites. */
async function withFiles(names: readonly string[]): Promise<string> {
  const tenant = await enrol(stack);
  await Promise.all(names.map((name) => put("primary", `${tenant}/${name}`, `content of ${name}`)));
  expect(await synced(stack, tenant, "guidance")).toMatchObject({ outcome: "copied", copied: names.length });
  return tenant;
}

/** Copies one object of the primary to that many names. */
async function multiply(source: string, names: readonly string[]): Promise<void> {
  const object = (name: string) => `/b/${buckets.primary}/o/${encodeURIComponent(name)}`;
  const waiting = names.values();
  const lane = async () => {
    for (const name of waiting) {
      const { status } = await api.call("POST", `${object(source)}/rewriteTo${object(name)}`);
      expect(status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

const three = ["greeting.wav", "ivr/closed.wav", "ivr/open.wav"];

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
    const longest = `${"音".repeat(334)}.wav`;
    const odd =
      "a#b?c%d&e=f+g h;i|../x|a/../b|./y|folder/|folder/.|é.wav|e\u0301.wav|ﬁ|😀/𝄞.wav|\uFFFD|'\"<>`|%2F|%E3%81";
    const names = [...odd.split("|"), longest.slice(0, Math.floor((1024 - tenant.length - 1) / 3))];
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
    const firing = stack.runSchedule("secondary", "sync-guidance").catch(() => undefined);
    await eventually(async () => expect((await objectsOf("secondary", tenant)).size).toBeGreaterThan(30));
    for (const pid of await stack.pidsOfFunction("secondary", "sync-guidance")) process.kill(pid, "SIGKILL");
    await firing;
    expect((await objectsOf("secondary", tenant)).size).toBeLessThan(names.length);
    await stack.storage.clearFaults(slow);
    // The dead run's lease would end by itself in some minutes.
    await stack.databases.secondary.doc("schedules/sync-guidance").delete();
    await synced(stack, tenant, "guidance");
    await expectEqual(tenant);
  });
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
    const running = sync(tenant);
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
