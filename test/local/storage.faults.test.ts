import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

const bucket = () => storage.client.bucket(storage.buckets.primary);
const url = (path: string) => `${storage.url}/storage/v1/b/${path}`;
const statusOf = async (path: string, init?: RequestInit) => (await fetch(url(path), init)).status;
const upload = (name: string, body: string | Uint8Array<ArrayBuffer>, target = bucket().name) =>
  fetch(`${storage.url}/upload/storage/v1/b/${target}/o?uploadType=media&name=${name}`, { method: "POST", body });

describe("fault", () => {
  test.each([503, 429, 404, 403, 500])(
    "answers %i in Google's form to what it names, and to nothing else",
    async (status) => {
      const scope = { bucket: bucket().name, prefix: `f${status}/`, operation: "objects.get" } as const;
      await upload(`f${status}/x`, "x");
      await storage.switches.fault({ ...scope, status });
      const answer = await fetch(url(`${bucket().name}/o/f${status}%2Fx`));
      const { error } = (await answer.json()) as { error: { code: number; errors: { reason: string }[] } };
      expect([answer.status, error.code, typeof error.errors[0]?.reason]).toStrictEqual([status, status, "string"]);
      expect(await statusOf(`${bucket().name}/o/f${status}%2Fx?alt=media`)).toBe(200);
      expect((await upload(`other/${status}`, "x")).status).toBe(200);
      await storage.switches.clearFaults(scope);
      expect(await statusOf(`${bucket().name}/o/f${status}%2Fx`)).toBe(200);
    },
  );

  test("that passes is overcome by the client's own retries", { timeout: 30_000 }, async () => {
    await storage.switches.fault({ object: "retried", status: 503, times: 1 });
    const file = bucket().file("retried");
    await file.save("content", { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    await storage.switches.fault({ object: "retried", noAnswer: "reset", times: 1 });
    expect((await file.getMetadata())[0]).toMatchObject({ size: "7" });
  });

  test("hits about as often as its chance says", async () => {
    await storage.switches.fault({ object: "chance", chance: 0.5, status: 503 });
    const statuses = await Promise.all(Array.from({ length: 200 }, () => statusOf(`${bucket().name}/o/chance`)));
    const hits = statuses.filter((status) => status === 503).length;
    expect(hits).toBeGreaterThan(50);
    expect(hits).toBeLessThan(150);
  });

  test.each([100_000, 3_000_000])("breaks a download of %i bytes in the middle", async (size) => {
    await upload(`broken-${size}`, randomBytes(size));
    await storage.switches.fault({ object: `broken-${size}`, breakAfterBytes: 60_000, operation: "objects.download" });
    const answer = await fetch(url(`${bucket().name}/o/broken-${size}?alt=media`));
    expect([answer.status, answer.headers.get("content-length")]).toStrictEqual([200, `${size}`]);
    await expect(answer.arrayBuffer()).rejects.toThrow();
  });

  test("that changes a byte is found by whoever compares checksums", async () => {
    await upload("corrupt", "content");
    await storage.switches.fault({ object: "corrupt", corrupt: true, operation: "objects.download" });
    await expect(bucket().file("corrupt").download()).rejects.toMatchObject({ code: "CONTENT_DOWNLOAD_MISMATCH" });
  });

  test("breaks an upload without leaving an object", async () => {
    await storage.switches.fault({ object: "halfway", breakAfterBytes: 1000 });
    await expect(upload("halfway", randomBytes(2_000_000))).rejects.toThrow();
    expect(await bucket().file("halfway").exists()).toStrictEqual([false]);
  });

  test("carries an upload out whose answer is lost", async () => {
    await storage.switches.fault({ object: "lost-answer", answerLost: true, times: 1 });
    await expect(upload("lost-answer", "content")).rejects.toThrow();
    expect((await bucket().file("lost-answer").download())[0].toString()).toBe("content");
    const parameters = "uploadType=resumable&name=lost-end";
    const begun = await fetch(`${storage.url}/upload/storage/v1/b/${bucket().name}/o?${parameters}`, {
      method: "POST",
    });
    const session = begun.headers.get("location") ?? "";
    await storage.switches.fault({ object: "lost-end", answerLost: true, times: 1 });
    await expect(fetch(session, { method: "PUT", body: "content" })).rejects.toThrow();
    // Who asks again is told what was made.
    const asked = await fetch(session, { method: "PUT", headers: { "content-range": "bytes */*" } });
    expect([asked.status, ((await asked.json()) as { name: string }).name]).toStrictEqual([200, "lost-end"]);
  });

  test("delays, or never answers", async () => {
    await storage.switches.fault({ object: "slow", delayMs: 200 });
    const begun = performance.now();
    await statusOf(`${bucket().name}/o/slow`);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(195);
    await storage.switches.fault({ object: "silent", noAnswer: "hang" });
    const impatient = { signal: AbortSignal.timeout(300) };
    await expect(statusOf(`${bucket().name}/o/silent`, impatient)).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("that is not understood is refused", async () => {
    const answer = await fetch(`${storage.url}/_faults`, { method: "PUT", body: JSON.stringify({ statuss: 503 }) });
    expect(answer.status).toBe(400);
  });
});

describe("a customer's bucket", () => {
  test("whose permissions are withdrawn refuses, and says what is left", async () => {
    const [made] = await storage.client.createBucket("customer-permissions", { location: "asia-northeast1" });
    await upload("x", "x", made.name);
    const asked = ["storage.objects.create", "storage.objects.get", "storage.objects.list"];
    const held = async () =>
      Object.entries((await made.iam.testPermissions(asked))[0]).flatMap(([name, has]) => (has ? name : []));
    expect(await held()).toStrictEqual(asked);
    await storage.switches.permit(made.name, ["storage.objects.create", "storage.objects.get"]);
    expect(await held()).toStrictEqual(asked.slice(0, 2));
    expect(await statusOf(`${made.name}/o`)).toBe(403);
    expect(await statusOf(`${made.name}/o/nothing`)).toBe(403);
    expect((await upload("new", "x", made.name)).status).toBe(200);
    // To put another content in an object's place is to delete it.
    expect((await upload("x", "y", made.name)).status).toBe(403);
    await storage.switches.permit(made.name, []);
    expect(await held()).toStrictEqual([]);
    expect([await statusOf(`${made.name}/o/x`), (await upload("z", "z", made.name)).status]).toStrictEqual([403, 403]);
    await storage.switches.permit(made.name);
    expect(await statusOf(`${made.name}/o/x`)).toBe(200);
  });

  test("whose requester pays wants to know who that is", async () => {
    const [made] = await storage.client.createBucket("customer-pays", { requesterPays: true });
    expect(await statusOf(`${made.name}/o`)).toBe(400);
    const { error } = (await (await upload("x", "x", made.name)).json()) as { error: { errors: { reason: string }[] } };
    expect(error.errors[0]?.reason).toBe("required");
    expect(await statusOf(`${made.name}/o?userProject=p`)).toBe(200);
  });

  test("with a retention policy keeps its objects until it has passed", async () => {
    const [made] = await storage.client.createBucket("customer-locked");
    await made.setRetentionPeriod(1);
    await upload("x", "x", made.name);
    const path = `${made.name}/o/x`;
    const { retentionExpirationTime } = (await (await fetch(url(path))).json()) as { retentionExpirationTime: string };
    expect(await statusOf(path, { method: "DELETE" })).toBe(403);
    expect((await upload("x", "y", made.name)).status).toBe(403);
    await pause(Date.parse(retentionExpirationTime) - Date.now() + 1);
    expect(await statusOf(path, { method: "DELETE" })).toBe(204);
  });

  test("lets nobody set what uniform access has done away with", async () => {
    expect((await upload("acl&predefinedAcl=publicRead", "x")).status).toBe(400);
  });
});

describe("a lost location", () => {
  test.each([
    ["unavailable", 503],
    ["reset", "TypeError"],
    ["hang", "TimeoutError"],
  ] as const)("(%s) takes its buckets with it and no others, and brings them back whole", async (how, outcome) => {
    await upload(`lost-${how}`, "x");
    const get = (target: string) =>
      statusOf(`${target}/o/lost-${how}`, { signal: AbortSignal.timeout(300) }).catch((error: Error) => error.name);
    await storage.switches.loseLocation("primary", how);
    expect(await get(bucket().name)).toBe(outcome);
    expect(await get(storage.buckets.secondary)).toBe(404);
    await storage.switches.restoreLocation("primary");
    expect(await get(bucket().name)).toBe(200);
  });
});
