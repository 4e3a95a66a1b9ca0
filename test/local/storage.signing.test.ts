import { createSign, generateKeyPairSync } from "node:crypto";
import type { GetSignedUrlConfig } from "@google-cloud/storage";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestStorage, storageClient, type TestStorage } from "../support/storage.ts";

let storage: TestStorage;
let signing: ReturnType<typeof storageClient>;
beforeAll(async () => {
  storage = await startTestStorage();
  signing = storageClient(storage.url, await storage.switches.signer());
});
afterAll(() => storage.close());

const name = "出力 結果/a+b.csv";
const signed = async (options: Partial<GetSignedUrlConfig> = {}) => {
  const file = signing.bucket(storage.buckets.secondary).file(name);
  return (await file.getSignedUrl({ version: "v4", action: "read", expires: Date.now() + 60_000, ...options }))[0];
};

describe("signed URLs", () => {
  test("give an object to anybody, under the name they say", async () => {
    await storage.client.bucket(storage.buckets.secondary).file(name).save("内容", { contentType: "text/csv" });
    const url = await signed({ promptSaveAs: "結果.csv", responseType: "application/x" });
    const answer = await fetch(url, { headers: { range: "bytes=0-2" } });
    expect([answer.status, await answer.text()]).toStrictEqual([206, "内"]);
    expect(answer.headers.get("content-type")).toBe("application/x");
    expect(Buffer.from(`${answer.headers.get("content-disposition")}`, "latin1").toString()).toContain(
      'filename="結果.csv"',
    );
  });

  test("serve for nothing but what was signed", async () => {
    const url = await signed();
    const broken = [
      url.replace("a%2Bb.csv", "other.csv").replace("a+b.csv", "other.csv"),
      `${url}&response-content-type=text/html`,
      url.replace(/X-Goog-Expires=\d+/, "X-Goog-Expires=604800"),
      url.replace(/(?<=X-Goog-Signature=)./, (digit) => (digit === "0" ? "1" : "0")),
    ];
    for (const changed of broken) expect((await fetch(changed)).status, changed).toBe(403);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(403);
    expect((await fetch(url.replace(/\?.*/, ""))).status).toBe(403);
  });

  test("of another key are refused", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const private_key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    signing = storageClient(storage.url, { client_email: "other@hikae-local.iam.gserviceaccount.com", private_key });
    const url = await signed();
    signing = storageClient(storage.url, await storage.switches.signer());
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toStrictEqual([
      403,
      expect.stringContaining("<Code>SignatureDoesNotMatch</Code>"),
    ]);
  });

  test("expire", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 120_000 });
    const url = await signed();
    vi.useRealTimers();
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toStrictEqual([
      400,
      expect.stringContaining("<Code>ExpiredToken</Code>"),
    ]);
  });

  test("take an object in with its type", async () => {
    const url = await signed({ action: "write", contentType: "text/plain" });
    expect((await fetch(url, { method: "PUT", body: "neu", headers: { "content-type": "text/html" } })).status).toBe(
      403,
    );
    expect((await fetch(url, { method: "PUT", body: "neu", headers: { "content-type": "text/plain" } })).status).toBe(
      200,
    );
    const [metadata] = await storage.client.bucket(storage.buckets.secondary).file(name).getMetadata();
    expect(metadata).toMatchObject({ contentType: "text/plain", size: "3" });
  });
});

describe("signBlob", () => {
  test("signs as the key that is not given away would", async () => {
    const url = `${storage.url}/v1/projects/-/serviceAccounts/hikae@hikae-local.iam.gserviceaccount.com:signBlob`;
    const payload = Buffer.from("payload");
    const answer = await fetch(url, { method: "POST", body: JSON.stringify({ payload: payload.toString("base64") }) });
    const { signedBlob } = (await answer.json()) as { signedBlob: string };
    const { private_key } = await storage.switches.signer();
    expect(signedBlob).toBe(createSign("RSA-SHA256").update(payload).sign(private_key, "base64"));
  });
});
