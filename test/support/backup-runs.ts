import { expect } from "vitest";
import type { Operation } from "../../shared/domain/operation.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { eventually } from "./eventually.ts";
import type { LedgerOffice } from "./ledger-office.ts";
import type { TestStack } from "./stack.ts";

/** An operation, once it has ended. */
export function endOf(stack: TestStack, id: string, timeoutMilliseconds = 120_000): Promise<Operation> {
  return eventually(async () => {
    const operation = await operationOf(stack, id);
    expect(operation.open, JSON.stringify(operation.error ?? operation.progress)).toBe(false);
    return operation;
  }, timeoutMilliseconds);
}

export async function operationOf(stack: TestStack, id: string): Promise<Operation> {
  const found = await stack.databases.secondary.doc(`operations/${id}`).get();
  return fromStore<Operation>(found.data());
}

/** Asks for a run or a verification as the company's administrator, and waits until it has ended well; its result. */
export async function resultOf(
  stack: TestStack,
  office: Pick<LedgerOffice, "call">,
  path: "/runs" | "/verify",
  body: object,
  options: Parameters<LedgerOffice["call"]>[1] = {},
): Promise<{ id: string; result: Record<string, unknown> }> {
  const asked = await office.call(path, { body, ...options });
  expect(asked, JSON.stringify(asked.body)).toMatchObject({ status: 202 });
  const { state, result, error } = await endOf(stack, asked.body.id);
  expect(state, JSON.stringify(error)).toBe("succeeded");
  return { id: asked.body.id, result: result ?? {} };
}

/** Writes recordings of the past into the tenant's history, and nothing else of them. */
export async function past(
  stack: TestStack,
  { tenant, office, callCenter }: Pick<LedgerOffice, "tenant" | "office" | "callCenter">,
  count: number,
  more: object = {},
): Promise<string[]> {
  const asked = { tenant, site: "primary" as const, office, callCenter, count, bytes: 2000, ...more };
  return (await stack.telephony.recordHistory(asked)).recordingIds;
}
