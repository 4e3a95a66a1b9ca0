import { type RequestFailbackApp, requireSound } from "./failback-request.ts";
import type { Overwrite } from "./mirror.ts";
import type { Operation } from "./operation.ts";
import { type CompareApp, type CompareCursor, compareSites, proofOf } from "./reconcile.ts";
import type { RecoveryApp } from "./recovery.ts";
import type { SaveProgress } from "./run-operation.ts";
import type { Fence, KindProof, Proof } from "./standby.ts";

/** What a comparison by an operation needs. */
export type ComparePassApp = CompareApp & RequestFailbackApp;

/** The proof that a comparison leaves, from what it found in every kind (R8). */
export async function prove(app: RecoveryApp, operation: Operation, kinds: Record<string, KindProof>): Promise<Proof> {
  const large = await app.standbys.countLarge(operation.tenant);
  return proofOf({ kinds, large, operation: operation.id, at: app.now() });
}

/**
 * One slice of a comparison, from its cursor on. Before it deletes what Hikae mirrored it proves that the primary has not
 * lost it, unless the operation's reason overrides that, or the caller has proved it.
 * @throws AppError as `compareSites` and `requireSound` do.
 */
export async function comparePass(
  app: ComparePassApp,
  operation: Operation,
  save: SaveProgress,
  pass: { fence: Fence; overwrite?: Overwrite; cursor: CompareCursor; isProved?: boolean },
): Promise<{ kinds: Record<string, KindProof> } | { yielded: true }> {
  const { fence, overwrite, cursor, isProved = false } = pass;
  const { tenant, input } = operation;
  const override = typeof input.override === "string" ? input.override : undefined;
  const mayDelete = async () => void (isProved || (await requireSound(app, tenant, override)));
  const end = await compareSites(
    app,
    tenant,
    { fence, mayDelete, ...(overwrite ? { overwrite } : {}) },
    cursor,
    (next, done) => save({ ...next, fence }, { done }),
  );
  return "done" in end ? { kinds: end.kinds } : { yielded: true };
}
