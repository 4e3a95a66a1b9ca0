import { type AccessRulesApp, accessRulesKind, accessRulesOrThrow } from "./access-rules.ts";
import { type ComparePassApp, comparePass } from "./compare-pass.ts";
import { kindIn } from "./document-path.ts";
import { AppError } from "./errors.ts";
import type { Overwrite } from "./mirror.ts";
import type { Operation } from "./operation.ts";
import type { CompareCursor } from "./reconcile.ts";
import type { RestoreScope } from "./recovery.ts";
import { changesOnPrimary } from "./repair.ts";
import type { SaveProgress } from "./run-operation.ts";
import type { Fence, KindProof } from "./standby.ts";
import type { AccessRulesReport } from "./syncs.ts";

/** The notes of edits on the secondary, by when they were written there (µs). */
export type EditNotes = {
  /** The time of the secondary's database: what is noted later has a later one. */
  now(tenant: string): Promise<number>;
  /** The documents whose notes were written until then, and not again since. */
  paths(tenant: string, time: number): Promise<Set<string>>;
  /**
   * Forgets the notes written until then, and not written again since; false when others are left. Before that it has
   * the documents settled whose deletion was noted.
   */
  clear(tenant: string, time: number, settleDeleted: (paths: string[]) => Promise<void>): Promise<boolean>;
};

/** What overwriting the secondary needs. */
export type OverwriteApp = ComparePassApp & AccessRulesApp & { editNotes: EditNotes };

/** `edited`: only the documents whose edits were noted. `isProved`: the primary was proved sound for this slice. */
type HowToOverwrite = { fence: Fence; scope: RestoreScope; isProved?: boolean };

/** The present pass of the comparison, when it began by the secondary's clock, and what those before it repaired. */
type Cursor = Partial<CompareCursor & { fence: Fence; passBegan: number; repairedBefore: number }>;

/** What was brought to the primary's state. */
export type Overwritten = {
  kinds: Record<string, KindProof>;
  repaired: number;
  /** What became of the access rules (R13). */
  accessRules: AccessRulesReport | "fenced";
};

/**
 * Makes the secondary equal, with the scope `all` edits made meanwhile included; undefined when the slice is over before
 * that. Taken up again it goes on from the operation's cursor.
 * @throws AppError `conflict` when the fence was raised meanwhile, or other documents were edited than those to be
 *   overwritten; `precondition-failed` where the primary has lost data; `unavailable` while either site does not answer.
 */
export async function overwriteSecondary(
  app: OverwriteApp,
  operation: Operation,
  save: SaveProgress,
  { fence, scope, isProved = false }: HowToOverwrite,
): Promise<Overwritten | undefined> {
  const { tenant } = operation;
  let { passBegan, repairedBefore = 0, ...saved } = (operation.cursor ?? {}) as Cursor;
  // Of a pass that does not say when it began nobody knows which edits came after; what changed on the primary while
  // another fence was up did not come through, before the cursor as well: it begins anew.
  if (passBegan === undefined || saved.fence?.id !== fence.id) [passBegan, saved] = [undefined, {}];
  for (;;) {
    const began = passBegan ?? (await app.editNotes.now(tenant));
    const pass = { passBegan: began, repairedBefore };
    const overwrite: Overwrite = scope === "all" ? "all" : await app.editNotes.paths(tenant, began);
    const compared = await comparePass(app, operation, (next, progress) => save({ ...next, ...pass }, progress), {
      ...{ fence, overwrite, isProved },
      cursor: { kinds: {}, ...saved },
    });
    if ("yielded" in compared) return undefined;
    const repaired = repairedBefore + repairedIn(compared.kinds);
    // Before the notes are forgotten, those of access rules among them.
    const accessRules = await accessRulesOrThrow(app, tenant, { fence, overwrite });
    // What was deleted on both sites is in no list of a comparison: the ledger must learn that it is gone.
    const settleDeleted = (paths: string[]) => {
      const mirrored = paths.filter((path) => kindIn(path) !== accessRulesKind);
      return takeFromPrimary(app, tenant, fence, mirrored);
    };
    // What was edited after the pass began may stand behind it: then another pass is needed.
    if (await app.editNotes.clear(tenant, began, settleDeleted)) {
      return { kinds: compared.kinds, repaired, accessRules };
    }
    if (scope !== "all") {
      throw new AppError("conflict", "more documents were edited on the secondary: look at them, then restore again");
    }
    [passBegan, repairedBefore, saved] = [undefined, repaired, {}];
  }
}

function repairedIn(kinds: Record<string, KindProof>): number {
  return Object.values(kinds).reduce((sum, kind) => sum + kind.repaired, 0);
}

/** Brings these documents, and what the ledger says of them, to the primary's state. @throws AppError `conflict`, `unavailable`. */
export async function takeFromPrimary(app: OverwriteApp, tenant: string, fence: Fence, paths: string[]): Promise<void> {
  for await (const changes of changesOnPrimary(app, tenant, paths)) {
    const outcomes = await app.applyAll(tenant, changes, { fence, overwrite: "all", look: true });
    if (outcomes.includes("fenced")) throw changedMeanwhile();
  }
}

/** The fence was raised: whoever did it decides. */
export function changedMeanwhile(): AppError {
  return new AppError("conflict", "the tenant's state was changed while the primary overwrote the secondary");
}
