import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { crc32c } from "@node-rs/crc32";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ResumeState, StoreOutcome } from "../../shared/domain/backup/entry.ts";
import { type AudioOptions, audio, audioOf } from "../support/recording-source.ts";
import { storageThatKeepsWholePartsOnly } from "../support/storage-in-front.ts";
import { type StoreStage, startStoreStage, type TestEntry } from "../support/store-recordings.ts";

const mebibyte = 1024 * 1024;
const quantum = 256 * 1024;

// Retries and large recordings take their time, the more so side by side.
vi.setConfig({ testTimeout: 60_000 });

let stage: StoreStage;
beforeAll(async () => {
  stage = await startStoreStage();
});
afterAll(() => stage.close());

function recording(bytes: number, options: AudioOptions = {}, more: Partial<TestEntry> = {}) {
  const content = audioOf(bytes);
  return { content, entry: stage.entry(stage.source.serve(audio(content, options)), more) };
}

/** Tries again and again, each time from where the try before ended. */
async function storeInTries(entry: TestEntry, milliseconds: number) {
  const resumes: ResumeState[] = [];
  let end: StoreOutcome;
  do {
    const resume = resumes.at(-1);
    end = await stage.store({ ...entry, ...(resume ? { resume } : {}) }, milliseconds);
    if (end.outcome === "unfinished") resumes.push(end.resume);
  } while (end.outcome === "unfinished" && resumes.length < 50);
  return { end, resumes };
}

const isWhole = async (entry: TestEntry, content: Buffer) => (await stage.object(entry))?.bytes.equals(content);
const md5Of = (content: Buffer) => createHash("md5").update(content).digest("base64");

describe.concurrent("a large recording", () => {
  test.each([8 * mebibyte + 1, 10 * mebibyte, 40 * quantum + 1, 41 * quantum - 1, 33 * mebibyte])(
    "of %i bytes is stored whole, with a known length and without one (R37)",

    async (bytes) => {
      for (const length of [true, false]) {
        const { entry, content } = recording(bytes, { length });
        const checked = { ...entry, md5: md5Of(content) };
        expect(await stage.store(checked)).toMatchObject({ outcome: "stored", adopted: false, bytes });
        expect(await isWhole(entry, content)).toBe(true);
      }
    },
  );

  test.each([
    ["parts", { ranges: true }],
    ["no parts", { ranges: false }],
    ["nothing that names it", { ranges: true, etag: "" }],
    ["no length", { length: false }],
  ] as const)("goes on where its source broke, when that gives %s", async (_, options) => {
    const breaks = [3 * mebibyte, 9 * mebibyte, undefined];
    const { entry, content } = recording(12 * mebibyte, { breaks, how: "end", ...options });
    expect(await stage.store({ ...entry, md5: md5Of(content) })).toMatchObject({ outcome: "stored" });
    expect(await isWhole(entry, content)).toBe(true);
  });

  test("is not stored with a wrong MD5, a wrong length, or as no audio (R37)", async () => {
    const { entry, content } = recording(9 * mebibyte);
    const wrong = await stage.store({ ...entry, md5: md5Of(Buffer.from("other")) });
    expect(wrong).toMatchObject({ outcome: "failed", class: "wrongChecksum" });
    expect(await stage.store({ ...entry, bytes: 1 })).toMatchObject({ outcome: "failed", class: "wrongLength" });
    const page = stage.entry(stage.source.serve(audio(Buffer.alloc(9 * mebibyte, "<html>"))));
    expect(await stage.store(page)).toMatchObject({ outcome: "failed", class: "notAudio" });
    const { length } = content;
    const longer = stage.entry(stage.source.serve(audio(content, { length: false })), { bytes: length - 1 });
    expect(await stage.store(longer)).toMatchObject({ outcome: "failed", class: "wrongLength" });
    for (const each of [entry, page, longer]) expect(await stage.object(each)).toBeUndefined();
  });

  test.each([
    ["parts", { ranges: true }],
    ["parts and no length", { length: false }],
  ] as const)(
    "gets through in several tries when its source is slow and gives %s",

    async (_, options) => {
      const { entry, content } = recording(12 * mebibyte, { bytesPerSecond: 4 * mebibyte, ...options });
      const { end, resumes } = await storeInTries({ ...entry, md5: md5Of(content) }, 1500);
      expect(end).toMatchObject({ outcome: "stored", adopted: false, bytes: content.length });
      expect(await isWhole(entry, content)).toBe(true);
      expect(resumes.length).toBeGreaterThan(1);
      const offsets = resumes.map(({ offset }) => offset);
      expect(offsets).toStrictEqual(offsets.toSorted((a, b) => a - b));
      expect(offsets.every((offset) => offset % quantum === 0)).toBe(true);
    },
  );

  test("that is slow though it is small gets through, too", async () => {
    const { entry, content } = recording(3 * mebibyte, { bytesPerSecond: mebibyte / 2 });
    const { end, resumes } = await storeInTries(entry, 4000);
    expect([end.outcome, resumes.length > 0]).toStrictEqual(["stored", true]);
    expect(await isWhole(entry, content)).toBe(true);
  });

  test("is read to what was sent before where its source gives no parts, and goes on only if that was the same", async () => {
    const { entry, content } = recording(9 * mebibyte, { ranges: false, etag: "" });
    const [first] = await interrupted(entry, "");
    const end = await stage.store({ ...entry, md5: md5Of(content), resume: first });
    expect(end).toMatchObject({ outcome: "stored", bytes: content.length });
    expect(await isWhole(entry, content)).toBe(true);
    const other = recording(9 * mebibyte, { ranges: false, etag: "" });
    const [resume] = await interrupted(other.entry, "");
    const changed = stage.source.serve(audio(audioOf(9 * mebibyte)));
    const ended = await stage.store({ ...other.entry, source: changed, resume });
    expect(ended).toMatchObject({ outcome: "failed", class: "wrongChecksum" });
    expect(await stage.object(other.entry)).toBeUndefined();
  });

  test("whose MD5 cannot be computed across tries is checked by the server (R37)", async () => {
    const { entry } = recording(9 * mebibyte);
    const wrong = { ...entry, md5: md5Of(Buffer.from("other")) };
    const [resume] = await interrupted(wrong);
    expect(await stage.store({ ...wrong, resume })).toMatchObject({ outcome: "failed", class: "wrongChecksum" });
    expect(await stage.object(entry)).toBeUndefined();
  });

  test("starts anew when its session is no more, and knows what its session has made", async () => {
    const { entry, content } = recording(9 * mebibyte);
    const [resume] = await interrupted(entry);
    await fetch(`${stage.storage.url}${resume.session}`, { method: "DELETE" });
    expect(await stage.store({ ...entry, resume })).toMatchObject({ outcome: "stored", adopted: false });
    expect(await isWhole(entry, content)).toBe(true);
    const done = recording(9 * mebibyte);
    const [before] = await interrupted(done.entry);
    const first = await stage.store({ ...done.entry, resume: before });
    // The worker died before it could say so.
    expect(await stage.store({ ...done.entry, resume: before })).toStrictEqual(first);
  });

  test.each([
    ["more", quantum, (session: string) => session],
    ["less", 5 * mebibyte - quantum, newSession],
  ])("goes on with a session that has %s than the ledger knows of", async (_, offset, change) => {
    const { entry, content } = recording(9 * mebibyte);
    const [{ session, ...known }] = await interrupted(entry);
    const resume = { ...known, offset, crc32c: crc32c(content.subarray(0, offset)) };
    const changed = await change(session, entry);
    expect(await stage.store({ ...entry, resume: { ...resume, session: changed } })).toMatchObject({
      outcome: "stored",
    });
    expect(await isWhole(entry, content)).toBe(true);
  });

  test("that breaks again and again but brings something is gone on with, not given up (R39)", async () => {
    const breaks = [9 * mebibyte, 0, 0];
    const { entry, content } = recording(12 * mebibyte, { breaks, how: "reset" });
    const end = await stage.store(entry);
    expect(end.outcome).toBe("unfinished");
    const resume = end.outcome === "unfinished" ? end.resume : undefined;
    expect(resume?.offset).toBeGreaterThan(0);
    expect(await stage.store({ ...entry, ...(resume ? { resume } : {}) })).toMatchObject({ outcome: "stored" });
    expect(await isWhole(entry, content)).toBe(true);
  });

  test("whose source brings nothing more fails, and does not turn in circles (R39)", async () => {
    const { entry } = recording(12 * mebibyte, { bytesPerSecond: 50_000 });
    expect(await stage.store(entry, 1500)).toMatchObject({ outcome: "failed", class: "sourceUnavailable" });
  });

  test("whose source falls silent and answers slowly, again and again, is not the bucket's fault (R39)", async ({
    onTestFinished,
  }) => {
    const storage = await storageThatKeepsWholePartsOnly(stage.storage.url);
    onTestFinished(() => storage.close());
    const times = { silenceMilliseconds: 1500, storageSilenceMilliseconds: 1900 };
    const store = stage.create({ ...times, storage: { endpoint: storage.url } });
    const content = audioOf(12 * mebibyte);
    // Each time it falls silent somewhere else, so that it is gone on with, and then thinks for a second.
    const stalls = [9, undefined, 5, undefined, 7, undefined, 5, undefined, 7, undefined];
    const breaks = stalls.map((at) => at && at * mebibyte);
    const serve = audio(content, { breaks, how: "stall" });
    const source = stage.source.serve(async (request, response, nth) => {
      if (nth % 2 === 0) await pause(1000);
      await serve(request, response, nth);
    });
    const entry = stage.entry(source, { bytes: content.length });
    const end = await store({ tenant: "acme", entry, deadline: new Date(Date.now() + 55_000) });
    expect(end).toMatchObject({ outcome: "stored", adopted: false });
    expect(await isWhole(entry, content)).toBe(true);
    expect(stage.source.ranges(source).length).toBeGreaterThan(breaks.length);
  });

  test("that another worker made meanwhile is compared in several tries", async () => {
    const { entry, content } = recording(12 * mebibyte);
    await stage.store(entry);
    const slow = { ...entry, source: stage.source.serve(audio(content, { bytesPerSecond: 4 * mebibyte })) };
    const { end, resumes } = await storeInTries(slow, 1500);
    expect(end).toMatchObject({ outcome: "stored", adopted: true });
    expect(resumes.length).toBeGreaterThan(1);
  });

  async function newSession(_: string, { destination: { bucket, name } }: TestEntry): Promise<string> {
    const query = new URLSearchParams({ uploadType: "resumable", name, ifGenerationMatch: "0" });
    const path = `/upload/storage/v1/b/${bucket}/o?${query}`;
    const { headers } = await fetch(`${stage.storage.url}${path}`, { method: "POST" });
    return headers.get("location")?.replace(stage.storage.url, "") ?? "";
  }

  /** What a try leaves whose source never sends the last part. */
  async function interrupted(entry: TestEntry, etag = '"1"'): Promise<[ResumeState]> {
    const bytes = await (await fetch(entry.source)).arrayBuffer();
    const content = Buffer.from(bytes);
    const options = { breaks: [5 * mebibyte], how: "stall", etag } as const;
    const source = stage.source.serve(audio(content, options));
    const end = await stage.store({ ...entry, source }, 4000);
    if (end.outcome !== "unfinished") throw new Error(JSON.stringify(end));
    return [end.resume];
  }
});
