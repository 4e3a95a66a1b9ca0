import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  type ActivationApp,
  activateOperation,
  type RequestActivationApp,
  requestActivation,
} from "./activate-tenant.ts";
import { AppError, asAppError } from "./errors.ts";
import { type Operation, operationStates } from "./operation.ts";
import { type OperationType, runSlice } from "./run-operation.ts";
import type { ActivationMode, Actor } from "./standby.ts";

/** What a bulk activation needs. */
export type ActivateManyApp = RequestActivationApp & ActivationApp;

/** Which tenants, and why; the blockers of each are overridden by the reason, as a disaster does not wait (R19, R29). */
export type ManyRequest = { tenants: "all" | string[]; mode: ActivationMode; reason: string };

/** The tenant of an operation that is about many: no tenant has that id, so that only operators see it. */
export const manyTenants = "*";

/** How a tenant's activation stands within the bulk. */
type Row = { tenant: string; operation?: string; state: Operation["state"] | "refused"; problem?: string };
type Cursor = { after?: string; index?: number; listed: boolean; rows: Row[]; ended: Record<string, number> };

/** Activations asked for and carried out at once, and how many may be under way, those that others carry out among them. */
const atOnce = 16;
const underWayAtMost = 200;
const shownProblems = 500;
const pollMilliseconds = 500;

/**
 * Starts to activate many tenants (R19), each by an operation of its own, so that none holds up the others. The same
 * key again is the same operation.
 * @throws AppError `conflict` when the key was used for another request; `unavailable`.
 */
export async function requestMany(
  app: RequestActivationApp,
  asked: { actor: Actor; key: string; request: ManyRequest },
): Promise<Operation> {
  const { actor, key, request } = asked;
  return app.operations.start({
    type: "activate-many",
    tenant: manyTenants,
    input: request,
    createdBy: actor,
    key,
  });
}

/** Asks for every tenant's activation and follows them to their ends; refusals are told by tenant. */
export const activateManyOperation: OperationType<ActivateManyApp> = {
  async run(app, operation, save) {
    const cursor: Cursor = { listed: false, rows: [], ended: {}, ...(operation.cursor as Partial<Cursor> | undefined) };
    for (;;) {
      if (!cursor.listed && cursor.rows.filter(isUnderWay).length < underWayAtMost)
        await askNext(app, operation, cursor);
      await follow(app, cursor);
      const done = Object.values(cursor.ended).reduce((sum, count) => sum + count, 0);
      const waiting = cursor.rows.filter(isUnderWay).length;
      if (cursor.listed && waiting === 0) return { done: true, result: resultOf(cursor) };
      const progress = { done, ...(cursor.listed ? { total: done + waiting } : {}) };
      if ((await save({ ...cursor }, progress)) === "yield") return { done: false };
      if (waiting > 0) await pause(pollMilliseconds);
    }
  },
};

const isUnderWay = ({ state }: Row) => state !== "refused" && !operationStates[state].ended;

async function askNext(app: ActivateManyApp, operation: Operation, cursor: Cursor): Promise<void> {
  const request = operation.input as ManyRequest;
  const tenants = request.tenants === "all" ? await nextOfAll(app, cursor) : nextOf(request.tenants, cursor);
  const asked = await Promise.all(
    tenants.map(async (tenant) => {
      const row = await askOne(app, operation, tenant, request);
      // A planned move may take long, so that it is carried on by its own messages alone.
      if (row.operation !== undefined && request.mode !== "planned") await carryOut(app, row.operation);
      return row;
    }),
  );
  for (const row of asked) note(cursor, row);
}

/** At once, rather than when its message comes. Only one slice of it runs; one that fails here is tried again by its message. */
async function carryOut(app: ActivateManyApp, operation: string): Promise<void> {
  await runSlice(app, { activate: activateOperation }, operation, randomUUID()).catch(() => undefined);
}

/** Tenants with a stand-by, in the order of their ids. */
async function nextOfAll(app: ActivateManyApp, cursor: Cursor): Promise<string[]> {
  const page = await app.standbys.list({ pageSize: atOnce, ...(cursor.after ? { pageToken: cursor.after } : {}) });
  if (page.nextPageToken === undefined) cursor.listed = true;
  else cursor.after = page.nextPageToken;
  return page.items.map(({ tenant }) => tenant);
}

function nextOf(tenants: string[], cursor: Cursor): string[] {
  const from = cursor.index ?? 0;
  cursor.index = from + atOnce;
  cursor.listed = cursor.index >= tenants.length;
  return tenants.slice(from, from + atOnce);
}

async function askOne(app: ActivateManyApp, { id, createdBy }: Operation, tenant: string, request: ManyRequest) {
  const { mode, reason } = request;
  try {
    const started = await requestActivation(app, {
      tenant,
      actor: createdBy,
      key: `many ${id}`,
      request: { mode, reason, override: true },
    });
    return { tenant, operation: started.id, state: started.state };
  } catch (caught) {
    const error = asAppError(caught);
    if (error.code === "unavailable" || error.code === "internal") throw error;
    return { tenant, state: "refused" as const, problem: error.message };
  }
}

/** Looks at those under way; ended ones are counted, and kept by name only where something went wrong. */
async function follow(app: ActivateManyApp, cursor: Cursor): Promise<void> {
  const underWay = cursor.rows.filter(isUnderWay);
  cursor.rows = cursor.rows.filter((row) => !isUnderWay(row));
  const found = await Promise.all(underWay.map(({ operation = "" }) => app.operations.read(operation)));
  for (const [index, row] of underWay.entries()) {
    const operation = found[index];
    if (!operation) throw new AppError("internal", `the operation ${row.operation} is gone`);
    note(cursor, {
      ...row,
      state: operation.state,
      ...(operation.error ? { problem: operation.error.message } : {}),
    });
  }
}

function note(cursor: Cursor, row: Row): void {
  if (isUnderWay(row)) {
    cursor.rows.push(row);
    return;
  }
  cursor.ended[row.state] = (cursor.ended[row.state] ?? 0) + 1;
  if (row.state !== "succeeded" && cursor.rows.length < shownProblems + underWayAtMost) cursor.rows.push(row);
}

function resultOf({ ended, rows }: Cursor) {
  return { tenants: ended, problems: rows.slice(0, shownProblems) };
}
