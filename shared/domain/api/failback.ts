import { z } from "zod";
import { catalogue, type KindName, kindOf, kindsWith } from "../../catalogue.ts";
import { AppError } from "../errors.ts";
import { requestResume, sendRecoveryNotice } from "../failback.ts";
import { diffPage, diffSites } from "../failback-diff.ts";
import { diffCsv } from "../failback-diff-csv.ts";
import { requestFailback } from "../failback-request.ts";
import type { Standby } from "../standby.ts";
import { type DiffRow, promotionFaults, sideChanges } from "../three-way.ts";
import { existing } from "../transitions.ts";
import { requireConfirmation } from "./activate.ts";
import { type ApiApp, Download, route } from "./route.ts";
import {
  activationView,
  actor,
  documentPathPlace,
  label,
  nothing,
  opaquePage,
  operationView,
  pageOf,
  pageQueryOf,
  standbyState,
  tenantPath,
  time,
  viewOf,
} from "./schemas.ts";

const note = z.string().trim().min(1).max(1000);

/** An activation as those see it who are to end it. */
const endingView = activationView.extend({ tenant: z.string(), state: standbyState });

function activationOf({ tenant, state, activation }: Standby): z.input<typeof endingView> {
  if (!activation) throw new AppError("internal", "the tenant is not activated");
  return { tenant, state, ...activation };
}

/** (a) and (b) of R24: what is said before a tenant goes back; `admin` serves them. */
export const returnRoutes = [
  route({
    operationId: "sendRecoveryNotice",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/recovery-notice",
    summary: { ja: "東京の復旧をテナントに知らせる", en: "Tells the tenant that the primary is healthy again" },
    access: "sendRecoveryNotice",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({ note: note.optional() }),
    acts: true,
    response: endingView,
    async run({ app, caller }, { params: { tenant }, body }) {
      return activationOf(
        await app.standbys.change(tenant, (current) => sendRecoveryNotice(current, caller.actor, body.note, app.now())),
      );
    },
  }),
  route({
    operationId: "requestResume",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/resume-request",
    summary: {
      ja: "ソフトフォンが戻ったことを伝え、同期の再開を依頼する",
      en: "Says that the softphones are back, and asks to resume",
    },
    access: "requestResume",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({ softphonesReturned: z.literal(true).default(true), note: note.optional() }),
    acts: true,
    response: endingView,
    async run({ app, caller }, { params: { tenant }, body }) {
      return activationOf(
        await app.standbys.change(tenant, (current) => requestResume(current, caller.actor, body.note, app.now())),
      );
    },
  }),
];

const shown = z.string().optional();
const diffRowView = z
  .object({
    path: z.string(),
    kind: z.string(),
    label,
    primary: z.enum(sideChanges).meta({ description: "what became of it on the primary since the activation" }),
    secondary: z.enum(sideChanges),
    conflict: z.boolean().meta({ description: "both sites changed it, each in its own way" }),
    promotable: z.boolean(),
    whyNot: z
      .enum(Object.keys(promotionFaults) as [keyof typeof promotionFaults])
      .optional()
      .meta({ description: JSON.stringify(promotionFaults) }),
    edited: z.object({ by: actor, at: time }).optional(),
    fields: z
      .array(z.object({ field: z.string(), base: shown, primary: shown, secondary: shown }))
      .meta({ description: "at most 100; base is the value at activation, `unknown` where it cannot be known" }),
  })
  .meta({ id: "DiffRow" });

/** A row as callers get it, with the kind's name. */
export function diffRowOf({ fault, ...row }: DiffRow): z.input<typeof diffRowView> {
  const named = catalogue[row.kind as KindName].label;
  return { ...row, label: named, promotable: fault === undefined, ...(fault ? { whyNot: fault } : {}) };
}

const most = { promoted: 500, pathCharacters: 6000 };
const documentPath = z
  .string()
  .max(most.pathCharacters)
  .refine((path) => {
    const parts = path.split("/");
    return parts.length % 2 === 0 && !parts.includes("") && kindOf(parts[0] ?? "")?.policy === "realtime";
  }, "give a path of the diff, such as phones/1001");

/** The diff and the fail back itself (R24 c, R25). */
export const failbackRoutes = [
  route({
    operationId: "getFailbackDiff",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/failback/diff",
    summary: {
      ja: "切り戻しで上書きされる変更の一覧(切り替え時点・東京・大阪)",
      en: "What the fail back would overwrite: at activation, on the primary, on the secondary",
    },
    access: "requestResume",
    params: tenantPath,
    query: pageQueryOf(documentPathPlace).extend({
      kind: z
        .enum(kindsWith("realtime"))
        .optional()
        .meta({ description: "only documents of this kind; not for csv, nor is the next" }),
      only: z.literal("edited").optional().meta({
        description: "only what was changed on the secondary, which the fail back would overwrite",
      }),
      format: z.enum(["json", "csv"]).optional().meta({ description: "csv is whole; json is paged" }),
    }),
    body: nothing,
    response: pageOf(diffRowView),
    download: "text/csv",
    async run({ app, accept }, { params: { tenant }, query }) {
      await requireActivated(app, tenant);
      const { pageSize, pageToken, kind, only, format = accept.includes("text/csv") ? "csv" : "json" } = query;
      if (format === "csv") {
        return new Download("text/csv; charset=utf-8", `failback-${tenant}.csv`, diffCsv(diffSites(app, tenant)));
      }
      const page = await diffPage(app, tenant, {
        pageSize,
        edited: only === "edited",
        ...(kind === undefined ? {} : { kind }),
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      return opaquePage({ ...page, items: page.items.map(diffRowOf) });
    },
  }),
  route({
    operationId: "failBack",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/failback",
    summary: { ja: "東京に切り戻す", en: "Takes a tenant back to the primary" },
    access: "resume",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({
      confirm: z.string().meta({ description: "the tenant's id, typed again" }),
      promote: z
        .array(documentPath)
        .max(most.promoted)
        .default([])
        .meta({ description: "documents whose change on the secondary is carried to the primary first" }),
      override: z.boolean().default(false).meta({
        description: "go on without notice or request, or though the primary has far fewer documents; takes a reason",
      }),
      reason: z.string().trim().min(1).max(500).optional(),
    }),
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, key, audited }, { params: { tenant }, body }) {
      const { confirm, promote, override, reason } = body;
      requireConfirmation(confirm, tenant);
      if (override && reason === undefined) throw reasonMissing();
      const chosen = [...new Set(promote)];
      const why = override && reason !== undefined ? { override: reason } : {};
      const asked = { tenant, actor: caller.actor, key, promote: chosen, ...why };
      const app = audited("request-failback", () => ({ promote: chosen.length, ...why }));
      return viewOf(await requestFailback(app, asked));
    },
  }),
];

function reasonMissing(): AppError {
  return new AppError("invalid", "an override needs its reason, which is kept in the audit log", {
    fields: [{ field: "body.reason", problem: "say why the fail back is not to wait" }],
  });
}

/** @throws AppError `conflict` where no activation is to be ended. */
async function requireActivated(app: Pick<ApiApp, "standbys">, tenant: string): Promise<void> {
  const { state, activation } = existing(await app.standbys.read(tenant));
  if (!activation) throw new AppError("conflict", `the tenant is ${state}: its secondary is not in charge`);
}
