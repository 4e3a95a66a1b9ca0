import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import type { Change, LedgerEntry } from "../../shared/domain/mirror.ts";
import { type CompareApp, type CompareOptions, compareSites, type Listed } from "../../shared/domain/reconcile.ts";
import { changesOnPrimary } from "../../shared/domain/repair.ts";
import type { WireState } from "../../shared/domain/value.ts";
import { text } from "../support/wire-values.ts";

const root = "projects/p/databases/d/documents/";
const roots = { primary: root, secondary: root };
const paths = (count: number) => Array.from({ length: count }, (_, index) => `phones/${index + 1000}`);
const at = { seconds: 1, nanos: 0 };

/** What both sites list and the ledger says; what is brought over is kept in `changes`. */
function appOf(sites: { primary: string[]; secondary: string[]; mirrored: string[] }) {
  const changes: Change[] = [];
  const there = new Set(sites.primary);
  const entryOf = (path: string): LedgerEntry => ({
    ...{ path, kind: "phones", rank: { version: 1, deleted: false }, hash: "h", large: false, documentTime: 1 },
  });
  const app = {
    roots,
    async *list(site: "primary" | "secondary") {
      yield* sites[site].map((path): Listed => ({ path, updateTime: site === "primary" ? 2 : 1 }));
    },
    primaryTenant: async () => ({}),
    adopt: async () => undefined,
    entries: async (_tenant: string, asked: string[]) =>
      new Map(asked.filter((path) => sites.mirrored.includes(path)).map((path) => [path, entryOf(path)])),
    primaryDocuments: async (_tenant: string, asked: string[]) =>
      new Map(
        asked.map((path) => [path, there.has(path) ? { fields: { a: text("1") }, updateTime: at } : { missingAt: 9 }]),
      ),
    applyAll: async (_tenant: string, asked: Change[]) => {
      changes.push(...asked);
      return asked.map(() => "applied" as const);
    },
    toFields: (state: WireState) => state.fields ?? {},
    tampered: () => Promise.reject(new Error("nobody edits this tenant")),
    equalBlocks: async () => undefined,
    saveEqualBlocks: async () => undefined,
    now: () => new Date(0),
  } as CompareApp;
  const compare = (options: CompareOptions) =>
    compareSites(app, "acme", options, { kinds: {} }, async () => "continue" as const);
  return { app, compare, changes };
}

describe("a comparison that is to delete", () => {
  const refuse = () => Promise.reject(new AppError("precondition-failed", "the primary has lost it"));

  test("asks first, once, and deletes nothing where that is refused (R8)", async () => {
    const all = paths(900);
    const { compare, changes } = appOf({ primary: all.slice(0, 100), secondary: all, mirrored: all });
    await expect(compare({ mayDelete: refuse })).rejects.toMatchObject({ code: "precondition-failed" });
    expect(changes.filter(({ rank }) => rank.deleted)).toStrictEqual([]);

    let asked = 0;
    await compare({
      mayDelete: async () => {
        asked++;
        expect(changes.some(({ rank }) => rank.deleted)).toBe(false);
      },
    });
    expect(asked).toBe(1);
    expect(changes.filter(({ rank }) => rank.deleted)).toHaveLength(800);
  });

  test("asks nothing for what is created or changed, or was never mirrored (R8)", async () => {
    const [here, there] = [paths(20), paths(30).slice(10)];
    const { compare, changes } = appOf({ primary: here, secondary: there, mirrored: here });
    await compare({ overwrite: "all", mayDelete: refuse });
    expect(changes.filter(({ rank }) => rank.deleted)).toHaveLength(10);
    expect(changes.filter(({ rank }) => !rank.deleted)).toHaveLength(20);
  });
});

describe("a primary that went back, as one that is restored from a back-up does", () => {
  test("is told of, and followed where all is to be overwritten (R8, R11)", async () => {
    const { app, compare, changes } = appOf({ primary: paths(3), secondary: paths(3), mirrored: paths(3) });
    const rank = { version: 5_000_000, deleted: false };
    const entries = app.entries;
    app.entries = async (tenant, asked) =>
      new Map(
        [...(await entries(tenant, asked))].map(([path, entry]) => [
          path,
          { ...entry, rank, hash: "of a later state" },
        ]),
      );
    const options: (ReadonlyMap<string, unknown> | undefined)[] = [];
    app.applyAll = async (_tenant, asked, { older }) => {
      options.push(older);
      changes.push(...asked);
      return asked.map(({ path }) => (older?.has(path) ? "applied" : "stale"));
    };
    expect(await compare({})).toMatchObject({ kinds: { phones: { documents: 3, differing: 3, repaired: 0 } } });
    expect(await compare({ overwrite: "all" })).toMatchObject({ kinds: { phones: { differing: 0, repaired: 3 } } });
    expect(options).toStrictEqual([undefined, new Map(paths(3).map((path) => [path, rank]))]);
  });
});

describe("a document that the secondary's database refuses", () => {
  test("differs, and keeps no other one back (R8)", async () => {
    const { app, compare } = appOf({ primary: paths(3), secondary: [], mirrored: [] });
    app.applyAll = async (_tenant, asked) => asked.map((_, index) => (index === 1 ? "refused" : "applied"));
    expect(await compare({})).toMatchObject({ kinds: { phones: { documents: 3, differing: 1, repaired: 2 } } });
  });
});

describe("changesOnPrimary", () => {
  /** A primary whose documents have that size, which gives out no more than it may, and counts what was asked for. */
  function primaryOf(bytesEach: number) {
    const asked: number[] = [];
    const primaryDocuments = async (_tenant: string, wanted: string[], mostBytes = Number.POSITIVE_INFINITY) => {
      asked.push(wanted.length);
      const fitting = wanted.slice(0, Math.max(1, Math.floor(mostBytes / bytesEach)));
      return new Map(fitting.map((path) => [path, { fields: { a: text("1") }, updateTime: at }]));
    };
    return { asked, app: { roots, primaryDocuments, toFields: (state: WireState) => state.fields ?? {} } };
  }

  async function portionsOf(app: Parameters<typeof changesOnPrimary>[0], count: number): Promise<string[][]> {
    const portions: string[][] = [];
    for await (const changes of changesOnPrimary(app, "acme", paths(count))) {
      portions.push(changes.map(({ path }) => path));
    }
    return portions;
  }

  test("takes large documents few at a time, leaves none out, and asks for few in vain (R8)", async () => {
    const { asked, app } = primaryOf(1024 * 1024);
    const portions = await portionsOf(app, 250);
    expect(portions.flat()).toStrictEqual(paths(250));
    expect(Math.max(...portions.map(({ length }) => length))).toBeLessThanOrEqual(2);
    expect(asked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(250 + 2 * 250);
  });

  test("takes small ones together (R8)", async () => {
    const { asked, app } = primaryOf(1000);
    expect(await portionsOf(app, 250)).toHaveLength(1);
    expect(asked).toStrictEqual([250]);
  });
});
