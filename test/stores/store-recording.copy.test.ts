import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { copyRecording } from "../../shared/stores/recording-copy.ts";
import { RecordingUpload } from "../../shared/stores/recording-upload.ts";
import type { StorageConnection, StorageRequest } from "../../shared/stores/storage-connection.ts";
import { audioOf } from "../support/recording-source.ts";
import { type StoreStage, startStoreStage, type TestEntry } from "../support/store-recordings.ts";

const platform = "recordings-tokyo";

// Retries and large recordings take their time, the more so side by side.
vi.setConfig({ testTimeout: 60_000 });

let stage: StoreStage;
beforeAll(async () => {
  stage = await startStoreStage();
});
afterAll(() => stage.close());

const md5Of = (content: Buffer) => createHash("md5").update(content).digest("base64");
const inPlatform = (name: string) => stage.storage.client.bucket(platform).file(name);

/** A recording in the platform's own bucket. */
async function recorded(content: Buffer, more: Partial<TestEntry> = {}) {
  const name = `acme/2026/${randomUUID()}.mp3`;
  const metadata = { contentType: "application/octet-stream", metadata: { internal: "1" } };
  await inPlatform(name).save(content, { resumable: false, metadata });
  return { name, entry: stage.entry(`gs://${platform}/${name}`, more) };
}

describe("a recording in the platform's bucket", () => {
  test.each([10, 1000, 3_000_000])("of %i bytes is copied, with what it is of (R37)", async (size) => {
    const content = audioOf(size);
    const { entry } = await recorded(content, { bytes: size, md5: md5Of(content), sidecar: true });
    const end = await stage.store(entry);
    const object = await stage.object(entry);
    expect(object?.bytes.equals(content)).toBe(true);
    const { generation, crc32c, metadata } = object?.resource ?? {};
    expect(end).toStrictEqual({ outcome: "stored", adopted: false, bytes: size, generation, crc32c });
    const { recordingId, callId } = entry;
    const own = { recordingId, callId, tenantId: "acme", office: "tokyo", unit: "callCenter/support" };
    expect(metadata).toStrictEqual({ ...own, startedAt: "2026-04-01T03:00:00.000Z" });
    expect(object?.resource.contentType).toBe("audio/mpeg");
    expect(await stage.store(entry)).toStrictEqual({ ...end, adopted: true });
    expect(await stage.names()).toContain(entry.destination.name.replace(/mp3$/, "json"));
  });

  test("goes on with the copy's token, in one try and in several (R37)", async () => {
    const content = audioOf(3_000_000);
    const { entry, name } = await recorded(content);
    const fault = { object: name, operation: "objects.rewrite", rewriteBytesPerCall: 1_000_000 } as const;
    await stage.storage.switches.fault(fault);
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored" });
    const { entry: slow, name: slowName } = await recorded(content);
    await stage.storage.switches.fault({ ...fault, object: slowName, delayMs: 500 });
    const first = await stage.store(slow, 1200);
    const resume = first.outcome === "unfinished" ? first.resume : undefined;
    expect(resume?.offset).toBeGreaterThan(0);
    expect(await stage.store({ ...slow, ...(resume ? { resume } : {}) })).toMatchObject({ outcome: "stored" });
    expect((await stage.object(slow))?.bytes.equals(content)).toBe(true);
    // A token that is none any more costs a new beginning.
    const { entry: other } = await recorded(content);
    const stale = { session: "rewrite:stale", offset: 1, crc32c: 0 };
    expect(await stage.store({ ...other, resume: stale })).toMatchObject({ outcome: "stored" });
  });

  test("without an MD5 of its own is read where the publisher announced one (R37)", async () => {
    const content = audioOf(10_000);
    const { name, entry } = await recorded(content, { md5: md5Of(content) });
    const composed = `${name}.composed.mp3`;
    await stage.storage.client.bucket(platform).combine([inPlatform(name)], inPlatform(composed));
    const source = `gs://${platform}/${composed}`;
    expect(await stage.store({ ...entry, source })).toMatchObject({ outcome: "stored", adopted: false });
    expect((await stage.object(entry))?.bytes.equals(content)).toBe(true);
    const wrong = stage.entry(source, { md5: md5Of(Buffer.from("other")) });
    expect(await stage.store(wrong)).toMatchObject({ outcome: "failed", class: "wrongChecksum" });
    expect(await stage.object(wrong)).toBeUndefined();
  });

  test("that is not right is not stored (R37)", async () => {
    const content = audioOf(5000);
    const { entry, name } = await recorded(content);
    const failures = [
      [{ ...entry, source: `gs://${platform}/acme/nothing` }, "notReady"],
      [(await recorded(Buffer.alloc(0))).entry, "notReady"],
      [(await recorded(Buffer.from("<html>expired</html>"))).entry, "notAudio"],
      [{ ...entry, bytes: 5001 }, "wrongLength"],
      [{ ...entry, md5: md5Of(Buffer.from("other")) }, "wrongChecksum"],
    ] as const;
    for (const [each, failure] of failures) {
      expect(await stage.store(each)).toMatchObject({ outcome: "failed", class: failure });
    }
    for (const [status, failure] of [
      [403, "sourceDenied"],
      [503, "sourceUnavailable"],
    ] as const) {
      await stage.storage.switches.fault({ object: name, operation: "objects.get", status });
      expect(await stage.store(entry)).toMatchObject({ outcome: "failed", class: failure });
      await stage.storage.switches.clearFaults();
    }
    expect(await stage.object(entry)).toBeUndefined();
  });

  test("of more than 4 GiB is as little a recording as from the web (R37)", async () => {
    const { entry } = await recorded(audioOf(1000));
    const most = 4 * 1024 ** 3;
    const asked: string[] = [];
    const ofSize = (size: number) => async (request: StorageRequest) => {
      asked.push(request.method);
      const resource = { generation: "1", size: String(size), crc32c: "AAAAAA==", md5Hash: "none" };
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(resource)) };
    };
    const copied = (size: number, bytes?: number) => {
      const until = Date.now() + 10_000;
      const connection = { exchange: ofSize(size) } as unknown as StorageConnection;
      const from = { bucket: platform, name: "acme/x.mp3" };
      const own = { entry: { ...entry, md5: md5Of(audioOf(1000)), ...(bytes === undefined ? {} : { bytes }) }, from };
      const fields = (contentType: string) => ({ contentType, metadata: {} });
      const upload = new RecordingUpload(connection, until);
      return copyRecording({ ...own, place: entry.destination, fields, connection, upload, stopAt: until, until });
    };
    const tooLarge = { outcome: { outcome: "failed", class: "tooLarge" } };
    await expect(copied(most + 1)).rejects.toMatchObject(tooLarge);
    await expect(copied(1000, most + 1)).rejects.toMatchObject(tooLarge);
    await expect(copied(most)).rejects.toMatchObject({ outcome: { class: "wrongChecksum" } });
    expect(new Set(asked)).toStrictEqual(new Set(["GET"]));
  });

  test("is copied out of no other bucket and no other tenant's folder (R37)", async () => {
    await inPlatform("other/x.mp3").save(audioOf(1000), { resumable: false });
    for (const name of ["other/x.mp3", "acme/../other/x.mp3", "acmex/x.mp3", "acme/", "x.mp3", "acme%2Fx.mp3"]) {
      const end = await stage.store(stage.entry(`gs://${platform}/${name}`));
      expect([name, end]).toMatchObject([name, { outcome: "failed", class: "sourceForbidden" }]);
    }
    const elsewhere = await stage.store(stage.entry("gs://customer-recordings/acme/x.mp3"));
    expect(elsewhere).toMatchObject({ outcome: "failed", class: "sourceForbidden" });
  });

  test("has a name whose percent signs are percent signs", async () => {
    const name = "acme/a%2Fb 100%.mp3";
    await inPlatform(name).save(audioOf(1000), { resumable: false });
    expect(await stage.store(stage.entry(`gs://${platform}/${name}`))).toMatchObject({ outcome: "stored" });
  });

  test("goes nowhere when its destination refuses; the source is not taken for it (R39)", async () => {
    const { entry } = await recorded(audioOf(1000));
    const to = (bucket: string) => ({ ...entry, destination: { ...entry.destination, bucket } });
    expect(await stage.store(to("not-there"))).toMatchObject({ outcome: "refused", cause: "bucketGone" });
    await stage.storage.client.createBucket("copy-closed");
    await stage.storage.switches.permit("copy-closed", []);
    expect(await stage.store(to("copy-closed"))).toMatchObject({ outcome: "refused", cause: "denied" });
    await stage.storage.client.createBucket("copy-paid", { requesterPays: true });
    expect(await stage.store(to("copy-paid"))).toMatchObject({ outcome: "refused", cause: "requesterPays" });
    const object = entry.destination.name;
    await stage.storage.switches.fault({ object, operation: "objects.rewrite", status: 429 });
    expect(await stage.store(entry)).toMatchObject({ outcome: "refused", cause: "throttled" });
    await stage.storage.switches.fault({ object, operation: "objects.rewrite", status: 503, times: 2 });
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored" });
  });

  test.each([
    [400, "cloudKmsDisabledKey"],
    [412, "orgPolicyConstraintFailed"],
  ])("waits where its destination answers %i %s, also half-way (R39)", async (status, reason) => {
    const { entry } = await recorded(audioOf(1000));
    const object = entry.destination.name;
    await stage.storage.switches.fault({ object, operation: "objects.rewrite", status, reason });
    const refused = { outcome: "refused", cause: "denied" };
    expect(await stage.store(entry)).toMatchObject(refused);
    const resume = { session: "rewrite:token", offset: 1, crc32c: 0 };
    expect(await stage.store({ ...entry, resume })).toMatchObject(refused);
  });

  test("never takes the place of another object, and is stored once by many (R37)", async () => {
    const content = audioOf(5000);
    const { entry } = await recorded(content);
    const ends = await Promise.all(Array.from({ length: 5 }, () => stage.store(entry)));
    expect(ends.map((end) => "adopted" in end && end.adopted).toSorted()).toStrictEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
    const { entry: second } = await recorded(audioOf(5000), { destination: entry.destination });
    expect(await stage.store(second)).toMatchObject({ outcome: "failed", class: "conflict" });
    expect((await stage.object(entry))?.bytes.equals(content)).toBe(true);
  });
});
