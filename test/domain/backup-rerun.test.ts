import { describe, expect, test } from "vitest";
import { newEntry } from "../../shared/domain/backup/claim.ts";
import { type BackupEntry, backupStates } from "../../shared/domain/backup/entry.ts";
import { mayRetry, type RetryChoice } from "../../shared/domain/backup/rerun.ts";

const stored = new Date("2026-11-21T10:00:00Z");
const recording = {
  ...{ recordingId: "r", callId: "c", office: "o1", agentName: "", direction: "", from: "", to: "" },
  ...{ startedAt: stored, endedAt: stored, source: "https://recordings.example/r", contentType: "audio/mpeg" },
};
const receipt = {
  ...{ bucket: "b", name: "n", generation: "1", bytes: 1, crc32c: "AAAAAA==", delaySeconds: 0 },
  storedAt: stored,
};
const entryIn = (state: BackupEntry["state"], more: Partial<BackupEntry> = {}): BackupEntry => ({
  ...newEntry(recording, "acme", stored),
  state,
  ...(state === "stored" ? { receipt } : {}),
  ...more,
});

const chosen: RetryChoice = { recordingIds: ["r"] };
const all: RetryChoice = { filter: { state: "failed" } };
const verified: RetryChoice = { verification: "v", which: ["missing"] };
const found = { generation: receipt.generation };

describe("mayRetry", () => {
  test.each([
    ["pending", false, false, false],
    ["waiting", true, false, false],
    ["stored", false, false, true],
    ["failed", true, true, true],
    ["unavailable", true, true, true],
    ["skipped", true, true, true],
  ] as const)("%s: chosen %s, all %s, after a verification %s (R41, R43)", (state, ...permitted) => {
    expect([
      mayRetry(entryIn(state), chosen, {}),
      mayRetry(entryIn(state), all, {}),
      mayRetry(entryIn(state), verified, found),
    ]).toStrictEqual(permitted);
  });

  test("covers every state", () => {
    for (const state of backupStates) expect(typeof mayRetry(entryIn(state), chosen, {})).toBe("boolean");
  });

  test("leaves alone what was stored again since the verification (R43)", () => {
    const again = { ...receipt, generation: "2" };
    expect(mayRetry(entryIn("stored", { receipt: again }), verified, found)).toBe(false);
  });

  test("leaves alone what was never understood: there is nothing to fetch", () => {
    const bad = entryIn("failed", { error: { class: "badEvent", message: "" } });
    for (const choice of [chosen, all, verified]) expect(mayRetry(bad, choice, found)).toBe(false);
  });
});
