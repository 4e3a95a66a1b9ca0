import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Mode, planOf, type Step, type StepName, shortPlans, steps } from "./plan.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const names = Object.keys(steps) as StepName[];

describe("planOf", () => {
  test("makes the same plan of the same seed, and another of another", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(planOf(seed, 3, 60)).toStrictEqual(planOf(seed, 3, 60));
      }),
    );
    expect(planOf(1, 3, 60)).not.toStrictEqual(planOf(2, 3, 60));
  });

  test("ends at a quiet point with both sites there, and has one every few steps while it is", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const plan = planOf(seed, 3, 80);
        expect(plan.at(-1)?.name).toBe("quiet");
        expect(count(plan, "loseTokyo")).toBe(count(plan, "regainTokyo"));
        expect(count(plan, "loseOsaka")).toBe(count(plan, "regainOsaka"));
        let [since, lost] = [0, false];
        for (const { name } of plan) {
          if (name.startsWith("lose")) lost = true;
          if (name.startsWith("regain")) lost = false;
          since = name === "quiet" || lost ? 0 : since + 1;
          expect(since).toBeLessThan(16);
        }
      }),
    );
  });

  test("never asks of a tenant what its state refuses (R18, R24, R26)", () => {
    const needed: Partial<Record<StepName, Mode[]>> = {
      ...{ tamper: ["syncing"], stop: ["syncing"], restore: ["stopped"], reconcile: ["syncing"], failBack: ["active"] },
      ...{ activate: ["syncing", "stopped"], purge: ["syncing", "stopped"], editActive: ["active"] },
    };
    fc.assert(
      fc.property(seeds, (seed) => {
        const modes: Mode[] = ["syncing", "syncing", "syncing"];
        for (const { name, tenant } of planOf(seed, 3, 80)) {
          const allowed = needed[name];
          if (allowed) expect(allowed).toContain(modes[tenant]);
          const { leads } = steps[name] as { leads?: Mode };
          if (leads) modes[tenant] = leads;
        }
      }),
    );
  });

  test("has what matters most in the short plans", () => {
    const made = shortPlans.seeds.flatMap((seed) => planOf(seed, 3, shortPlans.steps).map(({ name }) => name));
    const needed = [
      "loseTokyo",
      "loseOsaka",
      "killSchedule",
      "activate",
      "failBack",
      "purge",
      "call",
      "tamper",
      "restore",
    ];
    expect(made).toEqual(expect.arrayContaining(needed));
  });

  test("has every step that has a weight in a few hundred seeds", () => {
    const made = new Set(
      Array.from({ length: 300 }, (_, seed) => planOf(seed, 3, 80))
        .flat()
        .map(({ name }) => name),
    );
    const drawn = names.filter((name) => steps[name].weight > 0 && !name.startsWith("regain"));
    expect(drawn.filter((name) => !made.has(name))).toStrictEqual([]);
  });
});

const count = (plan: readonly Step[], name: StepName) => plan.filter((step) => step.name === name).length;
