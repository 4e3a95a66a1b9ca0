import { randomUUID } from "node:crypto";
import { PubSub } from "@google-cloud/pubsub";
import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { topics } from "../../shared/domain/sites.ts";
import { eventually } from "../support/eventually.ts";
import { putOperation } from "../support/operations.ts";
import { sharedStack } from "../support/stack.ts";
import { act, actAndWait, enrol, operationsOf } from "../support/tenants.ts";

const stack = sharedStack();
const [host, port] = stack.description.pubsub.split(":");
const pubsub = new PubSub({ projectId: stack.description.project, apiEndpoint: `${host}:${port}`, emulatorMode: true });
afterAll(async () => {
  await pubsub.close();
  await stack.close();
});

const call = (operationId: string) => pubsub.topic(topics.operations).publishMessage({ json: { operationId } });

async function control(id: string, verb: "pause" | "resume" | "cancel"): Promise<number> {
  const { api } = stack.description.sites.secondary;
  const answer = await fetch(`${api}/v1/operations/${id}/${verb}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await stack.token(people.operator.email)}`,
      "idempotency-key": randomUUID(),
    },
  });
  return answer.status;
}

function inState(tenant: string, id: string, state: Operation["state"]): Promise<Operation> {
  return eventually(async () => {
    const operation = (await operationsOf(stack, tenant)).find((found) => found.id === id);
    expect(operation?.state).toBe(state);
    return operation as Operation;
  });
}

describe("runOperation", () => {
  test("runs an operation once, however often its message comes", async () => {
    const tenant = await enrol(stack);
    const id = await putOperation(stack, tenant);
    await Promise.all([call(id), call(id), call(id)]);
    const ended = await inState(tenant, id, "succeeded");
    expect(ended).toMatchObject({ open: false, attempts: 1, result: { equal: true } });
    expect(ended.lease).toBeUndefined();
  });

  test("leaves a paused operation alone until it is resumed", async () => {
    const tenant = await enrol(stack);
    const id = await putOperation(stack, tenant);
    expect(await control(id, "pause")).toBe(200);
    await call(id);
    const other = await actAndWait(stack, tenant, "/dr/reconcile");
    expect(other.state).toBe("succeeded");
    await inState(tenant, id, "paused");
    expect(await control(id, "resume")).toBe(200);
    await inState(tenant, id, "succeeded");
  });

  test("puts in order what a cancelled restore leaves: the tenant is stopped, as it was before (R11)", async () => {
    const tenant = await enrol(stack);
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    const id = await putOperation(stack, tenant, { type: "resync", input: { scope: "all" } });
    const standby = stack.databases.secondary.doc(`standbys/${tenant}`);
    // A slice has begun the restore and died.
    await standby.update({ state: "resyncing", operation: id });
    expect(await control(id, "cancel")).toBe(200);
    await eventually(async () => expect((await standby.get()).get("state")).toBe("stopped"));
    await eventually(async () => expect(await inState(tenant, id, "cancelled")).toMatchObject({ open: false }));
  });

  test("fails at once what can never succeed, and says why", async () => {
    const tenant = await enrol(stack);
    await act(stack, tenant, "/dr/stop", { reason: "test" });
    const id = await putOperation(stack, tenant);
    await call(id);
    expect(await inState(tenant, id, "failed")).toMatchObject({ open: false, error: { code: "conflict" } });
  });
});
