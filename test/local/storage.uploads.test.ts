import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

const quantum = 256 * 1024;

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

const bucket = () => storage.client.bucket(storage.buckets.primary);
const begin = async (name: string, parameters = "", headers: Record<string, string> = {}) => {
  const path = `/upload/storage/v1/b/${storage.buckets.primary}/o?uploadType=resumable&name=${name}${parameters}`;
  const answer = await fetch(`${storage.url}${path}`, { method: "POST", headers });
  return answer.headers.get("location") ?? `${answer.status}`;
};
const put = (url: string, bytes: Buffer, range: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers: { "content-range": range, ...headers } });
const kept = async (answer: Response) => [answer.status, answer.headers.get("range")];

/** Sends some bytes of a request that announces more, and cuts the connection. */
function breakOff(url: string, bytes: Buffer, range: string, announced: number): Promise<void> {
  return new Promise((resolve) => {
    const outgoing = request(url, { method: "PUT", headers: { "content-range": range, "content-length": announced } });
    outgoing.once("error", () => resolve());
    outgoing.write(bytes, () => setImmediate(() => outgoing.destroy(new Error("cut"))));
  });
}

describe("resumable uploads", () => {
  test("go on where a broken request left them", async () => {
    const bytes = randomBytes(5 * quantum + 1000);
    const url = await begin("broken", "&ifGenerationMatch=0");
    expect(await kept(await put(url, Buffer.alloc(0), "bytes */*"))).toStrictEqual([308, null]);
    await breakOff(
      url,
      bytes.subarray(0, 3 * quantum + 500),
      `bytes 0-${bytes.length - 1}/${bytes.length}`,
      bytes.length,
    );
    const end = await eventually(async () => {
      const [status, range] = await kept(await put(url, Buffer.alloc(0), `bytes */${bytes.length}`));
      expect([status, /^bytes=0-\d+$/.test(`${range}`)]).toStrictEqual([308, true]);
      return Number(`${range}`.slice("bytes=0-".length)) + 1;
    });
    expect([end % quantum, end > 0]).toStrictEqual([0, true]);
    expect(await bucket().file("broken").exists()).toStrictEqual([false]);
    const last = await put(url, bytes.subarray(end), `bytes ${end}-${bytes.length - 1}/${bytes.length}`);
    expect(last.status).toBe(200);
    expect((await bucket().file("broken").download())[0].equals(bytes)).toBe(true);
    // The answer may have been lost, so it is given again.
    expect((await put(url, Buffer.alloc(0), `bytes */${bytes.length}`)).status).toBe(200);
  });

  test("come in chunks of whole quanta; bytes that are there already are left out", async () => {
    const bytes = randomBytes(2 * quantum + 7);
    const url = await begin("chunks");
    expect((await put(url, bytes.subarray(0, 1000), "bytes 0-999/*")).status).toBe(400);
    expect(await kept(await put(url, bytes.subarray(0, quantum), `bytes 0-${quantum - 1}/*`))).toStrictEqual([
      308,
      `bytes=0-${quantum - 1}`,
    ]);
    expect(
      (await put(url, bytes.subarray(2 * quantum), `bytes ${2 * quantum}-${2 * quantum + 6}/${bytes.length}`)).status,
    ).toBe(400);
    expect((await put(url, bytes, `bytes 0-${bytes.length - 1}/${bytes.length}`)).status).toBe(200);
    expect((await bucket().file("chunks").download())[0].equals(bytes)).toBe(true);
  });

  test("answer 200 and say 308 in a header where a client asks for that", async () => {
    const url = await begin("no-308");
    const answer = await put(url, Buffer.alloc(quantum), `bytes 0-${quantum - 1}/*`, { "x-guploader-no-308": "yes" });
    expect([answer.status, answer.headers.get("x-http-status-code-override")]).toStrictEqual([200, "308"]);
  });

  test("check conditions at their beginning and at their end, and checksums at their end", async () => {
    await bucket().file("taken").save("x");
    expect(await begin("taken", "&ifGenerationMatch=0")).toBe("412");
    const url = await begin("late", "&ifGenerationMatch=0");
    await bucket().file("late").save("faster");
    expect((await put(url, Buffer.from("slow"), "bytes 0-3/4")).status).toBe(412);
    const hashed = await begin("hashed");
    expect((await put(hashed, Buffer.from("slow"), "bytes 0-3/4", { "x-goog-hash": "crc32c=AAAAAA==" })).status).toBe(
      400,
    );
    expect(await bucket().file("hashed").exists()).toStrictEqual([false]);
    expect((await bucket().file("late").download())[0].toString()).toBe("faster");
  });

  test("are given up with DELETE, and are unknown then", async () => {
    const url = await begin("given-up");
    await put(url, Buffer.alloc(quantum), `bytes 0-${quantum - 1}/*`);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(499);
    expect((await put(url, Buffer.alloc(0), "bytes */*")).status).toBe(404);
  });

  test("end well in the client when the connection breaks in the middle", { timeout: 30_000 }, async () => {
    const bytes = randomBytes(10 * quantum + 3);
    await storage.switches.fault({ object: "client", breakAfterBytes: 3 * quantum + 1, times: 1 });
    const file = bucket().file("client");
    await file.save(bytes, { resumable: true, chunkSize: 4 * quantum, preconditionOpts: { ifGenerationMatch: 0 } });
    expect((await file.download())[0].equals(bytes)).toBe(true);
  });
});
