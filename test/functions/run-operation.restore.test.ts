import { PubSub } from "@google-cloud/pubsub";
import { afterAll, describe, expect, test } from "vitest";
import type { Operation } from "../../shared/domain/operation.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { topics } from "../../shared/domain/sites.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { eventually } from "../support/eventually.ts";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";
import {
  act,
  actAndWait,
  contentOf,
  editsOf,
  enrol,
  expectEqualSites,
  inState,
  ledgerEntryOf,
  standbyOf,
  wiresOf,
} from "../support/tenants.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const { primary, secondary } = stack.databases;
const [host, port] = stack.description.pubsub.split(":");
const pubsub = new PubSub({ projectId: stack.description.project, apiEndpoint: `${host}:${port}`, emulatorMode: true });
afterAll(async () => {
  await pubsub.close();
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

const on = (site: Site, tenant: string, path: string) => stack.databases[site].doc(`tenants/${tenant}/${path}`);

/** A tenant that is stopped, with so many phones on both sites. */
async function stoppedWith(phones: number): Promise<string> {
  const tenant = await enrol(stack);
  const batch = primary.batch();
  for (let index = 0; index < phones; index++) batch.set(on("primary", tenant, `phones/${index}`), { index });
  await batch.commit();
  await stack.settled(tenant);
  await expectEqualSites(wires, tenant);
  await act(stack, tenant, "/dr/stop", { reason: "test" });
  return tenant;
}

function endOf(id: string): Promise<Operation> {
  return eventually(async () => {
    const operation = fromStore<Operation>((await secondary.doc(`operations/${id}`).get()).data());
    expect(operation.open).toBe(false);
    return operation;
  });
}

async function restored(tenant: string, body: object): Promise<Operation> {
  const { id } = (await act(stack, tenant, "/dr/restore", body)) as { id: string };
  return endOf(id);
}

describe("a restore", () => {
  test("deletes nothing for a primary that has lost most of a kind, until an operator gives a reason (R8, R11)", async () => {
    const tenant = await stoppedWith(12);
    await primary.recursiveDelete(primary.collection(`tenants/${tenant}/phones`));
    await on("primary", tenant, "queues/1").set({ a: 1 });
    const before = await contentOf(wires.secondary, tenant);

    const refused = await restored(tenant, { scope: "all" });
    expect(refused).toMatchObject({ state: "failed", error: { code: "precondition-failed" } });
    expect(refused.error?.fields).toContainEqual(expect.objectContaining({ field: "primary.phones" }));
    const left = await contentOf(wires.secondary, tenant);
    expect(Object.keys(before).filter((path) => !(path in left))).toStrictEqual([]);
    expect((await standbyOf(stack, tenant))?.state).toBe("stopped");

    const reason = "deleted on purpose";
    await actAndWait(stack, tenant, "/dr/restore", { scope: "all", override: true, reason });
    await expectEqualSites(wires, tenant);
    const audit = await secondary.collection(`standbys/${tenant}/audit`).where("act", "==", "request-restore").get();
    expect(audit.docs.map((entry) => entry.get("after.override"))).toContain(reason);
  });

  test("looks again at what was edited behind it while it went on (R10, R11)", async () => {
    const tenant = await stoppedWith(3);
    const id = await putOperation(stack, tenant, { type: "resync", input: { scope: "all" } });
    const standby = secondary.doc(`standbys/${tenant}`);
    await standby.update({ state: "resyncing", operation: id });
    // A slice has come to the end of the phones. Then one of them is edited, and that is noted.
    const { fence } = await inState(stack, tenant, "resyncing");
    const passBegan = Date.now() * 1000;
    await secondary.doc(`operations/${id}`).update({ cursor: { after: "phones/~", kinds: {}, fence, passBegan } });
    await on("secondary", tenant, "phones/1").update({ index: "edited" });
    await eventually(async () => expect(await editsOf(stack, tenant)).toHaveLength(1));

    await pubsub.topic(topics.operations).publishMessage({ json: { operationId: id } });
    expect(await endOf(id)).toMatchObject({ state: "succeeded" });
    await expectEqualSites(wires, tenant);
    expect(await editsOf(stack, tenant)).toStrictEqual([]);
  });

  test("does not begin again by itself once an operator has stopped it between two of its slices (R11)", async () => {
    const tenant = await stoppedWith(3);
    const before = { type: "resync", input: { scope: "all" }, createdAt: new Date(Date.now() - 60_000) };
    const id = await putOperation(stack, tenant, before);
    await secondary.doc(`standbys/${tenant}`).update({ operation: id });
    await pubsub.topic(topics.operations).publishMessage({ json: { operationId: id } });
    expect(await endOf(id)).toMatchObject({ state: "failed", error: { code: "conflict" } });
    expect((await standbyOf(stack, tenant))?.state).toBe("stopped");
  });

  test("compares again what it compared under another fence: changes did not come through meanwhile (R6, R11)", async () => {
    const tenant = await stoppedWith(3);
    await on("primary", tenant, "accounts/1").set({ name: "変更は届かなかった" });
    const id = await putOperation(stack, tenant, { type: "resync", input: { scope: "all" } });
    await secondary.doc(`standbys/${tenant}`).update({ state: "resyncing", operation: id });
    const fence = { number: 1, id: "that of an earlier slice" };
    const cursor = { after: "phones/~", kinds: {}, fence, passBegan: Date.now() * 1000 };
    await secondary.doc(`operations/${id}`).update({ cursor });
    await pubsub.topic(topics.operations).publishMessage({ json: { operationId: id } });
    expect(await endOf(id)).toMatchObject({ state: "succeeded" });
    await expectEqualSites(wires, tenant);
  });

  test("tells the ledger of what both sites have deleted, so that it may come again (R10, R11)", async () => {
    const tenant = await stoppedWith(3);
    await on("primary", tenant, "phones/1").delete();
    await on("secondary", tenant, "phones/1").delete();
    await eventually(async () => expect(await editsOf(stack, tenant)).toHaveLength(1));
    await stack.settled(tenant);
    await actAndWait(stack, tenant, "/dr/restore", { scope: "all" });
    expect(await ledgerEntryOf(stack, tenant, "phones/1")).toMatchObject({ deleted: true });

    await on("primary", tenant, "phones/1").set({ index: "again" });
    await stack.settled(tenant);
    await expectEqualSites(wires, tenant);
    expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
  });
});
