import { afterAll, describe, expect, test } from "vitest";
import type { Site } from "../../shared/domain/sites.ts";
import { eventually } from "../support/eventually.ts";
import { sharedStack } from "../support/stack.ts";
import {
  act,
  actAndWait,
  contentOf,
  editsOf,
  enrol,
  expectEqualSites,
  inState,
  operationsOf,
  standbyOf,
  wiresOf,
} from "../support/tenants.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

/** Whom the emulator names as the author of every write. */
const author = { type: "user", id: "fake-auth-id@gmail.com" };

const on = (site: Site, tenant: string, path: string) => stack.databases[site].doc(`tenants/${tenant}/${path}`);

/** A tenant with three mirrored documents. */
async function mirrored(): Promise<string> {
  const tenant = await enrol(stack);
  await on("primary", tenant, "phones/1").set({ name: "受付", line: { number: "0611112222", ring: 3 } });
  await on("primary", tenant, "phones/2").set({ name: "営業" });
  await on("primary", tenant, "callFlows/a/steps/b").set({ say: "hello" });
  await stack.settled(tenant);
  await expectEqualSites(wires, tenant);
  return tenant;
}

const edits = {
  updated: {
    path: "phones/1",
    make: (tenant: string) => on("secondary", tenant, "phones/1").update({ "line.ring": 9, note: "changed" }),
    fields: [
      { field: "line.ring", before: "3", after: "9" },
      { field: "note", after: '"changed"' },
    ],
  },
  created: {
    path: "phones/3",
    make: (tenant: string) => on("secondary", tenant, "phones/3").set({ name: "新規" }),
    fields: [{ field: "name", after: '"新規"' }],
  },
  deleted: {
    path: "callFlows/a/steps/b",
    make: (tenant: string) => on("secondary", tenant, "callFlows/a/steps/b").delete(),
    fields: [{ field: "say", before: '"hello"' }],
  },
};
const changes = Object.keys(edits) as (keyof typeof edits)[];

describe("guardStandby", () => {
  test.each(changes)(
    "stops the sync of that tenant only when a document is %s on the secondary (R10)",
    async (change) => {
      const [tenant, other] = await Promise.all([mirrored(), mirrored()]);
      const { path, make, fields } = edits[change];
      await make(tenant);
      const { stop, fence } = await inState(stack, tenant, "stopped");
      expect(stop).toMatchObject({ reason: "tamper", path, by: author });
      expect(Math.abs((stop?.at.getTime() ?? 0) - Date.now())).toBeLessThan(20_000);
      expect(fence.number).toBeGreaterThan(1);
      const [edit, ...more] = await eventually(async () => {
        const found = await editsOf(stack, tenant);
        expect(found).toHaveLength(1);
        return found;
      });
      expect(edit).toMatchObject({ path, change, by: author, fields });
      expect(more).toStrictEqual([]);

      for (const id of [tenant, other]) await on("primary", id, "phones/2").update({ name: "later" });
      await stack.settled(tenant);
      await stack.settled(other);
      expect((await on("secondary", tenant, "phones/2").get()).get("name")).toBe("営業");
      await expectEqualSites(wires, other);
      expect((await standbyOf(stack, other))?.state).toBe("syncing");
    },
  );

  test("restores exactly the edited documents and resumes, and takes none of that for an edit (R10b)", async () => {
    const tenant = await mirrored();
    await edits.updated.make(tenant);
    await inState(stack, tenant, "stopped");
    await edits.created.make(tenant);
    await edits.deleted.make(tenant);
    await stack.settled(tenant);
    expect((await editsOf(stack, tenant)).map(({ path }) => path).sort()).toStrictEqual(
      changes.map((change) => edits[change].path).sort(),
    );
    await on("primary", tenant, "phones/2").update({ name: "while stopped" });

    const { result } = await actAndWait(stack, tenant, "/dr/restore", { scope: "edited" });
    expect(result).toMatchObject({ equal: true, total: { documents: 3, repaired: 4 } });
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);
    const standby = await standbyOf(stack, tenant);
    expect(standby?.state).toBe("syncing");
    expect(standby).not.toHaveProperty("stop");
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
  });

  test("shows of a document that is edited twice what differs from the mirrored one (R10b)", async () => {
    const tenant = await mirrored();
    await on("secondary", tenant, "phones/1").update({ name: "first", extra: 1 });
    await inState(stack, tenant, "stopped");
    await stack.settled(tenant);
    await on("secondary", tenant, "phones/1").set({ name: "second", line: { number: "0611112222", ring: 3 } });
    await stack.settled(tenant);
    expect(await editsOf(stack, tenant)).toMatchObject([
      { change: "updated", fields: [{ field: "name", before: '"受付"', after: '"second"' }] },
    ]);
  });

  test("notes every one of many edits made at once, its events doubled and shuffled (R10)", async () => {
    const tenant = await mirrored();
    await stack.faults("secondary", { tenant, duplicate: 0.5, shuffle: true });
    const batch = stack.databases.secondary.batch();
    const paths = Array.from({ length: 30 }, (_, index) => `speedDials/${index}`);
    for (const path of paths) batch.set(on("secondary", tenant, path), { number: path });
    await batch.commit();
    await inState(stack, tenant, "stopped");
    await eventually(async () => {
      expect((await editsOf(stack, tenant)).map(({ path }) => path).sort()).toStrictEqual([...paths].sort());
    });
    const audit = await stack.databases.secondary.collection(`standbys/${tenant}/audit`).get();
    expect(audit.docs.filter((entry) => entry.get("act") === "stop")).toHaveLength(1);
  });

  test("notes edits of an active tenant, and stops nothing", async () => {
    const tenant = await mirrored();
    const standby = stack.databases.secondary.doc(`standbys/${tenant}`);
    await standby.update({ state: "active", fence: { number: 99, id: "activated" } });
    await edits.updated.make(tenant);
    await stack.settled(tenant);
    expect(await standbyOf(stack, tenant)).toMatchObject({ state: "active", fence: { number: 99 } });
    expect(await editsOf(stack, tenant)).toMatchObject([{ path: "phones/1", change: "updated" }]);
  });

  test("takes writes to what is not mirrored, or to tenants without a stand-by, for none of its business", async () => {
    const [tenant, ghost] = [await mirrored(), stack.newTenant()];
    await on("secondary", tenant, "callHistory/1").set({ a: 1 });
    await on("secondary", tenant, "newThings/1").set({ a: 1 });
    await stack.databases.secondary.doc(`tenants/${tenant}`).update({ host: "other.example" });
    await on("secondary", ghost, "phones/1").set({ a: 1 });
    await Promise.all([stack.settled(tenant), stack.settled(ghost)]);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    expect(await standbyOf(stack, ghost)).toBeUndefined();
    expect(await editsOf(stack, ghost)).toStrictEqual([]);
  });

  describe("where the guard's own events are lost", () => {
    const lost = async () => {
      const tenant = await mirrored();
      await stack.faults("secondary", { tenant, drop: 1 });
      await edits.updated.make(tenant);
      await edits.created.make(tenant);
      await stack.settled(tenant);
      return tenant;
    };

    test("the mirror overwrites no edited document, and stops the sync instead (R10)", async () => {
      const tenant = await lost();
      const before = await contentOf(wires.secondary, tenant);
      await on("primary", tenant, "phones/1").update({ name: "later" });
      const { stop } = await inState(stack, tenant, "stopped");
      expect(stop?.reason).toBe("tamper");
      expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
    });

    test("reconciliation overwrites none either: it counts them as differing, and stops the sync (R8, R10)", async () => {
      const tenant = await lost();
      const before = await contentOf(wires.secondary, tenant);
      // Refused where the hourly comparison has come first.
      await act(stack, tenant, "/dr/reconcile").catch(() => undefined);
      const { stop } = await inState(stack, tenant, "stopped");
      expect(stop?.reason).toBe("tamper");
      expect(await contentOf(wires.secondary, tenant)).toStrictEqual(before);
      await eventually(async () => {
        const results = (await operationsOf(stack, tenant)).map(({ result }) => result);
        expect(results).toContainEqual(
          expect.objectContaining({ equal: false, total: expect.objectContaining({ differing: 2 }) }),
        );
      });
      expect((await editsOf(stack, tenant)).map(({ path }) => path).sort()).toStrictEqual(["phones/1", "phones/3"]);
    });
  });
});
