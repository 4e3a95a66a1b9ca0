import { AppError } from "./errors.ts";
import type { Standbys } from "./ports.ts";
import { type ReloadApp, requestReload } from "./reload.ts";
import type { ActivationStep, Standby } from "./standby.ts";
import { applySwitchOverPlan, openTenantChecklist, type SwitchOverApp } from "./switch-over.ts";

/** What the steps of an activation need, all of it on the secondary. */
export type ActivationStepsApp = SwitchOverApp & ReloadApp & { standbys: Pick<Standbys, "read"> };

type Done = Pick<ActivationStep, "complete" | "detail" | "counts">;
type Step = { name: string; run(app: ActivationStepsApp, standby: Standby): Promise<Done> };

/** What follows once the secondary is in charge (R18), in order. Each may be repeated. */
const steps: readonly Step[] = [
  { name: "applyPlan", run: applyPlan },
  { name: "openChecklist", run: openChecklist },
  { name: "reload", run: reload },
];

/**
 * Carries out the steps. What of the plan cannot be done is told in the step's detail and left open in the checklist.
 * Repeating is safe.
 * @throws AppError `unavailable` when the secondary's database or Pub/Sub does not answer, to be repeated; `conflict`
 *   when the activation has ended meanwhile.
 */
export async function carryOutSteps(app: ActivationStepsApp, standby: Standby): Promise<ActivationStep[]> {
  const done: ActivationStep[] = [];
  for (const { name, run } of steps) {
    await requireStillActive(app, standby);
    const startedAt = app.now();
    const end = await run(app, standby);
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

async function openChecklist(app: ActivationStepsApp, standby: Standby): Promise<Done> {
  const { total, open } = await openTenantChecklist(app, standby);
  return { complete: true, detail: `${open} of ${total} items are open`, counts: { total, open } };
}

/** Tells the telephony to read everything again. */
async function reload(app: ActivationStepsApp, { tenant, activation }: Standby): Promise<Done> {
  const cause = activation?.mode === "drill" ? "drill" : "activation";
  const outcomes = await requestReload(app, tenant, { cause, id: activation?.operation ?? "" }, app.now());
  const untold = Object.entries(outcomes).flatMap(([kind, outcome]) => (outcome === "failed" ? [kind] : []));
  if (untold.length === 0) return { complete: true, detail: "every kind was told" };
  throw new AppError("unavailable", `Pub/Sub did not take the reload of ${untold.join(", ")}`);
}
