import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue, kindOf } from "../../shared/catalogue.ts";
import { comparePaths } from "../../shared/domain/reconcile.ts";
import { mirroredSpans, type Span } from "../../shared/stores/mirrored-spans.ts";

const ids = [...Object.keys(catalogue), "aaa", "zzz", "中"];
const parent = "tenants/acme";

/** Whether the path is in the part, by the order of names. */
function holds({ from, before }: Span, path: string): boolean {
  const name = `${parent}/${path}`;
  const isFrom = "after" in from ? comparePaths(name, from.after) > 0 : comparePaths(name, from.atLeast) >= 0;
  return isFrom && (before === undefined || comparePaths(name, before) < 0);
}

describe("the parts of a tenant that are listed", () => {
  test("are one where all is mirrored (R8)", () => {
    expect(mirroredSpans(parent, ["phones", "queues"])).toStrictEqual([{ from: { atLeast: `${parent}/\0/\0` } }]);
  });

  test("hold every mirrored document that comes after the path once, in order, and none of other collections (R3, R8)", () => {
    const path = fc.constantFrom(...ids).map((id) => `${id}/1/parts/2`);
    fc.assert(
      fc.property(fc.subarray(ids), fc.option(path, { nil: undefined }), (collections, after) => {
        const spans = mirroredSpans(parent, collections, after);
        for (const id of ids) {
          for (const document of ["/0", "/1", "/1/parts/3", "/2"].map((end) => id + end)) {
            const isMirrored = kindOf(id)?.policy === "realtime";
            const isDue = isMirrored && (after === undefined || comparePaths(document, after) > 0);
            const found = spans.filter((span) => holds(span, document)).length;
            // A collection that nobody told of is stepped over by who lists.
            if (isMirrored || collections.includes(id)) expect([document, found]).toEqual([document, isDue ? 1 : 0]);
          }
        }
        const starts = spans.map(({ from }) => ("after" in from ? from.after : from.atLeast));
        expect(starts).toStrictEqual(starts.toSorted(comparePaths));
      }),
    );
  });
});
