import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { DestinationCause } from "../../shared/domain/backup/failures.ts";
import { RecordingUpload } from "../../shared/stores/recording-upload.ts";
import type { StorageConnection } from "../../shared/stores/storage-connection.ts";
import { audio, audioOf } from "../support/recording-source.ts";
import { type StoreStage, startStoreStage, type TestEntry } from "../support/store-recordings.ts";

// Retries and large recordings take their time, the more so side by side.
vi.setConfig({ testTimeout: 60_000 });

let stage: StoreStage;
beforeAll(async () => {
  stage = await startStoreStage();
});
afterAll(() => stage.close());

const mebibyte = 1024 * 1024;
const sizes = [
  ["small", 50_000],
  ["large", 9 * mebibyte],
] as const;

/** An entry whose recording has this many bytes, and the bytes. */
function recording(bytes: number, more: Partial<TestEntry> = {}) {
  const content = audioOf(bytes);
  return { content, entry: stage.entry(stage.source.serve(audio(content)), more) };
}

/** An entry that goes to a bucket of its own. */
async function inBucket(bytes: number, name: string, options: object = {}) {
  await stage.storage.client.createBucket(name, { location: "asia-northeast1", ...options });
  const { entry } = recording(bytes);
  return { ...entry, destination: { ...entry.destination, bucket: name } };
}

const put = async ({ destination: { bucket, name } }: TestEntry, content: Buffer, recordingId: string) => {
  const metadata = { contentType: "audio/mpeg", metadata: { recordingId } };
  await stage.storage.client.bucket(bucket).file(name).save(content, { resumable: false, metadata });
};

test.each([
  [400, "cloudKmsDisabledKey"],
  [412, "orgPolicyConstraintFailed"],
])("a session that answers %i %s is of a bucket that refuses (R39)", async (status, reason) => {
  const body = Buffer.from(JSON.stringify({ error: { code: status, errors: [{ reason }] } }));
  const connection = { exchange: async () => ({ status, headers: {}, body }) } as unknown as StorageConnection;
  const upload = new RecordingUpload(connection, Date.now() + 10_000);
  const refused = { outcome: { outcome: "refused", cause: "denied" } };
  await expect(upload.progress("/session")).rejects.toMatchObject(refused);
  await expect(upload.finish("/session", 1, 0, [Buffer.from("a")])).rejects.toMatchObject(refused);
});

describe.concurrent.each(sizes)("the bucket of a %s recording", (size, bytes) => {
  test.each<[DestinationCause, number]>([
    ["throttled", 429],
    ["unavailable", 503],
    ["unavailable", 500],
    ["unavailable", 408],
    ["denied", 403],
  ])("that is %s (%i) refuses (R39)", async (cause, status) => {
    const { entry } = recording(bytes);
    await stage.storage.switches.fault({ object: entry.destination.name, status });
    expect(await stage.store(entry)).toMatchObject({ outcome: "refused", cause });
    await stage.storage.switches.clearFaults({ object: entry.destination.name });
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored", bytes });
  });

  test.each([
    [400, "cloudKmsDisabledKey", /key/],
    [400, "cloudKmsEncryptionKeyNotFound", /key/],
    [400, "cloudKmsBadKey", /key/],
    [412, "orgPolicyConstraintFailed", /policy/],
  ])("that answers %i %s refuses as a whole, and the recording waits (R39)", async (status, reason, message) => {
    const { entry } = recording(bytes);
    const fault = { object: entry.destination.name, operation: "objects.insert", status, reason } as const;
    await stage.storage.switches.fault(fault);
    const refused = { outcome: "refused", cause: "denied", message: expect.stringMatching(message) };
    expect(await stage.store(entry)).toMatchObject(refused);
    await stage.storage.switches.clearFaults({ object: entry.destination.name, operation: "objects.insert" });
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored", adopted: false });
  });

  test("that answers 401 is not the customer's fault (R39)", async () => {
    const { entry } = recording(bytes);
    await stage.storage.switches.fault({ object: entry.destination.name, status: 401 });
    expect(await stage.store(entry)).toMatchObject({ outcome: "refused", cause: "unavailable" });
  });

  test("that is not there, wants to be paid, or lets nobody write refuses as a whole (R39)", async () => {
    const { entry } = recording(bytes);
    const nowhere = { ...entry, destination: { ...entry.destination, bucket: "not-there" } };
    expect(await stage.store(nowhere)).toMatchObject({ outcome: "refused", cause: "bucketGone" });
    const paid = await inBucket(bytes, `paid-${size}`, { requesterPays: true });
    expect(await stage.store(paid)).toMatchObject({ outcome: "refused", cause: "requesterPays" });
    const closed = await inBucket(bytes, `closed-${size}`);
    await stage.storage.switches.permit(`closed-${size}`, ["storage.objects.get", "storage.objects.list"]);
    expect(await stage.store(closed)).toMatchObject({ outcome: "refused", cause: "denied" });
  });

  test("that fails now and then takes it all the same", async () => {
    const { entry, content } = recording(bytes);
    await stage.storage.switches.fault({ object: entry.destination.name, status: 503, times: 2 });
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored", adopted: false });
    expect((await stage.object(entry))?.bytes.equals(content)).toBe(true);
  });

  test.each([
    { noAnswer: "reset" },
    { breakAfterBytes: 1000 },
    { breakAfterBytes: 5 * mebibyte },
    { corrupt: true },
    { answerLost: true },
  ] as const)("with the fault %o has the recording whole, and once (R37)", async (fault) => {
    const { entry, content } = recording(bytes, { recordingId: `${size}-${JSON.stringify(fault)}` });
    await stage.storage.switches.fault({ object: entry.destination.name, times: 1, ...fault });
    expect(await stage.store(entry)).toMatchObject({ outcome: "stored", bytes });
    expect((await stage.object(entry))?.bytes.equals(content)).toBe(true);
    await stage.storage.switches.clearFaults({ object: entry.destination.name });
  });

  test("that always gets other bytes than were sent has no object (R37)", async () => {
    const { entry } = recording(bytes);
    await stage.storage.switches.fault({ object: entry.destination.name, corrupt: true });
    expect(await stage.store(entry)).toMatchObject({ outcome: "failed" });
    await stage.storage.switches.clearFaults({ object: entry.destination.name });
    expect(await stage.object(entry)).toBeUndefined();
  });

  test("that has the same recording already makes it a success (R37)", async () => {
    const { entry, content } = recording(bytes);
    const first = await stage.store(entry);
    expect(await stage.store(entry)).toStrictEqual({ ...first, adopted: true });
    const md5 = createHash("md5").update(content).digest("base64");
    expect(await stage.store({ ...entry, bytes, md5 })).toStrictEqual({ ...first, adopted: true });
  });

  test.each([
    ["recording", (content: Buffer) => content, "another"],
    ["length", (content: Buffer) => content.subarray(1), undefined],
    ["content", (content: Buffer) => Buffer.from(content).fill(1, 5000, 5001), undefined],
  ] as const)("whose object of that name has another %s is left as it is: a conflict (R37)", async (_, change, id) => {
    const { entry, content } = recording(bytes);
    await put(entry, change(content), id ?? entry.recordingId);
    const before = await stage.object(entry);
    for (const md5 of [undefined, createHash("md5").update(content).digest("base64")]) {
      const end = await stage.store({ ...entry, ...(md5 === undefined ? {} : { md5 }) });
      expect(end).toMatchObject({ outcome: "failed", class: "conflict" });
    }
    expect(await stage.object(entry)).toStrictEqual(before);
  });

  test("never gets a second object when several store the same at once (R37)", async () => {
    const { entry, content } = recording(bytes);
    const ends = await Promise.all(Array.from({ length: 4 }, () => stage.store(entry)));
    expect(ends.every(({ outcome }) => outcome === "stored")).toBe(true);
    expect(ends.filter((end) => "adopted" in end && !end.adopted)).toHaveLength(1);
    expect(new Set(ends.map((end) => "generation" in end && end.generation)).size).toBe(1);
    expect((await stage.object(entry))?.bytes.equals(content)).toBe(true);
  });

  test("keeps what its retention policy locks", async () => {
    const entry = await inBucket(bytes, `locked-${size}`);
    await stage.storage.client.bucket(`locked-${size}`).setRetentionPeriod(3600);
    const first = await stage.store(entry);
    expect(first).toMatchObject({ outcome: "stored", adopted: false });
    expect(await stage.store(entry)).toStrictEqual({ ...first, adopted: true });
  });
});
