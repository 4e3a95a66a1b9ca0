import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { Stack } from "../../local/stack.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import type { Wire } from "../../shared/stores/wire.ts";
import { putInCharge } from "../support/activation.ts";
import { eventually } from "../support/eventually.ts";
import { onOwnStack } from "../support/own-stack.ts";
import type { TestStack } from "../support/stack.ts";
import { editsOf, enrol, expectEqualSites, standbyOf, wiresOf } from "../support/tenants.ts";

let local: Stack;
let stack: TestStack;
let wires: Record<Site, Wire>;

onOwnStack((ownLocal, ownStack) => {
  [local, stack, wires] = [ownLocal, ownStack, wiresOf(ownLocal.description)];
});

afterAll(() => {
  for (const wire of Object.values(wires ?? {})) wire.close();
});

const here = (tenant: string, path: string) => stack.databases.secondary.doc(`tenants/${tenant}/${path}`);
const there = (tenant: string, path: string) => stack.databases.primary.doc(`tenants/${tenant}/${path}`);

async function ask(path: string, body?: object): Promise<Response> {
  return fetch(`${local.description.sites.secondary.api}/v1${path}`, {
    method: body ? "POST" : "GET",
    headers: {
      authorization: `Bearer ${await stack.token(people.operator.email)}`,
      ...(body ? { "content-type": "application/json", "idempotency-key": randomUUID() } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

const failBack = (tenant: string, more: object = {}) =>
  ask(`/tenants/${tenant}/dr/failback`, { confirm: tenant, ...more });

/** Brings Tokyo back, and waits until Osaka has found it: its connections try again after growing pauses. */
async function primaryBack(tenant: string): Promise<void> {
  await local.restart("primary");
  await eventually(async () => {
    expect((await ask(`/tenants/${tenant}/dr/failback/diff?format=csv`)).status).not.toBe(503);
  });
}

async function operation(id: string): Promise<Operation> {
  return fromStore<Operation>((await stack.databases.secondary.doc(`operations/${id}`).get()).data());
}

/** A tenant with so many phones whose secondary is in charge, and was edited: 1 and 2 are to be kept, 3 to 9 are not. */
async function edited(phones: number): Promise<string> {
  const tenant = await enrol(stack);
  for (let from = 0; from < phones; from += 400) {
    const batch = stack.databases.primary.batch();
    for (let n = from; n < Math.min(phones, from + 400); n++) batch.set(there(tenant, `phones/${n}`), { n });
    await batch.commit();
  }
  await stack.settled(tenant, 60_000);
  await putInCharge(stack, tenant);
  const batch = stack.databases.secondary.batch();
  for (let n = 1; n < 9; n++) batch.set(here(tenant, `phones/${n}`), { osaka: n });
  batch.delete(here(tenant, "phones/9"));
  batch.set(here(tenant, "phones/new"), { osaka: true });
  await batch.commit();
  await there(tenant, "phones/8").update({ tokyo: true });
  await stack.settled(tenant, 60_000);
  return tenant;
}

const promote = ["phones/1", "phones/2", "phones/8"];

async function expectFailedBack(tenant: string): Promise<void> {
  await expectEqualSites(wires, tenant);
  expect((await there(tenant, "phones/1").get()).data()).toStrictEqual({ osaka: 1 });
  expect((await there(tenant, "phones/8").get()).data()).toMatchObject({ tokyo: true });
  expect((await here(tenant, "phones/3").get()).data()).toMatchObject({ n: 3 });
  expect(await standbyOf(stack, tenant)).toMatchObject({ state: "syncing" });
  expect(await editsOf(stack, tenant)).toStrictEqual([]);
}

/** As if the time of a dead slice's lease had passed; one that was taken up meanwhile is left alone. */
async function expireLease({ id, lease }: Operation): Promise<void> {
  const record = stack.databases.secondary.doc(`operations/${id}`);
  const found = await record.get();
  if (!found.updateTime || found.get("lease.owner") !== lease?.owner) return;
  const unchanged = { lastUpdateTime: found.updateTime };
  await record.update({ "lease.until": new Date(0) }, unchanged).catch(() => undefined);
}

/** Operations whose message is with the worker now. */
const called = new Set<string>();

/** Calls those that nobody works on, as Pub/Sub and the sweep would after a while; gives those that have not ended. */
async function callIdle(ids: readonly string[]): Promise<Operation[]> {
  const open = (await Promise.all(ids.map(operation))).filter((each) => each.open);
  for (const { id, lease } of open) {
    if (called.has(id) || (lease && lease.until > new Date())) continue;
    called.add(id);
    const data = Buffer.from(JSON.stringify({ operationId: id })).toString("base64");
    const message = { data, messageId: randomUUID(), publishTime: new Date().toISOString() };
    const body = JSON.stringify({ subscription: "run-operation", message });
    void fetch(`${local.description.controls.secondary}/push/run-operation`, { method: "POST", body })
      .catch(() => undefined)
      .finally(() => called.delete(id));
  }
  return open;
}

/** Waits until all have ended. */
async function allEnded(ids: readonly string[]): Promise<Operation[]> {
  for (const deadline = Date.now() + 60_000; (await callIdle(ids)).length > 0; await pause(300)) {
    if (Date.now() > deadline) throw new Error("operations have not ended");
  }
  return Promise.all(ids.map(operation));
}

describe("the worker dies at any point of a fail back", () => {
  test("each is taken up and ended, nothing is lost, doubled or half done (R24, R25)", async () => {
    const tenants = await Promise.all(Array.from({ length: 8 }, () => edited(60)));
    const asked = await Promise.all(tenants.map((tenant) => failBack(tenant, { promote })));
    expect(new Set(asked.map(({ status }) => status))).toStrictEqual(new Set([202]));
    const ids = await Promise.all(asked.map(async (answer) => ((await answer.json()) as { id: string }).id));

    let interrupted = 0;
    let step = 0;
    for (const deadline = Date.now() + 45_000; interrupted < 30 && Date.now() < deadline; ) {
      await pause(Math.random() * 700);
      // Tokyo goes on changing meanwhile.
      await Promise.all(tenants.map((tenant) => there(tenant, `phones/${20 + (step % 30)}`).set({ late: step })));
      step++;
      const running = (await callIdle(ids)).filter(({ lease }) => lease && lease.until > new Date());
      if (running.length === 0) continue;
      await local.killFunction("secondary", "run-operation");
      interrupted += running.length;
      await Promise.all(running.map(expireLease));
    }
    expect(interrupted).toBeGreaterThanOrEqual(30);
    expect((await allEnded(ids)).map(({ state }) => state)).toStrictEqual(ids.map(() => "succeeded"));
    await stack.settled(undefined, 60_000);
    for (const [index, tenant] of tenants.entries()) {
      await expectFailedBack(tenant);
      const { result } = await operation(ids[index] ?? "");
      expect(result?.promotions).toStrictEqual([
        { path: "phones/1", outcome: "promoted" },
        { path: "phones/2", outcome: "promoted" },
        { path: "phones/8", outcome: "refused", why: "primaryChanged" },
      ]);
      const records = await stack.databases.secondary.collection(`standbys/${tenant}/drills`).get();
      expect(records.docs.map((record) => record.get("failback.counts.promoted"))).toStrictEqual([2]);
      const mails = await stack.databases.secondary.collection("outbox").where("tenant", "==", tenant).get();
      expect(mails.docs.filter((mail) => mail.get("template") === "failedBack" && mail.get("to"))).toHaveLength(1);
    }
  }, 240_000);
});

describe("the primary is not what it was", () => {
  test("down, it is not failed back to; back again with other times, nothing but real changes is seen (R24, R25)", async () => {
    const tenant = await edited(60);
    await local.kill("primary", { keepDisk: true });
    for (const answer of [await failBack(tenant), await ask(`/tenants/${tenant}/dr/failback/diff?format=csv`)]) {
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("the primary does not answer") });
    }
    expect((await standbyOf(stack, tenant))?.state).toBe("active");
    await primaryBack(tenant);
    const diff = (await (await ask(`/tenants/${tenant}/dr/failback/diff`)).json()) as { items: { path: string }[] };
    const paths = [1, 2, 3, 4, 5, 6, 7, 8, 9, "new"].map((id) => `phones/${id}`);
    expect(diff.items.map(({ path }) => path)).toStrictEqual(paths);
    const { id } = (await (await failBack(tenant, { promote })).json()) as { id: string };
    expect(await allEnded([id])).toMatchObject([{ state: "succeeded" }]);
    await stack.settled(tenant, 60_000);
    await expectFailedBack(tenant);
  }, 180_000);

  test("empty or half up, whenever that happens, it never empties the secondary (R24)", async () => {
    const [before, meanwhile] = await Promise.all([edited(60), edited(1500)]);
    const phones = async (tenant: string) =>
      (await stack.databases.secondary.collection(`tenants/${tenant}/phones`).count().get()).data().count;
    const counts = [await phones(before), await phones(meanwhile)];
    const { id } = (await (await failBack(meanwhile)).json()) as { id: string };
    await local.kill("primary");
    await primaryBack(meanwhile);
    expect((await failBack(before, { override: true, reason: "いいから" })).status).toBe(412);
    await stack.databases.primary.doc(`tenants/${before}`).set({ name: "half" });
    await there(before, "phones/1").set({ n: 1 });
    expect((await failBack(before)).status).toBe(412);
    const [{ state } = await operation(id)] = await allEnded([id]);
    const standby = await standbyOf(stack, meanwhile);
    expect([state, standby?.state]).toStrictEqual(
      state === "succeeded" ? ["succeeded", "syncing"] : ["failed", "active"],
    );
    // It may have been over before Tokyo was lost; then the ones deleted on one side are right again.
    expect(await phones(before)).toBe(counts[0]);
    expect(Math.abs((await phones(meanwhile)) - (counts[1] ?? 0))).toBeLessThanOrEqual(2);
  }, 180_000);
});
