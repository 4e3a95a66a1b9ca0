import { AppError } from "./errors.ts";
import type { Standbys } from "./ports.ts";
import { type ReloadApp, reloadOrThrow } from "./reload.ts";
import type { ActivationStep, Standby } from "./standby.ts";
import { applySwitchOverPlan, judgeOverwritten, openTenantChecklist, type SwitchOverApp } from "./switch-over.ts";

/** What the steps of an activation need, all of it on the secondary. */
export type ActivationStepsApp = SwitchOverApp & ReloadApp & { standbys: Pick<Standbys, "read"> };

type Done = Pick<ActivationStep, "complete" | "detail" | "counts">;
/** `undoneBy`: the fail back that was given up after it had undone some of it. */
type Step = { name: string; run(app: ActivationStepsApp, standby: Standby, undoneBy?: string): Promise<Done> };

/** What follows once the secondary is in charge (R18), in order. Each may be repeated. */
const steps: readonly Step[] = [
  { name: "applyPlan", run: applyPlan },
  { name: "openChecklist", run: openChecklist },
  { name: "reload", run: reload },
];

/**
 * Carries out the steps, or carries them out again where a fail back that was given up has undone some (`undoneBy`, its
 * operation). What of the plan cannot be done is told in the step's detail and left open in the checklist. Repeating is
 * safe.
 * @throws AppError `unavailable` when the secondary's database or Pub/Sub does not answer, to be repeated; `conflict`
 *   when the activation has ended meanwhile.
 */
export async function carryOutSteps(
  app: ActivationStepsApp,
  standby: Standby,
  undoneBy?: string,
): Promise<ActivationStep[]> {
  const done: ActivationStep[] = [];
  for (const { name, run } of steps) {
    await requireStillActive(app, standby);
    const startedAt = app.now();
    const end = await run(app, standby, undoneBy);
    done.push({ name, startedAt, finishedAt: app.now(), ...end });
  }
  return done;
}

/** A worker that was stopped for long must not write into what was failed back meanwhile. */
async function requireStillActive(app: ActivationStepsApp, { tenant, activation }: Standby): Promise<void> {
  const current = await app.standbys.read(tenant);
  if (current?.state === "active" && current.activation?.operation === activation?.operation) return;
  throw new AppError("conflict", "the activation has ended meanwhile");
}

/** A phone of the plan may go while it is applied: then all of it is looked at again. */
const planAttempts = 3;

async function applyPlan(app: ActivationStepsApp, { tenant }: Standby): Promise<Done> {
  for (let tries = 1; ; tries++) {
    try {
      const { written, skipped } = await applySwitchOverPlan(app, tenant);
      const left = skipped.length === 0 ? "" : `, ${skipped.length} could not be`;
      const counts = { written, skipped: skipped.length };
      return { complete: skipped.length === 0, detail: `${written} caller numbers changed${left}`, counts };
    } catch (error) {
      if (!(error instanceof AppError) || error.code === "unavailable" || error.code === "internal") throw error;
      if (tries === planAttempts) return { complete: false, detail: error.message };
    }
  }
}

async function openChecklist(app: ActivationStepsApp, standby: Standby, undoneBy?: string): Promise<Done> {
  const { total, open } = await openTenantChecklist(app, standby);
  if (undoneBy !== undefined) await judgeOverwritten(app, standby);
  return { complete: true, detail: `${open} of ${total} items are open`, counts: { total, open } };
}

/** Tells the telephony to read everything again. */
async function reload(app: ActivationStepsApp, { tenant, activation }: Standby, undoneBy?: string): Promise<Done> {
  const cause = activation?.mode === "drill" ? "drill" : "activation";
  const activated = { cause, id: activation?.operation ?? "" } as const;
  const request = undoneBy === undefined ? activated : ({ cause: "failback", id: undoneBy } as const);
  await reloadOrThrow(app, tenant, request, app.now());
  return { complete: true, detail: "every kind was told" };
}
