import { randomUUID } from "node:crypto";
import { type AccessRulesApp, accessRulesKind, syncAccessRules } from "./access-rules.ts";
import type { ActivationRecords, Failback } from "./activation-record.ts";
import type { Checklists } from "./checklist.ts";
import { isOwnWrite } from "./edits.ts";
import { AppError } from "./errors.ts";
import { abandonFailback, beginFailback, completeFailback, type FailbackCounts, missingBefore } from "./failback.ts";
import { requirePrimary } from "./failback-diff.ts";
import { type RequestFailbackApp, requireSound } from "./failback-request.ts";
import { changeOf } from "./mirror-change.ts";
import type { Operation } from "./operation.ts";
import { type PromoteApp, type Promotion, promoteDocuments } from "./promote.ts";
import { type CompareCursor, kindIn, proofOf } from "./reconcile.ts";
import { comparePass, type RecoveryOperationApp } from "./recovery.ts";
import { type ReloadApp, requestReload } from "./reload.ts";
import type { OperationType, SaveProgress } from "./run-operation.ts";
import type { Activation, Edit, Fence, KindProof, Proof } from "./standby.ts";
import { editsFound } from "./transitions.ts";
import { fingerprint, microseconds } from "./value.ts";

/** The notes of edits on the secondary, by when they were written there (µs). */
export type EditNotes = {
  /** The time of the secondary's database: what is noted later has a later one. */
  now(tenant: string): Promise<number>;
  /**
   * Forgets the notes written until then, and not written again since; false when others are left. Before that it has
   * the documents settled whose deletion was noted.
   */
  clear(tenant: string, time: number, settleDeleted: (paths: string[]) => Promise<void>): Promise<boolean>;
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

type Input = { promote: string[]; override?: string };
/** The present pass of the comparison, when it began by the secondary's clock, and what those before it repaired. */
type Cursor = Partial<CompareCursor & { fence: Fence; passBegan: number; repairedBefore: number }>;

/**
 * Carries the chosen documents to the primary, makes the secondary equal to the primary whatever was changed on it, and
 * resumes the sync (R24, R25). The primary is proved sound by the request, and anew in each later slice. Given up,
 * it leaves the secondary in charge.
 */
export const failbackOperation: OperationType<FailbackApp> = {
  async run(app, operation, save) {
    const { tenant, id, createdBy: by } = operation;
    const { override } = operation.input as Input;
    const ended = await resultIfEnded(app, operation);
    if (ended) return { done: true, result: ended };
    const lacking = isFresh(operation, app.now())
      ? await justProved(app, tenant)
      : await requireSound(app, tenant, override);
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
    const promoted = failback.promotions.filter(({ outcome }) => outcome === "promoted");
    await takeFromPrimary(
      app,
      tenant,
      standby.fence,
      promoted.map(({ path }) => path),
    );
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
    if (!completed) throw changedMeanwhile();
    return { done: true, result: await concluded(app, operation, finished) };
  },
  async abandoned(app, operation, why) {
    await app.standbys.change(operation.tenant, (current) =>
      abandonFailback(current, operation.id, why, app.now(), randomUUID()),
    );
  },
};

/** How long the request's own proof that the primary is sound counts. */
const freshMilliseconds = 30_000;

/** Whether this is the first slice of a request that was made just now, and overrides nothing. */
function isFresh({ attempts, cursor, createdAt, input }: Operation, now: Date): boolean {
  const { override } = input as Input;
  return attempts <= 1 && !cursor && override === undefined && now.getTime() - createdAt.getTime() < freshMilliseconds;
}

/** Its documents were counted by the request; that the tenant is still there is proved with every read besides. */
async function justProved(app: RequestFailbackApp, tenant: string): Promise<string[]> {
  await requirePrimary(app, tenant);
  return [];
}

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
  await judgeLateEdits(app, tenant);
  await requestReload(app, tenant, { cause: "failback", id }, app.now());
  return { ...counts, promotions, accessRules };
}

/**
 * What was edited in the last moment was noted, for the tenant was not syncing yet; nobody overwrites it any more. No
 * such note is written from here on. Where the document is Hikae's the note came late itself; else the sync stops (R10).
 */
async function judgeLateEdits(app: FailbackApp, tenant: string): Promise<void> {
  const late = await app.standbys.edits(tenant);
  if (late.length === 0) return;
  const states = await app.readLedger(
    tenant,
    late.map(({ path }) => path),
  );
  const isOwn = ({ path }: Edit) => {
    const { entry, document } = states.get(path) ?? {};
    return isOwnWrite(entry, document && fingerprint(app.toFields(document), app.roots.secondary).hash);
  };
  await app.standbys.clearEdits(tenant, late.filter(isOwn));
  const foreign = late.filter((edit) => !isOwn(edit));
  if (foreign.length === 0) return;
  await app.standbys.change(tenant, (current) => editsFound(current, foreign, app.now(), randomUUID()));
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
    // What was deleted on both sites is in no list of a comparison: the ledger must learn that it is gone.
    const settleDeleted = (paths: string[]) => {
      const mirrored = paths.filter((path) => kindIn(path) !== accessRulesKind);
      return takeFromPrimary(app, tenant, fence, mirrored);
    };
    // What was edited after the pass began may stand behind it: then another pass is needed.
    if (await app.editNotes.clear(tenant, began, settleDeleted)) return { kinds: compared.kinds, repaired };
    [passBegan, repairedBefore, saved] = [undefined, repaired, {}];
  }
}

function repairedIn(kinds: Record<string, KindProof>): number {
  return Object.values(kinds).reduce((sum, kind) => sum + kind.repaired, 0);
}

/** Brings these documents, and what the ledger says of them, to the primary's state. */
async function takeFromPrimary(app: FailbackApp, tenant: string, fence: Fence, paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  const changes = [...(await app.primaryDocuments(tenant, paths))].map(([path, state]) => {
    const place = { path, kind: kindIn(path) };
    if ("missingAt" in state) return changeOf(app.roots, place, undefined, state.missingAt, "reconcile");
    return changeOf(app.roots, place, app.toFields(state), microseconds(state.updateTime ?? {}), "reconcile");
  });
  const outcomes = await app.applyAll(tenant, changes, { fence, overwrite: "all", look: true });
  if (outcomes.includes("fenced")) throw changedMeanwhile();
}

function changedMeanwhile(): AppError {
  return new AppError("conflict", "the tenant's state was changed during the fail back");
}

async function prove(app: FailbackApp, operation: Operation, kinds: Record<string, KindProof>): Promise<Proof> {
  const large = await app.standbys.countLarge(operation.tenant);
  return proofOf({ kinds, large, operation: operation.id, at: app.now() });
}

function countsOf({ kinds, repaired }: Overwritten, promotions: Promotion[]): FailbackCounts {
  const promoted = promotions.filter(({ outcome }) => outcome === "promoted").length;
  return {
    documents: Object.values(kinds).reduce((sum, kind) => sum + kind.documents, 0),
    overwritten: repaired,
    promoted,
    refused: promotions.length - promoted,
  };
}
