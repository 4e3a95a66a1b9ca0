import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

const bucket = () => storage.client.bucket(storage.buckets.primary);

describe("objects", () => {
  test("outlive the process, with the names in order and generations going on", { timeout: 30_000 }, async () => {
    await bucket().file("kept/b").save("b");
    await bucket()
      .file("kept/a")
      .save("a", { metadata: { metadata: { m: "1" } } });
    await bucket().file("kept/gone").save("gone");
    await bucket().file("kept/a").copy(storage.client.bucket(storage.buckets.secondary).file("kept/copy"));
    await bucket().file("kept/a").delete();
    await bucket().file("kept/gone").delete();
    const [before] = await bucket().file("kept/b").getMetadata();
    await storage.restart();
    expect((await bucket().file("kept/b").getMetadata())[0]).toStrictEqual(before);
    expect((await bucket().getFiles({ prefix: "kept/" }))[0].map(({ name }) => name)).toStrictEqual(["kept/b"]);
    const copy = storage.client.bucket(storage.buckets.secondary).file("kept/copy");
    expect((await copy.download())[0].toString()).toBe("a");
    expect((await copy.getMetadata())[0].metadata).toStrictEqual({ m: "1" });
    await bucket().file("kept/c").save("c");
    expect(Number((await bucket().file("kept/c").getMetadata())[0].generation)).toBeGreaterThan(
      Number(before.generation),
    );
    expect((await copy.download())[0].toString()).toBe("a");
  });
});
