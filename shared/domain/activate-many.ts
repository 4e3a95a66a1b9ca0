import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  type ActivationApp,
  activateOperation,
  type RequestActivationApp,
  requestActivation,
} from "./activate-tenant.ts";
import { AppError, asAppError, errorCodes } from "./errors.ts";
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
/** `later`: tenants that could not be asked for, by something that may pass, and how often. */
type Cursor = {
  after?: string;
  index?: number;
  listed: boolean;
  later?: Later[];
  rows: Row[];
  ended: Record<string, number>;
};
type Later = { tenant: string; tries: number };

/** Activations asked for and carried out at once, and how many may be under way, those that others carry out among them. */
const atOnce = 16;
const underWayAtMost = 200;
const shownProblems = 500;
const pollMilliseconds = 500;
/** A tenant that fails as often, when all others were asked for, is told as one that was refused. */
const triesAtMost = 5;

/**
 * Starts to activate many tenants (R19), each by an operation of its own, so that none holds up the others. The same
 * key again is the same operation.
 * @throws AppError `precondition-failed` for a disaster while the primary answers, unless that is overridden; `conflict` when
 *   the key was used for another request; `unavailable`.
 */
export async function requestMany(
  app: RequestActivationApp,
  asked: { actor: Actor; key: string; request: ManyRequest; override: boolean },
): Promise<Operation> {
  const { actor, key, request, override } = asked;
  const newOperation = { type: "activate-many", tenant: manyTenants, input: request, createdBy: actor, key };
  const known = await app.operations.find(newOperation);
  if (known) return known;
  if (request.mode === "disaster" && !override && (await app.primaryAnswers())) {
    throw new AppError("precondition-failed", "the primary still answers: give override to leave it all the same", {
      fields: [{ field: "body.override", problem: "give true, or another mode" }],
    });
  }
  return app.operations.start(newOperation);
}

/**
 * Asks for every tenant's activation and follows them to their ends; refusals are told by tenant, and so is a tenant
 * that cannot be asked for again and again (R19).
 */
export const activateManyOperation: OperationType<ActivateManyApp> = {
  async run(app, operation, save) {
    const cursor: Cursor = { listed: false, rows: [], ended: {}, ...(operation.cursor as Partial<Cursor> | undefined) };
    for (;;) {
      if (cursor.rows.filter(isUnderWay).length < underWayAtMost) {
        await (cursor.listed ? askAgain : askNext)(app, operation, cursor);
      }
      await follow(app, cursor);
      const done = Object.values(cursor.ended).reduce((sum, count) => sum + count, 0);
      const underWay = cursor.rows.filter(isUnderWay).length;
      const waiting = underWay + (cursor.later?.length ?? 0);
      if (cursor.listed && waiting === 0) return { done: true, result: resultOf(cursor) };
      const progress = { done, ...(cursor.listed ? { total: done + waiting } : {}) };
      if ((await save({ ...cursor }, progress)) === "yield") return { done: false };
      if (underWay > 0 || cursor.listed) await pause(pollMilliseconds);
    }
  },
};

const isUnderWay = ({ state }: Row) => state !== "refused" && !operationStates[state].ended;

async function askNext(app: ActivateManyApp, operation: Operation, cursor: Cursor): Promise<void> {
  const request = operation.input as ManyRequest;
  const tenants = request.tenants === "all" ? await nextOfAll(app, cursor) : nextOf(request.tenants, cursor);
  await ask(
    app,
    operation,
    cursor,
    tenants.map((tenant) => ({ tenant, tries: 0 })),
  );
}

/** Those that could not be asked for before, now that all others were. */
async function askAgain(app: ActivateManyApp, operation: Operation, cursor: Cursor): Promise<void> {
  const { later = [] } = cursor;
  cursor.later = later.slice(atOnce);
  await ask(app, operation, cursor, later.slice(0, atOnce));
}

async function ask(app: ActivateManyApp, operation: Operation, cursor: Cursor, tenants: Later[]): Promise<void> {
  const { mode } = operation.input as ManyRequest;
  const answers = await Promise.all(
    tenants.map(async (asked) => {
      const answer = await askOne(app, operation, asked);
      const started = "row" in answer ? answer.row.operation : undefined;
      // A planned move may take long, so that it is carried on by its own messages alone.
      if (started !== undefined && mode !== "planned") await carryOut(app, started);
      return answer;
    }),
  );
  const failed = answers.filter((answer) => "later" in answer);
  const [first] = failed;
  // What fails so for all of them is no tenant's own.
  if (first?.later.tries === 1 && failed.length === answers.length && answers.length > 1) throw first.error;
  cursor.later = [...(cursor.later ?? []), ...failed.map(({ later }) => later)];
  for (const answer of answers) if ("row" in answer) note(cursor, answer.row);
}

/** Longer than it takes to be in charge; what follows, such as a plan of thousands of phones, keeps no other tenant waiting. */
const carriedOutMilliseconds = 1500;
/** Where all are slow it is the database that is, and more at once would not help it. */
const carriedOutAtOnce = 4 * atOnce;
const beingCarriedOut = new Set<Promise<unknown>>();

/**
 * At once, rather than when its message comes. Only one slice of it runs; one that fails here, or is not over when this
 * slice ends, is tried again by its message.
 */
async function carryOut(app: ActivateManyApp, operation: string): Promise<void> {
  while (beingCarriedOut.size >= carriedOutAtOnce) await Promise.race(beingCarriedOut);
  const slice = runSlice(app, { activate: activateOperation }, operation, randomUUID()).catch(() => undefined);
  beingCarriedOut.add(slice);
  void slice.finally(() => beingCarriedOut.delete(slice));
  await Promise.race([slice, pause(carriedOutMilliseconds)]);
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

/** The tenant's row, or that it is to be asked for again. */
type Answer = { row: Row } | { later: Later; error: AppError };

async function askOne(
  app: ActivateManyApp,
  { id, createdBy, input }: Operation,
  { tenant, tries }: Later,
): Promise<Answer> {
  const { mode, reason } = input as ManyRequest;
  try {
    const started = await requestActivation(app, {
      tenant,
      actor: createdBy,
      key: `many ${id}`,
      request: { mode, reason, override: true },
    });
    return { row: { tenant, operation: started.id, state: started.state } };
  } catch (caught) {
    const error = asAppError(caught);
    const later = { tenant, tries: tries + 1 };
    if (errorCodes[error.code].retry && later.tries < triesAtMost) return { later, error };
    return { row: { tenant, state: "refused", problem: error.message } };
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
