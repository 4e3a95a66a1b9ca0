import { randomUUID } from "node:crypto";
import { type AccessRulesApp, syncAccessRules } from "./access-rules.ts";
import { editOf } from "./edits.ts";
import { AppError } from "./errors.ts";
import type { Change, Overwrite } from "./mirror.ts";
import type { Operation } from "./operation.ts";
import type { Operations, Standbys } from "./ports.ts";
import { type CompareApp, type CompareCursor, compareSites, proofOf } from "./reconcile.ts";
import type { EngineApp, OperationType, SaveProgress, SliceEnd } from "./run-operation.ts";
import type { Actor, Fence, KindProof, Proof, Standby } from "./standby.ts";
import { standbyStates } from "./standby.ts";
import {
  abandonResync,
  beginResync,
  completeResync,
  editsFound,
  existing,
  hikae,
  recordProof,
  stopByOperator,
} from "./transitions.ts";
import type { Fields, WireState } from "./value.ts";

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
  const standby = existing(await app.standbys.read(asked.tenant));
  if (standby.state !== "syncing") {
    throw new AppError("conflict", `the tenant is ${standby.state}: only a syncing tenant is reconciled`);
  }
  return app.operations.start({ ...started(asked), type: "reconcile", input: {} });
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
 * (R10b), or of all that differs (R11). The same key again is the same operation.
 * @throws AppError `not-found` without a stand-by; `conflict` when the tenant is not stopped, or was not stopped by a
 *   tamper and only edited documents are asked for; `precondition-failed` while the primary's sync setting is off.
 */
export async function requestRestore(app: RecoveryApp, asked: Asked & { scope: RestoreScope }): Promise<Operation> {
  const standby = existing(await app.standbys.read(asked.tenant));
  const asOperation = { ...started(asked), type: "resync", input: { scope: asked.scope } };
  if (standby.state !== "stopped") {
    // The same request again, while or after it is done, is answered with the same operation.
    const known = await app.operations.find(asOperation);
    if (known) return known;
    throw new AppError("conflict", `the tenant is ${standby.state}: only a stopped tenant is restored`);
  }
  if (!standby.profile.syncEnabled) {
    throw new AppError("precondition-failed", "the primary's sync setting is off: turn it on there, then restore");
  }
  if (asked.scope === "edited" && standby.stop?.reason !== "tamper") {
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
export type RecoveryOperationApp = RecoveryApp & CompareApp & EngineApp & AccessRulesApp;

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
    const { tenant } = operation;
    const fenceId = randomUUID();
    const standby = await app.standbys.change(tenant, (current) =>
      beginResync(current, operation.id, operation.createdBy, app.now(), fenceId),
    );
    const restored = await overwriteSecondary(app, operation, save, standby.fence);
    if (!restored) return { done: false };
    const proof = await prove(app, operation, restored);
    const completed = await app.standbys.change(tenant, (current) =>
      completeResync(current, standby.fence, proof, operation.createdBy, app.now(), randomUUID()),
    );
    if (!completed) throw new AppError("conflict", "the tenant's state was changed during the restore");
    return { done: true, result: proof };
  },
  async abandoned(app, operation, why) {
    await app.standbys.change(operation.tenant, (current) =>
      abandonResync(current, operation.id, why, app.now(), randomUUID()),
    );
  },
};

/** Makes the secondary equal, edits made meanwhile included; undefined when the slice is over before that. */
async function overwriteSecondary(
  app: RecoveryOperationApp,
  operation: Operation,
  save: SaveProgress,
  fence: Fence,
): Promise<Record<string, KindProof> | undefined> {
  const { tenant } = operation;
  let cursor = (operation.cursor as CompareCursor | undefined) ?? start;
  for (;;) {
    const edits = await app.standbys.edits(tenant);
    const overwrite: Overwrite = operation.input.scope === "all" ? "all" : new Set(edits.map((edit) => edit.path));
    const compared = await comparePass(app, operation, save, { fence, overwrite, cursor });
    if ("yielded" in compared) return undefined;
    await syncAccessRules(app, tenant, { fence, overwrite });
    await app.standbys.clearEdits(tenant, edits);
    const later = await app.standbys.edits(tenant);
    if (later.length === 0) return compared.kinds;
    if (overwrite !== "all") {
      throw new AppError("conflict", "more documents were edited on the secondary: look at them, then restore again");
    }
    cursor = start;
  }
}

async function prove(
  app: RecoveryOperationApp,
  operation: Operation,
  kinds: Record<string, KindProof>,
): Promise<Proof> {
  const large = await app.standbys.countLarge(operation.tenant);
  return proofOf({ kinds, large, operation: operation.id, at: app.now() });
}

/** One slice of a comparison, from its cursor on. */
export async function comparePass(
  app: RecoveryOperationApp,
  operation: Operation,
  save: SaveProgress,
  pass: { fence: Fence; overwrite?: Overwrite; cursor: CompareCursor },
): Promise<{ kinds: Record<string, KindProof> } | { yielded: true }> {
  const { fence, overwrite, cursor } = pass;
  const end = await compareSites(
    app,
    operation.tenant,
    { fence, ...(overwrite ? { overwrite } : {}) },
    cursor,
    (next, done) => save({ ...next, fence }, { done }),
  );
  return "done" in end ? { kinds: end.kinds } : { yielded: true };
}

/** Records documents that somebody else wrote on the secondary, as found by a comparison (R10). */
export async function recordTampered(
  app: RecoveryApp & {
    readLedger(tenant: string, paths: string[]): Promise<Map<string, { document?: WireState }>>;
    toFields(state: WireState): Fields;
  },
  tenant: string,
  changes: Change[],
): Promise<void> {
  const states = await app.readLedger(
    tenant,
    changes.map((change) => change.path),
  );
  const edits = changes.map((change) => {
    const document = states.get(change.path)?.document;
    const before = change.rank.deleted ? undefined : change.fields;
    const after = document && app.toFields(document);
    const by: Actor = { type: "unknown", id: "unknown" };
    return editOf(change, { ...(before ? { before } : {}), ...(after ? { after } : {}) }, by, app.now());
  });
  const fenceId = randomUUID();
  await app.standbys.change(tenant, (current) => editsFound(current, edits, app.now(), fenceId));
}

/**
 * Starts the reconciliation of every syncing tenant. The key is the schedule's time, so that a firing
 * delivered twice starts each once.
 */
export async function reconcileAll(app: RecoveryApp, scheduleTime: Date) {
  const key = `schedule ${scheduleTime.toISOString()}`;
  let started = 0;
  let pageToken: string | undefined;
  do {
    const page = await app.standbys.list({ pageSize: 100, ...(pageToken ? { pageToken } : {}) });
    const syncing = page.items.filter(({ state }) => state === "syncing");
    await Promise.all(
      syncing.map(({ tenant }) =>
        app.operations.start({ type: "reconcile", tenant, input: {}, createdBy: hikae, key }),
      ),
    );
    started += syncing.length;
    pageToken = page.nextPageToken;
  } while (pageToken);
  return { outcome: "started", started };
}
