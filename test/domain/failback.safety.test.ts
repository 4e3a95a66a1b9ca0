import { describe, expect, test } from "vitest";
import { kindsWith } from "../../shared/catalogue.ts";
import { AppError } from "../../shared/domain/errors.ts";
import { requirePrimary } from "../../shared/domain/failback-diff.ts";
import { planChanges } from "../../shared/domain/mirror.ts";
import { type KindCounts, requireWholePrimary } from "../../shared/domain/whole-primary.ts";
import { int } from "../support/wire-values.ts";

const coded = (code: string) => expect.objectContaining({ code });

describe("requireWholePrimary", () => {
  const many = Object.fromEntries(kindsWith("realtime").map((kind) => [kind, 20])) as KindCounts;

  test("lets a primary pass that has what the secondary has, or more (R24)", () => {
    expect(requireWholePrimary(many, many, undefined)).toStrictEqual([]);
    expect(requireWholePrimary(many, {}, undefined)).toStrictEqual([]);
    expect(requireWholePrimary({}, {}, undefined)).toStrictEqual([]);
    expect(requireWholePrimary({ ...many, phones: 10 }, many, undefined)).toStrictEqual([]);
  });

  test("never lets an empty primary empty the secondary, whatever the reason (R24)", () => {
    expect(() => requireWholePrimary({}, many, "reason")).toThrowError(coded("precondition-failed"));
    expect(() => requireWholePrimary({}, { phones: 1 }, "reason")).toThrowError(coded("precondition-failed"));
  });

  test("refuses a primary that lacks most of a kind, and names it, unless a reason overrides it (R24)", () => {
    const half = { ...many, phones: 9, queues: 0 };
    expect(() => requireWholePrimary(half, many, undefined)).toThrowError(
      expect.objectContaining({
        code: "precondition-failed",
        fields: [
          expect.objectContaining({ field: "primary.phones", problem: expect.stringContaining("9") }),
          expect.objectContaining({ field: "primary.queues", problem: expect.stringContaining("0") }),
        ],
      }),
    );
    expect(requireWholePrimary(half, many, "deleted on purpose")).toStrictEqual(["primaryIsWhole"]);
  });

  test("refuses a primary that lacks most of all, though no kind is large (R24)", () => {
    const few = Object.fromEntries(kindsWith("realtime").map((kind) => [kind, 3])) as KindCounts;
    const fewer = Object.fromEntries(kindsWith("realtime").map((kind) => [kind, 1])) as KindCounts;
    expect(() => requireWholePrimary(fewer, few, undefined)).toThrowError(coded("precondition-failed"));
  });

  test("lets a small kind shrink", () => {
    expect(requireWholePrimary({ ...many, phones: 1 }, { ...many, phones: 9 }, undefined)).toStrictEqual([]);
  });
});

describe("requirePrimary", () => {
  const labelled = (field: string, ja: string) => [
    expect.objectContaining({ field, label: { ja: expect.stringContaining(ja), en: expect.any(String) } }),
  ];

  test("says to the caller, in both languages, that the primary does not answer (R24, R25)", async () => {
    const primaryTenant = () => Promise.reject(new AppError("unavailable", "deadline exceeded"));
    await expect(requirePrimary({ primaryTenant }, "t")).rejects.toMatchObject({
      code: "unavailable",
      forCaller: true,
      fields: labelled("primary", "東京が応答しません"),
    });
  });

  test("refuses a primary without the tenant, and says what to do (R24)", async () => {
    const primaryTenant = async () => undefined;
    await expect(requirePrimary({ primaryTenant }, "t")).rejects.toMatchObject({
      code: "precondition-failed",
      fields: labelled("primary.tenant", "先に東京を復元"),
    });
  });
});

describe("what is overwritten without being read first", () => {
  const path = "phones/1";
  const rank = { version: 5, deleted: false };
  const entry = { path, kind: "phones", rank, hash: "same", large: false, documentTime: 70 };
  const change = {
    path,
    kind: "phones",
    rank,
    hash: "same",
    bytes: 1,
    by: "reconcile" as const,
    fields: { a: int(1) },
  };
  const gate = { state: "resyncing" as const, fence: { number: 1, id: "f" } };
  const plan = (found: { updateTime: number; hash: string } | null) =>
    planChanges({
      gate,
      options: { overwrite: "all" },
      changes: [change],
      entries: new Map([[path, entry]]),
      documents: new Map([[path, found]]),
    });

  test("is written on the very time at which it was seen, though the primary has not moved on (R24)", () => {
    expect(plan({ updateTime: 99, hash: "" })).toMatchObject({
      outcomes: ["applied"],
      writes: [{ document: "set", precondition: 99 }],
    });
  });

  test("is created only where it still is not there (R24)", () => {
    expect(plan(null)).toMatchObject({ writes: [{ document: "set", precondition: "absent" }] });
  });
});
