import { beforeAll, describe, expect, test } from "vitest";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import { expectedOf, problemOf, type SourceFault, type StoredObject, type TornRecording } from "./recordings.ts";

const placed = { id: "rec-a", site: "primary", source: "https", bytes: 5000, inCentre: true } as const;
let [ours, other]: TornRecording[] = [];
beforeAll(async () => {
  ours = await expectedOf("t-1", placed);
  other = await expectedOf("t-1", { ...placed, id: "rec-b" });
});

/** The object that holds the content of a recording, and the entry with its receipt. */
function storedAs({ content }: TornRecording): { entry: BackupEntry; object: StoredObject } {
  const { bytes, crc32c, md5 } = content;
  const receipt = { bytes, crc32c, generation: "1" };
  const object = { size: String(bytes), crc32c, md5Hash: md5, generation: 1 };
  return { entry: { state: "stored", receipt } as BackupEntry, object };
}

const failed = (error: string, state = "waiting") => ({ state, error: { class: error, message: "" } }) as BackupEntry;
const skipped = (why: string) => ({ state: "skipped", skipped: why }) as BackupEntry;

describe("problemOf", () => {
  test("finds nothing wrong with a recording that is stored as it was announced (R37)", () => {
    const { entry, object } = storedAs(ours as TornRecording);
    expect(problemOf(ours as TornRecording, entry, object)).toBeUndefined();
  });

  test("finds another recording under its name, whatever the receipt says (R37)", () => {
    const { entry, object } = storedAs(other as TornRecording);
    expect(problemOf(ours as TornRecording, entry, object)).toBe("what is stored is not the recording");
  });

  test("finds a receipt of other content than the object's, and one without an object (R38)", () => {
    const { entry } = storedAs(ours as TornRecording);
    expect(problemOf(ours as TornRecording, entry, storedAs(other as TornRecording).object)).toBeDefined();
    expect(problemOf(ours as TornRecording, entry, undefined)).toBe("stored, but not in the bucket");
  });

  test.each([
    ["no fault, given up", undefined, true, failed("sourceUnavailable", "failed")],
    ["no fault, still waiting", undefined, true, failed("sourceUnavailable")],
    ["no fault, left out", undefined, true, skipped("companyOff")],
    ["a page, for another reason", "html", true, failed("sourceUnavailable")],
    ["a page, given up too early", "html", true, failed("notAudio", "failed")],
    ["no centre, for another reason", undefined, false, skipped("unitOff")],
  ] as const)("finds the wrong end: %s (R38, R39)", async (_, fault, inCentre, entry) => {
    const recording = await expectedOf("t-1", { ...placed, inCentre, ...(fault ? { fault } : {}) });
    expect(problemOf(recording, entry, undefined)).toBe("it does not stand as it may");
  });

  test("finds a stored recording whose content is not what was announced (R37)", async () => {
    const recording = await expectedOf("t-1", { ...placed, fault: "wrongMd5" });
    const { entry, object } = storedAs(recording);
    expect(problemOf(recording, entry, object)).toBe("it does not stand as it may");
  });

  test.each([
    ["html", failed("notAudio")],
    ["broken", failed("sourceUnavailable")],
    ["wrongMd5", failed("wrongChecksum")],
  ] as [SourceFault, BackupEntry][])("lets a recording wait whose source is %s (R39)", async (fault, entry) => {
    expect(problemOf(await expectedOf("t-1", { ...placed, fault }), entry, undefined)).toBeUndefined();
  });
});
