import { z } from "zod";
import { notFound, permit } from "../access.ts";
import { summaryOf } from "../checklist.ts";
import { AppError } from "../errors.ts";
import { requestReconcile, requestRestore, stopSync } from "../recovery.ts";
import type { Site } from "../sites.ts";
import { lagWindowMinutes, type StandbyFacts, statusOf } from "../status.ts";
import type { TenantProfile } from "../tenant.ts";
import { readChecklist } from "./checklist.ts";
import { type ApiApp, route } from "./route.ts";
import { nothing, operationView, siteName, standbyState, stopView, tenantPath, time, viewOf } from "./schemas.ts";
import { statusView } from "./status-view.ts";

const stoppedView = z.object({
  tenant: z.string(),
  state: standbyState,
  since: time,
  fence: z.int(),
  stop: stopView.optional(),
});

export const drRoutes = [
  route({
    operationId: "getStatus",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr",
    summary: { ja: "待機系の状態、遅れ、停止の理由", en: "The stand-by's state, its lag, and why it stands still" },
    access: "readStatus",
    params: tenantPath,
    query: z.strictObject({ site: siteName.optional() }),
    body: nothing,
    response: statusView,
    run: ({ app }, { params, query }) => readStatus(app, params.tenant, query.site ?? app.site),
  }),
  route({
    operationId: "reconcileTenant",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/reconcile",
    summary: { ja: "両サイトを突き合わせて直す", en: "Compares both sites and repairs what was lost" },
    access: "reconcile",
    params: tenantPath,
    query: nothing,
    body: nothing,
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, key, audited }, { params: { tenant } }) {
      return viewOf(await requestReconcile(audited("request-reconcile"), { tenant, actor: caller.actor, key }));
    },
  }),
  route({
    operationId: "stopSync",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/stop",
    summary: { ja: "同期を止める", en: "Stops the sync" },
    access: "stopSync",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({ reason: z.string().trim().min(1).max(500) }),
    acts: true,
    response: stoppedView,
    async run({ app, caller }, { params: { tenant }, body: { reason } }) {
      const { state, since, fence, stop } = await stopSync(app, { tenant, actor: caller.actor, reason });
      return { tenant, state, since, fence: fence.number, ...(stop ? { stop } : {}) };
    },
  }),
  route({
    operationId: "restoreTenant",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/restore",
    summary: { ja: "東京の内容に戻して同期を再開する", en: "Restores from the primary and resumes the sync" },
    access: "restoreEdited",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({
      scope: z
        .enum(["edited", "all"])
        .default("edited")
        .meta({ description: "the documents edited on the secondary, or all that differ (operators only)" }),
      override: z.boolean().default(false).meta({
        description: "go on though the primary has far fewer documents (operators only); takes a reason",
      }),
      reason: z.string().trim().min(1).max(500).optional(),
    }),
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, roles, key, audited }, { params: { tenant }, body }) {
      const { scope, override, reason } = body;
      if (scope === "all" || override) permit(roles, "restoreAll");
      if (override && reason === undefined) throw reasonMissing();
      const why = override && reason !== undefined ? { override: reason } : {};
      const app = audited("request-restore", () => ({ scope, ...why }));
      return viewOf(await requestRestore(app, { tenant, actor: caller.actor, scope, key, ...why }));
    },
  }),
];

function reasonMissing(): AppError {
  return new AppError("invalid", "an override needs its reason, which is kept in the audit log", {
    fields: [{ field: "body.reason", problem: "say why the primary has so few documents" }],
  });
}

/** The facts of both sites as the running site can know them: the secondary never asks the primary. */
async function readStatus(app: ApiApp, tenant: string, site: Site) {
  const [own, facts, secondary] = await Promise.all([
    app.site === "primary" ? app.directory.tenant(tenant) : undefined,
    whileSecondaryAnswers(app, () => readStandby(app, tenant)),
    whileSecondaryAnswers(app, () => app.secondaryDirectory.tenant(tenant)),
  ]);
  const profiles: Record<Site, TenantProfile | "unavailable" | undefined> = {
    primary: app.site === "primary" ? own : typeof facts === "object" ? facts.standby.profile : undefined,
    secondary,
  };
  const [profile, peer] = site === "primary" ? [profiles.primary, secondary] : [secondary, profiles.primary];
  if (profile === undefined) throw notFound();
  if (profile === "unavailable") throw new AppError("unavailable", "the secondary does not answer");
  const known = peer === undefined || peer === "unavailable" ? {} : { peer };
  return statusOf({ tenant, site, profile, ...known, standby: facts ?? "none" }, app.now());
}

/** What the secondary answers. Away from it, its silence is an answer too; on the secondary itself it is an error. */
async function whileSecondaryAnswers<T>(app: ApiApp, read: () => Promise<T>): Promise<T | "unavailable"> {
  try {
    return await read();
  } catch (error) {
    if (app.site === "primary" && error instanceof AppError && error.code === "unavailable") return "unavailable";
    throw error;
  }
}

async function readStandby(app: ApiApp, tenant: string): Promise<StandbyFacts | undefined> {
  const { standbys, operations } = app;
  const windowStart = new Date(app.now().getTime() - lagWindowMinutes * 60_000);
  const [standby, edits, lags, lastHeartbeat, syncs] = await Promise.all([
    standbys.read(tenant),
    standbys.edits(tenant),
    standbys.lags(tenant, windowStart),
    standbys.lastHeartbeat(),
    app.syncs.read(tenant),
  ]);
  if (!standby) return undefined;
  const [operation, checklist] = await Promise.all([
    standby.operation === undefined ? undefined : operations.read(standby.operation),
    standby.activation && readChecklist(app, tenant, standby.activation),
  ]);
  return {
    standby,
    edits,
    lags,
    syncs,
    ...(lastHeartbeat ? { lastHeartbeat } : {}),
    ...(operation ? { operation } : {}),
    ...(checklist ? { checklist: summaryOf(checklist) } : {}),
  };
}
