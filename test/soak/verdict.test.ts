import { describe, expect, test } from "vitest";
import { faultsOf } from "./verdict.ts";

const well = { restarted: [], failures: {}, deadLetters: 0 };

describe("faultsOf", () => {
  test("finds nothing where all is well", () => {
    expect(faultsOf(well)).toStrictEqual([]);
  });

  test.each([
    [{ restarted: ["secondary mirror-config"] }, "secondary mirror-config was started anew"],
    [{ failures: { "edit: TypeError": 2 } }, "2 × edit: TypeError"],
    [{ deadLetters: 3 }, "3 dead letters"],
  ])("tells of %j", (fault, told) => {
    expect(faultsOf({ ...well, ...fault })).toStrictEqual([told]);
  });
});
