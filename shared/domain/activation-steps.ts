import { AppError } from "./errors.ts";
import { type ReloadApp, requestReload } from "./reload.ts";
import type { ActivationStep, Standby } from "./standby.ts";
import { applySwitchOverPlan, openTenantChecklist, type SwitchOverApp } from "./switch-over.ts";

/** What the steps of an activation need, all of it on the secondary. */
export type ActivationStepsApp = SwitchOverApp & ReloadApp;

export const reloadStep = "reload";

type Done = Pick<ActivationStep, "complete" | "detail">;
type Step = { name: string; run(app: ActivationStepsApp, standby: Standby): Promise<Done> };

/** What stands between the raised fence and `active` (R18), in order. Each may be repeated. */
const steps: readonly Step[] = [
  { name: "applyPlan", run: applyPlan },
  { name: "openChecklist", run: openChecklist },
  { name: reloadStep, run: reload },
];

/**
 * Carries out the steps. What cannot be done is told in the step's detail and left open in the checklist: it holds
 * nothing up. Repeating is safe.
 * @throws AppError `unavailable` when the secondary's database does not answer; `conflict` when the activation was
 *   given up meanwhile.
 */
export async function carryOutSteps(app: ActivationStepsApp, standby: Standby): Promise<ActivationStep[]> {
  const done: ActivationStep[] = [];
  for (const { name, run } of steps) {
    const startedAt = app.now();
    const end = await run(app, standby);
    done.push({ name, startedAt, finishedAt: app.now(), ...end });
  }
  return done;
}

/** A phone of the plan may go while it is applied: then all of it is looked at again. */
const planAttempts = 3;

async function applyPlan(app: ActivationStepsApp, { tenant }: Standby): Promise<Done> {
  for (let tries = 1; ; tries++) {
    try {
      const { written, skipped } = await applySwitchOverPlan(app, tenant);
      const left = skipped.length === 0 ? "" : `, ${skipped.length} could not be`;
      return { complete: skipped.length === 0, detail: `${written} caller numbers changed${left}` };
    } catch (error) {
      if (!(error instanceof AppError) || error.code === "unavailable" || error.code === "internal") throw error;
      if (tries === planAttempts) return { complete: false, detail: error.message };
    }
  }
}

async function openChecklist(app: ActivationStepsApp, standby: Standby): Promise<Done> {
  const { total, open } = await openTenantChecklist(app, standby);
  return { complete: true, detail: `${open} of ${total} items are open` };
}

async function reload(app: ActivationStepsApp, standby: Standby): Promise<Done> {
  const untold = await reloadForActivation(app, standby);
  const complete = untold.length === 0;
  return { complete, detail: complete ? "every kind was told" : `not told yet: ${untold.join(", ")}` };
}

/** Tells the telephony to read everything again, and names the kinds that Pub/Sub did not take. Safe to repeat. */
export async function reloadForActivation(app: ActivationStepsApp, { tenant, activation }: Standby): Promise<string[]> {
  const cause = activation?.mode === "drill" ? "drill" : "activation";
  const outcomes = await requestReload(app, tenant, { cause, id: activation?.operation ?? "" }, app.now());
  return Object.entries(outcomes).flatMap(([kind, outcome]) => (outcome === "failed" ? [kind] : []));
}
