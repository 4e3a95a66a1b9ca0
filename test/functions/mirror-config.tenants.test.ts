import { afterAll, describe, expect, test } from "vitest";
import { sharedStack } from "../support/stack.ts";
import {
  act,
  actAndWait,
  contentOf,
  enrol,
  expectEqualSites,
  inState,
  ledgerEntryOf,
  profileOf,
  wiresOf,
  write as writeTo,
} from "../support/tenants.ts";
import { int } from "../support/wire-values.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const { primary, secondary } = stack.databases;
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const write = (tenant: string, documents: Parameters<typeof writeTo>[2]) => writeTo(wires.primary, tenant, documents);

async function expectMirrored(tenant: string): Promise<void> {
  await stack.settled(tenant);
  await expectEqualSites(wires, tenant);
}

describe("mirrorConfig, as a tenant comes, is stopped and goes", () => {
  test("fills the stand-by of a new tenant with documents that are older than it (R8)", async () => {
    const tenant = stack.newTenant();
    await write(tenant, { "phones/1": { a: int(1) }, "offices/o/floors/2": { a: int(2) } });
    await stack.settled(tenant);
    await primary.doc(`tenants/${tenant}`).set(profileOf(tenant));
    await inState(stack, tenant, "syncing");
    await expectMirrored(tenant);
  });

  test("keeps a tombstone that expires, and no document, of what is deleted (R7)", async () => {
    const tenant = await enrol(stack);
    await write(tenant, { "phones/1": { a: int(1) } });
    await primary.doc(`tenants/${tenant}/phones/1`).delete();
    await stack.settled(tenant);
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual({});
    const entry = await ledgerEntryOf(stack, tenant, "phones/1");
    expect(entry).toMatchObject({ deleted: true, kind: "phones" });
    const days = (entry?.expireAt.toMillis() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(7);
    expect(days).toBeLessThan(100);
    await write(tenant, { "phones/1": { a: int(2) } });
    await expectMirrored(tenant);
    expect(await ledgerEntryOf(stack, tenant, "phones/1")).not.toHaveProperty("expireAt");
  });

  test("lets no write through once the fence is raised, however late (R6)", async () => {
    const tenant = await enrol(stack);
    await write(tenant, { "phones/1": { a: int(1) } });
    await expectMirrored(tenant);
    await stack.faults("primary", { tenant, delayMs: 3000 });
    // Delayed by chance: so many that some are on their way when the fence is raised, however slow the machine.
    const changes = Array.from({ length: 40 }, (_, index) => [`phones/${index + 1}`, { a: int(2) }]);
    await write(tenant, Object.fromEntries(changes));
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    await stack.clearFaults("primary", { tenant });
    const before = await contentOf(wires.secondary, tenant);
    expect(Object.keys(before).length).toBeLessThan(changes.length);
    await primary.doc(`tenants/${tenant}/phones/1`).delete();
    await stack.settled(tenant);
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);

    await actAndWait(stack, tenant, "/dr/restore", { scope: "all" });
    await expectMirrored(tenant);
    expect(Object.keys(await contentOf(wires.secondary, tenant))).toHaveLength(changes.length - 1);
  });

  test("stops the sync when its setting on the primary is turned off (R11)", async () => {
    const tenant = await enrol(stack);
    await primary.doc(`tenants/${tenant}`).update({ syncEnabled: false });
    const { stop } = await inState(stack, tenant, "stopped");
    expect(stop).toMatchObject({ reason: "syncDisabled" });
    await write(tenant, { "phones/1": { a: int(1) } });
    await stack.settled(tenant);
    expect(await contentOf(wires.secondary, tenant)).toStrictEqual({});
  });

  test("stops the sync of a tenant that is deleted on the primary, and keeps its copy", async () => {
    const tenant = await enrol(stack);
    await write(tenant, { "phones/1": { a: int(1) } });
    await expectMirrored(tenant);
    await primary.doc(`tenants/${tenant}`).delete();
    expect((await inState(stack, tenant, "stopped")).stop).toMatchObject({ reason: "tenantDeleted" });
    expect(Object.keys(await contentOf(wires.secondary, tenant))).toStrictEqual(["phones/1"]);
  });

  test("writes nothing for a tenant that does not exist, or has no DR option (R17)", async () => {
    const [ghost, without] = [stack.newTenant(), stack.newTenant()];
    const options = { dr: false, outboundDialler: false };
    await primary.doc(`tenants/${without}`).set({ ...profileOf(without), options });
    for (const tenant of [ghost, without]) {
      await write(tenant, { "phones/1": { a: int(1) } });
      await primary.doc(`tenants/${tenant}/phones/1`).delete();
      await write(tenant, { "phones/2": { a: int(1) }, "newThings/2": { a: int(1) } });
      await stack.settled(tenant);
      expect(await contentOf(wires.secondary, tenant)).toStrictEqual({});
      expect(await secondary.doc(`standbys/${tenant}`).listCollections()).toStrictEqual([]);
    }
  });
});
