import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Month, monthOf } from "../../infra/load-model/cost.ts";
import { limits } from "../../infra/load-model/limits.ts";
import { documents, grid, withFigures } from "../../infra/load-model/print.ts";
import { work } from "../../infra/load-model/work.ts";
import { files, textOf } from "../support/repository.ts";

const script = "infra/load-model.ts";
const aSize = fc.record({
  documents: fc.integer({ min: 1, max: 2_000_000 }),
  tenants: fc.integer({ min: 1, max: 20_000 }),
});

describe("the load model's documents", () => {
  test.each(documents)("show the figures of now: $file", ({ file, language }) => {
    const text = textOf(`infra/${file.slice(2)}`);
    expect(text, `run: npm run load-model -- --write`).toBe(withFigures(text, language));
  });
});

describe("the load model", () => {
  test("names only files that there are", () => {
    const sources = [
      ...Object.values(work).flatMap(({ from }) => from),
      ...limits.flatMap(({ source }) => source.match(/(?:shared|functions|infra)\/[\w./-]+\.(?:ts|json)/g) ?? []),
    ];
    expect(sources.length).toBeGreaterThan(30);
    expect(sources.filter((file) => !files.includes(file))).toStrictEqual([]);
  });

  test.each([
    ["shared/domain/syncs.ts", "usual = { milliseconds: 200_000, tenantsAtOnce: 8 }"],
    ["shared/domain/reload.ts", "tenantsAtOnce = 8"],
    ["shared/domain/standby-pages.ts", "pageSize = 100"],
    ["shared/domain/activate-many.ts", "atOnce = 16"],
    ["shared/domain/activate-many.ts", "pollMilliseconds = 500"],
    ["shared/domain/backup/sweep.ts", "mostDue = 3000"],
    ["shared/domain/blocks.ts", "rowsPerBlock = 32"],
    ["shared/domain/blocks.ts", "digestBytes = 12"],
    ["shared/domain/blocks.ts", "maximumBlocks = 40_000"],
    ["shared/stores/expired-records.ts", "pageSize = 300"],
    ["functions/app.ts", "batchLimits = { items: 200"],
    ["shared/stores/standbys.ts", ".limit(500)"],
  ])("leans on what %s still says: %s", (file, said) => {
    expect(textOf(file)).toContain(said);
  });

  test("asks for more, never for less, as tenants and documents grow", () => {
    fc.assert(
      fc.property(
        aSize,
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 0, max: 100_000 }),
        (size, tenants, more) => {
          const larger = { documents: size.documents + more, tenants: size.tenants + tenants };
          const [before, after] = [monthOf(size), monthOf(larger)];
          for (const [part, dollars] of Object.entries(before.dollars) as [keyof Month["dollars"], number][]) {
            expect(after.dollars[part]).toBeGreaterThanOrEqual(dollars * (1 - 1e-9));
          }
          for (const { used } of limits) expect(used(larger)).toBeGreaterThanOrEqual(used(size));
        },
      ),
    );
  });

  test("adds its parts up, and divides the sum among the tenants", () => {
    for (const size of grid) {
      const { dollars, total, perTenant } = monthOf(size);
      expect(Object.values(dollars).reduce((sum, part) => sum + part)).toBeCloseTo(total, 6);
      expect(perTenant * size.tenants).toBeCloseTo(total, 6);
    }
  });

  test("bills ten documents' hourly comparison at what their reads cost: 20 × 730 of them", () => {
    const [some, more] = [1000, 1010].map((documents) => monthOf({ documents, tenants: 1 }).dollars.reconcile);
    const reads = ((20 * 730) / 100_000) * 0.038;
    expect((more ?? 0) - (some ?? 0)).toBeGreaterThan(reads);
    expect((more ?? 0) - (some ?? 0)).toBeLessThan(reads * 1.1);
  });

  test("tells one size as JSON, with its inputs", () => {
    const text = execFileSync(process.execPath, [script, "--json", "--documents", "5000", "--tenants", "300"], {
      encoding: "utf8",
    });
    const { prices, assumptions, months } = JSON.parse(text);
    expect(months).toHaveLength(1);
    expect(months[0]).toMatchObject({
      documents: 5000,
      tenants: 300,
      total: monthOf({ documents: 5000, tenants: 300 }).total,
    });
    expect(prices.documentRead.source).toContain("firestore/pricing");
    expect(assumptions.nameBytes.value).toBeGreaterThan(0);
  });

  test.each([["--tenants", "5"], ["--tenants", "none", "--documents", "3"], ["--no-such-option"]])(
    "says how it is used: %s",
    (...args) => {
      const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
      expect(status).toBe(1);
      expect(stderr).toContain("npm run load-model");
    },
  );
});
