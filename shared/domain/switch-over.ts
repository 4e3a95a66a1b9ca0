import { type ChecklistFacts, type Checklists, openChecklist, summaryOf } from "./checklist.ts";
import { AppError } from "./errors.ts";
import { type Plan, type PlanSkip, type PlanWrite, planWrites } from "./plan.ts";
import type { Standby } from "./standby.ts";
import type { TenantData } from "./tenant-data.ts";
import { hikae } from "./transitions.ts";

/** What the steps of an activation need here; all of it is on the secondary. */
export type SwitchOverApp = { tenantData: Record<"secondary", TenantData>; checklists: Checklists; now(): Date };

const phonesAtOnce = 400;

type Remaining = { writes: PlanWrite[]; skipped: PlanSkip[] };

/** What of the plan is not applied yet, some hundred phones at a time; the first portion has the default caller number. */
async function* remainingOf(data: TenantData, tenant: string, plan: Plan): AsyncGenerator<Remaining> {
  const callers = [...new Set([plan.defaultCallerNumber ?? [], ...Object.values(plan.phones)].flat())];
  const [numbers, defaultCallerNumber] = await Promise.all([
    data.findNumbers(tenant, callers),
    data.defaultCallerNumber(tenant),
  ]);
  yield planWrites(plan, { numbers, defaultCallerNumber, phones: new Map() });
  const ids = Object.keys(plan.phones);
  for (let start = 0; start < ids.length; start += phonesAtOnce) {
    const phones = await data.phones(tenant, ids.slice(start, start + phonesAtOnce));
    yield planWrites(plan, { numbers, phones });
  }
}

/**
 * Applies the tenant's plan to the secondary's data (R20): default caller number and phones' caller numbers. What does
 * not work is skipped and told. Repeating writes only what is not as planned yet.
 * @throws AppError `unavailable` when the secondary does not answer; `conflict` when a phone vanished in this very moment.
 */
export async function applySwitchOverPlan(
  app: SwitchOverApp,
  tenant: string,
): Promise<{ written: number; skipped: PlanSkip[] }> {
  const data = app.tenantData.secondary;
  const plan = (await data.plan(tenant))?.plan;
  const applied = { written: 0, skipped: [] as PlanSkip[] };
  if (!plan) return applied;
  for await (const { writes, skipped } of remainingOf(data, tenant, plan)) {
    await data.applyPlan(tenant, writes);
    applied.written += writes.length;
    applied.skipped.push(...skipped);
  }
  return applied;
}

/**
 * Opens the checklist of the tenant's activation (R21) from what is on the secondary: what the plan has changed is done.
 * Repeating keeps what was done meanwhile. Answers how much there is to do.
 * @throws AppError `conflict` when the tenant's activation is another by now; `unavailable`.
 */
export async function openTenantChecklist(
  app: SwitchOverApp,
  { tenant, activation }: Pick<Standby, "tenant" | "activation">,
): Promise<{ total: number; open: number }> {
  const items = openChecklist(await checklistFacts(app.tenantData.secondary, tenant), app.now());
  const opened = activation && (await app.checklists.open(tenant, activation.operation, items));
  if (!opened) throw new AppError("conflict", "the tenant's activation was given up meanwhile");
  return summaryOf(items);
}

/** The items whose work is in the tenant's data on the secondary. */
const itemsInData = new Set(["default-caller-number", "phone-caller-numbers"]);

/**
 * Judges anew the items whose work the primary's settings may have taken the place of, whoever had done them. Repeating
 * is safe.
 * @throws AppError `not-found` when the tenant's activation is another by now; `unavailable`.
 */
export async function judgeOverwritten(
  app: SwitchOverApp,
  { tenant, activation }: Pick<Standby, "tenant" | "activation">,
): Promise<void> {
  const items = openChecklist(await checklistFacts(app.tenantData.secondary, tenant), app.now());
  for (const { id, state } of items.filter((item) => itemsInData.has(item.id))) {
    const mark = { done: state === "done", how: "automatic", by: hikae, at: app.now() } as const;
    await app.checklists.mark(tenant, activation?.operation ?? "", id, mark);
  }
}

async function checklistFacts(data: TenantData, tenant: string): Promise<ChecklistFacts> {
  const [stored, forwarding, settings] = await Promise.all([
    data.plan(tenant),
    data.hasConnection(tenant, ["customerGateway", "homeLine"]),
    data.settings(tenant),
  ]);
  const plan = stored?.plan;
  const applied = { defaultCallerNumber: true, phones: true };
  if (plan) {
    for await (const { writes, skipped } of remainingOf(data, tenant, plan)) {
      const left = [...writes.map(({ path }) => path), ...skipped.map(({ field }) => field)];
      if (left.some((place) => place.startsWith("phones"))) applied.phones = false;
      if (left.some((place) => !place.startsWith("phones"))) applied.defaultCallerNumber = false;
    }
  }
  return { ...(plan ? { plan } : {}), applied, forwarding, openCti: settings.openCti?.enabled === true };
}
