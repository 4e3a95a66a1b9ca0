import { randomUUID } from "node:crypto";
import { PubSub } from "@google-cloud/pubsub";
import { afterAll, describe, expect, test } from "vitest";
import type { Operation } from "../../shared/domain/operation.ts";
import { topics } from "../../shared/domain/sites.ts";
import { putInCharge } from "../support/activation.ts";
import { eventually } from "../support/eventually.ts";
import { failbackOn } from "../support/failback.ts";
import { requestsOf } from "../support/mails.ts";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";
import { call, e164, enrolWithNumbers, operator } from "../support/switch-over.ts";
import { act, actAndWait, enrol, inState, operationsOf, standbyOf } from "../support/tenants.ts";

const stack = sharedStack();
const { here, ask, failBack, failedBack, inCharge } = failbackOn(stack);
const { secondary } = stack.databases;
const [host, port] = stack.description.pubsub.split(":");
const pubsub = new PubSub({ projectId: stack.description.project, apiEndpoint: `${host}:${port}`, emulatorMode: true });
afterAll(async () => {
  await pubsub.close();
  await stack.close();
});

const cancel = (id: string) => ask(`/operations/${id}/cancel`, { method: "POST" });
const callerOf = async (tenant: string, phone: string) =>
  (await here(tenant, `phones/${phone}`).get()).get("callerNumber");

describe("a fail back that is given up", () => {
  test("leaves the secondary with caller numbers that work there, and says so (R24, R20, R21)", async () => {
    const tenant = await enrolWithNumbers(stack);
    const plan = {
      defaultCallerNumber: e164.osaka,
      phones: { p1: e164.osaka, p2: e164.osaka2 },
      tollFree: {},
      version: null,
    };
    expect((await call(stack, tenant, operator, "/dr/plan", { method: "PUT", body: plan })).status).toBe(200);
    await stack.settled(tenant);
    const { operation: activation } = await putInCharge(stack, tenant);
    // The fail back has brought the primary's numbers, and a phone of the plan is gone; its slice died.
    const id = await putOperation(stack, tenant, { type: "failback", input: { promote: [] } });
    await here(tenant, "phones/p2").delete();
    const item = { activation, order: 2, label: { ja: "a", en: "a" }, state: "done" };
    const done = { how: "person", by: { type: "user", id: operator }, at: new Date() };
    await secondary.doc(`standbys/${tenant}/checklist/phone-caller-numbers`).set({
      ...{ ...item, id: "phone-caller-numbers", done },
    });
    await secondary.doc(`standbys/${tenant}`).update({ state: "resyncing", operation: id, lastFailback: id });
    expect((await cancel(id)).status).toBe(200);
    await inState(stack, tenant, "active");
    await eventually(async () => {
      const operation = (await operationsOf(stack, tenant)).find((found) => found.id === id);
      expect(operation).toMatchObject({ state: "cancelled", open: false });
    });
    expect((await callerOf(tenant, "p1")).path).toBe(`tenants/${tenant}/numbers/osaka`);
    const telephony = (await here(tenant, "systemSettings/telephony").get()).data();
    expect(telephony?.defaultCallerNumber.path).toBe(`tenants/${tenant}/numbers/osaka`);
    const { body: checklist } = await call(stack, tenant, operator, "/dr/checklist");
    const stateOf = (wanted: string) => checklist.items.find(({ id: each }: { id: string }) => each === wanted)?.state;
    expect(stateOf("default-caller-number")).toBe("done");
    // What the plan cannot set any more is not done, whoever said so before.
    expect(stateOf("phone-caller-numbers")).toBe("open");
    const reload = (await secondary.doc(`standbys/${tenant}/reloads/phones`).get()).data();
    expect(reload?.cause).toBe("failback");
    const mails = (await requestsOf(stack, tenant)).filter(({ template }) => template === "failbackFailed");
    expect(mails).toMatchObject([
      {
        to: "administrators",
        data: { inCharge: "secondary", why: { ja: "取り消されました", en: "It was cancelled" } },
      },
    ]);
  });

  test("begun from a stop leaves the primary in charge; a restore is refused, and another one ends it (R24)", async () => {
    const tenant = await inCharge(3);
    const id = await putOperation(stack, tenant, { type: "failback", input: { promote: [] } });
    // A slice has begun the fail back and died, and an operator stops the sync.
    await secondary.doc(`standbys/${tenant}`).update({ state: "resyncing", operation: id, lastFailback: id });
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    expect((await cancel(id)).status).toBe(200);
    const restore = await ask(`/tenants/${tenant}/dr/restore`, { method: "POST", body: { scope: "all" } });
    expect(restore.status).toBe(409);
    expect(await restore.json()).toMatchObject({ detail: expect.stringContaining("fail back again") });
    expect((await standbyOf(stack, tenant))?.state).toBe("stopped");

    const second = await putOperation(stack, tenant, { type: "failback", input: { promote: [] } });
    await secondary.doc(`standbys/${tenant}`).update({ state: "resyncing", operation: second, lastFailback: second });
    expect((await cancel(second)).status).toBe(200);
    const standby = await inState(stack, tenant, "stopped");
    expect(standby).toMatchObject({ stop: { reason: "operator" }, activation: { mode: "drill" } });

    expect((await failedBack(tenant)).state).toBe("succeeded");
    expect(await inState(stack, tenant, "syncing")).not.toHaveProperty("activation");
  });
});

describe("an operation whose slice died when all was done", () => {
  /** Brings the record of an ended operation to what a slice left that died before it could say so. */
  async function endAgain(tenant: string, id: string, more: Partial<Operation>): Promise<Operation> {
    const record = secondary.doc(`operations/${id}`);
    const { result: _result, finishedAt: _finished, expireAt: _expire, ...rest } = (await record.get()).data() ?? {};
    // A comparison came after it.
    await secondary.doc(`standbys/${tenant}`).update({ "proof.operation": randomUUID() });
    await record.set({ ...rest, state: "running", open: true, attempts: 1, ...more });
    await pubsub.topic(topics.operations).publishMessage({ json: { operationId: id } });
    return eventually(async () => {
      const operation = (await operationsOf(stack, tenant)).find((found) => found.id === id);
      expect(operation).toMatchObject({ open: false });
      return operation as Operation;
    });
  }

  test.each(["running", "cancelled"] as const)(
    "is a fail back that has succeeded, though it is %s (R24)",
    async (state) => {
      const tenant = await inCharge(3);
      const answer = await failBack(tenant);
      const { id } = (await answer.json()) as { id: string };
      await inState(stack, tenant, "syncing");
      await eventually(async () => expect((await secondary.doc(`operations/${id}`).get()).get("open")).toBe(false));
      await secondary.doc(`standbys/${tenant}/reloads/phones`).delete();
      expect(await endAgain(tenant, id, { state })).toMatchObject({ state: "succeeded", result: { promotions: [] } });
      // The steps after its completion are not skipped.
      const reload = (await secondary.doc(`standbys/${tenant}/reloads/phones`).get()).data();
      expect(reload?.cause).toBe("failback");
    },
  );

  test.each(["running", "cancelled"] as const)(
    "is a restore that has succeeded, though it is %s (R11)",
    async (state) => {
      const tenant = await enrol(stack);
      await act(stack, tenant, "/dr/stop", { reason: "test" });
      const { id } = await actAndWait(stack, tenant, "/dr/restore", { scope: "all" });
      expect(await endAgain(tenant, id, { state })).toMatchObject({ state: "succeeded", result: { equal: true } });
      expect((await standbyOf(stack, tenant))?.state).toBe("syncing");
    },
  );
});
