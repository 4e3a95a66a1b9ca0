import { z } from "zod";
import { notFound } from "../access.ts";
import { route } from "./route.ts";
import { actor, documentIdPlace, nothing, opaquePage, pageOf, pageQueryOf, tenantPath, time } from "./schemas.ts";

const auditEntry = z
  .object({
    id: z.string(),
    at: time,
    act: z.string(),
    by: actor,
    from: z.string().optional().meta({ description: "the address the caller came from" }),
    before: z.record(z.string(), z.unknown()).optional(),
    after: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "AuditEntry" });

const auditPage = { query: pageQueryOf(documentIdPlace), body: nothing, response: pageOf(auditEntry) };

export const auditRoutes = [
  route({
    ...auditPage,
    operationId: "listPlatformAudit",
    method: "GET",
    path: "/v1/audit",
    summary: {
      ja: "プラットフォームの監査ログ(新しい順)",
      en: "The log of acts that concern no one tenant, newest first",
    },
    access: { operator: "readAudit" },
    params: nothing,
    async run({ app }, { query: { pageSize, pageToken } }) {
      return opaquePage(await app.platformAudit.list({ pageSize, ...(pageToken === undefined ? {} : { pageToken }) }));
    },
  }),
  route({
    ...auditPage,
    operationId: "listAudit",
    method: "GET",
    path: "/v1/tenants/{tenant}/audit",
    summary: { ja: "監査ログ(新しい順)", en: "The audit log, newest first" },
    access: "readAudit",
    params: tenantPath,
    async run({ app }, { params: { tenant }, query: { pageSize, pageToken } }) {
      const page = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      const found = await app.standbys.audit(tenant, page);
      // An operator may see every tenant there is, and a mistyped one is not a tenant without a history.
      if (found.items.length === 0 && !(await app.directory.tenant(tenant))) throw notFound();
      return opaquePage(found);
    },
  }),
];
