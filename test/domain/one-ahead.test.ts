import { expect, test } from "vitest";
import { oneAhead } from "../../shared/domain/one-ahead.ts";

/** Items that note when they are taken, and that nobody wants any more. */
async function* items(count: number, told: string[]): AsyncGenerator<number> {
  try {
    for (let item = 1; item <= count; item++) {
      told.push(`taken ${item}`);
      yield item;
    }
  } finally {
    told.push("closed");
  }
}

test("what is made comes in order, and the next is begun before the present is given", async () => {
  const told: string[] = [];
  const work = async (item: number) => {
    told.push(`begun ${item}`);
    return item * 10;
  };
  for await (const made of oneAhead(items(3, told), work)) told.push(`given ${made}`);
  const [first, ahead] = [
    ["taken 1", "begun 1", "taken 2", "begun 2"],
    ["given 10", "taken 3", "begun 3"],
  ];
  expect(told).toStrictEqual([...first, ...ahead, "given 20", "closed", "given 30"]);
});

test("of no items nothing is made", async () => {
  const made: number[] = [];
  for await (const each of oneAhead(items(0, []), async (item) => item)) made.push(each);
  expect(made).toStrictEqual([]);
});

test("a failure is thrown when its turn comes, and the items are closed", async () => {
  const told: string[] = [];
  const work = async (item: number) => {
    if (item === 2) throw new Error("broken");
    return item;
  };
  const all = async () => {
    for await (const made of oneAhead(items(9, told), work)) told.push(`given ${made}`);
  };
  await expect(all()).rejects.toThrow("broken");
  expect(told).toStrictEqual(["taken 1", "taken 2", "given 1", "taken 3", "closed"]);
});

test("who stops closes the items, and a failure that nobody waits for disturbs nobody", async () => {
  const told: string[] = [];
  const work = async (item: number) => {
    if (item === 2) throw new Error("broken");
    return item;
  };
  for await (const made of oneAhead(items(9, told), work)) {
    told.push(`given ${made}`);
    break;
  }
  expect(told).toStrictEqual(["taken 1", "taken 2", "given 1", "closed"]);
});
