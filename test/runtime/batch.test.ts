import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import { createBatcher } from "../../shared/runtime/batch.ts";

/** A batcher whose batches end when the test says so. */
function held(limits: { items?: number; size?: number } = {}) {
  const batches: { key: string; items: number[]; answer(results?: string[]): void; fail(error: unknown): void }[] = [];
  const batcher = createBatcher<number, string>(
    (key, items) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      const answer = (results = items.map((item) => `${key}${item}`)) => resolve(results);
      batches.push({ key, items, answer, fail: reject });
      return promise;
    },
    { items: 100, size: 1000, sizeOf: (item) => item, ...limits },
  );
  const last = () => batches.at(-1) as (typeof batches)[number];
  return { batcher, batches, last };
}

const turn = () => new Promise(setImmediate);

describe("createBatcher", () => {
  test("lets the first item go at once, and what comes meanwhile together in the next batch", async () => {
    const { batcher, batches, last } = held();
    const results = [1, 2, 3].map((item) => batcher("a", item));
    expect(batches.map(({ items }) => items)).toStrictEqual([[1]]);
    last().answer();
    await turn();
    expect(batches.map(({ items }) => items)).toStrictEqual([[1], [2, 3]]);
    last().answer();
    expect(await Promise.all(results)).toStrictEqual(["a1", "a2", "a3"]);
  });

  test("does not let one key wait for another", async () => {
    const { batcher, batches } = held();
    const results = [batcher("a", 1), batcher("b", 2)];
    expect(batches.map(({ key }) => key)).toStrictEqual(["a", "b"]);
    batches[1]?.answer();
    expect(await results[1]).toBe("b2");
    batches[0]?.answer();
    expect(await results[0]).toBe("a1");
  });

  test("keeps to the limits of number and size, but takes an item that alone is too large", async () => {
    const { batcher, batches, last } = held({ items: 3, size: 10 });
    const results = [1, 1, 1, 1, 1, 6, 4, 1, 99, 1].map((item) => batcher("a", item));
    while (batches.flatMap(({ items }) => items).length < results.length) {
      last().answer();
      await turn();
    }
    last().answer();
    await Promise.all(results);
    expect(batches.map(({ items }) => items)).toStrictEqual([[1], [1, 1, 1], [1, 6], [4, 1], [99], [1]]);
  });

  test("begins anew after it has been idle", async () => {
    const { batcher, last } = held();
    for (const item of [1, 2, 3]) {
      const result = batcher("a", item);
      last().answer();
      expect(await result).toBe(`a${item}`);
    }
  });

  test("gives everyone an error that may pass, so that each is delivered again", async () => {
    const { batcher, last } = held();
    const results = [1, 2, 3].map((item) => batcher("a", item));
    last().answer();
    await turn();
    last().fail(new AppError("unavailable", "not now"));
    expect(await Promise.allSettled(results)).toMatchObject([
      { value: "a1" },
      { reason: { code: "unavailable" } },
      { reason: { code: "unavailable" } },
    ]);
  });

  test("lets an item that can never pass fail alone", async () => {
    const batches: number[][] = [];
    const poison = 3;
    const batcher = createBatcher<number, number>(
      async (_key, items) => {
        batches.push(items);
        await turn();
        if (items.includes(poison)) throw new AppError("invalid", "poison");
        return items;
      },
      { items: 100, size: 1000, sizeOf: () => 1 },
    );
    const settled = await Promise.allSettled([1, 2, poison, 4].map((item) => batcher("a", item)));
    expect(settled).toMatchObject([{ value: 1 }, { value: 2 }, { reason: { code: "invalid" } }, { value: 4 }]);
    expect(batches).toStrictEqual([[1], [2, 3, 4], [2], [3], [4]]);
    expect(await batcher("a", 5)).toBe(5);
  });

  test("goes on after a batch that failed", async () => {
    const { batcher, last } = held();
    const failed = batcher("a", 1);
    last().fail(new Error("broken"));
    await expect(failed).rejects.toThrow("broken");
    const next = batcher("a", 2);
    last().answer();
    expect(await next).toBe("a2");
  });
});
