import { describe, expect, test } from "vitest";
import { newEntry } from "../../shared/domain/backup/claim.ts";
import { type BackupEntry, backupStates } from "../../shared/domain/backup/entry.ts";
import type { EntryChange, EntryKey } from "../../shared/domain/backup/ports.ts";
import { mayRetry, type RetryApp, type RetryChoice, retryRecordings } from "../../shared/domain/backup/rerun.ts";

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

describe("retryRecordings", () => {
  test("of a verification takes the chosen ones of its findings alone (R43)", async () => {
    const finding = (recordingId: string, type: "missing" | "different" | "extra") =>
      ({ finding: type, bucket: "b", name: recordingId, recordingId, receipt, n: 0 }) as const;
    const found = [finding("a", "missing"), finding("b", "missing"), finding("c", "different"), finding("d", "extra")];
    const called: string[] = [];
    const ledger = {
      changeTogether: async (_tenant: string, changes: readonly EntryChange[]) =>
        changes.map(({ recordingId, decide }) => decide({ ...entryIn("stored"), recordingId }).outcome),
    };
    let forgotten = 0;
    const own = { ledger, inventory: { forgetKnown: async () => void forgotten++ } };
    const app = {
      site: "primary",
      backups: { primary: own, secondary: own },
      findings: { list: async () => ({ items: found }) },
      callForBackups: async (_site: string, keys: readonly EntryKey[]) => {
        called.push(...keys.map(({ recordingId }) => recordingId));
      },
      now: () => stored,
    } as unknown as RetryApp;
    const choice: RetryChoice = { verification: "v", which: ["missing", "different"], only: ["b", "c", "d", "nobody"] };
    expect(await retryRecordings(app, "acme", choice, undefined)).toStrictEqual({
      retried: 2,
      unchanged: 0,
      unknown: 0,
    });
    expect(called).toStrictEqual(["b", "c"]);
    expect(forgotten).toBe(1);
  });

  test("of a verification has runs look anew also where whoever marked them died before that (R42, R43)", async () => {
    const finding = { finding: "missing", bucket: "b", name: "a", recordingId: "a", receipt, n: 0 } as const;
    const marked = entryIn("pending", { recordingId: "a" });
    const ledger = {
      changeTogether: async (_tenant: string, changes: readonly EntryChange[]) =>
        changes.map(({ decide }) => decide(marked).outcome),
    };
    let forgotten = 0;
    const own = { ledger, inventory: { forgetKnown: async () => void forgotten++ } };
    const app = {
      site: "primary",
      backups: { primary: own, secondary: own },
      findings: { list: async () => ({ items: [finding] }) },
      callForBackups: async () => undefined,
      now: () => stored,
    } as unknown as RetryApp;
    expect(await retryRecordings(app, "acme", verified, undefined)).toMatchObject({ retried: 0, unchanged: 1 });
    expect(forgotten).toBe(1);
  });
});
