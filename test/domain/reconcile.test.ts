import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blocksOf, digestOf, packDigests, type Row, unpackDigests } from "../../shared/domain/blocks.ts";
import { comparePaths, proofOf } from "../../shared/domain/reconcile.ts";

const id = fc.oneof(
  fc.constantFrom("a", "A", "10", "9", "é", "ﬁ", "😀", "电", "a.b", "a-b", "a\u0001"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((text) => !/[/\0]/.test(text)),
);
const path = fc.array(id, { minLength: 2, maxLength: 6 }).map((parts) => parts.join("/"));

/** A form whose plain order of bytes is Firestore's: each segment ends with what is less than any character. */
const bytesOf = (text: string) => Buffer.from(`${text.split("/").join("\0")}\0`);

describe("comparePaths", () => {
  test("orders paths as Firestore does: segment by segment, by the bytes of UTF-8", () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        expect(Math.sign(comparePaths(one, other))).toBe(Buffer.compare(bytesOf(one), bytesOf(other)));
      }),
      { numRuns: 2000 },
    );
  });

  test("does not order as JavaScript does, by UTF-16: ﬁ is before 😀", () => {
    expect("a/ﬁ" < "a/😀").toBe(false);
    expect(comparePaths("a/ﬁ", "a/😀")).toBeLessThan(0);
  });

  test("puts a document before those below it, and those before its next sibling", () => {
    const sorted = ["a/b", "a/b/c/d", "a/b!", "a/b/c!/d"].sort(comparePaths);
    expect(sorted).toStrictEqual(["a/b", "a/b/c/d", "a/b/c!/d", "a/b!"]);
  });
});

const rows = fc
  .uniqueArray(path, { minLength: 1, maxLength: 400 })
  .map((paths) =>
    paths.sort(comparePaths).map((name, index): Row => ({ path: name, primary: index, secondary: -index })),
  );

describe("blocks", () => {
  test("hold every row once, in order", () => {
    fc.assert(
      fc.property(rows, (all) => {
        expect(blocksOf(all).flat()).toStrictEqual(all);
      }),
    );
  });

  test("change by one where one row is written, removed or added, and no other block does", () => {
    const many = Array.from(
      { length: 3000 },
      (_, index): Row => ({ path: `phones/${index + 10_000}`, primary: index }),
    );
    const before = new Set(blocksOf(many).map(digestOf));
    expect(before.size).toBeGreaterThan(10);
    const written = many.map((row, index) => (index === 1234 ? { ...row, primary: -1 } : row));
    for (const after of [written, many.toSpliced(1234, 1), many.toSpliced(1234, 0, { path: "phones/11233!" })]) {
      const fresh = blocksOf(after)
        .map(digestOf)
        .filter((digest) => !before.has(digest));
      expect(fresh.length).toBeGreaterThanOrEqual(1);
      expect(fresh.length).toBeLessThanOrEqual(2);
    }
  });

  test("are told apart by the versions on both sites and by who is missing", () => {
    const digests = [
      {},
      { primary: 1 },
      { secondary: 1 },
      { primary: 1, secondary: 1 },
      { primary: 1, secondary: 2 },
    ].map((times) => digestOf([{ path: "phones/1", ...times }]));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("are known again from their packed digests", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const digests = blocksOf(all).map(digestOf);
        expect(unpackDigests(packDigests(digests))).toStrictEqual(digests);
      }),
    );
    expect(unpackDigests(undefined)).toStrictEqual([]);
  });
});

describe("proofOf", () => {
  test("adds the kinds up, and says equal only where nothing differs (R8)", () => {
    const at = new Date("2026-11-21T10:05:00Z");
    const kinds = {
      phones: { documents: 10, repaired: 2, differing: 0 },
      accounts: { documents: 5, repaired: 0, differing: 0 },
    };
    const found = { kinds, large: 1, operation: "op", at };
    expect(proofOf(found)).toStrictEqual({
      ...found,
      equal: true,
      total: { documents: 15, repaired: 2, differing: 0 },
    });
    const differing = { ...kinds, accounts: { documents: 5, repaired: 0, differing: 1 } };
    expect(proofOf({ ...found, kinds: differing })).toMatchObject({ equal: false, total: { differing: 1 } });
  });
});
