import { randomUUID } from "node:crypto";
import type { AccessRulesApp } from "./access-rules.ts";
import type { ActivationRecords, Failback } from "./activation-record.ts";
import { type ActivationStepsApp, carryOutSteps } from "./activation-steps.ts";
import { prove } from "./compare-pass.ts";
import { abandonFailback, beginFailback, completeFailback, type FailbackCounts, missingBefore } from "./failback.ts";
import { requirePrimary } from "./failback-diff.ts";
import { type RequestFailbackApp, requireSound } from "./failback-request.ts";
import type { Operation } from "./operation.ts";
import {
  changedMeanwhile,
  type OverwriteApp,
  type Overwritten,
  overwriteSecondary,
  takeFromPrimary,
} from "./overwrite-secondary.ts";
import { type PromoteApp, type Promotion, promotable, promoteDocuments } from "./promote.ts";
import type { RecoveryOperationApp } from "./recovery.ts";
import { reloadOrThrow } from "./reload.ts";
import { judgeLateEdits } from "./report-edits.ts";
import type { OperationType } from "./run-operation.ts";
import type { Activation } from "./standby.ts";

export type FailbackApp = RecoveryOperationApp &
  RequestFailbackApp &
  PromoteApp &
  AccessRulesApp &
  OverwriteApp &
  ActivationStepsApp & { records: ActivationRecords };

type Input = { promote: string[]; override?: string };

/**
 * Carries the chosen documents to the primary, makes the secondary equal to the primary whatever was changed on it, and
 * resumes the sync (R24, R25). The primary is proved sound by the request, and anew in each later slice. Given up,
 * it leaves the secondary in charge, with its own caller numbers again; or stopped, where it began from there.
 */
export const failbackOperation: OperationType<FailbackApp> = {
  async run(app, operation, save) {
    const { tenant, id, createdBy: by, createdAt: askedAt } = operation;
    const { override } = operation.input as Input;
    const lacking = isFresh(operation, app.now())
      ? await justProved(app, tenant)
      : await requireSound(app, tenant, override);
    const fenceId = randomUUID();
    const { standby, activation } = await app.standbys.change(tenant, (current) =>
      beginFailback(
        current,
        { operation: id, by, askedAt, ...(override === undefined ? {} : { override }) },
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
    const overwritten = await overwriteSecondary(app, operation, save, {
      ...{ fence: standby.fence, scope: "all", isProved: true },
    });
    if (!overwritten) return { done: false };
    const { accessRules } = overwritten;
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
      completeFailback(
        current,
        { fence: standby.fence, operation: id, by, proof, counts, checklist },
        app.now(),
        randomUUID(),
      ),
    );
    if (!completed) throw changedMeanwhile();
    return { done: true, result: await concluded(app, operation, finished) };
  },
  async abandoned(app, operation, why) {
    const { tenant, id } = operation;
    const inCharge = await app.standbys.change(tenant, (current) =>
      abandonFailback(current, id, why, app.now(), randomUUID()),
    );
    if (!inCharge) return;
    // The primary's caller numbers do not work there: what the activation had done is done again.
    const standby = await app.standbys.read(tenant);
    if (standby?.state === "active") await carryOutSteps(app, standby, id);
  },
  async completed(app, operation) {
    const { tenant, id } = operation;
    const standby = await app.standbys.read(tenant);
    if (standby?.lastCompleted !== id) return undefined;
    const record = await app.records.ofFailback(tenant, id);
    return record && { done: true, result: await concluded(app, operation, record.failback) };
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

async function concluded(
  app: FailbackApp,
  { tenant, id }: Operation,
  { counts, promotions, accessRules }: Failback,
): Promise<Record<string, unknown>> {
  await judgeLateEdits(app, tenant);
  await reloadOrThrow(app, tenant, { cause: "failback", id }, app.now());
  return { ...counts, promotions, accessRules };
}

/**
 * The fail back's record, with what became of each chosen document: written before anything is overwritten. Which are to be
 * carried is written first: when the mirror has brought one back, it looks like one that nobody edited.
 */
async function recorded(
  app: FailbackApp,
  operation: Operation,
  activation: Activation,
  lacking: string[],
): Promise<Failback> {
  const { tenant, id, createdBy: by } = operation;
  const { promote, override } = operation.input as Input;
  const known = await app.records.read(tenant, activation.operation);
  const own = known?.failback.operation === id ? known : undefined;
  if (own && !own.promoting) return own.failback;
  const begun: Failback = own?.failback ?? {
    operation: id,
    by,
    startedAt: app.now(),
    ...(override === undefined
      ? {}
      : { override: { reason: override, overridden: [...missingBefore(activation), ...lacking] } }),
    promotions: [],
  };
  const promoting = own?.promoting ?? (await promotable(app, tenant, promote));
  if (!own && promoting.length > 0) {
    await app.records.write(tenant, { activation, failback: begun, checklist: [], promoting });
  }
  const promotions = await promoteDocuments(app, tenant, promote, new Set(promoting));
  const failback = { ...begun, promotions };
  await app.records.write(tenant, { activation, failback, checklist: [] });
  return failback;
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
