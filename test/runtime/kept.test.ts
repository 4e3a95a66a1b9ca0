import { describe, expect, test } from "vitest";
import { keptFor } from "../../shared/runtime/kept.ts";

describe("keptFor", () => {
  test("loads once for those that ask at once and soon after, anew when forgotten", async () => {
    let loads = 0;
    const kept = keptFor(60_000, 10, async (key) => `${key}${++loads}`);
    expect(await Promise.all([kept.get("a"), kept.get("a")])).toStrictEqual(["a1", "a1"]);
    kept.forget("a");
    expect(await kept.get("a")).toBe("a2");
  });

  test("loads anew when the time is over", async () => {
    let loads = 0;
    const kept = keptFor(0, 10, async () => ++loads);
    expect([await kept.get("a"), await kept.get("a")]).toStrictEqual([1, 2]);
  });

  test("keeps no error, and no more keys than it may", async () => {
    let loads = 0;
    const kept = keptFor(60_000, 1, async (key) => {
      loads++;
      if (loads === 1) throw new Error("no");
      return key;
    });
    await expect(kept.get("a")).rejects.toThrow("no");
    await kept.get("a");
    await kept.get("b");
    await kept.get("a");
    expect(loads).toBe(4);
  });
});
