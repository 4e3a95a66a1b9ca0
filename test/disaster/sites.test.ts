import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { Stack } from "../../local/stack.ts";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Wire } from "../../shared/stores/wire.ts";
import { eventually } from "../support/eventually.ts";
import { onOwnStack } from "../support/own-stack.ts";
import type { TestStack } from "../support/stack.ts";
import {
  act,
  actAndWait,
  editsOf,
  enrol,
  expectEqualSites,
  inState,
  operationsOf,
  standbyOf,
  wiresOf,
} from "../support/tenants.ts";

let local: Stack;
let stack: TestStack;
let wires: Record<Site, Wire>;

onOwnStack((ownLocal, ownStack) => {
  [local, stack, wires] = [ownLocal, ownStack, wiresOf(ownLocal.description)];
});

afterAll(() => {
  for (const wire of Object.values(wires ?? {})) wire.close();
});

/** Updates, deletions and re-creations of 40 documents over several kinds, ten at a time. */
async function edit(tenant: string, count: number): Promise<void> {
  const kinds = kindsWith("realtime");
  for (let made = 0; made < count; made += 10) {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const step = made + index;
        const path = `tenants/${tenant}/${kinds[step % kinds.length]}/document-${step % 40}`;
        const document = stack.databases.primary.doc(path);
        return step % 9 === 8 ? document.delete() : document.set({ step, name: `変更 ${step}` });
      }),
    );
  }
}

async function expectWhole(tenant: string): Promise<void> {
  await stack.settled(tenant, 60_000);
  await expectEqualSites(wires, tenant);
  expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  expect(await editsOf(stack, tenant)).toStrictEqual([]);
}

describe("a part of the secondary dies while changes arrive", () => {
  test("its database: what could not be written is tried again, nothing is lost or taken for an edit (R5, R10)", async () => {
    const tenant = await enrol(stack);
    await edit(tenant, 100);
    await Promise.all([edit(tenant, 400), local.restartDatabase("secondary")]);
    await expectWhole(tenant);
    // All of its documents have other update times now, which must not look like edits (R8).
    const { result } = await actAndWait(stack, tenant, "/dr/reconcile");
    expect(result).toMatchObject({ equal: true, total: { repaired: 0, differing: 0 } });
    await expectWhole(tenant);
  }, 120_000);

  test("the mirror's process, again and again in mid-batch: nothing is lost or half done (R5)", async () => {
    const tenant = await enrol(stack);
    const edits = edit(tenant, 600);
    for (let kills = 0; kills < 4; kills++) {
      const { received } = (await stack.eventarc("primary", tenant))["mirror-config"] ?? { received: 0 };
      await eventually(async () => {
        const counts = (await stack.eventarc("primary", tenant))["mirror-config"];
        expect(counts?.received).toBeGreaterThan(received + 20);
      });
      await local.killFunction("secondary", "mirror-config");
    }
    await edits;
    await expectWhole(tenant);
  }, 120_000);

  test("the worker in the middle of a comparison: another slice takes it up (R8)", async () => {
    const tenant = await enrol(stack);
    await stack.faults("primary", { tenant, drop: 1 });
    await edit(tenant, 2000);
    await stack.settled(tenant);
    await stack.clearFaults("primary", { tenant });
    const { id } = (await act(stack, tenant, "/dr/reconcile")) as { id: string };
    await eventually(async () => {
      const running = (await operationsOf(stack, tenant)).find((operation) => operation.id === id);
      expect(running?.state).not.toBe("queued");
    });
    await local.killFunction("secondary", "run-operation");
    await eventually(async () => {
      const ended = (await operationsOf(stack, tenant)).find((operation) => operation.id === id);
      expect(ended?.state).toBe("succeeded");
    }, 60_000);
    await expectEqualSites(wires, tenant);
  }, 120_000);
});

describe("Tokyo is lost", () => {
  test("Osaka answers, signs in and keeps what it has; an empty Tokyo does not empty it (R8, R31, R46)", async () => {
    const tenant = await enrol(stack);
    await edit(tenant, 50);
    await expectWhole(tenant);
    await local.kill("primary");

    const { api } = local.description.sites.secondary;
    const authorization = `Bearer ${await stack.token(people.operator.email)}`;
    const asked = (path: string) => fetch(`${api}${path}`, { headers: { authorization } });
    await expect(fetch(`${local.description.sites.primary.api}/v1/health`)).rejects.toThrow();
    expect((await asked("/v1/health")).status).toBe(200);
    expect(await (await asked(`/v1/tenants/${tenant}/dr`)).json()).toMatchObject({ standby: { state: "syncing" } });
    expect((await asked(`/v1/tenants/${tenant}/endpoint`)).status).toBe(200);
    await act(stack, tenant, "/dr/stop", { reason: "Tokyo is lost" });
    await inState(stack, tenant, "stopped");

    const before = await stack.databases.secondary.collection(`tenants/${tenant}/accounts`).get();
    await local.restart("primary");
    const { id } = (await act(stack, tenant, "/dr/restore", { scope: "all" })) as { id: string };
    await eventually(async () => {
      const refused = (await operationsOf(stack, tenant)).find((operation) => operation.id === id);
      expect(refused).toMatchObject({ state: "failed", error: { code: "precondition-failed" } });
    });
    const after = await stack.databases.secondary.collection(`tenants/${tenant}/accounts`).get();
    expect(after.size).toBe(before.size);
    await inState(stack, tenant, "stopped");
  }, 180_000);
});
