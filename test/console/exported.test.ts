import { describe, expect, test } from "vitest";
import { judgeExport } from "../../console/src/pages/dr/purge/exported.ts";

const entries = { callHistory: 3, smsHistory: 2, loginHistory: 0 };
const at = "2026-11-21T03:00:00Z";
const past = (...files: [string, number][]) => ({ at, files: files.map(([kind, rows]) => ({ kind, rows })) });

describe("whether a purge's histories were exported (R26, R27)", () => {
  test("is yes where files of all that have entries are there", () => {
    const latest = past(["callHistory", 3], ["smsHistory", 5], ["recordingObjects", 9]);
    expect(judgeExport(entries, latest)).toEqual({ outcome: "whole", at, missing: [] });
  });

  test("is not known until the exports are known", () => {
    expect(judgeExport(entries, undefined)).toEqual({ outcome: "unknown" });
  });

  test.each([
    ["none has succeeded", null],
    ["its files have expired", past()],
  ])("is no where %s", (_why, latest) => {
    expect(judgeExport(entries, latest)).toEqual({ outcome: "never" });
  });

  test("names the histories that were left out, and those that have grown since", () => {
    expect(judgeExport(entries, past(["callHistory", 3]))).toMatchObject({
      outcome: "partly",
      missing: ["smsHistory"],
    });
    expect(judgeExport(entries, past(["callHistory", 2], ["smsHistory", 2]))).toMatchObject({
      outcome: "partly",
      missing: ["callHistory"],
    });
  });

  test("does not matter where no history has an entry", () => {
    expect(judgeExport({ callHistory: 0 }, undefined)).toEqual({ outcome: "needless" });
  });
});
