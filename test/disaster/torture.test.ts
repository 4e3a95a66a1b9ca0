import { afterAll, describe, expect, test } from "vitest";
import { onOwnStack } from "../support/own-stack.ts";
import { type Cloud, openCloud } from "../torture/cloud.ts";
import { shortPlans } from "../torture/plan.ts";
import { play } from "../torture/play.ts";

let cloud: Cloud;
onOwnStack((local) => {
  cloud = openCloud(local);
});
afterAll(() => cloud?.close());

describe("the whole system under random faults", () => {
  // Other ones are played by: npm run torture
  test.each(shortPlans.seeds)(
    "holds every invariant at every quiet point of seed %i (R4–R12, R18, R24–R26, R30, R31, R36–R39, R48)",
    async (seed) => {
      expect((await play(cloud, seed, shortPlans.steps)).violation).toBeUndefined();
    },
    240_000,
  );
});
