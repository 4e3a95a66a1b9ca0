import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effectiveFor, type Level, levelId, levelOf } from "../../shared/domain/backup/setting-views.ts";
import { type BackupLevels, type BackupSetting, resolveBucket } from "../../shared/domain/backup/settings.ts";

const on = (bucket?: string, more: Partial<BackupSetting> = {}): BackupSetting => ({
  enabled: true,
  ...(bucket === undefined ? {} : { bucket }),
  ...more,
});

const setting = fc.record(
  {
    enabled: fc.boolean(),
    bucket: fc.constantFrom("a", "b", "c"),
    wanted: fc.constantFrom("x", "y"),
    restrict: fc.boolean(),
  },
  { requiredKeys: ["enabled"] },
) as fc.Arbitrary<BackupSetting>;
const levelsOf = fc.record(
  { company: setting, office: setting, unit: setting },
  { requiredKeys: [] },
) as fc.Arbitrary<BackupLevels>;
const centre: Level = { type: "callCenter", id: "c1" };

describe("resolveBucket", () => {
  test.each<[string, BackupLevels, object]>([
    ["nothing saved", {}, { skipped: "companyOff" }],
    ["the company off", { company: on("a", { enabled: false }), unit: on("u") }, { skipped: "companyOff" }],
    ["the centre never switched on", { company: on("a") }, { skipped: "unitOff" }],
    ["the centre off", { company: on("a"), unit: on("u", { enabled: false }) }, { skipped: "unitOff" }],
    ["no bucket anywhere", { company: on(), unit: on() }, { skipped: "noBucket" }],
    ["the company's only", { company: on("a"), unit: on() }, { bucket: "a" }],
    ["the office's nearer", { company: on("a"), office: on("o"), unit: on() }, { bucket: "o" }],
    ["the centre's nearest", { company: on("a"), office: on("o"), unit: on("u") }, { bucket: "u" }],
    ["restrict", { company: on("a", { restrict: true }), office: on("o"), unit: on("u") }, { bucket: "a" }],
    [
      "restrict without a bucket",
      { company: on(undefined, { restrict: true }), unit: on("u") },
      { skipped: "noBucket" },
    ],
    ["a bucket only wanted", { company: on("a"), unit: on(undefined, { wanted: "u" }) }, { bucket: "a" }],
  ])("with %s (R32, R35)", (_what, levels, expected) => {
    expect(resolveBucket(levels)).toEqual(expected);
  });

  test("gives only a bucket in force, and the company's alone with restrict (R32, R33)", () => {
    fc.assert(
      fc.property(levelsOf, (levels) => {
        const found = resolveBucket(levels);
        if ("skipped" in found) return;
        const inForce = [levels.unit?.bucket, levels.office?.bucket, levels.company?.bucket];
        expect(levels.company?.enabled && levels.unit?.enabled).toBe(true);
        expect(found.bucket).toBe(levels.company?.restrict ? levels.company.bucket : inForce.find(Boolean));
      }),
    );
  });

  test("does not depend on what is wanted (R33)", () => {
    fc.assert(
      fc.property(levelsOf, (levels) => {
        const plain = Object.fromEntries(
          Object.entries(levels).map(([name, { wanted: _wanted, ...rest }]) => [name, rest]),
        );
        expect(resolveBucket(plain)).toEqual(resolveBucket(levels));
      }),
    );
  });
});

describe("effectiveFor", () => {
  test("agrees with the claim for a centre, and names a level that has the bucket (R32)", () => {
    fc.assert(
      fc.property(levelsOf, (levels) => {
        const resolved = resolveBucket(levels);
        const shown = effectiveFor(centre, levels, "o1");
        if ("skipped" in resolved) {
          expect(shown).toMatchObject({
            bucket: null,
            why: { reason: resolved.skipped, label: { ja: expect.any(String) } },
          });
          return;
        }
        expect(shown).toMatchObject(resolved);
        const from = "from" in shown ? shown.from.type : "";
        const named = { company: levels.company, office: levels.office, callCenter: levels.unit }[from as "company"];
        expect(named?.bucket).toBe(resolved.bucket);
      }),
    );
  });

  test("tells for the company and an office what their centres inherit (R32)", () => {
    const levels = { company: on("a"), office: on("o") };
    expect(effectiveFor({ type: "company" }, { company: on("a") }, undefined)).toEqual({
      bucket: "a",
      from: { type: "company" },
    });
    expect(effectiveFor({ type: "office", id: "o1" }, levels, "o1")).toEqual({
      bucket: "o",
      from: { type: "office", id: "o1" },
    });
    expect(effectiveFor({ type: "office", id: "o1" }, {}, "o1")).toMatchObject({
      bucket: null,
      why: { reason: "companyOff" },
    });
  });
});

test("a level's id leads back to the level (R32)", () => {
  const levels: Level[] = [
    { type: "company" },
    { type: "office", id: "a.b" },
    centre,
    { type: "coachingTeam", id: "大阪" },
  ];
  for (const level of levels) expect(levelOf(levelId(level))).toEqual(level);
  expect(levelOf("else.x")).toBeUndefined();
});
