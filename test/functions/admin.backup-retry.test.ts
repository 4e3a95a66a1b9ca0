import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EntryKey } from "../../shared/domain/backup/ports.ts";
import { type Retried, type RetryApp, type RetryChoice, retryRecordings } from "../../shared/domain/backup/rerun.ts";
import { sites } from "../../shared/domain/sites.ts";
import { createBackupLedger } from "../../shared/stores/backup-ledger.ts";
import { entryIn, entryOf } from "../support/backups.ts";
import { eventually } from "../support/eventually.ts";
import { at, conflict, ids, type LedgerOffice, ledgerOffice } from "../support/ledger-office.ts";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
afterAll(() => stack.close());

let office: LedgerOffice;
beforeAll(async () => {
  office = await ledgerOffice(stack);
});

const tokenTo = (place: string) => Buffer.from(place).toString("base64url");
const retry = (body: unknown, options: Parameters<LedgerOffice["call"]>[1] = {}) =>
  office.call("/recordings/retry", { body, ...options });

describe("POST …/backup/recordings/retry", () => {
  test.each(sites)("on the %s stores chosen ones, and counts those that it leaves alone (R41)", async (site) => {
    await office.empty();
    const failed = await office.put("failed", 1, conflict, site);
    const waiting = await office.put("waiting", 2, { dueAt: new Date(Date.now() + 86_400_000) }, site);
    const pending = await office.put("pending", 3, { parked: "some-bucket" }, site);
    const bad = await office.put("failed", 4, { error: { class: "badEvent", message: "" } }, site);
    const recordingIds = [...ids([failed, waiting, pending, bad]), "nobody-knows"];
    const answer = await retry({ recordingIds }, { site });
    expect(answer).toMatchObject({ status: 200, body: { retried: 2, unchanged: 2, unknown: 1, more: false } });
    for (const { recordingId, destination } of [failed, waiting]) {
      const entry = await entryIn(stack, office.tenant, recordingId, "stored", site);
      expect(entry).toMatchObject({ receipt: destination, attempts: 0 });
    }
    expect((await entryOf(stack, office.tenant, bad.recordingId, site))?.state).toBe("failed");
  });

  test("is done once for each Idempotency-Key, and is in the audit log (R30, R41)", async () => {
    await office.empty();
    const failed = await office.put("failed", 1, conflict);
    const key = randomUUID();
    const body = { recordingIds: [failed.recordingId] };
    const [first, again] = [await retry(body, { key }), await retry(body, { key })];
    expect(again).toEqual(first);
    await eventually(async () => {
      const log = await stack.databases.secondary.collection(`standbys/${office.tenant}/audit`).get();
      const acts = log.docs.map((entry) => entry.data()).filter(({ act }) => act === "retry-recording-backups");
      expect(acts.filter(({ after }) => after.recordings === 1 && after.retried === 1).length).toBeGreaterThan(0);
    });
  });

  test.each([
    ["an id with a slash", { recordingIds: ["a/b"] }, "body.recordingIds.0"],
    ["an id that is the database's own", { recordingIds: ["__x__"] }, "body.recordingIds.0"],
    ["a token that leads elsewhere", { status: "failed", pageToken: tokenTo("a/b") }, "body.pageToken"],
    ["a token that was never given", { status: "failed", pageToken: "recording-1" }, "body.pageToken"],
    ["a place that is not there", { status: "failed", pageToken: tokenTo("nobody-knows") }, "body.pageToken"],
    ["a place outside the choice", { recordingIds: ["r1"], pageToken: tokenTo("r2") }, "body.pageToken"],
  ])("is refused with %s, and the field is named (R41)", async (_, body, field) => {
    expect(await retry(body)).toMatchObject({ status: 400, body: { fields: [{ field }] } });
  });

  test("leaves other offices' recordings alone (R47)", async () => {
    await office.empty();
    const failed = await office.put("failed", 1, { ...conflict, office: "osaka" });
    const asked = { recordingIds: [failed.recordingId] };
    expect(await retry(asked, { person: "here" })).toMatchObject({ body: { retried: 0, unknown: 1 } });
    expect(await retry({ status: "failed" }, { person: "here" })).toMatchObject({ body: { retried: 0, unknown: 0 } });
    expect((await retry(asked, { person: "viewer" })).status).toBe(403);
    expect((await retry({ status: "failed", office: "osaka" }, { person: "here" })).status).toBe(403);
    expect((await entryOf(stack, office.tenant, failed.recordingId))?.state).toBe("failed");
  });

  test("stores what a verification did not find any more, and nothing else that is stored (R43)", async () => {
    await office.empty();
    const receipt = { generation: "1", bytes: 2000, crc32c: "AAAAAA==", storedAt: at(0), delaySeconds: 1 };
    const missing = await office.put("stored", 1);
    const kept = await office.put("stored", 2);
    for (const { recordingId, destination } of [missing, kept]) {
      const entry = stack.databases.primary.doc(`tenants/${office.tenant}/recordingBackups/${recordingId}`);
      await entry.update({ receipt: { ...receipt, ...destination } });
    }
    const operation = { type: "verify-backups", state: "succeeded", open: false, finishedAt: new Date() } as const;
    const verification = await putOperation(stack, office.tenant, { ...operation, input: { site: "primary" } });
    const found = { n: 0, finding: "missing", recordingId: missing.recordingId, receipt };
    await stack.databases.secondary.doc(`operations/${verification}/findings/000000000`).set(found);
    expect(await retry({ recordingIds: [missing.recordingId] })).toMatchObject({ body: { retried: 0, unchanged: 1 } });
    expect(await retry({ verification, which: ["different"] })).toMatchObject({ body: { retried: 0, unchanged: 0 } });
    const others = { verification, recordingIds: [kept.recordingId] };
    expect(await retry(others)).toMatchObject({ body: { retried: 0, unchanged: 0, unknown: 0 } });
    const chosen = { verification, recordingIds: [missing.recordingId, kept.recordingId] };
    expect(await retry(chosen)).toMatchObject({ body: { retried: 1, unchanged: 0, more: false } });
    const again = await entryIn(stack, office.tenant, missing.recordingId, "stored");
    expect(again.receipt?.generation).not.toBe("1");
    expect((await entryOf(stack, office.tenant, kept.recordingId))?.receipt?.generation).toBe("1");
    // What was stored since is not stored once more.
    expect(await retry({ verification })).toMatchObject({ body: { retried: 0, unchanged: 1 } });
    expect((await retry({ verification }, { site: "secondary" })).status).toBe(400);
    const strange = await putOperation(stack, stack.newTenant(), { ...operation, input: { site: "primary" } });
    expect((await retry({ verification: strange })).status).toBe(400);
    const running = await putOperation(stack, office.tenant, {
      ...operation,
      state: "paused",
      input: { site: "primary" },
    });
    expect((await retry({ verification: running })).status).toBe(409);
  });

  test.each([
    [{}, "body.status"],
    [{ status: "failed", recordingIds: ["a"] }, "body.status"],
    [{ status: "failed", verification: "v" }, "body.status"],
    [{ recordingIds: [] }, "body.recordingIds"],
    [{ recordingIds: ["a"], from: "2026-01-01T00:00:00Z" }, "body.status"],
    [{ status: "stored" }, "body.status"],
    [{ status: "failed", colour: "red" }, "body.colour"],
  ])("names the field at fault in %j", async (body, field) => {
    const answer = await retry(body);
    expect([answer.status, answer.body.fields?.[0]?.field]).toEqual([400, field]);
  });
});

describe("retryRecordings", () => {
  test("takes as many of a state as go into a request, and goes on where it was (R41)", async () => {
    const [tenant, count] = [stack.newTenant(), 2300];
    const ledger = createBackupLedger(stack.databases.primary);
    const template = await office.put("failed", 0, conflict);
    for (let from = 0; from < count; from += 400) {
      const batch = stack.databases.primary.batch();
      for (let index = from; index < Math.min(count, from + 400); index++) {
        const recordingId = `bulk-${index}`;
        const more = { tenant, recordingId, startedAt: at(index % 7), office: index % 100 === 99 ? "osaka" : "tokyo" };
        batch.set(stack.databases.primary.doc(`tenants/${tenant}/recordingBackups/${recordingId}`), {
          ...template,
          ...more,
        });
      }
      await batch.commit();
    }
    const bad = { ...template, tenant, recordingId: "bad", error: { class: "badEvent", message: "" } };
    await stack.databases.primary.doc(`tenants/${tenant}/recordingBackups/bad`).set(bad);

    const called: EntryKey[] = [];
    const own = { ledger, inventory: { forgetKnown: () => Promise.reject(new Error("nothing stored is tried anew")) } };
    const app: RetryApp = {
      site: "primary",
      backups: { primary: own, secondary: own },
      callForBackups: async (_site, keys) => void called.push(...keys),
      findings: { list: () => Promise.reject(new Error("no verification is asked for")) },
      // A machine under load must not make more portions of it.
      now: () => at(60),
    };
    const choice: RetryChoice = { filter: { state: "failed", office: "tokyo" } };
    const portions: Retried[] = [];
    for (
      let token: string | undefined;
      portions.length === 0 || token !== undefined;
      token = portions.at(-1)?.nextPageToken
    ) {
      portions.push(await retryRecordings(app, tenant, choice, undefined, token));
    }
    const sum = (of: "retried" | "unchanged") => portions.reduce((total, portion) => total + portion[of], 0);
    expect(portions).toHaveLength(2);
    expect([sum("retried"), sum("unchanged")]).toEqual([count - 23, 1]);
    expect(new Set(called.map(({ recordingId }) => recordingId)).size).toBe(count - 23);
    expect(await ledger.count(tenant, {})).toMatchObject({ failed: 24, pending: count - 23 });
  });
});
