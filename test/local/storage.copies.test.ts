import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

const from = () => storage.client.bucket(storage.buckets.primary);
const to = () => storage.client.bucket(storage.buckets.secondary);
type Step = { done: boolean; rewriteToken?: string; totalBytesRewritten: string; objectSize: string };
const rewrite = async (name: string, parameters = "", body?: object) => {
  const path = `/storage/v1/b/${from().name}/o/${name}/rewriteTo/b/${to().name}/o/${name}?${parameters}`;
  const init = { method: "POST", ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await fetch(`${storage.url}${path}`, init);
  return { status: answer.status, step: (await answer.json()) as Step };
};

describe("rewrite", () => {
  test("copies content and metadata, and lets a given metadata take their place", async () => {
    await from()
      .file("all")
      .save("content", { contentType: "text/x", metadata: { cacheControl: "no-store", metadata: { a: "1" } } });
    const [source] = await from().file("all").getMetadata();
    expect((await rewrite("all")).status).toBe(200);
    const { crc32c, md5Hash, size } = source;
    const same = { contentType: "text/x", cacheControl: "no-store", metadata: { a: "1" }, crc32c, md5Hash, size };
    expect((await to().file("all").getMetadata())[0]).toMatchObject(same);
    await rewrite("all", "", { contentType: "text/y" });
    const [changed] = await to().file("all").getMetadata();
    expect([changed.contentType, changed.metadata]).toStrictEqual(["text/y", undefined]);
    await from().file("all").delete();
    expect((await to().file("all").download())[0].toString()).toBe("content");
  });

  test("goes on with its token until it is done", async () => {
    const bytes = randomBytes(2_500_000);
    await from().file("large").save(bytes);
    await storage.switches.fault({ object: "large", operation: "objects.rewrite", rewriteBytesPerCall: 1_000_000 });
    const steps: Step[] = [];
    let token = "";
    do {
      const { step } = await rewrite("large", token === "" ? "" : `rewriteToken=${token}`);
      steps.push(step);
      token = step.rewriteToken ?? "";
    } while (token !== "");
    expect(steps.map(({ done, totalBytesRewritten }) => [done, totalBytesRewritten])).toStrictEqual([
      [false, "1000000"],
      [false, "2000000"],
      [true, "2500000"],
    ]);
    await from().file("large").copy(to().file("client"));
    for (const name of ["large", "client"]) expect((await to().file(name).download())[0].equals(bytes)).toBe(true);
  });

  test("copies between locations no more at once than the caller asks for", async () => {
    await from().file("asked").save(randomBytes(2_000_000));
    expect((await rewrite("asked", "maxBytesRewrittenPerCall=1048576")).step).toMatchObject({
      done: false,
      totalBytesRewritten: "1048576",
    });
  });

  test("refuses a token of another copy, and one whose source has changed", async () => {
    await storage.switches.fault({ prefix: "token", operation: "objects.rewrite", rewriteBytesPerCall: 1 });
    for (const name of ["token-1", "token-2"]) await from().file(name).save("abc");
    const token = (await rewrite("token-1")).step.rewriteToken;
    expect((await rewrite("token-2", `rewriteToken=${token}`)).status).toBe(400);
    await from().file("token-1").save("abd");
    expect((await rewrite("token-1", `rewriteToken=${token}`)).status).toBe(400);
    expect(await to().file("token-1").exists()).toStrictEqual([false]);
  });

  test("keeps to the conditions on both sides", async () => {
    await from().file("conditions").save("1");
    const generation = Number((await from().file("conditions").getMetadata())[0].generation);
    expect((await rewrite("conditions", `ifSourceGenerationMatch=${generation + 1}`)).status).toBe(412);
    expect((await rewrite("conditions", `ifSourceGenerationMatch=${generation}&ifGenerationMatch=0`)).status).toBe(200);
    expect((await rewrite("conditions", `ifSourceGenerationMatch=${generation}&ifGenerationMatch=0`)).status).toBe(412);
    expect((await rewrite("conditions", `sourceGeneration=${generation - 1}`)).status).toBe(404);
    expect((await rewrite("nothing")).status).toBe(404);
  });

  test("needs both locations", async () => {
    await from().file("both").save("1");
    await storage.switches.loseLocation("primary");
    const { status } = await rewrite("both");
    await storage.switches.restoreLocation("primary");
    expect([status, (await rewrite("both")).status]).toStrictEqual([503, 200]);
  });
});
