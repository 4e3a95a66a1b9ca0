import { afterAll, describe, expect, test } from "vitest";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import type { Proof } from "../../shared/domain/standby.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import {
  act,
  contentOf,
  editsOf,
  enrol,
  expectEqualSites,
  operationsOf,
  standbyOf,
  wiresOf,
} from "../support/tenants.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const { primary, secondary } = stack.databases;
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const at = (tenant: string, path: string) => primary.doc(`tenants/${tenant}/${path}`);

/** Lets whatever the tenant's primary does happen without the mirror hearing of it. */
async function unheard(tenant: string, change: () => Promise<unknown>): Promise<void> {
  await stack.faults("primary", { tenant, drop: 1 });
  await change();
  await stack.settled(tenant);
  await stack.clearFaults("primary", { tenant });
}

/** Waits for the end of a comparison of the tenant that began after these. */
function endedAfter(tenant: string, earlier: readonly Operation[]): Promise<Operation> {
  const known = new Set(earlier.map(({ id }) => id));
  return eventually(async () => {
    const fresh = (await operationsOf(stack, tenant)).filter(({ id, type }) => type === "reconcile" && !known.has(id));
    const ended = fresh.find(({ open }) => !open);
    expect(ended).toBeDefined();
    return ended as Operation;
  });
}

/** Fires the schedule, which compares all tenants, and waits for this one's comparison to end. */
async function scheduled(tenant: string): Promise<Operation> {
  const earlier = await operationsOf(stack, tenant);
  expect(await stack.runSchedule("secondary", "reconcile")).toBe(204);
  return endedAfter(tenant, earlier);
}

/** Compares one tenant, and waits for the end. */
async function compared(tenant: string): Promise<Operation> {
  const earlier = await operationsOf(stack, tenant);
  await act(stack, tenant, "/dr/reconcile");
  return endedAfter(tenant, earlier);
}

/** How many documents the comparisons of a tenant have repaired: another one may have come first, by the hour. */
async function repairedIn(tenant: string): Promise<number> {
  const operations = (await operationsOf(stack, tenant)).filter(({ type }) => type === "reconcile");
  return operations.reduce((sum, { result }) => sum + ((result as Proof | undefined)?.total.repaired ?? 0), 0);
}

describe("reconcile", () => {
  test("repairs creates, updates, deletes and re-creates that were lost, in every kind, and proves it (R8)", async () => {
    const tenant = await enrol(stack);
    const kinds = kindsWith("realtime");
    const batch = primary.batch();
    for (const kind of kinds) {
      for (const id of ["kept", "updated", "deleted", "recreated"]) batch.set(at(tenant, `${kind}/${id}`), { id });
      batch.set(at(tenant, `${kind}/none/parts/deleted`), { deep: true });
    }
    await batch.commit();
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);

    await unheard(tenant, async () => {
      for (const kind of kinds) {
        await Promise.all([
          at(tenant, `${kind}/created`).set({ a: 1 }),
          at(tenant, `${kind}/updated`).update({ a: 1 }),
          at(tenant, `${kind}/deleted`).delete(),
          at(tenant, `${kind}/none/parts/deleted`).delete(),
          at(tenant, `${kind}/none/parts/created`).set({ a: 1 }),
          at(tenant, `${kind}/recreated`)
            .delete()
            .then(() => at(tenant, `${kind}/recreated`).set({ id: "recreated" })),
        ]);
      }
    });

    const { result } = await scheduled(tenant);
    await expectEqualSites(wires, tenant);
    const each = { documents: 5, differing: 0 };
    expect(result).toMatchObject({
      equal: true,
      total: { documents: 5 * kinds.length, differing: 0 },
      kinds: Object.fromEntries(kinds.map((kind) => [kind, each])),
    });
    expect(await repairedIn(tenant)).toBe(6 * kinds.length);
    const standby = await standbyOf(stack, tenant);
    expect(standby).toMatchObject({ state: "syncing", proof: { equal: true, total: { differing: 0 } } });
    await stack.settled(tenant);
    expect(await editsOf(stack, tenant)).toStrictEqual([]);

    const { result: again } = await compared(tenant);
    expect(again).toMatchObject({ equal: true, total: { documents: 5 * kinds.length, repaired: 0 } });
  });

  test("walks both sites in the order that Firestore has, whatever the ids (R8)", async () => {
    const tenant = await enrol(stack);
    const ids = "10 9 A a a! a- a. a~ é e\u0301 ﬁ Ω 日 電話 \uFFFD 𝄞 😀 😀!".split(" ");
    const paths = ids.flatMap((id) => [`phones/${id}`, `phones/${id}/a/${id}`, `phones/${id}/a!/${id}`]);
    const half = (rest: number) => paths.filter((_, index) => index % 2 === rest);
    const write = async (chosen: string[]) => {
      const batch = primary.batch();
      for (const path of chosen) batch.set(at(tenant, path), { path });
      await batch.commit();
    };
    await write(half(0));
    await stack.settled(tenant);
    await unheard(tenant, () => write(half(1)));
    const { result } = await compared(tenant);
    expect(result).toMatchObject({ equal: true, total: { documents: paths.length } });
    expect(await repairedIn(tenant)).toBe(half(1).length);
    await expectEqualSites(wires, tenant);
  });

  test("steps over what is not mirrored, on either site (R3, R8)", async () => {
    const tenant = await enrol(stack);
    for (const kind of ["callHistory", "aaa", "zzz", "twoFactorCredentials", "recordings"]) {
      await at(tenant, `${kind}/primary`).set({ kind });
      await secondary.doc(`tenants/${tenant}/${kind}/secondary/parts/1`).set({ kind });
    }
    await at(tenant, "phones/1").set({ a: 1 });
    await stack.settled(tenant);
    const before = await contentOf(wires.secondary, tenant);
    const { result } = await compared(tenant);
    expect(result).toMatchObject({ equal: true, total: { documents: 1, repaired: 0 } });
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
    expect(Object.keys(before)).toHaveLength(6);
  });

  test("refuses to empty the secondary because the primary is empty (R8)", async () => {
    const tenant = await enrol(stack);
    await at(tenant, "phones/1").set({ a: 1 });
    await at(tenant, "callFlows/1/steps/2").set({ a: 1 });
    await stack.settled(tenant);
    const before = await contentOf(wires.secondary, tenant);
    await unheard(tenant, () => primary.recursiveDelete(primary.doc(`tenants/${tenant}`)));
    expect(await compared(tenant)).toMatchObject({ state: "failed", error: { code: "precondition-failed" } });
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  });

  test("deletes what the tenant has deleted, and nothing where the primary has lost most of a kind (R8)", async () => {
    const tenant = await enrol(stack);
    const phones = Array.from({ length: 16 }, (_, index) => at(tenant, `phones/${index + 10}`));
    const batch = primary.batch();
    for (const phone of [...phones, at(tenant, "queues/1")]) batch.set(phone, { a: 1 });
    await batch.commit();
    await stack.settled(tenant);
    const gone = (from: number, to: number) =>
      unheard(tenant, async () => void (await Promise.all(phones.slice(from, to).map((phone) => phone.delete()))));

    await gone(0, 6);
    await at(tenant, "queues/1").delete();
    expect(await compared(tenant)).toMatchObject({ state: "succeeded", result: { equal: true } });
    await expectEqualSites(wires, tenant);

    const before = await contentOf(wires.secondary, tenant);
    await gone(6, 14);
    const { state, error } = await compared(tenant);
    expect([state, error?.code]).toStrictEqual(["failed", "precondition-failed"]);
    expect(error?.fields).toMatchObject([
      { field: "primary.phones", label: { ja: expect.stringContaining("東京2件") } },
    ]);
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  });

  test("compares while changes arrive, and ends equal with them (R5, R8)", async () => {
    const tenant = await enrol(stack);
    const faults = { duplicate: 0.3, shuffle: true, delayMs: 20 };
    await stack.faults("primary", { tenant, ...faults });
    const edit = async () => {
      for (let step = 0; step < 150; step++) {
        const document = at(tenant, `phones/${step % 12}`);
        await (step % 7 === 6 ? document.delete() : document.set({ step }));
      }
    };
    const [, first] = await Promise.all([edit(), compared(tenant)]);
    expect(first).toMatchObject({ state: "succeeded", result: { equal: true } });
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
  });

  test("leaves a tenant alone whose sync is stopped", async () => {
    const [stopped, syncing] = await Promise.all([enrol(stack), enrol(stack)]);
    await act(stack, stopped, "/dr/stop", { reason: "test" });
    await scheduled(syncing);
    expect((await operationsOf(stack, stopped)).filter(({ type }) => type === "reconcile")).toStrictEqual([]);
  });
});
