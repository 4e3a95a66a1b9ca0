import { randomUUID } from "node:crypto";
import { comparePass, prove } from "./compare-pass.ts";
import { type EnrolApp, enrolMissing } from "./enrol-missing.ts";
import { AppError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { type OverwriteApp, overwriteSecondary } from "./overwrite-secondary.ts";
import type { Operations, Standbys } from "./ports.ts";
import type { CompareCursor } from "./reconcile.ts";
import { judgeLateEdits, type ReportEditsApp } from "./report-edits.ts";
import type { EngineApp, OperationType, SliceEnd } from "./run-operation.ts";
import type { Actor, Fence, Standby } from "./standby.ts";
import { standbyStates } from "./standby.ts";
import { standbyPages } from "./standby-pages.ts";
import {
  abandonResync,
  beginResync,
  completeResync,
  existing,
  hikae,
  recordProof,
  requireRestorable,
  stopByOperator,
} from "./transitions.ts";

/** What administrators' acts on a stand-by need. */
export type RecoveryApp = { standbys: Standbys; operations: Operations; now(): Date };

/** Which documents a restore overwrites: those edited on the secondary, or whatever differs. */
export type RestoreScope = "edited" | "all";

type Asked = { tenant: string; actor: Actor; key: string };

/**
 * Starts a comparison of both sites (R8); the same key again is the same operation.
 * @throws AppError `not-found` without a stand-by; `conflict` while the tenant is not syncing; `unavailable`.
 */
export async function requestReconcile(app: RecoveryApp, asked: Asked): Promise<Operation> {
  const asOperation = { ...started(asked), type: "reconcile", input: {} };
  const [found, known] = await Promise.all([app.standbys.read(asked.tenant), app.operations.find(asOperation)]);
  const standby = existing(found);
  if (known) return known;
  if (standby.state !== "syncing") {
    throw new AppError("conflict", `the tenant is ${standby.state}: only a syncing tenant is reconciled`);
  }
  return app.operations.start(asOperation);
}

/**
 * Stops a tenant's sync (R11): from the answer on no mirror write changes its secondary. Repeating is safe.
 * @throws AppError `not-found` without a stand-by; `conflict` in a state in which nothing is synchronised; `unavailable`.
 */
export async function stopSync(
  app: RecoveryApp,
  asked: { tenant: string; actor: Actor; reason: string },
): Promise<Standby> {
  const fenceId = randomUUID();
  return app.standbys.change(asked.tenant, (current) =>
    stopByOperator(current, asked.actor, asked.reason, app.now(), fenceId),
  );
}

/**
 * Starts to restore the secondary from the primary and to resume the sync: of the edited documents after a tamper
 * (R10b), or of all that differs (R11). `override` is the reason for which a primary is followed that has far fewer
 * documents. The same key again is the same operation.
 * @throws AppError `not-found` without a stand-by; as `requireRestorable`; `conflict` when it was not stopped by a tamper
 *   and only edited documents are asked for.
 */
export async function requestRestore(
  app: RecoveryApp,
  asked: Asked & { scope: RestoreScope; override?: string },
): Promise<Operation> {
  const { scope, override } = asked;
  const input = { scope, ...(override === undefined ? {} : { override }) };
  const asOperation = { ...started(asked), type: "resync", input };
  const [found, known] = await Promise.all([app.standbys.read(asked.tenant), app.operations.find(asOperation)]);
  const standby = existing(found);
  if (known) return known;
  requireRestorable(standby);
  if (scope === "edited" && standby.stop?.reason !== "tamper") {
    const remedy = 'an operator resumes it with the scope "all"';
    throw new AppError(
      "conflict",
      `the sync was not stopped by an edit on the secondary (${standby.stop?.reason}): ${remedy}`,
    );
  }
  return app.operations.start(asOperation);
}

function started({ tenant, actor, key }: Asked) {
  return { tenant, createdBy: actor, key };
}

/** What the two operations need besides. */
export type RecoveryOperationApp = OverwriteApp & EngineApp & ReportEditsApp;

const start: CompareCursor = { kinds: {} };

/** Compares both sites of a syncing tenant and repairs what was lost (R8). */
export const reconcileOperation: OperationType<RecoveryOperationApp> = {
  async run(app, operation, save) {
    const { tenant } = operation;
    const standby = existing(await app.standbys.read(tenant));
    const cursor = operation.cursor as (CompareCursor & { fence: Fence }) | undefined;
    const fence = cursor?.fence ?? standby.fence;
    if (!standbyStates[standby.state].mirror || standby.fence.id !== fence.id) {
      throw new AppError("conflict", `the tenant is ${standby.state}: its sync was stopped or resumed meanwhile`);
    }
    const compared = await comparePass(app, operation, save, { fence, cursor: cursor ?? start });
    if ("yielded" in compared) return { done: false };
    const proof = await prove(app, operation, compared.kinds);
    await app.standbys.change(tenant, (current) => recordProof(current, fence, proof));
    return { done: true, result: proof };
  },
};

/** Brings the secondary back to the primary's state, overwriting what was edited there, and resumes the sync. */
export const resyncOperation: OperationType<RecoveryOperationApp> = {
  async run(app, operation, save): Promise<SliceEnd> {
    const { tenant, id, createdBy, createdAt } = operation;
    const fenceId = randomUUID();
    const standby = await app.standbys.change(tenant, (current) =>
      beginResync(current, { operation: id, by: createdBy, askedAt: createdAt }, app.now(), fenceId),
    );
    const how = { fence: standby.fence, scope: operation.input.scope as RestoreScope };
    const restored = await overwriteSecondary(app, operation, save, how);
    if (!restored) return { done: false };
    const proof = await prove(app, operation, restored.kinds);
    const completed = await app.standbys.change(tenant, (current) =>
      completeResync(current, standby.fence, proof, operation.createdBy, app.now(), randomUUID()),
    );
    if (!completed) throw new AppError("conflict", "the tenant's state was changed during the restore");
    await judgeLateEdits(app, tenant);
    return { done: true, result: proof };
  },
  async abandoned(app, operation, why) {
    await app.standbys.change(operation.tenant, (current) =>
      abandonResync(current, operation.id, why, app.now(), randomUUID()),
    );
  },
  async completed(app, { tenant, id }) {
    const standby = await app.standbys.read(tenant);
    if (standby?.lastCompleted !== id) return undefined;
    await judgeLateEdits(app, tenant);
    // Its proof, or that of a comparison which came after it.
    return { done: true, result: { ...standby.proof } };
  },
};

/**
 * Starts the reconciliation of every syncing tenant, and enrols those that were missed. The key is the schedule's time, so
 * that a firing delivered twice starts each once.
 */
export async function reconcileAll(app: RecoveryApp & EnrolApp, scheduleTime: Date) {
  const key = `schedule ${scheduleTime.toISOString()}`;
  const known = new Set<string>();
  let started = 0;
  for await (const page of standbyPages(app.standbys)) {
    const syncing = page.filter(({ state }) => state === "syncing");
    await Promise.all(
      syncing.map(({ tenant }) =>
        app.operations.start({ type: "reconcile", tenant, input: {}, createdBy: hikae, key }),
      ),
    );
    for (const { tenant } of page) known.add(tenant);
    started += syncing.length;
  }
  return { outcome: "started", started, enrolled: await enrolMissing(app, known) };
}
