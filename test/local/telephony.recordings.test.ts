import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audioOf, bytesOf, md5Of, wholeOf } from "../../local/telephony/audio.ts";
import {
  announcedWith,
  faultNames,
  isServed,
  type RecordingFault,
  RecordingFaults,
  recordingFault,
} from "../../local/telephony/recording-faults.ts";
import { addressOf, audioOfRecording, type Fetches, serveRecordings } from "../../local/telephony/recording-server.ts";

const tenant = "acme";
const bytes = 20_000;
const faults = new RecordingFaults();
let server: Server;
let base: string;
let fetches: Fetches;

beforeAll(async () => {
  server = createServer((request, response) => recordings.listener(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const recordings = serveRecordings(base, faults);
  fetches = recordings.fetches;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const nameOf = (recordingId: string) => ({ tenant, recordingId, format: "mp3" as const, bytes });
const fetchOf = (recordingId: string, init: RequestInit = {}) =>
  fetch(addressOf(base, nameOf(recordingId)), { redirect: "manual", ...init });

/** What came of the body, and how it ended. */
async function bodyOf(answer: Response, patienceMs = 5000): Promise<{ bytes: number; end: "whole" | "cut" | "open" }> {
  const reader = answer.body?.getReader();
  let received = 0;
  const silence = Symbol();
  for (;;) {
    const timer = Promise.withResolvers<typeof silence>();
    const timeout = setTimeout(() => timer.resolve(silence), patienceMs);
    try {
      const part = await Promise.race([reader?.read(), timer.promise]);
      if (part === silence) {
        await reader?.cancel();
        return { bytes: received, end: "open" };
      }
      if (!part || typeof part === "symbol" || part.done) return { bytes: received, end: "whole" };
      received += part.value.length;
    } catch {
      return { bytes: received, end: "cut" };
    } finally {
      clearTimeout(timeout);
    }
  }
}

describe("audioOf", () => {
  /** The frames of MPEG-2 layer III that follow one another in it, or the place where they do not. */
  function framesOf(audio: Buffer, from: number): number {
    let frames = 0;
    for (let at = from; at < audio.length; at += 144, frames++) {
      // Eleven bits of sync, MPEG-2, layer III; 32 kbit/s at 16 kHz; one channel.
      if (audio.readUInt16BE(at) !== 0xfff3 || audio.readUInt8(at + 2) >> 1 !== 0x48 >> 1) throw new Error(`at ${at}`);
      expect(audio.readUInt8(at + 3) >> 6).toBe(3);
    }
    return frames;
  }

  test.each([512, 1000, 8000, 100_001, 1_000_000])("is an MP3 file of %i bytes: a title, then whole frames", (size) => {
    const audio = wholeOf(audioOf("rec-1", "mp3", size));
    expect(audio.length).toBe(size);
    expect(audio.subarray(0, 3).toString("latin1")).toBe("ID3");
    const tag = 10 + [6, 7, 8, 9].reduce((sum, at) => sum * 128 + audio.readUInt8(at), 0);
    expect(audio.subarray(10, tag).toString("latin1")).toContain("rec-1");
    expect(framesOf(audio, tag) * 144).toBe(size - tag);
  });

  test("sounds: its frames carry sound wherever the tone is, and repeat", () => {
    const audio = wholeOf(audioOf("rec-1", "mp3", bytesOf(10, "mp3")));
    const frames = new Set(
      Array.from({ length: 100 }, (_, n) => audio.subarray(-144 * (n + 1), -144 * n || undefined).toString("hex")),
    );
    expect(frames.size).toBeGreaterThan(10);
    expect(frames.size).toBeLessThan(40);
  });

  test("is a WAV file with its title, its samples between −8000 and 8000", () => {
    const audio = wholeOf(audioOf("rec-7", "wav", bytesOf(1.5, "wav")));
    expect(audio.length).toBe(24_000);
    expect([audio.toString("latin1", 0, 4), audio.toString("latin1", 8, 12)]).toEqual(["RIFF", "WAVE"]);
    expect(audio.readUInt32LE(4)).toBe(audio.length - 8);
    const data = audio.indexOf("data");
    expect(audio.readUInt32LE(data + 4)).toBe(audio.length - data - 8);
    expect(audio.subarray(0, data).toString("latin1")).toContain("rec-7");
    const samples = Array.from({ length: 8000 }, (_, n) => audio.readInt16LE(data + 8 + n * 2));
    expect(Math.max(...samples)).toBeGreaterThan(7900);
    expect(Math.max(...samples.map(Math.abs))).toBeLessThanOrEqual(8000);
  });

  test("is never the same bytes for two titles, always for one; any part of it is what it is in the whole", async () => {
    const titles = Array.from({ length: 50 }, (_, n) => `rec-${n}`);
    const sums = await Promise.all(titles.map((title) => md5Of(audioOf(title, "mp3", 3000))));
    expect(new Set(sums).size).toBe(50);
    const audio = audioOf("rec-3", "mp3", 300_000);
    const whole = wholeOf(audio);
    expect(wholeOf(audioOf("rec-3", "mp3", 300_000)).equals(whole)).toBe(true);
    expect(await md5Of(audio)).toBe(createHash("md5").update(whole).digest("base64"));
    for (const [from, to] of [
      [0, 7],
      [5, 20],
      [65_000, 140_001],
      [299_999, 300_000],
    ] as const) {
      expect(Buffer.concat([...audio.read(from, to)]).equals(whole.subarray(from, to))).toBe(true);
    }
  });
});

describe("serveRecordings", () => {
  test("serves the recording that was announced, whole, in ranges and as a head", async () => {
    const expected = wholeOf(audioOfRecording(nameOf("plain")));
    const answer = await fetchOf("plain");
    expect([answer.status, answer.headers.get("content-type"), answer.headers.get("content-length")]).toEqual([
      200,
      "audio/mpeg",
      String(bytes),
    ]);
    expect(Buffer.from(await answer.arrayBuffer()).equals(expected)).toBe(true);

    const head = await fetchOf("plain", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), head.headers.get("accept-ranges")]).toEqual([
      200,
      String(bytes),
      "bytes",
    ]);

    for (const [range, from, to] of [
      ["bytes=100-199", 100, 200],
      ["bytes=19000-", 19_000, bytes],
      ["bytes=-5", bytes - 5, bytes],
      ["bytes=0-999999", 0, bytes],
    ] as const) {
      const part = await fetchOf("plain", { headers: { range } });
      expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes ${from}-${to - 1}/${bytes}`]);
      expect(Buffer.from(await part.arrayBuffer()).equals(expected.subarray(from, to))).toBe(true);
    }
    expect((await fetchOf("plain", { headers: { range: `bytes=${bytes}-` } })).status).toBe(416);
    expect((await fetchOf("plain", { headers: { range: "bytes=1-2", "if-range": '"another"' } })).status).toBe(200);
    const etag = head.headers.get("etag") ?? "";
    expect((await fetchOf("plain", { headers: { range: "bytes=1-2", "if-range": etag } })).status).toBe(206);
    expect(fetches.of(tenant).plain).toBe(9);
    expect((await fetch(`${base}/acme/plain`)).status).toBe(404);
    expect((await fetch(`${base}/acme/any.wav`)).headers.get("content-type")).toBe("audio/wav");
  });

  type Seen = { status: number; contentType?: string; length?: number; bytes: number; end: "whole" | "cut" | "open" };
  const rows: [RecordingFault, Seen][] = [
    [
      { fault: "notReady", forMs: 60_000 },
      { status: 404, bytes: 10, end: "whole" },
    ],
    [
      { fault: "notReady", forMs: 0 },
      { status: 200, contentType: "audio/mpeg", bytes, end: "whole" },
    ],
    [
      { fault: "status", status: 410 },
      { status: 410, bytes: 4, end: "whole" },
    ],
    [{ fault: "html" }, { status: 200, contentType: "text/html; charset=utf-8", bytes: 181, end: "whole" }],
    [
      { fault: "html", contentType: "audio/mpeg" },
      { status: 200, contentType: "audio/mpeg", bytes: 181, end: "whole" },
    ],
    [{ fault: "truncated" }, { status: 200, length: bytes, bytes: bytes / 2, end: "cut" }],
    [{ fault: "shortened" }, { status: 200, length: bytes / 2, bytes: bytes / 2, end: "whole" }],
    [
      { fault: "slow", bytesPerSecond: 100_000 },
      { status: 200, length: bytes, bytes, end: "whole" },
    ],
    [{ fault: "stalled" }, { status: 200, length: bytes, bytes: bytes / 2, end: "open" }],
    [{ fault: "broken" }, { status: 200, length: bytes, bytes: bytes / 2, end: "cut" }],
    [{ fault: "wrongLength" }, { status: 200, length: bytes, bytes, end: "whole" }],
    [{ fault: "wrongMd5" }, { status: 200, length: bytes, bytes, end: "whole" }],
    [{ fault: "redirect" }, { status: 302, bytes: 6, end: "whole" }],
    [{ fault: "empty" }, { status: 200, length: 0, bytes: 0, end: "whole" }],
    [
      { fault: "huge", bytes: 50_000_000 },
      { status: 200, length: 50_000_000, bytes: 50_000_000, end: "whole" },
    ],
  ];

  test("has a row here for each fault", () => {
    expect(new Set(rows.map(([{ fault }]) => fault))).toEqual(new Set(faultNames));
  });

  test.each(rows)("plays %j", async (asked, seen) => {
    const recordingId = `rec-${JSON.stringify(asked).replaceAll(/\W+/g, "-")}`;
    faults.put({ tenant, recordingId }, recordingFault.parse(asked));
    const begun = performance.now();
    const answer = await fetchOf(recordingId);
    expect(answer.status).toBe(seen.status);
    if (seen.contentType) expect(answer.headers.get("content-type")).toBe(seen.contentType);
    if (seen.length !== undefined) expect(answer.headers.get("content-length")).toBe(String(seen.length));
    // A reset may overtake what was sent before it.
    const body = await bodyOf(answer, asked.fault === "stalled" ? 200 : 5000);
    expect(body.end).toBe(seen.end);
    if (asked.fault === "broken") expect(body.bytes).toBeLessThanOrEqual(seen.bytes);
    else expect(body.bytes).toBe(seen.bytes);
    if (asked.fault === "slow") expect(performance.now() - begun).toBeGreaterThan(150);
  });

  test("is ready after its time, healthy after so many breaks, and as its tenant is where it has no fault of its own", async () => {
    faults.put({ tenant, recordingId: "late" }, recordingFault.parse({ fault: "notReady", forMs: 80 }));
    expect((await fetchOf("late")).status).toBe(404);
    await expect.poll(async () => (await fetchOf("late")).status).toBe(200);

    faults.put({ tenant, recordingId: "twice" }, recordingFault.parse({ fault: "broken", times: 2 }));
    const ends = [];
    for (let n = 0; n < 3; n++) ends.push((await bodyOf(await fetchOf("twice"))).end);
    expect(ends).toEqual(["cut", "cut", "whole"]);

    faults.put({ tenant }, recordingFault.parse({ fault: "status", status: 429, retryAfterSeconds: 7 }));
    faults.put({ tenant, recordingId: "own" }, recordingFault.parse({ fault: "empty" }));
    const [any, own] = await Promise.all([fetchOf("any"), fetchOf("own")]);
    expect([any.status, any.headers.get("retry-after"), own.status]).toEqual([429, "7", 200]);
    faults.clear({ tenant });
    expect((await fetchOf("any")).status).toBe(200);
  });

  test("sends those whom it sends elsewhere to a recording, unless another place is given", async () => {
    faults.put({ tenant, recordingId: "moved" }, recordingFault.parse({ fault: "redirect" }));
    const location = (await fetchOf("moved")).headers.get("location") ?? "";
    expect(location).toBe(`${base}/acme/moved-moved.mp3`);
    expect((await fetch(location)).headers.get("content-type")).toBe("audio/mpeg");
    const to = "http://169.254.169.254/computeMetadata/v1/";
    faults.put({ tenant, recordingId: "moved" }, recordingFault.parse({ fault: "redirect", to }));
    expect((await fetchOf("moved")).headers.get("location")).toBe(to);
  });
});

describe("announcedWith", () => {
  const announced = { bytes: 5, md5: "right" };

  test("lies about length or checksum, and about nothing else", () => {
    const of = (fault: RecordingFault) => announcedWith(recordingFault.parse(fault), announced);
    expect(of({ fault: "wrongLength" })).toEqual({ bytes: 6, md5: "right" });
    expect(of({ fault: "wrongMd5" })).toEqual({ bytes: 5, md5: "AAAAAAAAAAAAAAAAAAAAAA==" });
    expect(of({ fault: "truncated" })).toEqual(announced);
    expect(announcedWith(undefined, announced)).toEqual(announced);
  });

  test("is the only part of a fault that a bucket can have", () => {
    expect(faultNames.filter((fault) => !isServed({ fault }))).toEqual(["wrongLength", "wrongMd5"]);
  });

  test("refuses what is no fault, or has an option of another", () => {
    for (const wrong of [
      { fault: "other" },
      { fault: "status" },
      { fault: "empty", bytes: 3 },
      { fault: "slow", bytesPerSecond: 0 },
    ]) {
      expect(recordingFault.safeParse(wrong).success).toBe(false);
    }
  });
});
