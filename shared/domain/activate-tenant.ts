import { randomUUID } from "node:crypto";
import { accessRulesOrThrow } from "./access-rules.ts";
import {
  type ActivationRequest,
  abandonActivation,
  type Blocker,
  beginActivation,
  completeActivation,
  recordSteps,
  requireConsistent,
  requireFree,
} from "./activation.ts";
import { type ActivationStepsApp, carryOutSteps } from "./activation-steps.ts";
import { comparePass } from "./compare-pass.ts";
import { AppError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { assessForActivation, type ReadinessApp } from "./readiness.ts";
import { requireActivatable } from "./readiness-preconditions.ts";
import type { CompareCursor } from "./reconcile.ts";
import type { RecoveryApp, RecoveryOperationApp } from "./recovery.ts";
import type { OperationType, SaveProgress } from "./run-operation.ts";
import type { Activation, Actor, Fence, Standby } from "./standby.ts";
import { existing } from "./transitions.ts";

/** What a request to activate needs: the secondary, and whether the primary answers. */
export type RequestActivationApp = RecoveryApp & ReadinessApp;

/** What an activation needs. None of it asks the primary, but for the last changes in a planned move. */
export type ActivationApp = RecoveryOperationApp & ActivationStepsApp & SecondaryReadiness;
type SecondaryReadiness = Omit<ReadinessApp, "primaryAnswers">;

type Asked = { tenant: string; actor: Actor; key: string; request: ActivationRequest };

/**
 * Activates the secondary for a tenant (R18): when it answers, no write of the mirror changes the secondary any more
 * (but in a planned move, whose last changes are carried over first). The same key again is the same operation, whose
 * fence is raised if it is not yet.
 * @throws AppError `precondition-failed` by the tenant's options, its platform, or what readiness finds, unless that is
 *   overridden; `conflict` while it is activated or being failed back; `unavailable` when the secondary does not answer.
 */
export async function requestActivation(app: RequestActivationApp, asked: Asked): Promise<Operation> {
  const { tenant, actor, key, request } = asked;
  const newOperation = { type: "activate", tenant, createdBy: actor, key, input: inputOf(request) };
  const [standby, known] = await Promise.all([app.standbys.read(tenant), app.operations.find(newOperation)]);
  if (known) {
    // Who asked first may have died before the fence was raised.
    const isFenced = standby?.activation?.operation === known.id;
    if (!isFenced && isToBegin(known, request)) await begin(app, known, request, await overriddenBy(app, known));
    return known;
  }
  if (!standby) throw await noStandby(app, tenant);
  requireActivatable(standby.profile);
  requireFree(standby, request);
  if (request.mode === "planned" && standby.state !== "syncing") {
    throw new AppError("conflict", `the tenant is ${standby.state}: only a syncing tenant is moved as planned`);
  }
  const [primaryAnswers, blockers] = await Promise.all([
    // Who leaves the primary whatever it says is not kept waiting for its answer.
    request.mode === "disaster" && request.override ? false : app.primaryAnswers(),
    blockersOf(app, tenant),
  ]);
  requireConsistent(request, primaryAnswers, blockers);
  const operation = await app.operations.start(newOperation);
  if (request.mode !== "planned") await begin(app, operation, request, blockers);
  return operation;
}

/** Whether the fence is to be raised by the request itself: not in a planned move, nor for what somebody holds up or has ended. */
function isToBegin({ state }: Operation, { mode }: ActivationRequest): boolean {
  return mode !== "planned" && (state === "queued" || state === "running");
}

/** The blockers that the request overrides. */
async function overriddenBy(app: SecondaryReadiness, { tenant, input }: Operation): Promise<Blocker[]> {
  return (input as ActivationRequest).override ? blockersOf(app, tenant) : [];
}

/** The readiness checks that fail, as far as the secondary alone can tell quickly (R29). */
async function blockersOf(app: SecondaryReadiness, tenant: string): Promise<Blocker[]> {
  const { blockers } = await assessForActivation(app, tenant);
  return blockers.map(({ name, overridable, why, remedy }) => ({
    name,
    overridable,
    why: remedy ? `${why.en}: ${remedy.en}` : why.en,
    label: remedy ? { ja: `${why.ja}。${remedy.ja}`, en: `${why.en}: ${remedy.en}` } : why,
  }));
}

function inputOf({ mode, reason, override }: ActivationRequest): Record<string, unknown> {
  return { mode, override, ...(reason === undefined ? {} : { reason }) };
}

/** Why a tenant without a stand-by cannot be activated. */
async function noStandby(app: RequestActivationApp, tenant: string): Promise<AppError> {
  const profile = await app.secondaryDirectory.tenant(tenant);
  if (profile) requireActivatable(profile);
  return new AppError("precondition-failed", "the tenant has no stand-by yet: nothing of it was ever mirrored");
}

/** Raises the fence, by the request or by the operation, whichever comes first. */
async function begin(
  app: RecoveryApp,
  operation: Operation,
  request: ActivationRequest,
  blockers: Blocker[],
): Promise<Standby> {
  const { id, tenant, createdBy, createdAt } = operation;
  const fenceId = randomUUID();
  const lastHeartbeat = await app.standbys.lastHeartbeat();
  return app.standbys.change(tenant, (current) => {
    const standby = existing(current);
    const beginning = {
      ...request,
      operation: id,
      by: createdBy,
      requestedAt: createdAt,
      overridden: request.override ? blockers.map(({ name }) => name) : [],
      rpoSeconds: missingSeconds(standby, lastHeartbeat, app.now()),
    };
    return beginActivation(standby, beginning, app.now(), fenceId);
  });
}

/** How much of the primary's changes may be missing: the heartbeat travels behind every change before it (R9). */
function missingSeconds({ state, stop }: Standby, lastHeartbeat: Date | undefined, now: Date): number | null {
  const since = state === "syncing" ? lastHeartbeat : stop?.at;
  return since ? Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000)) : null;
}

type Cursor = { drained?: boolean; compare?: CompareCursor & { fence: Fence } };

/**
 * Raises the fence and puts the secondary in charge, then applies the plan, opens the checklist and has the telephony
 * reload (R18). The time until it is in charge does not grow with the tenant or its plan, but in a planned move, which
 * first carries over what is missing.
 */
export const activateOperation: OperationType<ActivationApp> = {
  async run(app, operation, save) {
    const request = operation.input as ActivationRequest;
    const planned = request.mode === "planned";
    if (planned && !(await drainBefore(app, operation, save))) return { done: false };
    const standby = await begin(app, operation, request, await overriddenBy(app, operation));
    // Once it is in charge nothing of the primary may be written any more.
    const drains = planned && standby.state === "activating";
    if (drains && !(await drainAfter(app, operation, save, standby.fence))) return { done: false };
    const active = await app.standbys.change(operation.tenant, (current) =>
      completeActivation(current, operation.id, planned ? { rpoSeconds: 0 } : {}, app.now(), randomUUID()),
    );
    if (!active) throw new AppError("conflict", "the activation was given up meanwhile");
    return { done: true, result: resultOf(await finish(app, active)) };
  },
  async abandoned(app, operation, why) {
    await app.standbys.change(operation.tenant, (current) =>
      abandonActivation(current, operation.id, why, app.now(), randomUUID()),
    );
    // What is in charge already cannot be called back: the rest of it is done.
    const standby = await app.standbys.read(operation.tenant);
    if (standby?.state === "active" && standby.activation?.operation === operation.id) await finish(app, standby);
  },
  async completed(app, operation) {
    const activation = (await app.standbys.read(operation.tenant))?.activation;
    const isDone = activation?.operation === operation.id && activation.activeAt && activation.steps.length > 0;
    return isDone ? { done: true, result: resultOf(activation) } : undefined;
  },
};

/** What follows once the secondary is in charge: calls are answered already, so none of it keeps anybody waiting. */
async function finish(app: ActivationApp, active: Standby): Promise<Activation> {
  const activation = active.activation as Activation;
  const steps = await carryOutSteps(app, active);
  await app.standbys.change(active.tenant, (current) => recordSteps(current, activation.operation, steps));
  return { ...activation, steps };
}

function resultOf({ mode, requestedAt, fencedAt, activeAt, rpoSeconds, steps: done }: Activation) {
  return {
    mode,
    rtoMilliseconds: (activeAt?.getTime() ?? 0) - requestedAt.getTime(),
    fencedAfterMilliseconds: fencedAt.getTime() - requestedAt.getTime(),
    rpoSeconds,
    steps: done,
  };
}

/** Carries over most of what is missing while the primary still works and is mirrored. */
async function drainBefore(app: ActivationApp, operation: Operation, save: SaveProgress): Promise<boolean> {
  const { drained, compare } = (operation.cursor ?? {}) as Cursor;
  if (drained) return true;
  const standby = existing(await app.standbys.read(operation.tenant));
  if (standby.activation?.operation === operation.id) return true;
  if (standby.state !== "syncing") {
    throw new AppError("conflict", `the tenant is ${standby.state}: only a syncing tenant is moved as planned`);
  }
  return drain(app, operation, save, { drained: false, fence: standby.fence, from: compare });
}

/** Carries over what was changed until the fence was raised: whatever the primary had then is on the secondary. */
async function drainAfter(
  app: ActivationApp,
  operation: Operation,
  save: SaveProgress,
  fence: Fence,
): Promise<boolean> {
  const { drained, compare } = (operation.cursor ?? {}) as Cursor;
  const done = await drain(app, operation, save, { drained: true, fence, from: drained ? compare : undefined });
  // No event carries them: what the last hourly run left out would be missing, though nothing is said to be (R13).
  if (done) await accessRulesOrThrow(app, operation.tenant, { fence });
  return done;
}

async function drain(
  app: ActivationApp,
  operation: Operation,
  save: SaveProgress,
  { drained, fence, from }: { drained: boolean; fence: Fence; from: Cursor["compare"] },
): Promise<boolean> {
  const same = from?.fence.id === fence.id ? from : { kinds: {} };
  const compared = await comparePass(
    app,
    operation,
    (compare, progress) => save({ drained, compare }, { ...progress, note: "drain" }),
    { fence, cursor: same },
  );
  return !("yielded" in compared);
}
