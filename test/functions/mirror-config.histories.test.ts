import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Fields } from "../../shared/domain/value.ts";
import type { WireWrite } from "../../shared/stores/wire.ts";
import { sharedStack } from "../support/stack.ts";
import { act, contentOf, editsOf, enrol, expectEqualSites, standbyOf, wiresOf } from "../support/tenants.ts";
import { int, reference } from "../support/wire-values.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const tenants = 20;
const paths = ["accounts/a", "accounts/b", "accounts/a/devices/x", "phones/日本語😀", "callFlows/`a.b`"];

/** A create, update, delete or re-create; few different contents, so that documents often come back to an earlier one. */
const write = fc.record({
  path: fc.constantFrom(...paths),
  content: fc.option(fc.nat(3), { nil: undefined, freq: 2 }),
});
/** Commits of one or more documents, which then share one commit time. */
const history = fc.array(fc.uniqueArray(write, { selector: ({ path }) => path, minLength: 1, maxLength: 3 }), {
  minLength: 15,
  maxLength: 30,
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

const faults = { duplicate: 0.4, shuffle: true, delayMs: 30 };

async function play(tenant: string, commits: History): Promise<void> {
  const base = `${wires.primary.root}tenants/${tenant}`;
  const writeOf = ({ path, content }: History[number][number]): WireWrite => {
    if (content === undefined) return { delete: `${base}/${path}` };
    const fields: Fields = { content: int(content), self: reference(base, `/${path}`) };
    return { update: { name: `${base}/${path}`, fields: fields as never } };
  };
  for (const commit of commits) await wires.primary.commit(commit.map(writeOf));
}

describe("mirrorConfig under random histories, its events doubled, shuffled and delayed", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);

  test(`ends equal, and takes none of its own writes for an edit (R5, R10), seed ${seed}`, async () => {
    const histories = fc.sample(history, { numRuns: tenants, seed });
    await Promise.all(
      histories.map(async (commits) => {
        const tenant = await enrol(stack);
        await Promise.all([
          stack.faults("primary", { tenant, ...faults }),
          stack.faults("secondary", { tenant, ...faults }),
        ]);
        await play(tenant, commits);
        await stack.settled(tenant);
        await expectEqualSites(wires, tenant);
        expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
        expect(await editsOf(stack, tenant)).toStrictEqual([]);
      }),
    );
  });

  test(`changes nothing once the fence is raised in the middle of it (R6), seed ${seed}`, async () => {
    const histories = fc.sample(history, { numRuns: tenants, seed: seed + 1 });
    await Promise.all(
      histories.map(async (commits) => {
        const tenant = await enrol(stack);
        await stack.faults("primary", { tenant, ...faults });
        const middle = Math.floor(commits.length / 2);
        await play(tenant, commits.slice(0, middle));
        const [, before] = await Promise.all([
          play(tenant, commits.slice(middle)),
          act(stack, tenant, "/dr/stop", { reason: "test" }).then(() => contentOf(wires.secondary, tenant)),
        ]);
        await stack.settled(tenant);
        expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
        expect((await standbyOf(stack, tenant))?.state).toBe("stopped");
        expect(await editsOf(stack, tenant)).toStrictEqual([]);
      }),
    );
  });
});
