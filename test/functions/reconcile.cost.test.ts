import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { work } from "../../infra/load-model/work.ts";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Change } from "../../shared/domain/mirror.ts";
import { changeOf } from "../../shared/domain/mirror-change.ts";
import { type CompareApp, compareSites } from "../../shared/domain/reconcile.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { createLedger } from "../../shared/stores/ledger.ts";
import { createSites } from "../../shared/stores/sites.ts";
import type { Wire } from "../../shared/stores/wire.ts";
import { sharedStack, type TestStack } from "../support/stack.ts";
import { enrol, wiresOf, write } from "../support/tenants.ts";
import { text } from "../support/wire-values.ts";

let stack: TestStack;
let wires: Record<Site, Wire>;
const asked = { reads: 0, writes: 0 };

/** The same wire, which counts documents as Firestore bills them. */
function counted(wire: Wire): Wire {
  return {
    ...wire,
    batchGet: (names, options) => {
      asked.reads += names.length;
      return wire.batchGet(names, options);
    },
    commit: (writes) => {
      asked.writes += writes.length;
      return wire.commit(writes);
    },
    collectionIds: (parent) => {
      asked.reads++;
      return wire.collectionIds(parent);
    },
    async *query(parent, query) {
      for await (const found of wire.query(parent, query)) {
        asked.reads++;
        yield found;
      }
    },
  };
}

/** What this cost. */
async function costOf(act: () => Promise<unknown>): Promise<{ reads: number; writes: number }> {
  Object.assign(asked, { reads: 0, writes: 0 });
  await act();
  return { ...asked };
}

beforeAll(() => {
  stack = sharedStack();
  const plain = wiresOf(stack.description);
  wires = { primary: counted(plain.primary), secondary: counted(plain.secondary) };
});
afterAll(async () => {
  for (const wire of Object.values(wires)) wire.close();
  await stack.close();
});

describe("what the load model counts", () => {
  test("is what a mirrored change reads and writes; many at once share their tenant's (R5)", async () => {
    const tenant = await enrol(stack);
    const ledger = createLedger(wires.secondary, () => new Date());
    const roots = { primary: wires.primary.root, secondary: wires.secondary.root };
    const changes = Array.from({ length: 101 }, (_, index): Change => {
      const place = { path: `queues/q${index}`, kind: "queues" };
      return changeOf(roots, place, { name: text(`${index}`) }, Date.now() * 1000, "mirror");
    });

    const alone = await costOf(() => ledger.apply(tenant, changes.slice(0, 1)));
    const guard = await costOf(() => ledger.read(tenant, ["queues/q0"]));
    expect(alone.reads + guard.reads).toBe(work.mirroredChange.reads);
    expect(alone.writes).toBe(work.mirroredChange.writes);

    const together = await costOf(() => ledger.apply(tenant, changes.slice(1)));
    expect(together).toStrictEqual({ reads: 1 + 100, writes: 1 + 2 * 100 });
  });

  test("is what each document of an unchanged tenant costs a comparison: its name on either site (R8)", async () => {
    const tenant = await enrol(stack);
    const ledger = createLedger(wires.secondary, () => new Date());
    let digests: Uint8Array | undefined;
    const app = {
      ...createSites(wires, ledger, async () => undefined),
      roots: { primary: wires.primary.root, secondary: wires.secondary.root },
      adopt: async () => undefined,
      toFields: (state) => state.fields ?? {},
      tampered: () => Promise.reject(new Error("nobody edits this tenant")),
      equalBlocks: async () => digests,
      saveEqualBlocks: async (_, found) => {
        digests = found;
      },
      now: () => new Date(),
    } as CompareApp;
    const compare = () => compareSites(app, tenant, {}, { kinds: {} }, async () => "continue");
    const [kind = ""] = kindsWith("realtime");

    /** The cost of comparing so many documents once more, with nothing changed since. */
    async function costWith(from: number, count: number) {
      const ids = Array.from({ length: count - from }, (_, index) => `${kind}/d${from + index}`);
      await write(wires.primary, tenant, Object.fromEntries(ids.map((path) => [path, { name: text(path) }])));
      // The mirror or this comparison brings them over; the one after it finds them where they are.
      await compare();
      await compare();
      return await costOf(compare);
    }
    const [few, many] = [await costWith(0, 100), await costWith(100, 300)];
    expect(many.reads - few.reads).toBe(200 * work.comparedDocument.reads);
    expect([few.writes, many.writes]).toStrictEqual([0, 0]);
  });
});
