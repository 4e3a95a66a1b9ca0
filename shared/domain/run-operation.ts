import { AppError, asAppError, errorCodes } from "./errors.ts";
import { cancelled, failedBy, type GivenUp } from "./given-up.ts";
import { ended, type Operation, operationStates } from "./operation.ts";

/** What a slice ended with: the operation's result, or the cursor from which the next slice goes on. */
export type SliceEnd = { done: true; result: Record<string, unknown> } | { done: false };

/** Saves how far the operation is. "yield" means that the slice must end here. */
export type SaveProgress = (
  cursor: Record<string, unknown>,
  progress: Operation["progress"],
) => Promise<"continue" | "yield">;

/** One type of long job. Both functions may run again after a crash, from the last saved cursor. */
export type OperationType<App> = {
  run(app: App, operation: Operation, save: SaveProgress): Promise<SliceEnd>;
  /** Undoes what must not stay when the operation fails or is cancelled; repeating it changes nothing. */
  abandoned?(app: App, operation: Operation, why: GivenUp): Promise<void>;
  /**
   * The end of an operation all of which an earlier slice had done when it died: it is not run again, and has succeeded
   * whatever came after. Undefined where something is left to do.
   */
  completed?(app: App, operation: Operation): Promise<SliceEnd | undefined>;
};

/** What the engine needs: one atomic change of an operation's record, and the message that calls the next slice. */
export type EngineApp = {
  operationStore: {
    /** Reads, decides and writes as one atomic step; no write when `next` is absent. */
    change<T>(id: string, decide: (current: Operation | undefined) => { next?: Operation; outcome: T }): Promise<T>;
    /** Asks for another slice. */
    publish(operation: Pick<Operation, "id" | "type">): Promise<void>;
  };
  now(): Date;
};

export type SliceOutcome = "succeeded" | "failed" | "continued" | "busy" | "ended" | "paused" | "unknown";

const sliceMilliseconds = 45_000;
/** A dead slice is taken up when its lease has ended; a living one renews it with every checkpoint. */
export const leaseMilliseconds = 20_000;
const saveEveryMilliseconds = 1000;
const maximumAttempts = 10;

/**
 * Runs one slice of an operation. Only one slice of an operation runs at a time; one that dies is taken up from its
 * last saved cursor when its lease ends. Safe to repeat. `begun` is told the type of what it takes up.
 * @throws AppError `unavailable` when the slice failed by something that may pass, to be tried again.
 */
export async function runSlice<App extends EngineApp>(
  app: App,
  types: Record<string, OperationType<App>>,
  id: string,
  owner: string,
  begun: (type: string) => void = () => undefined,
): Promise<SliceOutcome> {
  const claim = await app.operationStore.change(id, (current) => claimSlice(current, owner, app.now()));
  if (typeof claim === "string") return claim;
  begun(claim.type);
  const type = types[claim.type] ?? unknownType;
  if (claim.state === "cancelled") return settle(app, type, claim, owner, { state: "cancelled", why: cancelled });
  try {
    if (claim.attempts > maximumAttempts) throw neverEnded();
    const end = (await type.completed?.(app, claim)) ?? (await type.run(app, claim, savingFor(app, claim, owner)));
    const outcome = await app.operationStore.change(id, (current) => endSlice(current, owner, end, app.now()));
    if (outcome === "continued" || outcome === "ended") await app.operationStore.publish(claim);
    return outcome;
  } catch (error) {
    return sliceFailed(app, type, claim, owner, asAppError(error));
  }
}

/** A slice that is killed says nothing: one after the other may run out of memory or time at the same place. */
function neverEnded(): AppError {
  const times = `${maximumAttempts} slices in a row`;
  return new AppError("internal", `${times} ended without getting on or saying why: they ran out of memory or time`);
}

/** A record of another release's type fails like any other that can never succeed, and is not called again. */
const unknownType: OperationType<EngineApp> = {
  run: (_app, { type }) => Promise.reject(new AppError("invalid", `there is no operation of type ${type}`)),
};

type Claim = { next?: Operation; outcome: Operation | SliceOutcome };

/** Takes the lease, unless the operation has ended, is paused, or another slice of it lives. */
function claimSlice(current: Operation | undefined, owner: string, now: Date): Claim {
  if (!current) return { outcome: "unknown" };
  if (!current.open) return { outcome: "ended" };
  if (current.lease && current.lease.until > now) return { outcome: "busy" };
  if (current.state === "paused") return { outcome: "paused" };
  const state = current.state === "cancelled" ? "cancelled" : "running";
  const lease = leaseFor(owner, now);
  const next: Operation = { ...current, state, lease, attempts: current.attempts + 1, updatedAt: now };
  return { next, outcome: next };
}

function leaseFor(owner: string, now: Date) {
  return { owner, until: new Date(now.getTime() + leaseMilliseconds) };
}

function savingFor(app: EngineApp, operation: Operation, owner: string): SaveProgress {
  const started = app.now().getTime();
  let saved = started;
  return async (cursor, progress) => {
    const now = app.now();
    const elapsed = now.getTime() - started;
    if (now.getTime() - saved < saveEveryMilliseconds && elapsed < sliceMilliseconds) return "continue";
    saved = now.getTime();
    return app.operationStore.change(operation.id, (current) => {
      const held = heldBy(current, owner);
      const next = { ...held, cursor, progress, attempts: 0, lease: leaseFor(owner, now), updatedAt: now };
      return { next, outcome: held.state === "running" && elapsed < sliceMilliseconds ? "continue" : "yield" };
    });
  };
}

function heldBy(current: Operation | undefined, owner: string): Operation {
  if (current?.lease?.owner !== owner) throw new AppError("conflict", "another slice has taken this operation up");
  return current;
}

function endSlice(
  current: Operation | undefined,
  owner: string,
  end: SliceEnd,
  now: Date,
): { next: Operation; outcome: SliceOutcome } {
  const { lease: _lease, ...held } = heldBy(current, owner);
  if (end.done && held.state !== "cancelled") {
    return { next: { ...ended(held, "succeeded", now), result: end.result }, outcome: "succeeded" };
  }
  // A paused operation is called again by "resume"; a cancelled one at once, to be put in order.
  const outcome = held.state === "paused" ? "paused" : held.state === "cancelled" ? "ended" : "continued";
  return { next: { ...held, updatedAt: now }, outcome };
}

async function sliceFailed<App extends EngineApp>(
  app: App,
  type: OperationType<App>,
  operation: Operation,
  owner: string,
  error: AppError,
): Promise<SliceOutcome> {
  const record = { code: error.code, message: error.message, ...(error.fields.length ? { fields: error.fields } : {}) };
  const verdict = await app.operationStore.change<"lost" | "retry" | "last">(operation.id, (current) => {
    if (current?.lease?.owner !== owner) return { outcome: "lost" };
    const { lease, ...rest } = current;
    const last = !errorCodes[error.code].retry || current.attempts >= maximumAttempts;
    const next = { ...rest, ...(last ? { lease } : {}), error: record, updatedAt: app.now() };
    return { next, outcome: last ? "last" : "retry" };
  });
  if (verdict === "lost") return "busy";
  if (verdict === "retry") {
    throw new AppError("unavailable", `the slice is to be tried again: ${error.message}`, { cause: error });
  }
  return settle(app, type, operation, owner, { state: "failed", why: failedBy(error) });
}

/** Ends an operation that did not succeed, after what must not stay of it is undone. */
async function settle<App extends EngineApp>(
  app: App,
  type: OperationType<App>,
  operation: Operation,
  owner: string,
  { state, why }: { state: "failed" | "cancelled"; why: GivenUp },
): Promise<SliceOutcome> {
  await type.abandoned?.(app, operation, why);
  const end = await type.completed?.(app, operation);
  return app.operationStore.change<SliceOutcome>(operation.id, (current) => {
    const held = heldBy(current, owner);
    if (end?.done) {
      const { error: _error, ...rest } = held;
      return { next: { ...ended(rest, "succeeded", app.now()), result: end.result }, outcome: "succeeded" };
    }
    const finished = operationStates[held.state].ended ? held.state : state;
    return { next: ended(held, finished, app.now()), outcome: state === "failed" ? "failed" : "ended" };
  });
}
