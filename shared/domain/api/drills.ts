import { z } from "zod";
import { notFound } from "../access.ts";
import { type ActivationRecord, reportOf } from "../activation-record.ts";
import { checkLabel } from "../readiness.ts";
import { activationModes } from "../standby.ts";
import { promotionFaults } from "../three-way.ts";
import { type ApiApp, route } from "./route.ts";
import { actor, label, nothing, opaquePage, pageOf, pageQueryOf, recordIdPlace, tenantPath, time } from "./schemas.ts";

const milliseconds = z.number().optional();

const briefReport = z.object({
  id: z.string().meta({ description: "the operation that activated" }),
  mode: z.enum(activationModes),
  by: actor,
  reason: z.string().optional(),
  state: z.enum(["active", "failingBack", "ended"]),
  requestedAt: time,
  rtoMilliseconds: milliseconds.meta({ description: "from the request to the secondary being in charge" }),
  rpoSeconds: z.number().nullable().meta({ description: "at most so much was missing; null: not known" }),
  durationMilliseconds: milliseconds.meta({ description: "from the request to the end of the fail back" }),
});

const promotion = z.object({
  path: z.string(),
  outcome: z.enum(["promoted", "refused"]),
  why: z.enum(Object.keys(promotionFaults) as [keyof typeof promotionFaults]).optional(),
});

const report = briefReport
  .extend({
    overridden: z.array(z.string()).meta({ description: "the readiness checks that the reason overrode" }),
    overriddenLabels: z.array(label).meta({ description: "what these are called" }),
    timeline: z.array(z.object({ name: z.string(), at: time, afterMilliseconds: z.number(), by: actor.optional() })),
    steps: z.array(
      z.object({
        name: z.string(),
        milliseconds: z.number(),
        complete: z.boolean(),
        detail: z.string(),
        counts: z
          .record(z.string(), z.int())
          .optional()
          .meta({ description: "applyPlan: written, skipped; openChecklist: total, open" }),
      }),
    ),
    checklist: z.array(
      z.object({
        id: z.string(),
        label,
        state: z.enum(["open", "done"]),
        done: z
          .object({
            how: z.enum(["automatic", "person"]),
            by: actor,
            at: time.optional(),
            note: z.string().optional(),
          })
          .optional(),
        afterMilliseconds: milliseconds,
      }),
    ),
    failback: z
      .object({
        operation: z.string(),
        by: actor,
        startedAt: time,
        finishedAt: time.optional(),
        override: z.object({ reason: z.string(), overridden: z.array(z.string()) }).optional(),
        promotions: z.array(promotion),
        counts: z.object({ documents: z.int(), overwritten: z.int(), promoted: z.int(), refused: z.int() }).optional(),
        accessRules: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: "ActivationReport" });

const activationPath = tenantPath.extend({ id: z.string().regex(recordIdPlace) });

/** The reports of drills, and of activations in earnest (R28). */
export const drillRoutes = [
  route({
    operationId: "listDrills",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/drills",
    summary: {
      ja: "訓練と切り替えの記録(新しい順)",
      en: "Drills and other activations that were failed back, newest first",
    },
    access: "readStatus",
    params: tenantPath,
    query: pageQueryOf(recordIdPlace),
    body: nothing,
    response: pageOf(briefReport.meta({ id: "ActivationBrief" })),
    async run({ app }, { params: { tenant }, query: { pageSize, pageToken } }) {
      const page = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      const found = await app.records.list(tenant, page);
      return opaquePage({ ...found, items: found.items.map(reportOf) });
    },
  }),
  route({
    operationId: "getDrill",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/drills/{id}",
    summary: { ja: "訓練・切り替えの報告", en: "The report of a drill or another activation, ended or not" },
    access: "readStatus",
    params: activationPath,
    query: nothing,
    body: nothing,
    response: report,
    async run({ app }, { params: { tenant, id } }) {
      const record = await recordOf(app, tenant, id);
      if (!record) throw notFound();
      const found = reportOf(record);
      return { ...found, overriddenLabels: found.overridden.map(checkLabel) };
    },
  }),
];

/** An activation that has not ended is reported as far as it has come, with the checklist as it now is. */
async function recordOf(
  app: ApiApp,
  tenant: string,
  id: string,
): Promise<(Partial<ActivationRecord> & Pick<ActivationRecord, "activation">) | undefined> {
  const [record, standby] = await Promise.all([app.records.read(tenant, id), app.standbys.read(tenant)]);
  const activation = standby?.activation;
  if (activation?.operation !== id) return record;
  const checklist = await app.checklists.read(tenant, id);
  const underWay = standby?.state === "resyncing" && record ? { failback: record.failback } : {};
  return { activation, checklist, ...underWay };
}
