import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

const bucket = () => storage.client.bucket(storage.buckets.primary);
const put = (name: string, content: string) => bucket().file(name).save(content, { resumable: false });
const contentOf = async (name: string) => (await bucket().file(name).download())[0].toString();

async function compose(name: string, body: object): Promise<number> {
  const url = `${storage.url}/storage/v1/b/${bucket().name}/o/${name}/compose`;
  return (await fetch(url, { method: "POST", body: JSON.stringify(body) })).status;
}

describe("compose", () => {
  test("joins objects in the order that is given, one of them its own target, one of them twice", async () => {
    await Promise.all([put("a", "1"), put("b", "電話")]);
    await bucket().combine(["a", "b", "a"], "b");
    expect(await contentOf("b")).toBe("1電話1");
    await put("whole", "1電話1");
    const [joined] = await bucket().file("b").getMetadata();
    const [whole] = await bucket().file("whole").getMetadata();
    expect(joined).toMatchObject({ crc32c: whole.crc32c, size: whole.size });
    expect(joined.md5Hash).toBeUndefined();
  });

  test("takes 32 objects and no more, and only such as there are", async () => {
    await put("c", "x");
    const sources = (count: number) => ({ sourceObjects: Array.from({ length: count }, () => ({ name: "c" })) });
    expect(await compose("many", sources(32))).toBe(200);
    expect(await contentOf("many")).toBe("x".repeat(32));
    expect(await compose("more", sources(33))).toBe(400);
    expect(await compose("more", { sourceObjects: [{ name: "c" }, { name: "missing" }] })).toBe(404);
    expect((await bucket().file("more").exists())[0]).toBe(false);
  });

  test("leaves the target alone when a condition does not hold", async () => {
    await put("d", "x");
    const [{ generation }] = await bucket().file("d").getMetadata();
    const other = {
      sourceObjects: [{ name: "d", objectPreconditions: { ifGenerationMatch: `${Number(generation) + 1}` } }],
    };
    expect(await compose("e", other)).toBe(412);

    expect((await bucket().file("e").exists())[0]).toBe(false);
  });
});
