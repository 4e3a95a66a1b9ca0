import { z } from "zod";
import { type ChecklistItem, shownChecklist, summaryOf } from "../checklist.ts";
import { AppError } from "../errors.ts";
import { readSoftphoneUse } from "../softphones.ts";
import type { Activation } from "../standby.ts";
import { tenantId } from "../tenant.ts";
import { existing } from "../transitions.ts";
import { type ApiApp, route } from "./route.ts";
import { actor, label, nothing, tenantPath, time } from "./schemas.ts";

const itemView = z
  .object({
    id: z.string(),
    label,
    how: label.optional().meta({ description: "how it is done, and why it has to be" }),
    state: z.enum(["open", "done"]),
    done: z
      .object({ how: z.enum(["automatic", "person"]), by: actor, at: time.optional(), note: z.string().optional() })
      .optional(),
    progress: z
      .object({ moved: z.int(), total: z.int() })
      .optional()
      .meta({ description: "softphones that use the secondary, of all" }),
  })
  .meta({ id: "ChecklistItem" });

const checklistSummary = z.object({ total: z.int(), open: z.int() });

const checklistView = z
  .object({
    tenant: z.string(),
    activation: z.string().nullable().meta({ description: "the operation; null when the tenant is not activated" }),
    summary: checklistSummary,
    items: z.array(itemView),
  })
  .meta({ id: "Checklist" });

export const checklistRoutes = [
  route({
    operationId: "getChecklist",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/checklist",
    summary: { ja: "切り替え後のチェックリスト", en: "The checklist after activation" },
    access: "readReadiness",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: checklistView,
    async run({ app }, { params: { tenant } }) {
      const { activation } = existing(await app.standbys.read(tenant));
      const items = activation ? await readChecklist(app, tenant, activation) : [];
      return { tenant, activation: activation?.operation ?? null, summary: summaryOf(items), items };
    },
  }),
  route({
    operationId: "markChecklistItem",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/checklist/{item}",
    summary: { ja: "チェックリストの項目を完了または未完了にする", en: "Marks an item of the checklist done or open" },
    access: "editChecklist",
    params: z.strictObject({ tenant: tenantId, item: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
    query: nothing,
    body: z.strictObject({ done: z.boolean(), note: z.string().trim().min(1).max(500).optional() }),
    acts: true,
    response: itemView,
    async run({ app, caller, changeEntry }, { params: { tenant, item: id }, body: { done, note } }) {
      const { activation } = existing(await app.standbys.read(tenant));
      if (!activation) throw new AppError("not-found", "the tenant is not activated: it has no checklist");
      const mark = {
        done,
        how: "person",
        by: caller.actor,
        at: app.now(),
        ...(note === undefined ? {} : { note }),
      } as const;
      const entryFor = ({ state }: ChecklistItem) => {
        const after = { item: id, state, changed: true, ...(note === undefined ? {} : { note }) };
        return changeEntry("mark-checklist", after);
      };
      const item = await app.checklists.mark(tenant, activation.operation, id, mark, entryFor);
      const [shown] = shownChecklist([item], await softphonesOf(app, tenant, activation));
      return shown ?? item;
    },
  }),
];

type ReadingApp = Pick<ApiApp, "checklists" | "softphones">;

/** The checklist of the tenant's activation as it is shown, softphones counted (R21). @throws AppError `unavailable`. */
export async function readChecklist(app: ReadingApp, tenant: string, activation: Activation): Promise<ChecklistItem[]> {
  const [items, softphones] = await Promise.all([
    app.checklists.read(tenant, activation.operation),
    softphonesOf(app, tenant, activation),
  ]);
  return shownChecklist(items, softphones);
}

/** What softphones have reported since the activation was asked for: older word is of an earlier one. */
async function softphonesOf(app: ReadingApp, tenant: string, { requestedAt }: Activation) {
  const { secondary, total } = await readSoftphoneUse(app, tenant, requestedAt);
  return { moved: secondary, total };
}
