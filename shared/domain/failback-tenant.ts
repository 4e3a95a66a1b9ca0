import { randomUUID } from "node:crypto";
import { type AccessRulesApp, accessRulesKind, syncAccessRules } from "./access-rules.ts";
import type { ActivationRecords, Failback } from "./activation-record.ts";
import type { Checklists } from "./checklist.ts";
import { AppError } from "./errors.ts";
import {
  abandonFailback,
  beginFailback,
  completeFailback,
  type FailbackCounts,
  type KindCounts,
  missingBefore,
  requireFailback,
  requireWholePrimary,
} from "./failback.ts";
import { requirePrimary } from "./failback-diff.ts";
import { changeOf } from "./mirror-change.ts";
import type { Operation } from "./operation.ts";
import { type PromoteApp, type Promotion, promoteDocuments } from "./promote.ts";
import { type CompareApp, type CompareCursor, kindIn, proofOf } from "./reconcile.ts";
import { comparePass, type RecoveryApp, type RecoveryOperationApp } from "./recovery.ts";
import { type ReloadApp, requestReload } from "./reload.ts";
import type { OperationType, SaveProgress } from "./run-operation.ts";
import type { Activation, Actor, Edit, Fence, KindProof, Proof } from "./standby.ts";

/** What a request to fail back needs. */
export type RequestFailbackApp = RecoveryApp &
  Pick<CompareApp, "primaryHasTenant"> & {
    /** How many documents each mirrored kind has on a site, those in sub-collections not counted. */
    countKinds(site: "primary" | "secondary", tenant: string): Promise<KindCounts>;
  };

/** The notes of edits on the secondary, by when they were written there (µs). */
export type EditNotes = {
  /** The time of the secondary's database: what is noted later has a later one. */
  now(tenant: string): Promise<number>;
  /** The notes written until then; the ones of the rest are left out. */
  until(tenant: string, time: number): Promise<Pick<Edit, "path" | "change">[]>;
  /** Forgets the notes written until then, and not written again since; false when others are left. */
  clear(tenant: string, time: number): Promise<boolean>;
};

export type FailbackApp = RecoveryOperationApp &
  RequestFailbackApp &
  PromoteApp &
  AccessRulesApp &
  ReloadApp & {
    records: ActivationRecords;
    checklists: Pick<Checklists, "read">;
    editNotes: EditNotes;
  };

type Asked = { tenant: string; actor: Actor; key: string; promote: string[]; override?: string };

/**
 * Starts to take a tenant back to the primary (R24), the chosen documents carried there first (R25). The same key
 * again is the same operation.
 * @throws AppError `not-found` without a stand-by; `conflict` unless the secondary is in charge; `precondition-failed`
 *   without notice and request, or where the primary has lost data, unless a reason overrides that; `unavailable` while
 *   the primary does not answer.
 */
export async function requestFailback(app: RequestFailbackApp, asked: Asked): Promise<Operation> {
  const { tenant, actor, key, promote, override } = asked;
  const input = { promote, ...(override === undefined ? {} : { override }) };
  const newOperation = { type: "failback", tenant, createdBy: actor, key, input };
  const [standby, known] = await Promise.all([app.standbys.read(tenant), app.operations.find(newOperation)]);
  if (known) return known;
  requireFailback(standby, override);
  await requireSound(app, tenant, override);
  return app.operations.start(newOperation);
}

/** Proves that the primary has what is to overwrite the secondary; answers what a reason overrode. */
async function requireSound(app: RequestFailbackApp, tenant: string, override: string | undefined): Promise<string[]> {
  await requirePrimary(app, tenant);
  const [primary, secondary] = await Promise.all([
    app.countKinds("primary", tenant),
    app.countKinds("secondary", tenant),
  ]);
  return requireWholePrimary(primary, secondary, override);
}

type Input = { promote: string[]; override?: string };
/** The present pass of the comparison, when it began by the secondary's clock, and what those before it repaired. */
type Cursor = Partial<CompareCursor & { fence: Fence; passBegan: number; repairedBefore: number }>;

/**
 * Carries the chosen documents to the primary, makes the secondary equal to the primary whatever was changed on it, and
 * resumes the sync (R24, R25). The primary is proved sound anew in each slice before anything is overwritten. Given up,
 * it leaves the secondary in charge.
 */
export const failbackOperation: OperationType<FailbackApp> = {
  async run(app, operation, save) {
    const { tenant, id, createdBy: by } = operation;
    const { override } = operation.input as Input;
    const ended = await resultIfEnded(app, operation);
    if (ended) return { done: true, result: ended };
    const lacking = await requireSound(app, tenant, override);
    const fenceId = randomUUID();
    const { standby, activation } = await app.standbys.change(tenant, (current) =>
      beginFailback(
        current,
        { operation: id, by, ...(override === undefined ? {} : { override }) },
        app.now(),
        fenceId,
      ),
    );
    const failback = await recorded(app, operation, activation, lacking);
    const overwritten = await overwrite(app, operation, save, standby.fence);
    if (!overwritten) return { done: false };
    const accessRules = await syncAccessRules(app, tenant, { fence: standby.fence, overwrite: "all" });
    const proof = await prove(app, operation, overwritten.kinds);
    const counts = countsOf(overwritten, failback.promotions);
    const finished: Failback = {
      ...failback,
      finishedAt: app.now(),
      counts,
      accessRules: accessRules === "fenced" ? accessRules : accessRules.outcome,
    };
    const checklist = await app.checklists.read(tenant, activation.operation);
    await app.records.write(tenant, { activation, failback: finished, checklist });
    const completed = await app.standbys.change(tenant, (current) =>
      completeFailback(current, { fence: standby.fence, operation: id, by, proof, counts }, app.now(), randomUUID()),
    );
    if (!completed) throw new AppError("conflict", "the tenant's state was changed during the fail back");
    return { done: true, result: await concluded(app, operation, finished) };
  },
  async abandoned(app, operation, why) {
    await app.standbys.change(operation.tenant, (current) =>
      abandonFailback(current, operation.id, why, app.now(), randomUUID()),
    );
  },
};

/** The result of a fail back that an earlier slice completed, before it died. */
async function resultIfEnded(app: FailbackApp, operation: Operation): Promise<Record<string, unknown> | undefined> {
  const standby = await app.standbys.read(operation.tenant);
  if (standby?.proof?.operation !== operation.id || standby.activation) return undefined;
  const record = await app.records.ofFailback(operation.tenant, operation.id);
  return record && concluded(app, operation, record.failback);
}

async function concluded(
  app: FailbackApp,
  { tenant, id }: Operation,
  { counts, promotions, accessRules }: Failback,
): Promise<Record<string, unknown>> {
  await requestReload(app, tenant, { cause: "failback", id }, app.now());
  return { ...counts, promotions, accessRules };
}

/** The fail back's record, with what became of each chosen document: written before anything is overwritten. */
async function recorded(
  app: FailbackApp,
  operation: Operation,
  activation: Activation,
  lacking: string[],
): Promise<Failback> {
  const { tenant, id, createdBy: by } = operation;
  const { promote, override } = operation.input as Input;
  const known = await app.records.read(tenant, activation.operation);
  if (known?.failback.operation === id) return known.failback;
  const startedAt = app.now();
  const promotions = await promoteDocuments(app, tenant, promote);
  const failback: Failback = {
    operation: id,
    by,
    startedAt,
    ...(override === undefined
      ? {}
      : { override: { reason: override, overridden: [...missingBefore(activation), ...lacking] } }),
    promotions,
  };
  await app.records.write(tenant, { activation, failback, checklist: [] });
  return failback;
}

type Overwritten = { kinds: Record<string, KindProof>; repaired: number };

/** Makes the secondary equal, edits made meanwhile included; undefined when the slice is over before that. */
async function overwrite(
  app: FailbackApp,
  operation: Operation,
  save: SaveProgress,
  fence: Fence,
): Promise<Overwritten | undefined> {
  const { tenant } = operation;
  let { passBegan, repairedBefore = 0, ...saved } = (operation.cursor ?? {}) as Cursor;
  for (;;) {
    const began = passBegan ?? (await app.editNotes.now(tenant));
    const pass = { passBegan: began, repairedBefore };
    const compared = await comparePass(app, operation, (next, progress) => save({ ...next, ...pass }, progress), {
      fence,
      overwrite: "all",
      cursor: { kinds: {}, ...saved },
    });
    if ("yielded" in compared) return undefined;
    const repaired = repairedBefore + repairedIn(compared.kinds);
    await settleDeleted(app, tenant, fence, began);
    // What was edited after the pass began may stand behind it: then another pass is needed.
    if (await app.editNotes.clear(tenant, began)) return { kinds: compared.kinds, repaired };
    [passBegan, repairedBefore, saved] = [undefined, repaired, {}];
  }
}

function repairedIn(kinds: Record<string, KindProof>): number {
  return Object.values(kinds).reduce((sum, kind) => sum + kind.repaired, 0);
}

/** What was deleted on both sites is in no list of a comparison: the ledger must learn that it is gone. */
async function settleDeleted(app: FailbackApp, tenant: string, fence: Fence, time: number): Promise<void> {
  const notes = await app.editNotes.until(tenant, time);
  const paths = notes
    .filter(({ path, change }) => change === "deleted" && kindIn(path) !== accessRulesKind)
    .map(({ path }) => path);
  const states = await app.primaryDocuments(tenant, paths);
  const gone = paths.flatMap((path) => {
    const state = states.get(path);
    const place = { path, kind: kindIn(path) };
    return state && "missingAt" in state ? [changeOf(app.roots, place, undefined, state.missingAt, "reconcile")] : [];
  });
  const outcomes = await app.applyAll(tenant, gone, { fence, overwrite: "all", look: true });
  if (outcomes.includes("fenced"))
    throw new AppError("conflict", "the tenant's state was changed during the fail back");
}

async function prove(app: FailbackApp, operation: Operation, kinds: Record<string, KindProof>): Promise<Proof> {
  const large = await app.standbys.countLarge(operation.tenant);
  return proofOf({ kinds, large, operation: operation.id, at: app.now() });
}

function countsOf({ kinds, repaired }: Overwritten, promotions: Promotion[]): FailbackCounts {
  const promoted = promotions.filter(({ outcome }) => outcome === "promoted").length;
  return {
    documents: Object.values(kinds).reduce((sum, kind) => sum + kind.documents, 0),
    // What was promoted is equal on both sites, and is repaired in the ledger alone.
    overwritten: Math.max(0, repaired - promoted),
    promoted,
    refused: promotions.length - promoted,
  };
}
