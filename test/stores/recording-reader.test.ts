import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReaderSettings, RecordingReader } from "../../shared/stores/recording-reader.ts";
import { createWebSources } from "../../shared/stores/recording-source.ts";
import { audio, audioOf, type RecordingSource, type Serve, startRecordingSource } from "../support/recording-source.ts";

let source: RecordingSource;
beforeAll(async () => {
  source = await startRecordingSource();
});
afterAll(() => source.close());

const openWeb = createWebSources({ insecure: true });

/** A source that never comes to an end. */
const endless: Serve = (_, response) => {
  response.writeHead(200, { "content-type": "audio/mpeg" });
  const piece = audioOf(64 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on("drain", more);
  more();
};

/** Reads all there is, and tells how much that was. */
async function readAll(serve: Serve, settings: Partial<ReaderSettings> = {}): Promise<number> {
  const open = openWeb(new URL(source.serve(serve)));
  const until = Date.now() + 30_000;
  const reader = new RecordingReader({ open, announced: {}, until, silenceMilliseconds: 5000, ...settings });
  try {
    for (;;) if (typeof (await reader.next()) === "string") return reader.position;
  } finally {
    reader.close();
  }
}

const tooLarge = { outcome: { outcome: "failed", class: "tooLarge" } };

describe("RecordingReader", () => {
  test("reads what is just as large as a recording may be", async () => {
    const bytes = 1024 * 1024;
    expect(await readAll(audio(audioOf(bytes)), { bytesAtMost: bytes })).toBe(bytes);
  });

  test("gives up a source that never ends as soon as it has sent too much (R37)", async () => {
    await expect(readAll(endless, { bytesAtMost: 3 * 1024 * 1024 })).rejects.toMatchObject(tooLarge);
  });

  test("takes no part of another recording from a source that heeds no condition (R37)", async () => {
    const [one, other] = [audioOf(600_000), audioOf(600_000)];
    const heedless: Serve = (request, response, nth) => {
      if (nth === 1) return audio(one, { breaks: [300_000] })(request, response, nth);
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const content = other.subarray(from);
      const range = `bytes ${from}-${other.length - 1}/${other.length}`;
      const headers = { "content-type": "audio/mpeg", etag: '"2"', "content-length": content.length };
      return response.writeHead(206, { ...headers, "content-range": range }).end(content);
    };
    await expect(readAll(heedless)).rejects.toMatchObject({ outcome: { outcome: "failed", class: "wrongChecksum" } });
  });

  test("reads nothing of what is said to be larger than any recording (R37)", async () => {
    const boasting: Serve = (_, response) => {
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": 5 * 1024 ** 4 }).write(audioOf(1000));
    };
    await expect(readAll(boasting)).rejects.toMatchObject(tooLarge);
    await expect(readAll(audio(audioOf(1000)), { announced: { bytes: 5 * 1024 ** 4 } })).rejects.toMatchObject(
      tooLarge,
    );
  });
});
