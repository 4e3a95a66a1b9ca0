import { z } from "zod";
import { notFound } from "../access.ts";
import { siteInCharge } from "../announce-state.ts";
import { AppError } from "../errors.ts";
import type { Standby } from "../standby.ts";
import { heartbeatTenant } from "../tenant.ts";
import { type ApiApp, route } from "./route.ts";
import { nothing, siteName, tenantPath } from "./schemas.ts";

const endpointView = z
  .object({
    tenant: z.string(),
    site: siteName.meta({ description: "the site in charge" }),
    host: z.string().meta({ description: "the tenant's host there" }),
    fence: z.int().meta({ description: "rises with every change; of two answers the higher is the newer" }),
  })
  .meta({ id: "Endpoint" });

export const endpointRoutes = [
  route({
    operationId: "getEndpoint",
    method: "GET",
    path: "/v1/tenants/{tenant}/endpoint",
    summary: { ja: "いまどちらのサイトが受け持つか", en: "Which site is in charge" },
    access: "public",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: endpointView,
    cacheSeconds: 5,
    run: ({ app }, { params }) => readEndpoint(app, params.tenant),
  }),
];

/**
 * The site in charge as the secondary has it (R31). A primary that cannot ask the secondary says so rather than
 * claim to be in charge: softphones then keep what they know, as they do where the host there cannot be told. No other fault of
 * a profile keeps a tenant from its telephones.
 */
async function readEndpoint(app: ApiApp, tenant: string): Promise<z.input<typeof endpointView>> {
  if (tenant === heartbeatTenant) throw notFound();
  const own = await app.directory.place(tenant);
  if (!own) throw notFound();
  const standby = await readStandby(app, tenant, own.dr);
  const site = siteInCharge(standby?.state);
  const elsewhere = site === "primary" ? standby?.profile : await app.secondaryDirectory.place(tenant);
  const there = site === app.site ? own : elsewhere;
  if (!there) throw notFound();
  if (there.host === undefined) throw new AppError("unavailable", `the ${site} has no host for the tenant ${tenant}`);
  return { tenant, site, host: there.host, fence: standby?.fence.number ?? 0 };
}

async function readStandby(app: ApiApp, tenant: string, protectedByDr: boolean): Promise<Standby | undefined> {
  try {
    return await app.standbys.read(tenant);
  } catch (error) {
    // A tenant without the option has only its primary, whatever has become of the secondary.
    if (app.site === "primary" && !protectedByDr) return undefined;
    throw error;
  }
}
