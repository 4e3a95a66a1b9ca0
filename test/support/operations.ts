import { randomUUID } from "node:crypto";
import type { Operation } from "../../shared/domain/operation.ts";
import type { TestStack } from "./stack.ts";

/** Writes the record of a queued reconciliation that nobody has called yet, or of another operation. */
export async function putOperation(stack: TestStack, tenant: string, more: Partial<Operation> = {}): Promise<string> {
  const id = randomUUID();
  const at = new Date();
  const operation: Operation = {
    id,
    type: "reconcile",
    tenant,
    state: "queued",
    open: true,
    input: {},
    progress: { done: 0 },
    attempts: 0,
    createdBy: { type: "user", id: "somebody@example.com" },
    createdAt: at,
    updatedAt: at,
    ...more,
  };
  await stack.databases.secondary.doc(`operations/${id}`).set(operation);
  return id;
}
