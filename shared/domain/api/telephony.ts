import { z } from "zod";
import { catalogue } from "../../catalogue.ts";
import { reloadCauses, reloadedKinds } from "../events.ts";
import { isStorable } from "../instant.ts";
import type { Reload } from "../reload.ts";
import { readSoftphoneUse } from "../softphones.ts";
import { supports } from "../tenant.ts";
import { existing } from "../transitions.ts";
import { route } from "./route.ts";
import { label, nothing, tenantPath, time } from "./schemas.ts";

const reloadView = z
  .object({
    reloadId: z.string(),
    cause: z.enum(reloadCauses),
    requestedAt: time,
    changed: z.int().nullable().meta({ description: "documents changed since the reload before; null: not counted" }),
    ack: z
      .object({ at: time, outcome: z.enum(["reloaded", "failed"]), detail: z.string().optional() })
      .optional()
      .meta({ description: "what the telephony answered; absent until it has" }),
  })
  .meta({ id: "Reload" });

const reloadsView = z.object({
  tenant: z.string(),
  supported: z.boolean().meta({ description: "whether the tenant's platform reloads (3.7.10 and later)" }),
  kinds: z.array(z.object({ kind: z.enum(reloadedKinds), label, last: reloadView.optional() })),
});

const softphonesView = z
  .object({
    tenant: z.string(),
    since: time.optional().meta({ description: "only what was reported from then on; absent: each one's last report" }),
    total: z.int(),
    primary: z.int().meta({ description: "how many use the primary" }),
    secondary: z.int().meta({ description: "how many use the secondary" }),
    silent: z.int().meta({ description: "how many have not reported" }),
  })
  .meta({ id: "SoftphoneUse" });

/** What the secondary's telephony and the softphones have told of themselves. */
export const telephonyRoutes = [
  route({
    operationId: "getReloads",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/reloads",
    summary: {
      ja: "設定の再読み込みの結果(種別ごとの直近)",
      en: "The last reload of each kind, and its acknowledgement",
    },
    access: "readStatus",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: reloadsView,
    async run({ app }, { params: { tenant } }) {
      const { profile } = existing(await app.standbys.read(tenant));
      const last = new Map((await app.reloads.list(tenant)).map((reload) => [reload.kind, reload]));
      const kinds = reloadedKinds.map((kind) => viewOf(kind, last.get(kind)));
      return { tenant, supported: supports(profile.platformVersion, "reload"), kinds };
    },
  }),
  route({
    operationId: "getSoftphones",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/softphones",
    summary: { ja: "ソフトフォンがどちらのサイトを使っているか", en: "Which site the softphones use" },
    access: "readStatus",
    params: tenantPath,
    query: z.strictObject({
      since: z.iso
        .datetime()
        .refine(isStorable, { message: "give a time of the years 1 to 9999" })
        .optional()
        .meta({ description: "counts only what was reported from then on" }),
    }),
    body: nothing,
    response: softphonesView,
    async run({ app }, { params: { tenant }, query: { since } }) {
      existing(await app.standbys.read(tenant));
      const from = since === undefined ? undefined : new Date(since);
      return { tenant, ...(from ? { since: from } : {}), ...(await readSoftphoneUse(app, tenant, from)) };
    },
  }),
];

function viewOf(kind: Reload["kind"], last: Reload | undefined) {
  return { kind, label: catalogue[kind].label, ...(last ? { last } : {}) };
}
