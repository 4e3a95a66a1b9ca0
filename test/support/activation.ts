import { randomUUID } from "node:crypto";
import type { Activation, ActivationMode } from "../../shared/domain/standby.ts";
import type { TestStack } from "./stack.ts";
import { standbyOf } from "./tenants.ts";

const operator = { type: "user", id: "operator@hikae.example" } as const;

/** Puts a syncing tenant's secondary in charge, as an activation leaves it, without carrying one out. */
export async function putInCharge(
  stack: TestStack,
  tenant: string,
  mode: ActivationMode = "drill",
  more: Partial<Activation> = {},
): Promise<Activation> {
  const fence = (await standbyOf(stack, tenant))?.fence.number ?? 0;
  const at = new Date();
  const activation: Activation = {
    operation: randomUUID(),
    mode,
    by: operator,
    overridden: [],
    requestedAt: new Date(at.getTime() - 2000),
    fencedAt: new Date(at.getTime() - 1500),
    activeAt: at,
    rpoSeconds: 30,
    steps: [
      { name: "reload", startedAt: new Date(at.getTime() - 500), finishedAt: at, complete: true, detail: "reloaded" },
    ],
    ...more,
  };
  await stack.databases.secondary.doc(`standbys/${tenant}`).update({
    state: "active",
    since: at,
    fence: { number: fence + 1, id: randomUUID() },
    activation,
  });
  return activation;
}
