import { createHash, randomBytes } from "node:crypto";
import { crc32c } from "@node-rs/crc32";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStorage, type TestStorage } from "../support/storage.ts";

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

const bucket = () => storage.client.bucket(storage.buckets.primary);
const checksums = (bytes: Buffer) => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32c(bytes));
  return {
    crc32c: sum.toString("base64"),
    md5Hash: createHash("md5").update(bytes).digest("base64"),
    size: `${bytes.length}`,
  };
};
const ask = (path: string, init?: RequestInit) => fetch(`${storage.url}${path}`, init);
const insert = (parameters: string, body: Buffer | string, headers: Record<string, string> = {}) =>
  ask(`/upload/storage/v1/b/${storage.buckets.primary}/o?${parameters}`, {
    method: "POST",
    body: typeof body === "string" ? body : new Uint8Array(body),
    headers,
  });

describe("objects", () => {
  test.each([0, 1, 1000, 262_144, 1_048_576, 1_048_577, 5_000_001])(
    "of %i bytes come back as they were, however sent",
    async (size) => {
      const bytes = randomBytes(size);
      for (const options of [
        { resumable: false },
        { resumable: true },
        ...(size === 0 ? [] : [{ resumable: true, chunkSize: 1024 * 1024 }]),
      ]) {
        const file = bucket().file(`sizes/${size} ${JSON.stringify(options)}`);
        await file.save(bytes, {
          ...options,
          contentType: "audio/mpeg",
          metadata: { metadata: { 由来: "試験" } },
          preconditionOpts: { ifGenerationMatch: 0 },
        });
        const [metadata] = await file.getMetadata();
        expect(metadata).toMatchObject({
          ...checksums(bytes),
          contentType: "audio/mpeg",
          metadata: { 由来: "試験" },
          metageneration: "1",
        });
        expect((await file.download())[0].equals(bytes)).toBe(true);
      }
    },
  );

  test.each(["a b/c#d?e%f", "../x", "x/..", "末尾/", "😀ﬁ", "%2F", "'(*)!", "あ".repeat(341)])(
    "may be called %s",
    async (name) => {
      const file = bucket().file(name);
      await file.save("content", { preconditionOpts: { ifGenerationMatch: 0 } });
      expect((await file.download())[0].toString()).toBe("content");
      const [found] = await bucket().getFiles({ prefix: name });
      expect(found.map((other) => other.name)).toContain(name);
      await file.delete();
      expect(await file.exists()).toStrictEqual([false]);
    },
  );

  test.each(["", ".", "..", "a\nb", "あ".repeat(342)])("may not be called %j", async (name) => {
    expect((await insert(`uploadType=media&name=${encodeURIComponent(name)}`, "x")).status).toBe(400);
  });

  test("are created only once with ifGenerationMatch=0, and changed only in the generation asked for", async () => {
    const file = bucket().file("conditions");
    const answers = await Promise.allSettled(
      [1, 2, 3, 4].map((content) =>
        file.save(`${content}`, { resumable: content % 2 === 0, preconditionOpts: { ifGenerationMatch: 0 } }),
      ),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const [{ generation }] = await file.getMetadata();
    const wrong = { ifGenerationMatch: Number(generation) - 1 };
    await expect(file.save("z", { preconditionOpts: wrong })).rejects.toMatchObject({ code: 412 });
    await expect(file.delete(wrong)).rejects.toMatchObject({ code: 412 });
    await expect(bucket().file("conditions", { generation: 7 }).download()).rejects.toMatchObject({ code: 404 });
    expect((await ask(`/storage/v1/b/${bucket().name}/o/conditions?ifGenerationNotMatch=${generation}`)).status).toBe(
      304,
    );
    expect((await ask(`/storage/v1/b/${bucket().name}/o/conditions?ifMetagenerationMatch=2`)).status).toBe(412);
    await file.delete({ ifGenerationMatch: Number(generation) });
    await expect(file.delete()).rejects.toMatchObject({ code: 404 });
  });

  test("get a higher generation with each content, and keep it when only their metadata change", async () => {
    const file = bucket().file("generations");
    const generations: number[] = [];
    for (const content of ["a", "b", "c"]) {
      await file.save(content);
      generations.push(Number((await file.getMetadata())[0].generation));
    }
    expect(generations).toStrictEqual([...new Set(generations)].sort((a, b) => a - b));
    await file.setMetadata({ contentType: "text/x", metadata: { keep: "1", drop: "2" } });
    await file.setMetadata({ metadata: { drop: null } });
    expect((await file.getMetadata())[0]).toMatchObject({
      generation: `${generations[2]}`,
      metageneration: "3",
      contentType: "text/x",
      metadata: { keep: "1" },
    });
  });

  test("are not made when the client's checksums are not theirs", async () => {
    const right = checksums(Buffer.from("content"));
    const wrong = checksums(Buffer.from("other"));
    const both = (name: string, said: object) =>
      `--b\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ name, ...said })}\r\n--b\r\nContent-Type: text/plain\r\n\r\ncontent\r\n--b--`;
    const multipart = { "content-type": "multipart/related; boundary=b" };
    for (const [hash, header] of [
      ["crc32c", "crc32c"],
      ["md5Hash", "md5"],
    ] as const) {
      expect((await insert("uploadType=multipart", both("bad", { [hash]: wrong[hash] }), multipart)).status).toBe(400);
      expect(
        (await insert("uploadType=media&name=bad", "content", { "x-goog-hash": `${header}=${wrong[hash]}` })).status,
      ).toBe(400);
      expect((await insert("uploadType=multipart", both("good", { [hash]: right[hash] }), multipart)).status).toBe(200);
    }
    expect(await bucket().file("bad").exists()).toStrictEqual([false]);
    expect((await bucket().file("good").getMetadata())[0]).toMatchObject({ ...right, contentType: "text/plain" });
  });

  test("in a multipart body with bare line feeds end where they end", async () => {
    const body =
      '--b\nContent-Type: application/json\n\n{"name":"lines"}\n--b\nContent-Type: text/plain\n\nab\n--\r\n--b--';
    const answer = await insert("uploadType=multipart", body, { "content-type": "multipart/related; boundary='b'" });
    expect(answer.status).toBe(200);
    expect((await bucket().file("lines").download())[0].toString()).toBe("ab\n--\r");
  });

  test.each([
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=3-", 206, "3456789", "bytes 3-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=10-", 416, undefined, null],
    ["lines=1-2", 200, "0123456789", null],
  ])("are read in part: %s", async (range, status, content, contentRange) => {
    await bucket().file("ranges").save("0123456789");
    const answer = await ask(`/download/storage/v1/b/${bucket().name}/o/ranges?alt=media`, { headers: { range } });
    expect([answer.status, answer.headers.get("content-range")]).toStrictEqual([status, contentRange]);
    if (content !== undefined) expect(await answer.text()).toBe(content);
  });

  test("are read in part through the client, also when they are large", async () => {
    const bytes = randomBytes(3_000_000);
    await bucket().file("large").save(bytes);
    const [part] = await bucket().file("large").download({ start: 100_000, end: 2_500_000 });
    expect(part.equals(bytes.subarray(100_000, 2_500_001))).toBe(true);
  });

  test("that are packed are unpacked only for who cannot do it", async () => {
    const file = bucket().file("packed");
    await file.save("text ".repeat(1000), { gzip: true, resumable: false });
    expect((await file.download())[0].toString()).toBe("text ".repeat(1000));
    const url = `/storage/v1/b/${bucket().name}/o/packed?alt=media`;
    const plain = await ask(url, { headers: { "accept-encoding": "identity" } });
    expect([plain.headers.get("content-encoding"), await plain.text()]).toStrictEqual([null, "text ".repeat(1000)]);
    expect((await ask(url)).headers.get("content-encoding")).toBe("gzip");
  });
});

describe("buckets", () => {
  test("are created, listed and described, and go only when they are empty", async () => {
    const [made] = await storage.client.createBucket("customer-bucket", { location: "asia-northeast1" });
    await expect(storage.client.createBucket("customer-bucket")).rejects.toMatchObject({ code: 409 });
    expect((await made.getMetadata())[0]).toMatchObject({ location: "ASIA-NORTHEAST1" });
    expect((await storage.client.getBuckets())[0].map(({ name }) => name)).toContain("customer-bucket");
    await made.file("x").save("x");
    await expect(made.delete()).rejects.toMatchObject({ code: 409 });
    await made.file("x").delete();
    await made.delete();
    expect(await made.exists()).toStrictEqual([false]);
    expect((await ask("/storage/v1/b/customer-bucket/iam/testPermissions?permissions=a")).status).toBe(404);
  });

  test("are not found without the prefix of the API", async () => {
    const path = `/b/${storage.buckets.primary}/o`;
    expect((await ask(`/storage/v1${path}`)).status).toBe(200);
    expect((await ask(path)).status).toBe(403);
  });

  test("tell where they are to who may list them", async () => {
    const layout = await (await ask(`/storage/v1/b/${storage.buckets.secondary}/storageLayout`)).json();
    expect(layout).toMatchObject({ location: "ASIA-NORTHEAST2", hierarchicalNamespace: { enabled: false } });
  });
});

describe("batches", () => {
  test("answer each of their requests", async () => {
    await bucket().file("batch/1").save("1");
    const one = (id: number, line: string) =>
      `--b\r\nContent-Type: application/http\r\nContent-ID: <x+${id}>\r\n\r\n${line} HTTP/1.1\r\n\r\n\r\n`;
    const path = `/storage/v1/b/${bucket().name}/o/batch%2F`;
    const body = `${one(1, `DELETE ${path}1`)}${one(2, `GET ${path}2`)}--b--`;
    const answer = await ask("/batch/storage/v1", {
      method: "POST",
      body,
      headers: { "content-type": "multipart/mixed; boundary=b" },
    });
    const text = await answer.text();
    expect(
      [...text.matchAll(/Content-ID: (\S+)[\s\S]*?HTTP\/1\.1 (\d+)/g)].map(([, id, status]) => [id, status]),
    ).toStrictEqual([
      ["<response-x+1>", "204"],
      ["<response-x+2>", "404"],
    ]);
    expect(await bucket().file("batch/1").exists()).toStrictEqual([false]);
  });
});
