import { z } from "zod";
import { kindsWith, type Label } from "../../catalogue.ts";
import { notFound } from "../access.ts";
import { AppError } from "../errors.ts";
import { type ExportedFile, exportKinds, requestExport } from "../export.ts";
import { requirePurgeable } from "../purge.ts";
import { previewPurge, requestPurge } from "../purge-tenant.ts";
import { requireConfirmation } from "./activate.ts";
import { route } from "./route.ts";
import { label, nothing, operationPath, operationView, tenantPath, time, viewOf } from "./schemas.ts";

const count = z.int().min(0);

/** What a purge would delete now, and whether it may. */
const previewView = z
  .object({
    allowed: z.boolean(),
    refusal: z.string().optional().meta({ description: "why a purge is refused now" }),
    refusalLabel: label.optional().meta({ description: "the same for people, and what to do instead" }),
    kinds: z.record(z.enum(kindsWith("history")), count).meta({ description: "entries of each history" }),
    entries: count,
    recordings: z.object({
      objects: count,
      bytes: count,
      complete: z.boolean().meta({ description: "false when there are more than could be counted in time" }),
    }),
    recordingsNotBackedUp: count.optional().meta({
      description: "recordings whose only copy it would delete: they still wait for the customer's bucket",
    }),
  })
  .meta({ id: "PurgePreview" });

const exportView = z
  .object({
    operation: operationView,
    files: z
      .array(
        z.object({
          kind: z.string(),
          fileName: z.string(),
          rows: count,
          bytes: count,
          crc32c: z.string().meta({ description: "of the content, in Base64 of its four bytes in network order" }),
          url: z.string().meta({ description: "reads the file without a token until it expires" }),
        }),
      )
      .meta({ description: "those that are still there" }),
    expiresAt: time.optional().meta({ description: "when the addresses expire; ask again for new ones" }),
  })
  .meta({ id: "Export" });

const linkMilliseconds = 15 * 60_000;

export const purgeRoutes = [
  route({
    operationId: "previewPurge",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/purge",
    summary: { ja: "大阪の履歴と録音を削除したときの件数", en: "What a purge of the secondary would delete" },
    access: "purge",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: previewView,
    async run({ app }, { params: { tenant } }) {
      const standby = await app.standbys.read(tenant);
      if (standby === undefined) throw notFound();
      const refused = refusalOf(() => requirePurgeable(standby));
      const { entries: kinds, recordings, recordingsNotBackedUp } = await previewPurge(app, tenant);
      const entries = Object.values(kinds).reduce((sum, each) => sum + each, 0);
      return { allowed: refused === undefined, ...refused, kinds, entries, recordings, recordingsNotBackedUp };
    },
  }),
  route({
    operationId: "purgeTenant",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/purge",
    summary: { ja: "大阪の履歴と録音をすべて削除する", en: "Deletes all histories and recordings on the secondary" },
    access: "purge",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({
      confirm: z.string().meta({ description: "the tenant's id, typed again" }),
      abandonRecordings: z.boolean().default(false).meta({
        description: "also where recordings are lost that still wait for the customer's bucket",
      }),
    }),
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, key, audited }, { params: { tenant }, body: { confirm, abandonRecordings } }) {
      requireConfirmation(confirm, tenant);
      const app = audited("request-purge", ({ input }) => input);
      return viewOf(await requestPurge(app, { tenant, actor: caller.actor, key, abandonRecordings }));
    },
  }),
  route({
    operationId: "exportHistories",
    method: "POST",
    path: "/v1/tenants/{tenant}/dr/export",
    summary: { ja: "大阪の履歴をCSVに書き出す", en: "Exports the secondary's histories as CSV" },
    access: "export",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({
      kinds: z
        .array(z.enum(exportKinds))
        .min(1)
        .optional()
        .meta({ description: "all histories and the list of recordings, unless told which" }),
    }),
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, key, audited }, { params: { tenant }, body: { kinds } }) {
      const asked = { tenant, actor: caller.actor, key, ...(kinds === undefined ? {} : { kinds }) };
      return viewOf(
        await requestExport(
          audited("request-export", ({ input }) => input),
          asked,
        ),
      );
    },
  }),
  route({
    operationId: "getExport",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/exports/{id}",
    summary: {
      ja: "書き出したファイルと、15分間有効なダウンロード先",
      en: "Exported files, with addresses to read them for 15 minutes",
    },
    access: "export",
    params: tenantPath.extend(operationPath.shape),
    query: nothing,
    body: nothing,
    response: exportView,
    async run({ app }, { params: { tenant, id } }) {
      const operation = await app.operations.read(id);
      if (operation?.type !== "export" || operation.tenant !== tenant) throw notFound();
      const written = (operation.result?.files ?? []) as ExportedFile[];
      const expiresAt = new Date(app.now().getTime() + linkMilliseconds);
      const linked = written.map(async ({ kind, object, rows, bytes, crc32c }) => {
        if (!(await app.exports.holds(object))) return [];
        const fileName = `${tenant}-${kind}.csv`;
        const url = await app.exports.link(object, fileName, expiresAt);
        return [{ kind, fileName, rows, bytes, crc32c, url }];
      });
      const files = (await Promise.all(linked)).flat();
      return { operation: viewOf(operation), files, ...(files.length > 0 ? { expiresAt } : {}) };
    },
  }),
];

function refusalOf(check: () => void): { refusal: string; refusalLabel?: Label } | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const label = error.fields[0]?.label;
    return { refusal: error.message, ...(label ? { refusalLabel: label } : {}) };
  }
}
