import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createFairLanes } from "../../shared/runtime/fair-lanes.ts";

const limits = { lanes: 4, ofOneKey: 2, waitingOfOneKey: 5 };

/** Works that end when told to, and the order in which they began. */
function works() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await turn();
  };
  return { begun, work, end };
}

describe("createFairLanes", () => {
  test("runs no more of one key than its share, and others meanwhile", () => {
    const lanes = createFairLanes(limits);
    const { begun, work } = works();
    for (const name of ["a1", "a2", "a3", "b1"]) void lanes(name.slice(0, 1), work(name));
    expect(begun).toStrictEqual(["a1", "a2", "b1"]);
  });

  test("takes the keys in turn when lanes become free", async () => {
    const lanes = createFairLanes({ ...limits, lanes: 1, ofOneKey: 1 });
    const { begun, work, end } = works();
    for (const name of ["a1", "a2", "a3", "b1", "c1"]) void lanes(name.slice(0, 1), work(name));
    for (const name of ["a1", "b1", "c1", "a2"]) await end(name);
    expect(begun).toStrictEqual(["a1", "b1", "c1", "a2", "a3"]);
  });

  test("refuses what would wait too long, and takes it again when there is room", async () => {
    const lanes = createFairLanes({ ...limits, lanes: 1 });
    const { work, end } = works();
    const taken = Array.from({ length: 7 }, (_, index) => lanes("a", work(`a${index}`)) !== undefined);
    expect(taken).toStrictEqual([true, true, true, true, true, true, false]);
    await end("a0");
    expect(lanes("a", work("again"))).toBeDefined();
  });

  test("gives each its result or its error, and goes on after an error", async () => {
    const lanes = createFairLanes({ ...limits, lanes: 1 });
    const failed = lanes("a", () => Promise.reject(new Error("no")));
    const done = lanes("a", async () => "yes");
    await expect(failed).rejects.toThrow("no");
    expect(await done).toBe("yes");
  });
});
