import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stage, servers, tryOperation } from "../fuzz/api.ts";
import { titled } from "../fuzz/judge.ts";
import { openWorld } from "../fuzz/world.ts";
import { sharedStack } from "../support/stack.ts";

const stack = sharedStack();
const world = openWorld(stack.description);
afterAll(() => Promise.all([world.close(), stack.close()]));

/** A small part of what `npm run fuzz` sends; the seed is fixed, so that a failure comes again. */
const [requestsEach, seed] = [6, 20_261_121];

let stage: Stage;
beforeAll(async () => {
  const [lively, quiet] = await Promise.all([world.newTenant(), world.newTenant()]);
  stage = { world, site: "secondary", lively, quiet, started: {} };
});

describe("every route of the API, whatever is sent to it", () => {
  test.each(titled.map(({ title, operation }) => [title, operation] as const))(
    "%s answers as described, and writes nothing where it refuses (R46)",
    async (_, operation) => {
      const before = await world.processes(servers);
      const { findings, requests } = await tryOperation(stage, operation, requestsEach, seed);
      expect(findings).toStrictEqual([]);
      expect(requests).toBeGreaterThanOrEqual(requestsEach);
      expect(await world.processes(servers)).toMatchObject(before);
    },
  );
});
