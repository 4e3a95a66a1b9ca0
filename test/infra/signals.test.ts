import protos from "@google-cloud/firestore-api/protos";
import protobuf from "protobufjs/minimal.js";
import { describe, expect, test } from "vitest";
import { announceState } from "../../functions/announce-state.ts";
import { runOperation } from "../../functions/run-operation.ts";
import { sweepOperations } from "../../functions/sweep-operations.ts";
import { alerts } from "../../infra/alerts.ts";
import { measureBacklog } from "../../shared/domain/backup/sweep.ts";
import { syncTenants } from "../../shared/domain/syncs.ts";
import type { RunReport } from "../../shared/runtime/triggers.ts";
import type { OperationStore } from "../../shared/stores/operations.ts";
import { array, map, text } from "../support/wire-values.ts";

const now = new Date("2026-11-21T10:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const event = { id: "1", type: "google.cloud.firestore.document.v1.written" };

/** Whether a line fits the filter of a signal: comparisons joined by AND, and by OR in brackets. */
function fits(name: string, line: Record<string, unknown>): boolean {
  const filter = alerts.flatMap(({ signals }) => signals).find((signal) => signal.name === name)?.filter ?? "";
  const compare = (term: string) => {
    const [, field = "", sign, value = ""] = /^jsonPayload\.(\w+)(=|>)(.+)$/.exec(term) ?? [];
    expect([term, sign]).not.toContain(undefined);
    return sign === "=" ? JSON.stringify(line[field]) === value : Number(line[field]) > Number(value);
  };
  return filter.split(" AND ").every((part) => part.replaceAll(/[()]/g, "").split(" OR ").some(compare));
}

/** The body of an event that tells what a stand-by was, and what it is. */
function changeOf(before: object, after: object): Uint8Array {
  const document = (fields: object) =>
    protos.google.firestore.v1.Document.encode({
      name: "projects/p/databases/osaka/documents/standbys/acme",
      updateTime: { seconds: 1, nanos: 0 },
      fields: { edits: array(), ...fields },
    } as never).finish();
  return protobuf.Writer.create().uint32(10).bytes(document(after)).uint32(18).bytes(document(before)).finish();
}

const announceApp = {
  endpoints: { write: async () => "written" as const, behind: async () => [] },
  publish: async () => undefined,
  secondaryDirectory: { tenant: async () => undefined },
};

describe("a sync that stopped", () => {
  const stoppedBy = (reason: string) => ({ state: text("stopped"), stop: map({ reason: text(reason) }) });
  const lineOf = async (before: object, after: object): Promise<RunReport> => ({
    function: "announce-state",
    ...(await run({ ...event, body: changeOf(before, after) })),
  });
  const run = (change: typeof event & { body: Uint8Array }) =>
    (announceState as Extract<typeof announceState, { type: "document" }>).run(announceApp, change);

  test("by an edit is counted, whoever found the edit (R10)", async () => {
    const line = await lineOf({ state: text("syncing") }, stoppedBy("tamper"));
    expect(line).toMatchObject({ tenant: "acme", outcome: "announced", state: "stopped", stop: "tamper" });
    expect(fits("tampered_tenants", line)).toBe(true);
  });

  test.each([
    ["by an operator", { state: text("syncing") }, stoppedBy("operator")],
    ["before already", stoppedBy("tamper"), stoppedBy("tamper")],
    ["once and is being restored", stoppedBy("tamper"), { ...stoppedBy("tamper"), state: text("resyncing") }],
  ])("%s is not", async (_, before, after) => {
    expect(fits("tampered_tenants", await lineOf(before, after))).toBe(false);
  });
});

describe("a comparison that was carried to its end", () => {
  /** The line of a slice of a cancelled operation, which runs nothing, as if it had succeeded. */
  const lineOf = async (type: string) => {
    let record: object = { id: "1", type, state: "cancelled", open: true, attempts: 0 };
    const operationStore = {
      change: async (_: string, decide: (current: object) => { next?: object; outcome: unknown }) => {
        const { next, outcome } = decide(record);
        record = next ?? record;
        return outcome;
      },
    };
    const app = { operationStore, findings: { trim: async () => undefined }, now: () => now };
    const message = { id: "1", data: { operationId: "1" }, bytes: new Uint8Array(), attributes: {} };
    const { run } = runOperation as Extract<typeof runOperation, { type: "message" }>;
    const line = await run(app as unknown as Parameters<typeof run>[0], message);
    expect(line).toMatchObject({ outcome: "ended", operation: "1" });
    return { function: "run-operation", ...line, outcome: "succeeded" };
  };

  test.each([
    ["reconcile", true],
    ["verify-backups", false],
  ])("is counted as the cause of an announcement: %s: %s (R31)", async (type, counted) => {
    expect(fits("comparisons_ended", await lineOf(type))).toBe(counted);
  });
});

describe("the oldest stranded operation", () => {
  const lineOf = (since: Date[]) => {
    const published: string[] = [];
    const operations = {
      stranded: async () => since.map((at, index) => ({ id: String(index), since: at })),
      publish: async (id: string) => void published.push(id),
    } as unknown as OperationStore;
    const { run } = sweepOperations as Extract<typeof sweepOperations, { type: "schedule" }>;
    return run({ ...announceApp, operations, now: () => now }, { job: "sweep-operations", scheduleTime: now });
  };

  test("is told in seconds, and counted", async () => {
    const line = { function: "sweep-operations", ...(await lineOf([ago(40), ago(400), ago(60)])) };
    expect(line).toMatchObject({ stranded: 3, oldestStrandedSeconds: 400 });
    expect(fits("oldest_stranded_operation", line)).toBe(true);
  });

  test("is 0 where none is, so that the alert ends", async () => {
    expect(await lineOf([])).toMatchObject({ stranded: 0, oldestStrandedSeconds: 0 });
  });
});

describe("the backlog of recordings", () => {
  const appOf = (oldest: Date | undefined) => {
    const own = {
      ledger: { oldestUntried: async () => oldest },
      destinations: { countOutOfService: async () => 2 },
    };
    return { site: "primary", backups: { primary: own, secondary: {} }, now: () => now } as unknown as Parameters<
      typeof measureBacklog
    >[0];
  };

  test.each([
    ["the age of the oldest", ago(3700), 3700],
    ["0 where none waits", undefined, 0],
    ["0 where a clock is ahead", ago(-20), 0],
  ])("is %s (R43b)", async (_, oldest, oldestPendingSeconds) => {
    expect(await measureBacklog(appOf(oldest))).toStrictEqual({ oldestPendingSeconds, outOfService: 2 });
  });
});

describe("a sync that could not copy", () => {
  const lineOf = async (outcome: "copied" | "refused" | "failed") => {
    const standby = { tenant: "acme", state: "syncing", fence: { number: 1, id: "a" } };
    const app = {
      standbys: { list: async () => ({ items: [standby] }) },
      syncs: { cursor: async () => undefined, saveCursor: async () => undefined },
      now: () => now,
    } as unknown as Parameters<typeof syncTenants>[0];
    return {
      function: "sync-access-rules",
      ...(await syncTenants(app, "access-rules", async () => ({ outcome }))),
    };
  };

  test.each([
    ["copied", false],
    ["refused", true],
    ["failed", true],
  ] as const)("is counted where a tenant was %s: %s (R13)", async (outcome, counted) => {
    expect(fits("access_rules_not_copied", await lineOf(outcome))).toBe(counted);
  });
});
