import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { line, plainCell } from "../../shared/domain/csv.ts";
import { hostileText } from "../fuzz/hostile.ts";
import { parseCsv, textIn } from "../support/csv.ts";

/** What a spreadsheet takes for a formula, before and behind what it may leave out of account. */
const formulaText = fc
  .tuple(
    fc.constantFrom("", '"', "'", '""', " ", "\t", "\r", "\n", "\u3000", "\uFEFF"),
    fc.constantFrom("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r\n="),
    hostileText,
  )
  .map((parts) => parts.join(""));

describe("plainCell", () => {
  test("begins with nothing that a spreadsheet computes, and is read back as it was (R25, R27, R43)", () => {
    fc.assert(
      fc.property(fc.oneof(formulaText, hostileText), fc.oneof(formulaText, hostileText), (one, other) => {
        const [cells, ...more] = parseCsv(line([plainCell(one), plainCell(other)]));
        expect(more).toStrictEqual([]);
        expect(cells?.map(({ text }) => text).filter((text) => /^[=+\-@\t\r\n＝＋－＠]/.test(text))).toStrictEqual([]);
        expect(cells?.map(({ text }) => textIn(text))).toStrictEqual([one, other]);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});
