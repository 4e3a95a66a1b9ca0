import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  extensionOf,
  folderKey,
  folderName,
  type NamedRecording,
  objectName,
} from "../../shared/domain/backup/names.ts";

const bytesOf = (text: string) => Buffer.byteLength(text);

const example: NamedRecording = {
  folder: "サポート窓口",
  startedAt: new Date("2026-11-21T15:30:00Z"),
  timeZone: "Asia/Tokyo",
  agentName: "山田 花子",
  callId: "call-1",
  recordingId: "rec-1",
  contentType: "audio/mpeg",
};

/** The part of the name between the last slash and the ids. */
const agentIn = (agentName: string) => {
  const base =
    objectName({ ...example, agentName })
      .split("/")
      .at(-1) ?? "";
  return base.slice(0, -" - call-1 - rec-1.mp3".length);
};

/** Anything that can be in a string of JSON: every code point, halves of pairs, clusters, and what is awkward in names. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.constantFrom("..", ".", " ", "/", "\\", "\r\n", "\u202E", "\u2067", "\u0085", "\u2028", "\uD83D", "\uDE00"),
      fc.constantFrom(
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "が",
        "か\u3099",
        "辻󠄀",
        "e\u0301",
        "\u0338",
        "\u200D",
        "नमस्ते",
        "한국어",
        " - ",
      ),
      fc.constantFrom("あ".repeat(300), "a\u0301".repeat(300), "👩‍🚒".repeat(90), `x${"\u0300".repeat(700)}`),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const recordingIds = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/);
const callIds = fc.string({ unit: "binary", minLength: 1, maxLength: 64 });
const unitIds = fc
  .oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/), fc.string({ unit: "binary", minLength: 1, maxLength: 64 }))
  .filter((id) => !/[/\p{Cc}]/u.test(id));
const zones = fc.oneof(
  fc.constantFrom(
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "UTC",
    "",
    "Mars/Base",
  ),
  fc.string(),
);
const times = fc.date({ min: new Date("1970-01-02"), max: new Date("2099-12-30"), noInvalidDate: true });

const recordings: fc.Arbitrary<NamedRecording> = fc.record({
  folder: fc.tuple(anyText, unitIds, fc.boolean()).map((unit) => folderName(...unit)),
  startedAt: times,
  timeZone: zones,
  agentName: anyText,
  callId: callIds,
  recordingId: recordingIds,
  contentType: fc.oneof(fc.constantFrom("audio/mpeg", "audio/wav", "AUDIO/OGG; codecs=opus", "text/html"), fc.string()),
});

/** What R36 says of one part of a name. */
function expectSafe(part: string): void {
  expect(part).not.toMatch(
    /[\\#[\]*?\p{Cc}\p{Cs}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/u,
  );
  expect(part).not.toMatch(/^[\s.]|[\s.]$/);
  expect(part).not.toBe("");
  expect(part.isWellFormed()).toBe(true);
  expect(part.normalize("NFC")).toBe(part);
}

describe("objectName", () => {
  test("is folder, date, agent, call and recording (R36)", () => {
    expect(objectName(example)).toBe("call-recordings/サポート窓口/2026-11-22/山田 花子 - call-1 - rec-1.mp3");
  });

  test("is valid whatever names, ids, times and types there are (R36)", () => {
    fc.assert(
      fc.property(recordings, (recording) => {
        const name = objectName(recording);
        const parts = name.split("/");
        expect(parts).toHaveLength(4);
        const [root, folder = "", date = "", base = ""] = parts;
        expect([root, folder]).toStrictEqual(["call-recordings", recording.folder]);
        expectSafe(folder);
        expectSafe(base);
        expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
        expect(base).toMatch(/ - .* - [A-Za-z0-9][A-Za-z0-9._:-]{0,127}\.[a-z0-9]{2,4}$/);
        expect(base.slice(0, base.lastIndexOf("."))).toMatch(new RegExp(` - ${escaped(recording.recordingId)}$`));
        expect(bytesOf(base)).toBeLessThanOrEqual(512);
        expect(bytesOf(`${root}/${folder}/${date}`)).toBeLessThanOrEqual(512);
        expect(bytesOf(name)).toBeLessThanOrEqual(1024);
        expect(bytesOf(`${name.slice(0, name.lastIndexOf("."))}.json`)).toBeLessThanOrEqual(1024);
      }),
      { numRuns: 1000 },
    );
  });

  test("is the same for the same recording and another for another one (R36)", () => {
    fc.assert(
      fc.property(recordings, recordings, recordingIds, (one, two, otherId) => {
        expect(objectName({ ...one })).toBe(objectName(one));
        fc.pre(one.recordingId !== two.recordingId && otherId !== one.recordingId);
        expect(objectName(two)).not.toBe(objectName(one));
        expect(objectName({ ...one, recordingId: otherId })).not.toBe(objectName(one));
      }),
    );
  });

  test("makes nothing else of what it has made already", () => {
    fc.assert(
      fc.property(anyText, (name) => {
        expect(agentIn(agentIn(name))).toBe(agentIn(name));
        expect(folderName(folderName(name, "c1", false), "c1", false)).toBe(folderName(name, "c1", false));
      }),
      { numRuns: 500 },
    );
  });

  test("does not cut ids of any usual form, however long the agent's name is (R36)", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.stringMatching(/^[A-Za-z0-9_:.-]{1,126}$/),
        recordingIds,
        (agentName, id, recordingId) => {
          const callId = `c${id}c`;
          expect(objectName({ ...example, agentName, callId, recordingId })).toMatch(
            new RegExp(` - ${escaped(callId)} - ${escaped(recordingId)}\\.mp3$`),
          );
        },
      ),
    );
  });

  test.each([
    ["Asia/Tokyo", "2026-11-22"],
    ["America/Los_Angeles", "2026-11-21"],
    ["Pacific/Kiritimati", "2026-11-22"],
    ["UTC", "2026-11-21"],
    ["Nowhere/Atall", "2026-11-22"],
    ["", "2026-11-22"],
  ])("has the date of the call's start in %s (R36)", (timeZone, date) => {
    expect(objectName({ ...example, timeZone })).toContain(`/${date}/`);
  });

  test("changes its date at the office's own midnight, also where clocks are put forward", () => {
    const newYork = (at: string) => objectName({ ...example, timeZone: "America/New_York", startedAt: new Date(at) });
    expect(newYork("2026-03-08T04:59:59.999Z")).toContain("/2026-03-07/");
    expect(newYork("2026-03-08T05:00:00Z")).toContain("/2026-03-08/");
    expect(newYork("2026-03-09T03:59:59.999Z")).toContain("/2026-03-08/");
    expect(newYork("2026-03-09T04:00:00Z")).toContain("/2026-03-09/");
  });

  test.each([
    ["佐藤/鈴木", "佐藤_鈴木"],
    ["..", "不明"],
    ["", "不明"],
    [" \u3000 ", "不明"],
    ["\u200B\u200E", "不明"],
    ["  Anna. ", "Anna"],
    ["a\r\nb", "a b"],
    ["か\u3099", "が"],
    ["\u202Egpj.exe", "gpj.exe"],
    ["A[1]*?#\\", "A_1_____"],
    ["\uD83Dx", "_x"],
    ["Zoë 👩‍🚒 李", "Zoë 👩‍🚒 李"],
  ])("makes an agent's name safe: %j (R36)", (agentName, shown) => {
    expect(agentIn(agentName)).toBe(shown);
  });

  test("cuts between characters as readers know them, and fills the room there is (R36)", () => {
    const family = "👨‍👩‍👧‍👦";
    const cut = agentIn(family.repeat(100));
    expect(cut).toBe(family.repeat(Math.floor(cut.length / family.length)));
    expect(bytesOf(cut)).toBeGreaterThan(450);
    expect(agentIn("が".repeat(600))).toMatch(/^が{150,}$/);
    const accents = agentIn(`x${"\u0300".repeat(700)}`);
    expect(accents).toMatch(/^x\u0300{200,}$/);
    const most = agentIn("a".repeat(600)).length;
    expect(agentIn(`${"a".repeat(most)}b`)).toBe("a".repeat(most));
    expect(agentIn(`${"a".repeat(most)}\u0316b`)).toBe("a".repeat(most - 1));
  });
});

describe("folderName", () => {
  test("keeps another unit's id whole, however long the name is (R36)", () => {
    expect(folderName("営業", "c1", false)).toBe("営業");
    expect(folderName("営業", "c2", true)).toBe("営業 (c2)");
    expect(folderName("営業".repeat(200), "c2", true)).toMatch(/^(営業)+営? \(c2\)$/);
    expect(folderName("..", "c2", false)).toBe("c2");
    expect(folderName("", "..", true)).toMatch(/^名称なし \(~[0-9a-f]{8}\)$/);
  });

  test("never gives two units the same folder once they are told apart by their ids (R36)", () => {
    fc.assert(
      fc.property(anyText, unitIds, unitIds, (name, one, two) => {
        fc.pre(one !== two);
        expect(folderName(name, one, true)).not.toBe(folderName(name, two, true));
      }),
      { numRuns: 500 },
    );
  });

  test("is valid for every unit (R36)", () => {
    fc.assert(
      fc.property(anyText, unitIds, fc.boolean(), (name, id, taken) => {
        const folder = folderName(name, id, taken);
        expectSafe(folder);
        expect(folder).not.toContain("/");
        expect(bytesOf(folder)).toBeLessThanOrEqual(485);
      }),
      { numRuns: 500 },
    );
  });
});

describe("folderKey", () => {
  test("is one for each folder: by case, not by how its characters are put together", () => {
    expect(folderKey("Sales")).not.toBe(folderKey("sales"));
    expect(folderKey("が")).toBe(folderKey("か\u3099"));
    expect(folderKey("__x__")).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe("extensionOf", () => {
  test.each([
    ["audio/mpeg", "mp3"],
    ["Audio/MPEG; rate=8000", "mp3"],
    ["audio/x-wav", "wav"],
    ["audio/ogg;codecs=opus", "ogg"],
    ["audio/mp4", "m4a"],
    ["audio/AMR", "amr"],
    ["", "bin"],
    ["constructor", "bin"],
    ["audio/unheard-of", "bin"],
  ])("of %j is %s", (contentType, extension) => {
    expect(extensionOf(contentType)).toBe(extension);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
