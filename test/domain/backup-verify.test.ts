import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backupVerificationRoutes } from "../../shared/domain/api/backup-verifications.ts";
import type { BackupState, Receipt } from "../../shared/domain/backup/entry.ts";
import { findingsCsv } from "../../shared/domain/backup/findings-csv.ts";
import type { SiteBackups } from "../../shared/domain/backup/ports.ts";
import {
  type Claimed,
  compareNames,
  type Finding,
  type Listed,
  type Pair,
  pairs,
  verdictOf,
} from "../../shared/domain/backup/verification.ts";
import { verifyBackupsOperation } from "../../shared/domain/backup/verify.ts";
import type { VerifyApp } from "../../shared/domain/backup/verify-bucket.ts";
import type { Findings } from "../../shared/domain/backup/verify-ports.ts";
import { byteOrderMark } from "../../shared/domain/csv.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { parseCsv } from "../support/csv.ts";

const askedAt = new Date("2026-11-21T10:00:00Z");
const before = new Date("2026-11-01T10:00:00Z");
const bucket = "customer";
const question = { bucket, askedAt };

const receiptOf = (name: string, more: Partial<Receipt> = {}): Receipt => ({
  ...{ bucket, name, generation: "1", bytes: 10, crc32c: "AAAAAA==", storedAt: before, delaySeconds: 1 },
  ...more,
});
const claimedOf = (name: string, state: BackupState = "stored", more: Partial<Claimed> = {}): Claimed => ({
  ...{ recordingId: `id of ${name}`, callId: "call", office: "tokyo", startedAt: before, state, name },
  ...(state === "stored" ? { receipt: receiptOf(name) } : {}),
  ...more,
});
const listedOf = (name: string, more: Partial<Listed> = {}): Listed => ({
  ...{ name, generation: "1", bytes: 10, crc32c: "AAAAAA==", createdAt: before },
  ...more,
});
const name = "call-recordings/受付/2026-11-01/髙﨑 - call - rec-1.mp3";
const pairOf = (claimed?: Claimed, listed?: Listed, more: Partial<Pair> = {}): Pair => ({
  name: claimed?.name ?? listed?.name ?? "",
  ...(claimed ? { claimed } : {}),
  ...(listed ? { listed } : {}),
  ...more,
});
const after = new Date("2026-11-21T10:00:01Z");

describe("verdictOf", () => {
  test("the same length, checksum and generation are equal (R43)", () => {
    expect(verdictOf(pairOf(claimedOf(name), listedOf(name)), question)).toBe("equal");
  });

  test.each([
    ["bytes", { bytes: 11 }],
    ["crc32c", { crc32c: "BBBBBB==" }],
    ["generation", { generation: "2" }],
  ])("another %s is different, and the finding shows both (R43)", (figure, more) => {
    expect(verdictOf(pairOf(claimedOf(name), listedOf(name, more)), question)).toMatchObject({
      ...{ finding: "different", differs: [figure], recordingId: `id of ${name}`, receipt: receiptOf(name) },
      object: { ...more, createdAt: before },
    });
  });

  test("a listing without a checksum, as of a bucket with a key of its own, leaves length and generation decisive (R43)", () => {
    const { crc32c: _crc32c, ...silent } = listedOf(name);
    expect(verdictOf(pairOf(claimedOf(name), silent), question)).toBe("equal");
    const found = verdictOf(pairOf(claimedOf(name), { ...silent, generation: "2" }), question);
    expect(found).toMatchObject({ finding: "different", differs: ["generation"] });
    expect(found).not.toHaveProperty("object.crc32c");
    expect(verdictOf(pairOf(claimedOf(name), { ...silent, bytes: 11 }), question)).toMatchObject({
      differs: ["bytes"],
    });
  });

  test("what is stored and not there is missing, and its receipt stays visible (R43)", () => {
    const found = verdictOf(pairOf(claimedOf(name)), question);
    expect(found).toMatchObject({ finding: "missing", bucket, name, receipt: receiptOf(name) });
    expect(found).not.toHaveProperty("object");
  });

  test("what is in no receipt is extra; Hikae's own objects are not (R43)", () => {
    expect(verdictOf(pairOf(undefined, listedOf(name)), question)).toMatchObject({ finding: "extra", name });
    for (const own of ["call-recordings/", "call-recordings/受付/", "call-recordings/hikae-challenge-1.txt"]) {
      expect(verdictOf(pairOf(undefined, listedOf(own)), question)).toBe("ours");
    }
    const sidecar = listedOf(name.replace("mp3", "json"));
    expect(verdictOf(pairOf(undefined, sidecar, { after: claimedOf(name) }), question)).toBe("ours");
    expect(verdictOf(pairOf(undefined, sidecar, { before: claimedOf(name) }), question)).toBe("ours");
    expect(verdictOf(pairOf(undefined, sidecar), question)).toMatchObject({ finding: "extra" });
  });

  test("what failed but lies there is extra, with the recording that has its place", () => {
    const found = verdictOf(pairOf(claimedOf(name, "failed"), listedOf(name)), question);
    expect(found).toMatchObject({ finding: "extra", recordingId: `id of ${name}` });
  });

  test("what is under way, or came after it was asked for, is not judged", () => {
    for (const state of ["pending", "waiting"] as const) {
      expect(verdictOf(pairOf(claimedOf(name, state)), question)).toBe("underWay");
      expect(verdictOf(pairOf(claimedOf(name, state), listedOf(name)), question)).toBe("underWay");
    }
    const receipt = receiptOf(name, { storedAt: after });
    expect(verdictOf(pairOf(claimedOf(name, "stored", { receipt })), question)).toBe("newer");
    const again = listedOf(name, { generation: "2", createdAt: after });
    expect(verdictOf(pairOf(claimedOf(name), again), question)).toBe("newer");
    expect(verdictOf(pairOf(undefined, again), question)).toBe("newer");
    expect(verdictOf(pairOf(claimedOf(name, "failed")), question)).toBe("other");
  });

  test("of a part, only what is of it is judged, and nothing is extra", () => {
    const unit = { type: "callCenter", id: "orders" } as const;
    const part = { unit, from: new Date("2026-10-01T00:00:00Z"), to: before };
    const of = (more: Partial<Claimed>) => verdictOf(pairOf(claimedOf(name, "stored", more)), { ...question, part });
    expect(of({ unit })).toBe("other");
    expect(of({ unit, startedAt: new Date("2026-10-31T00:00:00Z") })).toMatchObject({ finding: "missing" });
    expect(of({ startedAt: new Date("2026-10-31T00:00:00Z") })).toBe("other");
    expect(verdictOf(pairOf(undefined, listedOf(name)), { ...question, part })).toBe("other");
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const names = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }), { maxLength: 40 });
const inOrder = (some: readonly string[]) => some.toSorted(compareNames);

describe("pairs", () => {
  test("every name of either side comes once, in order, with what each says of it (R43)", async () => {
    await fc.assert(
      fc.asyncProperty(names, names, async (left, right) => {
        const [claims, objects] = [
          inOrder(left).map((one) => claimedOf(one)),
          inOrder(right).map((one) => listedOf(one)),
        ];
        const found = await all(pairs(each(claims), each(objects)));
        expect(found.map((pair) => pair.name)).toStrictEqual(inOrder([...new Set([...left, ...right])]));
        for (const { name: one, claimed, listed, before: last, after: next } of found) {
          expect([claimed?.name, listed?.name]).toStrictEqual([
            left.includes(one) ? one : undefined,
            right.includes(one) ? one : undefined,
          ]);
          const others = inOrder(left).filter((other) => other !== one);
          expect(last?.name).toBe(others.findLast((other) => compareNames(other, one) < 0));
          if (!claimed) expect(next?.name).toBe(others.find((other) => compareNames(other, one) > 0));
        }
      }),
    );
  });
});

class Killed extends Error {}

/** A ledger's places, a bucket's objects, and what was found, as verifications use them. */
function worldOf(claims: readonly Claimed[], objects: readonly Listed[], refusedFrom = Number.POSITIVE_INFINITY) {
  const kept = new Map<number, Finding>();
  const world = { kept, callsLeft: Number.POSITIVE_INFINITY, pageSize: 7 };
  const live = () => {
    if (--world.callsLeft < 0) throw new Killed();
  };
  const page = (from: number) => {
    live();
    if (from >= refusedFrom) return { cause: "denied" as const, message: "no" };
    const end = from + world.pageSize;
    return { objects: objects.slice(from, end), ...(end < objects.length ? { nextPageToken: String(end) } : {}) };
  };
  const receipts = {
    buckets: async () => [bucket],
    countClaims: async () => claims.length,
    claims: (_tenant: string, _bucket: string, last?: string) =>
      each(claims.filter(({ name: one }) => last === undefined || compareNames(one, last) > 0)),
    claimsNamed: async (_tenant: string, _bucket: string, wanted: readonly string[]) =>
      claims.filter(({ name: one }) => wanted.includes(one)),
  };
  const findings: Partial<Findings> = {
    async keep(_id, first, found) {
      live();
      for (const [index, finding] of found.entries()) kept.set(first + index, finding);
    },
    async trim(_id, count) {
      for (const n of kept.keys()) if (n >= count) kept.delete(n);
    },
  };
  const proved = {
    settings: { readBucket: async () => ({ provedAt: before }) },
    destinations: { read: async () => undefined },
  };
  const app = {
    backups: { primary: proved as unknown as SiteBackups },
    receipts: { primary: receipts, secondary: { claimsNamed: async () => [] } },
    listings: {
      list: async (_bucket: string, { pageToken, after: last }: { pageToken?: string; after?: string }) =>
        page(
          pageToken
            ? Number(pageToken)
            : objects.findIndex((one) => last === undefined || compareNames(one.name, last) > 0),
        ),
    },
    findings,
  } as unknown as VerifyApp;
  return { world, app };
}

async function verify({ world, app }: ReturnType<typeof worldOf>, lives: readonly number[] = [], saves = () => true) {
  let operation = {
    ...{ id: "v", type: "verify-backups", tenant: "acme", createdAt: askedAt, input: { site: "primary" } },
  } as unknown as Operation;
  const save = async (cursor: Record<string, unknown>) => {
    if (saves()) operation = { ...operation, cursor };
    return "continue" as const;
  };
  for (const callsLeft of [...lives, Number.POSITIVE_INFINITY]) {
    world.callsLeft = callsLeft;
    try {
      const end = await verifyBackupsOperation.run(app, operation, save);
      return end.done ? end.result : undefined;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
  return undefined;
}

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => `call-recordings/a/${String(n).padStart(5, "0")}.mp3`);

describe("verifyBackupsOperation", () => {
  test("killed at any point it finds each once (R43)", async () => {
    const sides = fc.array(fc.constantFrom("both", "ledger", "bucket", "changed"), { maxLength: 2500, size: "max" });
    const lives = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 8, size: "max" });
    await fc.assert(
      fc.asyncProperty(sides, lives, fc.infiniteStream(fc.boolean()), async (had, life, saves) => {
        const every = many(had.length);
        const of = (...wanted: string[]) => every.filter((_, index) => wanted.includes(had[index] as string));
        const claims = of("both", "ledger", "changed").map((one) => claimedOf(one));
        const objects = of("both", "bucket", "changed").map((one) =>
          listedOf(one, of("changed").includes(one) ? { bytes: 11 } : {}),
        );
        const made = worldOf(claims, objects);
        const result = await verify(made, life, () => saves.next().value === true);
        const counts = { equal: of("both").length, missing: of("ledger").length, extra: of("bucket").length };
        expect(result).toMatchObject({ ...counts, different: of("changed").length });
        const found = [...made.world.kept].sort(([a], [b]) => a - b);
        expect(found.map(([n]) => n)).toStrictEqual(found.map((_, index) => index));
        expect(found.map(([, finding]) => finding.name)).toStrictEqual(of("ledger", "bucket", "changed"));
      }),
      { numRuns: 15 },
    );
  });

  test("a bucket that refuses half-way leaves nothing concluded, and fails the verification (R43)", async () => {
    const every = many(3000);
    const made = worldOf(
      every.map((one) => claimedOf(one)),
      every.slice(1).map((one) => listedOf(one)),
      1500,
    );
    await expect(verify(made)).rejects.toMatchObject({
      code: "precondition-failed",
      fields: [{ field: bucket, problem: "Hikae may not write to the bucket" }],
    });
  });
});

describe("getBackupVerification", () => {
  test("answers with a finding whose object has no listed checksum (R43)", async () => {
    const { crc32c: _crc32c, ...silent } = listedOf(name, { generation: "2" });
    const found = { ...(verdictOf(pairOf(claimedOf(name), silent), question) as Finding), n: 0 };
    const operation = {
      ...{ id: "v", type: "verify-backups", tenant: "acme", state: "succeeded", progress: { done: 1 } },
      ...{ createdBy: { type: "user", id: "a@example.com" }, createdAt: askedAt, updatedAt: askedAt },
      input: { site: "primary", bucket },
    };
    const app = { operations: { read: async () => operation }, findings: { list: async () => ({ items: [found] }) } };
    const route = backupVerificationRoutes.find(({ operationId }) => operationId === "getBackupVerification");
    const run = route?.run as unknown as (context: object, input: object) => Promise<unknown>;
    const answer = await run({ app, accept: "" }, { params: { tenant: "acme", id: "v" }, query: { pageSize: 10 } });
    expect(route?.response.parse(answer)).toMatchObject({
      items: [{ differs: ["generation"], receipt: { crc32c: "AAAAAA==" }, object: { generation: "2", bytes: 10 } }],
    });
  });
});

describe("findingsCsv", () => {
  test("has a line for each finding, and no formula (R43)", async () => {
    const evil = "=cmd|' /C calc'!A0";
    const kept = [
      { ...(verdictOf(pairOf(claimedOf(name)), question) as Finding), n: 0 },
      { ...(verdictOf(pairOf(undefined, listedOf(evil)), question) as Finding), n: 1 },
    ];
    const findings = {
      list: async (_id: string, _type: unknown, { pageToken }: { pageToken?: string }) =>
        pageToken ? { items: kept.slice(1) } : { items: kept.slice(0, 1), nextPageToken: "0" },
    } as unknown as Findings;
    const text = (await all(findingsCsv(findings, "v", undefined))).join("");
    const [head, missing, extra] = parseCsv(text.replace(byteOrderMark, "")).map((row) => row.map((cell) => cell.text));
    expect(head?.slice(0, 4)).toStrictEqual(["finding", "differs", "bucket", "name"]);
    expect(missing).toContain("missing");
    expect(missing?.[3]).toBe(name);
    expect(extra?.[3]).toBe(`'${evil}`);
  });

  test("leaves the cell of a checksum that is not listed empty (R43)", async () => {
    const { crc32c: _crc32c, ...silent } = listedOf(name, { generation: "2" });
    const found = { ...(verdictOf(pairOf(claimedOf(name), silent), question) as Finding), n: 0 };
    const findings = { list: async () => ({ items: [found] }) } as unknown as Findings;
    const text = (await all(findingsCsv(findings, "v", undefined))).join("");
    const [head, row] = parseCsv(text.replace(byteOrderMark, "")).map((each) => each.map((cell) => cell.text));
    const of = (column: string) => row?.[head?.indexOf(column) ?? -1];
    expect([of("object_generation"), of("object_crc32c"), of("receipt_crc32c")]).toStrictEqual(["2", "", "AAAAAA=="]);
  });
});
