import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { drawFrom } from "../../local/demo-data/draw.ts";
import { people } from "../../local/description.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import type { Wire } from "../../shared/stores/wire.ts";
import { type TestStack, testStackOf } from "../support/stack.ts";
import { profileOf, standbyOf, wiresOf } from "../support/tenants.ts";
import { commitAll, fieldsOf, pathOf } from "./documents.ts";
import { alternate, median, type Race } from "./race.ts";

const sizes = { small: 100, large: 100_000 } as const;
type Size = keyof typeof sizes;
/** So many documents are written before their events are waited for. */
const atOnce = 5000;

/** Activation of a small and of a large tenant on one whole local cloud, while another tenant is edited all the time. */
export const activation: Race = {
  name: "M5",
  async run(course) {
    const directory = mkdtempSync(join(tmpdir(), "hikae-bench-"));
    const local = await startStack({ empty: true, portBase: 0, dataDirectory: directory });
    const stack = testStackOf(local.description);
    const wires = wiresOf(local.description);
    const load = new AbortController();
    try {
      const counts = { small: sizes.small, large: Math.round(sizes.large * course.scale) };
      for (const size of ["small", "large"] as const) {
        course.report(`M5 filling ${size} with ${counts[size]} documents`);
        await fill(stack, wires.primary, size, counts[size]);
      }
      await fill(stack, wires.primary, "edited", 100);
      const editing = editAlways(wires.primary, load.signal);
      const runs = await alternate(course.runs, ["small", "large"] as const, async (size) => {
        const milliseconds = await activate(local, stack, size);
        course.report(`M5 ${size}: active after ${Math.round(milliseconds)} ms`);
        return milliseconds;
      });
      load.abort();
      await editing;
      const [small, large] = [median(runs.small), median(runs.large)];
      return [
        {
          race: "M5",
          work: `activation, ${counts.large} documents against ${counts.small}`,
          unit: "ms",
          us: large,
          peerName: "small tenant",
          peer: small,
          ratio: large / small,
          target: { atMost: 1.2 },
          note: "from the request to the state active, the whole stack running and another tenant edited all the time",
        },
        {
          race: "M5",
          work: `activation, ${counts.large} documents, against 5 s`,
          unit: "ms",
          us: Math.max(...runs.large, ...runs.small),
          peerName: "limit",
          peer: 5000,
          ratio: Math.max(...runs.large, ...runs.small) / 5000,
          target: { atMost: 1 },
          note: "the slowest of all runs",
        },
      ];
    } finally {
      load.abort();
      for (const wire of Object.values(wires)) wire.close();
      await stack.close();
      await local.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** Fills a tenant on the primary and waits until its stand-by is in sync. */
async function fill(stack: TestStack, primary: Wire, tenant: string, count: number): Promise<void> {
  const draw = drawFrom(tenant);
  const writes = Array.from({ length: count }, (_, index) => ({
    update: { name: primary.root + pathOf(tenant, index), fields: fieldsOf(draw) as never },
  }));
  await stack.databases.secondary.doc(`tenants/${tenant}`).set(profileOf(tenant));
  // The emulator stops answering when too many events wait.
  for (let from = 0; from < writes.length; from += atOnce) {
    await commitAll(primary, writes.slice(from, from + atOnce));
    await stack.settled(undefined, 600_000);
  }
  await stack.databases.primary.doc(`tenants/${tenant}`).set(profileOf(tenant));
  while ((await standbyOf(stack, tenant))?.state !== "syncing") await pause(200);
  await stack.settled(undefined, 600_000);
}

async function editAlways(primary: Wire, signal: AbortSignal): Promise<void> {
  const draw = drawFrom("edits");
  while (!signal.aborted) {
    const name = primary.root + pathOf("edited", draw.integer(0, 99));
    await primary.commit([{ update: { name, fields: fieldsOf(draw) as never } }]);
    await pause(10);
  }
}

/** Milliseconds from the request to the state `active`; afterwards the tenant is syncing again. */
async function activate(local: Stack, stack: TestStack, tenant: Size): Promise<number> {
  const token = await stack.token(people.operator.email);
  const before = await stack.databases.secondary.doc(`standbys/${tenant}`).get();
  const started = performance.now();
  const answer = await fetch(`${local.description.sites.secondary.api}/v1/tenants/${tenant}/dr/activate`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify({ confirm: tenant, mode: "disaster", override: true, reason: "bench" }),
  });
  if (answer.status !== 202) throw new Error(`the activation was answered ${answer.status}: ${await answer.text()}`);
  while ((await standbyOf(stack, tenant))?.state !== "active") await pause(5);
  const milliseconds = performance.now() - started;
  await before.ref.set({ ...before.data(), fence: { number: 1, id: randomUUID() } });
  return milliseconds;
}
