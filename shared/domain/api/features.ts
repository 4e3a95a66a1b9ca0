import { z } from "zod";
import { type FeatureName, features, usesFeature } from "../features.ts";
import type { TenantNumber } from "../numbers.ts";
import { existing } from "../transitions.ts";
import { route } from "./route.ts";
import { label, nothing, tenantPath } from "./schemas.ts";

const featureView = z
  .object({
    name: z.string(),
    label,
    effect: z.enum(["stops", "conditional"]),
    condition: label,
    used: z.boolean().nullable().meta({ description: "null where the tenant's data does not say" }),
  })
  .meta({ id: "Feature" });

const connections = ["customerGateway", "homeLine"] as const satisfies TenantNumber["connection"][];

export const featureRoutes = [
  route({
    operationId: "listFeatures",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/features",
    summary: {
      ja: "大阪で稼働中に使えない機能、条件付きで使える機能",
      en: "What stops, or works under conditions, while the secondary is active",
    },
    access: "readReadiness",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: z.object({ items: z.array(featureView) }),
    async run({ app }, { params: { tenant } }) {
      existing(await app.standbys.read(tenant));
      const data = app.tenantData.secondary;
      const [settings, ...used] = await Promise.all([
        data.settings(tenant),
        ...connections.map((connection) => data.hasConnection(tenant, [connection])),
      ]);
      const facts = { settings, connections: new Set(connections.filter((_, index) => used[index])) };
      return {
        items: Object.entries(features).map(([name, { label: named, effect, condition }]) => {
          return { name, label: named, effect, condition, used: usesFeature(name as FeatureName, facts) };
        }),
      };
    },
  }),
];
