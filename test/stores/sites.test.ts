import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import type { Change } from "../../shared/domain/mirror.ts";
import { comparePaths } from "../../shared/domain/reconcile.ts";
import type { Ledger } from "../../shared/stores/ledger.ts";
import { createSites } from "../../shared/stores/sites.ts";
import type { Wire, WireDocument } from "../../shared/stores/wire.ts";

const root = "projects/p/databases/d/documents/";
const changeAt = (path: string): Change => ({
  ...{ path, kind: "phones", rank: { version: 1, deleted: false }, hash: "h", fields: {}, bytes: 10, by: "reconcile" },
});
const noWires = {} as { primary: Wire; secondary: Wire };
const noNotes = async () => undefined;

describe("applyAll", () => {
  const changes = Array.from({ length: 20 }, (_, index) => changeAt(`phones/${index}`));

  test("halves a commit that the database finds too big, and answers in order (R8)", async () => {
    const sizes: number[] = [];
    const apply: Ledger["apply"] = async (_tenant, asked) => {
      sizes.push(asked.length);
      if (asked.length > 6) throw new AppError("invalid", "Transaction too big");
      return { outcomes: asked.map(({ path }) => (path === "phones/7" ? "tampered" : "applied")) };
    };
    const sites = createSites(noWires, { apply } as Ledger, noNotes);
    const outcomes = await sites.applyAll("acme", changes, { look: false });
    expect(outcomes.map((outcome, index) => [index, outcome]).filter(([, outcome]) => outcome !== "applied")).toEqual([
      [7, "tampered"],
    ]);
    expect(outcomes).toHaveLength(20);
    expect(sizes).toStrictEqual([20, 10, 5, 5, 10, 5, 5]);
  });

  test("keeps no other change back for one that the database never takes (R8)", async () => {
    const apply: Ledger["apply"] = async (_tenant, asked) => {
      if (asked.some(({ path }) => path === "phones/7")) throw new AppError("invalid", "too many index entries");
      return { outcomes: asked.map(() => "applied") };
    };
    const outcomes = await createSites(noWires, { apply } as Ledger, noNotes).applyAll("acme", changes, {
      look: false,
    });
    expect(outcomes.flatMap((outcome, index) => (outcome === "applied" ? [] : [[index, outcome]]))).toStrictEqual([
      [7, "refused"],
    ]);
  });

  test("fails at once by what is not invalid (R8)", async () => {
    let calls = 0;
    const apply: Ledger["apply"] = async () => {
      calls++;
      throw new AppError("unavailable", "no");
    };
    const silent = createSites(noWires, { apply } as Ledger, noNotes);
    await expect(silent.applyAll("acme", changes, { look: false })).rejects.toMatchObject({ code: "unavailable" });
    expect(calls).toBe(1);
  });
});

describe("primaryDocuments", () => {
  /** Answers these documents in this order, and no others. */
  const primaryThatReads = (answers: [string, Partial<WireDocument> | null][]) => {
    const documents = new Map(answers.map(([path, document]) => [`${root}tenants/acme${path}`, document]));
    const batchGet = async () => ({ documents, readTime: { seconds: 1, nanos: 0 } });
    return createSites(
      { primary: { root, batchGet } as unknown as Wire, secondary: {} as Wire },
      {} as Ledger,
      noNotes,
    );
  };

  test("leaves out what did not fit, and calls nothing missing before it has seen the tenant (R8)", async () => {
    const paths = ["phones/1", "phones/2", "phones/3"];
    const unseen = primaryThatReads([
      ["/phones/1", {}],
      ["/phones/2", null],
    ]);
    expect([...(await unseen.primaryDocuments("acme", paths, 1000))]).toStrictEqual([["phones/1", {}]]);
    const seen = primaryThatReads([
      ["", {}],
      ["/phones/1", {}],
      ["/phones/2", null],
    ]);
    expect([...(await seen.primaryDocuments("acme", paths, 1000)).keys()]).toStrictEqual(["phones/1", "phones/2"]);
    const lost = primaryThatReads([
      ["", null],
      ["/phones/1", null],
    ]);
    await expect(lost.primaryDocuments("acme", ["phones/1"])).rejects.toMatchObject({ code: "precondition-failed" });
  });
});

describe("list", () => {
  test("steps over a collection that came into being after it was asked which there are (R3, R8)", async () => {
    const names = ["accounts/1", "callHistory/1", "callHistory/2", "phones/1"].map(
      (path) => `${root}tenants/acme/${path}`,
    );
    const asked: string[] = [];
    const wire = {
      root,
      collectionIds: async () => ["accounts"],
      async *query(_parent: string, { where }: { where: { fieldFilter: { value: { referenceValue: string } } } }) {
        const from = where.fieldFilter.value.referenceValue;
        asked.push(from);
        for (const name of names.filter((each) => comparePaths(each, from) >= 0)) yield { document: { name } };
      },
    } as unknown as Wire;
    const listed: string[] = [];
    const sites = createSites({ primary: wire, secondary: wire }, {} as Ledger, noNotes);
    for await (const { path } of sites.list("primary", "acme")) listed.push(path);
    expect(listed).toStrictEqual(["accounts/1", "phones/1"]);
    expect(asked).toStrictEqual([`${root}tenants/acme/\0/\0`, `${root}tenants/acme/callHistory\0/\0`]);
  });

  test("tells of the primary's collections that are of no known kind: no event may ever do so (R2)", async () => {
    const wire = {
      root,
      collectionIds: async () => ["accounts", "carrierPigeons", "callHistory"],
      async *query() {},
    } as unknown as Wire;
    const noted: string[] = [];
    const note = async (tenant: string, kind: string) => noted.push(`${tenant}/${kind}`);
    const sites = createSites({ primary: wire, secondary: wire }, {} as Ledger, note);
    for (const site of ["primary", "secondary"] as const) for await (const _ of sites.list(site, "acme"));
    expect(noted).toStrictEqual(["acme/carrierPigeons"]);
  });
});
