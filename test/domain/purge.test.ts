import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import {
  beginning,
  countNames,
  countRecordings,
  doneIn,
  type PurgeCursor,
  recordPurge,
  requireBackedUp,
  requirePurgeable,
  resultOf,
} from "../../shared/domain/purge.ts";
import { comparePaths } from "../../shared/domain/reconcile.ts";
import { type Standby, type StandbyState, standbyStates } from "../../shared/domain/standby.ts";
import { profileOf } from "../support/tenants.ts";

const now = new Date("2026-11-21T10:00:00Z");

const standbyOf = (state: StandbyState, platformVersion = "3.9.0"): Standby => ({
  tenant: "acme",
  state,
  since: now,
  fence: { number: 3, id: "third" },
  profile: { ...profileOf("acme"), platformVersion },
  profileVersion: 1,
});

/** The error that refuses a purge. */
function refusal(standby: Standby | undefined): AppError | undefined {
  try {
    requirePurgeable(standby);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

describe("requireBackedUp", () => {
  test("refuses to delete the only copies of recordings, and says what to do (R26)", () => {
    expect(() => requireBackedUp(0)).not.toThrow();
    expect(() => requireBackedUp(2)).toThrow(
      expect.objectContaining({
        code: "conflict",
        fields: [expect.objectContaining({ field: "body.abandonRecordings", label: expect.anything() })],
      }),
    );
  });
});

describe("requirePurgeable", () => {
  const allowed: StandbyState[] = ["syncing", "stopped"];

  test.each(Object.keys(standbyStates) as StandbyState[])("decides for a tenant that is %s (R26)", (state) => {
    expect(refusal(standbyOf(state))?.code).toBe(allowed.includes(state) ? undefined : "conflict");
  });

  test.each(["3.6.10", "3.7.10", "3.8.99"])("refuses platform %s and says what to do by hand (R17, R26)", (version) => {
    const error = refusal(standbyOf("syncing", version));
    expect(error).toMatchObject({ code: "precondition-failed", fields: [{ field: "platformVersion" }] });
    expect(error?.message).toContain("by hand");
  });

  test("takes later platforms (R26)", () => {
    expect(refusal(standbyOf("stopped", "3.10.0"))).toBeUndefined();
  });

  test("does not know a tenant without a stand-by", () => {
    expect(refusal(undefined)?.code).toBe("not-found");
  });
});

const ids = ["1", "10", "9", "a", "A", "é", "電話", "😀", "﨑"];
const paths = fc
  .uniqueArray(
    fc
      .tuple(
        fc.constantFrom("callHistory", "recordings", "smsHistory"),
        fc.constantFrom(...ids),
        fc.option(fc.constantFrom(...ids), { nil: undefined }),
      )
      .map(([kind, id, part]) => (part === undefined ? `${kind}/${id}` : `${kind}/${id}/parts/${part}`)),
    { maxLength: 30 },
  )
  .map((chosen) => chosen.sort(comparePaths));

describe("counting", () => {
  test("counts each document once, wherever a purge dies and is taken up again (R26)", () => {
    fc.assert(
      fc.property(paths, fc.infiniteStream(fc.nat(6)), fc.integer({ min: 1, max: 5 }), (all, chance, pageSize) => {
        const left = new Set(all);
        let cursor: PurgeCursor = beginning(all.length);
        while (left.size > 0) {
          const after = cursor.after;
          const listed = [...left].filter((path) => after === undefined || comparePaths(path, after) > 0);
          const page = listed.slice(0, pageSize);
          cursor = countNames(
            cursor,
            page.map((path) => ({ path, createTime: 0, updateTime: 0 })),
          );
          // Some of the page are deleted, in any order, when it dies; or all, and the page is done with.
          const dies = chance.next().value === 0;
          const deleted = dies ? page.filter(() => chance.next().value < 3) : page;
          for (const path of deleted) left.delete(path);
          const last = page.at(-1);
          if (!dies && last !== undefined) cursor = { ...cursor, after: last };
        }
        const result = resultOf(cursor);
        expect(result.documents).toBe(all.length);
        expect(result.entries).toBe(all.filter((path) => path.split("/").length === 2).length);
        for (const [kind, { documents }] of Object.entries(result.kinds)) {
          expect(documents).toBe(all.filter((path) => path.startsWith(`${kind}/`)).length);
        }
      }),
    );
  });

  test("counts each recording once, and each generation of one name (R26)", () => {
    const object = (name: string, generation: string) => ({ name, generation, bytes: 10, created: 0 });
    const all = [object("acme/A", "5"), object("acme/a", "9"), object("acme/a", "10"), object("acme/電話", "1")];
    let cursor = countRecordings(beginning(4), all.slice(0, 2));
    // It died here, with the first deleted.
    cursor = countRecordings(cursor, all.slice(1));
    expect(cursor.recordings).toStrictEqual({ objects: 4, bytes: 40 });
    expect(countRecordings(cursor, all)).toBe(cursor);
    expect(doneIn(cursor)).toBe(4);
  });
});

describe("recordPurge", () => {
  const operation: Operation = {
    id: "op",
    type: "purge",
    tenant: "acme",
    state: "running",
    open: true,
    input: {},
    progress: { done: 0 },
    attempts: 1,
    createdBy: { type: "user", id: "anna@example.com" },
    createdAt: now,
    updatedAt: now,
  };
  const counted = countNames(beginning(1), [{ path: "smsHistory/1", createTime: 0, updateTime: 0 }]);
  const result = resultOf(countRecordings(counted, [{ name: "acme/1", generation: "1", bytes: 7, created: 0 }]));

  test("writes the counts to the audit log and asks for the mail, once (R26, R30)", () => {
    const change = recordPurge(standbyOf("stopped"), operation, result, now);
    expect(change.audit).toMatchObject({
      act: "purge",
      by: operation.createdBy,
      after: { operation: "op", entries: 1, kinds: { smsHistory: { entries: 1, documents: 1 } } },
    });
    expect(change.mails).toMatchObject([
      { template: "purged", tenant: "acme", to: "administrators", data: { documents: 1, recordings: 1 } },
    ]);
    expect(change.next).toMatchObject({ state: "stopped", fence: { number: 3 } });
    expect(recordPurge(change.next, operation, result, now)).toStrictEqual({ outcome: undefined });
  });
});
