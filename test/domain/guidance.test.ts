import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareListings, compareNames, type GuidanceObject } from "../../shared/domain/guidance.ts";

const object = (name: string, content: string, more: Partial<GuidanceObject> = {}): GuidanceObject => ({
  name,
  generation: "1",
  size: String(content.length),
  crc32c: content,
  ...more,
});

const bytesOf = (text: string) => Buffer.from(text);
const inOrder = (objects: Iterable<GuidanceObject>) =>
  [...objects].sort((a, b) => Buffer.compare(bytesOf(a.name), bytesOf(b.name)));

/** Names in which many begin alike, with characters from every length in UTF-8. */
const name = fc.string({
  unit: fc.constantFrom("a", "b", "/", "#", "é", "音", "ﬁ", "\uFFFD", "😀", "𝄞"),
  maxLength: 4,
});
const bucket = fc
  .dictionary(name, fc.constantFrom("x", "y", "zz"), { maxKeys: 20 })
  .map((contents) => inOrder(Object.entries(contents).map(([key, content]) => object(key, content))));

/** The objects as pages of that many, as they come one by one. */
function* pagesOf(objects: readonly GuidanceObject[], size: number) {
  for (let from = 0; from === 0 || from < objects.length; from += size) {
    yield { objects: objects.slice(from, from + size), complete: from + size >= objects.length };
  }
}

/** Compares page by page; whichever side has nothing left is read on. */
function compareInPages(
  primary: readonly GuidanceObject[],
  secondary: readonly GuidanceObject[],
  sizes: [number, number],
) {
  const pages = [pagesOf(primary, sizes[0]), pagesOf(secondary, sizes[1])] as const;
  const sides = pages.map((page) => page.next().value ?? { objects: [], complete: true });
  const all = { equal: 0, copies: [] as unknown[], deletions: [] as unknown[] };
  for (;;) {
    const [left, right] = sides as [(typeof sides)[number], (typeof sides)[number]];
    const { equal, copies, deletions, rest } = compareListings(left, right);
    all.equal += equal;
    all.copies.push(...copies);
    all.deletions.push(...deletions);
    if (left.complete && right.complete) return all;
    for (const [index, side] of [rest.primary, rest.secondary].entries()) {
      const before = sides[index] as { complete: boolean };
      const more = side.length === 0 && !before.complete ? pages[index]?.next().value : undefined;
      sides[index] = more ?? { objects: side, complete: before.complete };
    }
  }
}

describe("compareListings", () => {
  test("makes the secondary equal, whatever both have and however it is paged (R12)", () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(bucket, bucket, size, size, (primary, secondary, left, right) => {
        const { equal, copies, deletions } = compareInPages(primary, secondary, [left, right]);
        const result = new Map(secondary.map((found) => [found.name, found]));
        for (const { name: gone } of deletions as GuidanceObject[]) expect(result.delete(gone)).toBe(true);
        for (const { source, target } of copies as { source: GuidanceObject; target?: GuidanceObject }[]) {
          expect(result.get(source.name)).toBe(target);
          result.set(source.name, source);
        }
        expect(inOrder(result.values())).toEqual(primary);
        expect(equal + copies.length).toBe(primary.length);
        expect(compareListings(whole(primary), whole(primary))).toMatchObject({ copies: [], deletions: [] });
      }),
      { numRuns: 300 },
    );
  });

  test.each<[string, Partial<GuidanceObject>, Partial<GuidanceObject>, number]>([
    ["content of the same size", {}, { crc32c: "other" }, 1],
    ["size", {}, { size: "99" }, 1],
    ["type", { contentType: "audio/wav" }, { contentType: "audio/mpeg" }, 1],
    ["type that one has not", { contentType: "audio/wav" }, {}, 1],
    ["cache control", { cacheControl: "no-store" }, {}, 1],
    ["metadata", { metadata: { a: "1" } }, { metadata: { a: "2" } }, 1],
    ["metadata that one has not", {}, { metadata: { a: "1" } }, 1],
    ["order of metadata", { metadata: { a: "1", b: "2" } }, { metadata: { b: "2", a: "1" } }, 0],
    ["generation", { generation: "7" }, { generation: "8" }, 0],
  ])("copies an object again whose %s differs: %j, %j, %i times (R12)", (_what, source, target, copies) => {
    const [left, right] = [object("t/a", "x", source), object("t/a", "x", target)];
    expect(compareListings(whole([left]), whole([right])).copies).toHaveLength(copies);
  });

  test("deletes nothing and copies nothing before the other side is known so far (R12)", () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => object(id, "x")) as [GuidanceObject, GuidanceObject, GuidanceObject];
    const open = { objects: [a], complete: false };
    const closed = whole([b, c]);
    expect(compareListings(open, closed)).toStrictEqual({
      equal: 0,
      copies: [{ source: a }],
      deletions: [],
      rest: { primary: [], secondary: [b, c] },
    });
    expect(compareListings(closed, open)).toMatchObject({ copies: [], deletions: [a], rest: { primary: [b, c] } });
  });
});

const whole = (objects: readonly GuidanceObject[]) => ({ objects, complete: true });

describe("compareNames", () => {
  test("orders as UTF-8 bytes do (R12)", () => {
    const anyName = fc.string({ unit: "grapheme", maxLength: 6 });
    fc.assert(
      fc.property(fc.oneof(name, anyName), fc.oneof(name, anyName), (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(bytesOf(a), bytesOf(b)));
      }),
      { numRuns: 1000 },
    );
  });
});
