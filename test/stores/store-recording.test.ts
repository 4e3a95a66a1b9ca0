import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { FailureClass } from "../../shared/domain/backup/failures.ts";
import { audio, audioOf, type Serve } from "../support/recording-source.ts";
import { type StoreStage, startStoreStage } from "../support/store-recordings.ts";

// Retries and large recordings take their time, the more so side by side.
vi.setConfig({ testTimeout: 60_000 });

let stage: StoreStage;
beforeAll(async () => {
  stage = await startStoreStage();
});
afterAll(() => stage.close());

const md5 = (bytes: Buffer, encoding: "base64" | "hex" = "base64") => createHash("md5").update(bytes).digest(encoding);
const serve = (status: number, headers: Record<string, string> = {}, body = "") => {
  return ((_, response) => response.writeHead(status, headers).end(body)) satisfies Serve;
};

describe("a recording from the web", () => {
  test.each([11, 1000, 4096, 300_000, 5_000_000])(
    "of %i bytes is stored as it is, with what it is of (R37)",
    async (size) => {
      const bytes = audioOf(size);
      const entry = stage.entry(stage.source.serve(audio(bytes)), { bytes: size, md5: md5(bytes) });
      const end = await stage.store(entry);
      const object = await stage.object(entry);
      expect(object?.bytes.equals(bytes)).toBe(true);
      const { generation, crc32c } = object?.resource ?? {};
      expect(end).toStrictEqual({ outcome: "stored", adopted: false, bytes: size, generation, crc32c });
      const { recordingId, callId } = entry;
      expect(object?.resource).toMatchObject({
        contentType: "audio/mpeg",
        metadata: {
          ...{ recordingId, callId, tenantId: "acme", office: "tokyo", unit: "callCenter/support" },
          startedAt: "2026-04-01T03:00:00.000Z",
        },
      });
    },
  );

  test.each(["base64", "hex"] as const)("may be announced with its MD5 in %s, or not at all", async (encoding) => {
    const bytes = audioOf(5000);
    const address = stage.source.serve(audio(bytes, { length: false }));
    expect(await stage.store(stage.entry(address, { md5: md5(bytes, encoding) }))).toMatchObject({ outcome: "stored" });
    expect(await stage.store(stage.entry(address))).toMatchObject({ outcome: "stored", bytes: 5000 });
  });

  test("has the content type of what it is, whatever was announced", async () => {
    const wav = Buffer.concat([Buffer.from("RIFF\x10\0\0\0WAVEfmt "), Buffer.alloc(100)]);
    const entry = stage.entry(stage.source.serve(audio(wav)), { contentType: "audio/mpeg;\r\nx-injected: 1" });
    await stage.store(entry);
    expect((await stage.object(entry))?.resource.contentType).toBe("audio/wav");
  });

  test.each<[string, Serve, FailureClass]>([
    ["404", serve(404), "notReady"],
    ["202", serve(202), "notReady"],
    ["204", serve(204), "notReady"],
    ["no bytes", serve(200, { "content-type": "audio/mpeg" }), "notReady"],
    ["no bytes and no length", (_, response) => response.writeHead(200).end(), "notReady"],
    ["410", serve(410), "gone"],
    ["401", serve(401), "sourceDenied"],
    ["403", serve(403, { "content-type": "text/html" }, "<html>expired</html>"), "sourceDenied"],
    ["400", serve(400), "sourceDenied"],
    ["408", serve(408), "sourceUnavailable"],
    ["429", serve(429), "sourceUnavailable"],
    ["500", serve(500), "sourceUnavailable"],
    ["503", serve(503), "sourceUnavailable"],
    ["a redirection", serve(302, { location: "http://169.254.169.254/computeMetadata/v1/" }), "sourceForbidden"],
    ["a page", serve(200, { "content-type": "text/html" }, "<!DOCTYPE html><title>Log in</title>"), "notAudio"],
    ["a page as audio", serve(200, { "content-type": "audio/mpeg" }, "<html></html>".repeat(500)), "notAudio"],
    ["JSON", serve(200, { "content-type": "application/json" }, '{"error":"expired"}'), "notAudio"],
    ["a packed answer", serve(200, { "content-encoding": "gzip" }, "\x1f\x8b\x08"), "notAudio"],
  ])("that is answered by %s is not stored (R37)", async (_, behaviour, failure) => {
    const entry = stage.entry(stage.source.serve(behaviour));
    const end = await stage.store(entry);
    expect(end).toMatchObject({ outcome: "failed", class: failure });
    expect(JSON.stringify(end)).not.toMatch(/secret|127\.0\.0\.1/);
    expect(await stage.object(entry)).toBeUndefined();
  });

  test.each([
    ["shorter than announced", 5000, 5001],
    ["longer than announced", 5000, 4999],
    ["longer than announced by a source that tells no length", 400_000, 300_000],
    ["shorter than announced by a source that tells no length", 300_000, 300_001],
  ])("that is %s is not stored (R37)", async (how, size, bytes) => {
    const address = stage.source.serve(audio(audioOf(size), { length: !how.includes("no length") }));
    const entry = stage.entry(address, { bytes });
    expect(await stage.store(entry)).toMatchObject({ outcome: "failed", class: "wrongLength" });
    expect(await stage.object(entry)).toBeUndefined();
  });

  test.each([md5(Buffer.from("other")), "no MD5"])("whose MD5 is not %s is not stored (R37)", async (wrong) => {
    const entry = stage.entry(stage.source.serve(audio(audioOf(5000))), { md5: wrong });
    expect(await stage.store(entry)).toMatchObject({ outcome: "failed", class: "wrongChecksum" });
    expect(await stage.object(entry)).toBeUndefined();
  });

  test.each([
    ["reset", true],
    ["reset", false],
    ["end", true],
  ] as const)("whose connection breaks (%s) is gone on with, parts allowed: %s", async (how, ranges) => {
    const bytes = audioOf(700_000);
    const address = stage.source.serve(audio(bytes, { breaks: [400_000], how, ranges }));
    const entry = stage.entry(address, { md5: md5(bytes) });
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored", bytes: bytes.length });
    expect((await stage.object(entry))?.bytes.equals(bytes)).toBe(true);
    expect(stage.source.ranges(address)).toStrictEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  test("that changes while it is read is not made of two", async () => {
    const [before, after] = [audioOf(700_000), audioOf(700_000)];
    const first = audio(before, { breaks: [400_000] });
    const second = audio(after, { etag: '"2"' });
    const entry = stage.entry(stage.source.serve((...all) => (all[2] === 1 ? first(...all) : second(...all))));
    expect(await stage.store(entry)).toMatchObject({ outcome: "failed", class: "wrongChecksum" });
    expect(await stage.object(entry)).toBeUndefined();
  });

  test.each([
    ["reset", "sourceUnavailable"],
    ["end", "wrongLength"],
  ] as const)("whose source always breaks off (%s) fails as %s (R39)", async (how, failure) => {
    const serves = audio(audioOf(5000), { breaks: [3000, 3000, 3000], how, ranges: false });
    const entry = stage.entry(stage.source.serve(serves));
    expect(await stage.store(entry)).toMatchObject({ outcome: "failed", class: failure });
    expect(await stage.object(entry)).toBeUndefined();
  });

  test.each([
    ["sends half and then nothing", audio(audioOf(5000), { breaks: [3000, 0, 0], how: "stall" })],
    ["never answers", () => undefined],
  ] as [string, Serve][])("whose source %s is given up", async (_, behaviour) => {
    const store = stage.create({ silenceMilliseconds: 100 });
    const entry = stage.entry(stage.source.serve(behaviour));
    const end = await store({ tenant: "acme", entry, deadline: new Date(Date.now() + 30_000) });
    expect(end).toMatchObject({ outcome: "failed", class: "sourceUnavailable" });
  });

  test("whose source is not there fails, and names no address", async () => {
    const store = stage.create({ sources: { hosts: ["127.0.0.1:1"], insecure: true, buckets: [] } });
    const entry = stage.entry("http://127.0.0.1:1/secret");
    const end = await store({ tenant: "acme", entry, deadline: new Date(Date.now() + 30_000) });
    expect(end).toMatchObject({ outcome: "failed", class: "sourceUnavailable" });
    expect(JSON.stringify(end)).not.toMatch(/secret|127/);
  });

  test("is fetched from no host that is not allowed, and from none with a private address (R37)", async () => {
    const secure = stage.create({ sources: { hosts: ["localhost", stage.source.host], insecure: false, buckets: [] } });
    const address = stage.source.serve(audio(audioOf(5000)));
    const web = stage.source.host;
    for (const source of [
      address,
      address.replace("http:", "https:"),
      "https://localhost/x.mp3",
      `https://user@${web}/x`,
      "https://other.example/x",
      "file:///etc/passwd",
      "",
    ]) {
      const entry = stage.entry(source);
      const end = await secure({ tenant: "acme", entry, deadline: new Date(Date.now() + 30_000) });
      expect([source, end]).toMatchObject([source, { outcome: "failed", class: "sourceForbidden" }]);
    }
    expect(stage.source.ranges(address)).toStrictEqual([]);
  });
});

describe("a metadata file", () => {
  test("lies beside the recording where the company wants one, and is made once (R44)", async () => {
    const bytes = audioOf(1000);
    const entry = stage.entry(stage.source.serve(audio(bytes)), { sidecar: true });
    await stage.store(entry);
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored", adopted: true });
    const name = entry.destination.name.replace(/mp3$/, "json");
    const [text] = await stage.storage.client.bucket(stage.bucket).file(name).download();
    const { crc32c } = (await stage.object(entry))?.resource ?? {};
    expect(JSON.parse(text.toString())).toMatchObject({
      recordingId: entry.recordingId,
      callCenter: { id: "support", folder: "サポート" },
      ...{ agentName: "佐藤 花子", direction: "inbound", from: "+81312345678", endedAt: "2026-04-01T03:01:00.000Z" },
      recording: { bytes: 1000, crc32c },
    });
    expect(text.toString()).not.toContain("secret");
  });

  test("that is refused takes nothing from the recording, and is told of (R44)", async () => {
    const entry = stage.entry(stage.source.serve(audio(audioOf(1000))), { sidecar: true });
    const object = entry.destination.name.replace(/mp3$/, "json");
    await stage.storage.switches.fault({ object, status: 403 });
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored", adopted: false, sidecarMissing: true });
    expect(await stage.names()).toContain(entry.destination.name);
  });

  test("is made alone where the recording is stored already (R44)", async () => {
    const serve = audio(audioOf(1000));
    const source = stage.source.serve(serve);
    const entry = stage.entry(source, { sidecar: true });
    const object = entry.destination.name.replace(/mp3$/, "json");
    await stage.storage.switches.fault({ object, status: 403 });
    const end = await stage.store(entry);
    const figures = { generation: "1", bytes: 1000, crc32c: "AAAAAA==", ...end };
    const receipt = { ...entry.destination, ...figures, storedAt: new Date(), delaySeconds: 0 };
    const owed = { ...entry, state: "stored", sidecarMissing: true, receipt } as const;
    expect(await stage.store(owed)).toMatchObject({ outcome: "stored", sidecarMissing: true });
    await stage.storage.switches.clearFaults();
    const { generation, bytes, crc32c } = figures;
    expect(await stage.store(owed)).toStrictEqual({ outcome: "stored", adopted: true, generation, bytes, crc32c });
    expect(await stage.names()).toContain(object);
    expect(stage.source.ranges(source)).toHaveLength(1);
  });
});
