import { z } from "zod";
import { permit } from "../access.ts";
import { requestMany } from "../activate-many.ts";
import { requestActivation } from "../activate-tenant.ts";
import type { ActivationRequest } from "../activation.ts";
import { AppError } from "../errors.ts";
import { activationModes } from "../standby.ts";
import { tenantId } from "../tenant.ts";
import { route } from "./route.ts";
import { nothing, operationView, tenantPath, viewOf } from "./schemas.ts";

const reason = z.string().trim().min(1).max(500);
const override = z.boolean().default(false).meta({
  description: "go on though the primary answers or a readiness check fails; takes a reason, which is kept",
});
const mode = z.enum(activationModes).meta({
  description:
    "disaster: the primary cannot be used; planned: what it has is carried over first; drill: a rehearsal while it is healthy",
});

const most = 10_000;

export const activateRoutes = [
  route({
    operationId: "activateTenant",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/activate",
    summary: { ja: "大阪に切り替える", en: "Activates the secondary for a tenant" },
    access: "activate",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({
      confirm: z.string().meta({ description: "the tenant's id, typed again" }),
      mode,
      reason: reason.optional(),
      override,
    }),
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, roles, key, audited }, { params: { tenant }, body }) {
      if (body.mode === "drill") permit(roles, "drill");
      requireConfirmation(body.confirm, tenant);
      const request = requestOf(body);
      const app = audited("request-activation", () => request);
      return viewOf(await requestActivation(app, { tenant, actor: caller.actor, key, request }));
    },
  }),
  route({
    operationId: "activateTenants",
    method: "POST",
    path: "/v1/dr/activate",
    summary: { ja: "多くのテナントを一度に大阪へ切り替える", en: "Activates the secondary for many tenants at once" },
    access: { operator: "bulkActivate" },
    params: nothing,
    query: nothing,
    body: z.strictObject({
      tenants: z.union([z.literal("all"), z.array(tenantId).min(1).max(most)]),
      confirm: z.string().meta({ description: 'typed: "all", or how many tenants the list has' }),
      mode: mode.default("disaster"),
      reason,
      override,
    }),
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, key, audited }, { body }) {
      const { tenants, mode: asked, reason: why, override: overridden } = body;
      const chosen = tenants === "all" ? tenants : [...new Set(tenants)];
      requireConfirmation(body.confirm, chosen === "all" ? "all" : String(chosen.length));
      const request = { tenants: chosen, mode: asked, reason: why };
      const app = audited("request-activation", () => request);
      return viewOf(await requestMany(app, { actor: caller.actor, key, request, override: overridden }));
    },
  }),
];

/** @throws AppError `invalid` unless exactly that was typed. */
export function requireConfirmation(typed: string, expected: string): void {
  if (typed === expected) return;
  throw new AppError("invalid", "the confirmation is not right: nothing was done", {
    fields: [{ field: "body.confirm", problem: `type ${expected}` }],
  });
}

function requestOf(body: { mode: ActivationRequest["mode"]; reason?: string | undefined; override: boolean }) {
  if (body.override && body.reason === undefined) {
    throw new AppError("invalid", "an override needs its reason, which is kept in the audit log", {
      fields: [{ field: "body.reason", problem: "say why readiness is overridden" }],
    });
  }
  const { mode: asked, override: overridden } = body;
  return { mode: asked, override: overridden, ...(body.reason === undefined ? {} : { reason: body.reason }) };
}
