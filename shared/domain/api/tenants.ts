import { z } from "zod";
import { actsOf, everyAct } from "../access.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../ports.ts";
import { platformVersion, type TenantProfile } from "../tenant.ts";
import { type ApiApp, type Context, route } from "./route.ts";
import { documentIdPlace, nothing, opaquePage, pageOf, pageQueryOf } from "./schemas.ts";

const tenantView = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z
      .enum(["operator", "companyAdmin", "officeAdmin", "viewer"])
      .meta({ description: "what the caller is there" }),
    may: z.array(z.enum(everyAct)).meta({ description: "what that role permits" }),
    offices: z.array(z.string()).optional().meta({ description: "of an office administrator: those that are theirs" }),
    platformVersion: platformVersion.optional(),
    disasterRecovery: z.boolean().optional().meta({ description: "whether the tenant has the DR option" }),
    profileIsValid: z.boolean().meta({ description: "if not, the tenant's status says which field to correct" }),
  })
  .meta({ id: "Tenant" });
type TenantView = z.input<typeof tenantView>;

export const tenantRoutes = [
  route({
    operationId: "listTenants",
    method: "GET",
    path: "/v1/tenants",
    summary: { ja: "自分が見られるテナントの一覧", en: "The tenants the caller may see" },
    access: "signedIn",
    params: nothing,
    query: pageQueryOf(documentIdPlace),
    body: nothing,
    response: pageOf(tenantView),
    async run({ app, caller }: Context, { query: { pageSize, pageToken } }) {
      const page = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      const isOperator = await app.directory.isOperator(caller.email);
      return opaquePage(await (isOperator ? everyTenant(app, page) : ownTenants(app, caller.email, page)));
    },
  }),
];

async function everyTenant(app: ApiApp, page: PageRequest): Promise<Page<TenantView>> {
  const found = await app.directory.tenants(page);
  return { ...found, items: found.items.map(({ id, profile }) => viewOf(id, profile, "operator")) };
}

async function ownTenants(app: ApiApp, email: string, page: PageRequest): Promise<Page<TenantView>> {
  const { pageSize, pageToken = "" } = page;
  const own = (await app.directory.memberships(email))
    .filter(({ tenant }) => tenant > pageToken)
    .toSorted((a, b) => (a.tenant < b.tenant ? -1 : 1));
  const shown = own.slice(0, pageSize);
  const items = await Promise.all(
    shown.map(async ({ tenant, member: { role, offices } }) => ({
      ...viewOf(tenant, await validProfile(app, tenant), role),
      ...(role === "officeAdmin" ? { offices } : {}),
    })),
  );
  const last = own.length > shown.length ? shown.at(-1) : undefined;
  return { items, ...(last ? { nextPageToken: last.tenant } : {}) };
}

async function validProfile(app: ApiApp, tenant: string): Promise<TenantProfile | undefined> {
  try {
    return await app.directory.tenant(tenant);
  } catch (error) {
    if (error instanceof AppError && error.code === "precondition-failed") return undefined;
    throw error;
  }
}

function viewOf(id: string, profile: TenantProfile | undefined, role: TenantView["role"]): TenantView {
  const may = actsOf(role);
  if (!profile) return { id, name: id, role, may, profileIsValid: false };
  const { name, options, platformVersion: version } = profile;
  return { id, name, role, may, platformVersion: version, disasterRecovery: options.dr, profileIsValid: true };
}
