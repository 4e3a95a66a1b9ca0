import { z } from "zod";
import { AppError } from "../errors.ts";
import { requireEditingSite, whileInCharge } from "../in-charge.ts";
import { formatNumber, usableOnSecondary } from "../numbers.ts";
import { numbersOf, type Plan, type PlanFault, plan, planFaults, type StoredPlan, versionOf } from "../plan.ts";
import type { Site } from "../sites.ts";
import type { TenantData } from "../tenant-data.ts";
import { existing } from "../transitions.ts";
import { type Context, route } from "./route.ts";
import { label, nothing, siteName, tenantPath, usability } from "./schemas.ts";

const version = z
  .string()
  .max(40)
  .nullable()
  .meta({ description: "of the plan that was read; null when there is none" });

const planView = z
  .object({
    tenant: z.string(),
    site: siteName.meta({ description: "where the plan was read, or stored" }),
    version,
    readable: z.boolean().meta({ description: "whether what is stored can be understood" }),
    defaultCallerNumber: z.string().nullable(),
    phones: z.record(z.string(), z.string()).meta({ description: "by the id of the phone" }),
    tollFree: z.record(z.string(), z.string()).meta({ description: "the destination by the toll-free number" }),
    numbers: z
      .record(z.string(), z.object({ display: z.string(), exists: z.boolean(), secondary: usability.optional() }))
      .meta({ description: "every number that the plan names" }),
    faults: z
      .array(z.object({ field: z.string(), number: z.string(), why: label }))
      .meta({ description: "what would not work on the secondary; at most 100" }),
  })
  .meta({ id: "SwitchoverPlan" });

const mostFaults = 100;

export const planRoutes = [
  route({
    operationId: "getPlan",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/plan",
    summary: { ja: "切り替え計画", en: "The switch-over plan" },
    access: "readReadiness",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: planView,
    async run({ app }, { params: { tenant } }) {
      existing(await app.standbys.read(tenant));
      return viewOf(app.tenantData.secondary, tenant, "secondary", await app.tenantData.secondary.plan(tenant));
    },
  }),
  route({
    operationId: "putPlan",
    method: "PUT",
    path: "/v1/tenants/{tenant}/dr/plan",
    summary: { ja: "切り替え計画を保存する", en: "Stores the switch-over plan" },
    access: "editPlan",
    params: tenantPath,
    query: nothing,
    body: plan.extend({ version }).strict(),
    response: planView,
    run: (context, { params: { tenant }, body }) => putPlan(context, tenant, body),
  }),
];

/**
 * Stores the plan where the tenant is in charge (R20); the mirror carries it to the secondary. Repeating is safe.
 * @throws AppError `invalid` with each field that would not work; `precondition-failed` when somebody else has stored
 *   another plan meanwhile; `conflict` while the tenant changes hands; `unavailable`.
 */
async function putPlan(
  context: Context,
  tenant: string,
  { version: read, ...next }: Plan & { version: string | null },
) {
  const { app, caller } = context;
  const site = requireEditingSite(existing(await app.standbys.read(tenant)), "the plan");
  const data = app.tenantData[site];
  const stamp = { updatedAt: app.now(), updatedBy: caller.email };
  const { phones, tollFree, defaultCallerNumber } = next;
  const counts = { phones: Object.keys(phones).length, tollFree: Object.keys(tollFree).length };
  const after = { site, previousVersion: read, version: versionOf(next), defaultCallerNumber, ...counts };
  const stored = await whileInCharge(site, "the plan", async () => {
    await requireWorking(data, tenant, next);
    const entry = context.changeEntry("edit-plan", after);
    return data.changePlan(tenant, (current) => decidePlan(current, read, next), stamp, entry);
  });
  // Of a plan on the primary the log cannot tell in the same commit: the same request again makes up for what was cut off.
  if (site === "primary" && stored?.updatedAt && stored.updatedBy === caller.email) {
    await context.audit(tenant, "edit-plan", { after, change: { name: stored.version, at: stored.updatedAt } });
  }
  return viewOf(data, tenant, site, stored);
}

/** The plan to store; nothing where it is stored already, as when the same request comes again. */
function decidePlan(current: StoredPlan | undefined, read: string | null, next: Plan): Plan | undefined {
  if (current?.version === versionOf(next)) return undefined;
  if ((current?.version ?? null) === read) return next;
  throw new AppError("precondition-failed", "the plan was changed since it was read: read it again, then change it", {
    fields: [{ field: "body.version", problem: `is not that of the stored plan, ${current?.version ?? "null"}` }],
  });
}

async function requireWorking(data: TenantData, tenant: string, next: Plan): Promise<void> {
  const [numbers, found] = await Promise.all([
    data.findNumbers(tenant, numbersOf(next)),
    data.phones(tenant, Object.keys(next.phones)),
  ]);
  const phones = new Set([...found].flatMap(([id, phone]) => (phone ? [id] : [])));
  const faults = planFaults(next, { numbers, phones });
  if (faults.length === 0) return;
  throw new AppError("invalid", "the plan would not work on the secondary; each field at fault is named", {
    fields: faults.slice(0, mostFaults).map(({ field, number, why }) => ({
      field: `body.${field}`,
      problem: `${number}: ${why.en}`,
      label: why,
    })),
  });
}

const emptyPlan: Plan = { defaultCallerNumber: null, phones: {}, tollFree: {} };

async function viewOf(data: TenantData, tenant: string, site: Site, stored: StoredPlan | undefined) {
  const shown = stored?.plan ?? emptyPlan;
  const named = numbersOf(shown);
  const known = await data.findNumbers(tenant, named);
  const behind = (number: string) => {
    const destination = Object.hasOwn(shown.tollFree, number) ? shown.tollFree[number] : undefined;
    return destination === undefined ? undefined : known.get(destination);
  };
  const numbers = named.map((e164) => {
    const number = known.get(e164);
    const secondary = number && usableOnSecondary(number, behind(e164));
    return [
      e164,
      { display: formatNumber(e164), exists: Boolean(number), ...(secondary ? { secondary } : {}) },
    ] as const;
  });
  const faults: PlanFault[] = planFaults(shown, { numbers: known });
  return {
    tenant,
    site,
    version: stored?.version ?? null,
    readable: !stored || stored.plan !== undefined,
    ...shown,
    numbers: Object.fromEntries(numbers),
    faults: faults.slice(0, mostFaults),
  };
}
