import { z } from "zod";
import type { Label } from "../../catalogue.ts";
import { bucketName } from "../backup/bucket-name.ts";
import type { WantedSetting } from "../backup/bucket-state.ts";
import { theSettings } from "../backup/look-at-bucket.ts";
import { challengeBucket, proveBucket } from "../backup/prove-bucket.ts";
import { bucketsNamed, findLevel, levelView, listLevels, whereReadable } from "../backup/read-settings.ts";
import { saveSetting } from "../backup/save-setting.ts";
import { bucketView, grantedRole, type Level, levelId } from "../backup/setting-views.ts";
import type { BackupSetting } from "../backup/settings.ts";
import { AppError } from "../errors.ts";
import { requireEditingSite } from "../in-charge.ts";
import type { Site } from "../sites.ts";
import { tenantId } from "../tenant.ts";
import { bucketViewSchema, companyView, levelSettings, levelVersion } from "./backup-setting-schemas.ts";
import { requireOwnBucket, requireOwnOffice, withRights } from "./backup-settings-rights.ts";
import { type Context, type Route, route } from "./route.ts";
import { nothing, tenantPath } from "./schemas.ts";

/** Ids that Firestore itself permits. */
const documentId = z.string().regex(/^(?!__.*__$)(?!\.{1,2}$)[^/]{1,200}$/u);

const bucket = bucketName.nullable().meta({ description: "null for none of its own" });
const version = levelVersion
  .optional()
  .meta({ description: "of the settings that were read: nothing that was saved since is undone then" });
const unitBody = z.strictObject({ enabled: z.boolean(), bucket, version });
const officeBody = z.strictObject({
  bucket,
  enabled: z
    .literal(true, "an office has no switch of its own: leave it out, and switch its centres and teams")
    .default(true),
  version,
});
const companyBody = z.strictObject({
  enabled: z.boolean(),
  bucket,
  restrict: z.boolean().default(false).meta({ description: "all use the company's bucket (R32)" }),
  sidecar: z.boolean().default(false).meta({ description: "a metadata file beside each recording (R44)" }),
  version,
});

const levelPaths = {
  office: ["offices", officeBody, { ja: "拠点", en: "an office" }],
  callCenter: ["call-centers", unitBody, { ja: "コールセンター", en: "a contact centre" }],
  coachingTeam: ["coaching-teams", unitBody, { ja: "コーチングチーム", en: "a coaching team" }],
} as const satisfies Record<string, readonly [string, z.ZodObject, Label]>;
type Part = keyof typeof levelPaths;
type AskedSetting = WantedSetting & { version?: string | null | undefined };

const base = "/v1/tenants/{tenant}/backup";

/** Reading and saving one office's, centre's or team's settings. */
function partRoutes(type: Part): Route[] {
  const [place, body, { ja, en }] = levelPaths[type];
  const named = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  const params = z.strictObject({ tenant: tenantId, [type]: documentId });
  const path = `${base}/settings/${place}/{${type}}`;
  const levelIn = (given: Record<string, string>): Level => ({ type, id: String(given[type]) });
  return [
    route({
      operationId: `get${named}BackupSettings`,
      method: "GET",
      path,
      summary: { ja: `${ja}の録音バックアップ設定`, en: `The recording backup settings of ${en}` },
      access: "readStatus",
      params,
      query: nothing,
      body: nothing,
      response: levelSettings,
      run: (context, { params: given }) => readLevel(context, String(given.tenant), levelIn(given as never)),
    }),
    route({
      operationId: `put${named}BackupSettings`,
      method: "PUT",
      path,
      summary: { ja: `${ja}の録音バックアップ設定を保存する`, en: `Saves the recording backup settings of ${en}` },
      access: "editOfficeBackup",
      params,
      query: nothing,
      body,
      response: levelSettings,
      run: (context, { params: given, body: asked }) =>
        putLevel(context, String(given.tenant), levelIn(given as never), asked as AskedSetting),
    }),
  ];
}

const bucketPath = z.strictObject({ tenant: tenantId, bucket: bucketName });

export const backupSettingsRoutes = [
  route({
    operationId: "getBackupSettings",
    method: "GET",
    path: `${base}/settings`,
    summary: {
      ja: "会社の録音バックアップ設定と全拠点の状態",
      en: "The company's recording backup settings, and all levels",
    },
    access: "readStatus",
    params: tenantPath,
    query: nothing,
    body: nothing,
    response: companyView,
    run: (context, { params: { tenant } }) => readCompany(context, tenant),
  }),
  route({
    operationId: "putBackupSettings",
    method: "PUT",
    path: `${base}/settings`,
    summary: { ja: "会社の録音バックアップ設定を保存する", en: "Saves the company's recording backup settings" },
    access: "editCompanyBackup",
    params: tenantPath,
    query: nothing,
    body: companyBody,
    response: companyView,
    async run(context, { params: { tenant }, body }) {
      if (body.restrict && body.bucket === null) throw fault("invalid", "restrict", faults.restrictWithoutBucket);
      const site = await save(context, tenant, { type: "company" }, body);
      return companyAt(context, site, tenant);
    },
  }),
  ...partRoutes("office"),
  ...partRoutes("callCenter"),
  ...partRoutes("coachingTeam"),
  route({
    operationId: "challengeBackupBucket",
    method: "POST",
    path: `${base}/buckets/{bucket}/challenge`,
    summary: { ja: "バケットに確認コードを置く", en: "Leaves a code in the bucket for its owner to read" },
    access: "editOfficeBackup",
    params: bucketPath,
    query: nothing,
    body: nothing,
    acts: true,
    response: bucketViewSchema,
    async run(context, { params: { tenant, bucket: name } }) {
      await requireOwnBucket(context, tenant, name);
      const after = await challengeBucket(context.app, { tenant, bucket: name, by: context.caller.email });
      const { object, expiresAt } = after.challenge ?? {};
      await context.audit(tenant, "challenge-bucket", { after: { bucket: name, object, expiresAt } });
      return { ...bucketView(name, after), provable: true };
    },
  }),
  route({
    operationId: "proveBackupBucket",
    method: "POST",
    path: `${base}/buckets/{bucket}/prove`,
    summary: { ja: "確認コードでバケットの所有を確認する", en: "Proves by the code that the bucket is the tenant's" },
    access: "editOfficeBackup",
    params: bucketPath,
    query: nothing,
    body: z.strictObject({ code: z.string().trim().min(1, "give the code").max(200, "is too long for a code") }),
    acts: true,
    response: bucketViewSchema,
    async run(context, { params: { tenant, bucket: name }, body: { code } }) {
      await requireOwnBucket(context, tenant, name);
      const after = await proveBucket(context.app, { tenant, bucket: name, by: context.caller.email }, code);
      await context.audit(tenant, "prove-bucket", { after: { bucket: name, provedAt: after.provedAt } });
      return { ...bucketView(name, after), provable: true };
    },
  }),
] satisfies Route[];

const grantTo = ({ app }: Context) => ({ serviceAccount: app.backupServiceAccount ?? null, ...grantedRole });

async function readLevel(context: Context, tenant: string, level: Level) {
  return whereReadable(context.app, tenant, context.app.site, (site) => levelAt(context, site, tenant, level));
}

async function levelAt(context: Context, site: Site, tenant: string, level: Level) {
  const found = levelView(await findLevel(context.app, site, tenant, level));
  const named = await bucketsNamed(context.app, site, tenant, [found]);
  const { views, buckets } = await withRights(context, tenant, [found], named);
  return { tenant, site, ...(views[0] as (typeof views)[number]), buckets, grant: grantTo(context) };
}

function readCompany(context: Context, tenant: string) {
  return whereReadable(context.app, tenant, context.app.site, (site) => companyAt(context, site, tenant));
}

async function companyAt(context: Context, site: Site, tenant: string) {
  const [company, levels] = await Promise.all([
    findLevel(context.app, site, tenant, { type: "company" }),
    listLevels(context.app, site, tenant),
  ]);
  const found = [levelView(company), ...levels.items];
  const { views, buckets } = await withRights(
    context,
    tenant,
    found,
    await bucketsNamed(context.app, site, tenant, found),
  );
  const [view, ...items] = views as [(typeof views)[number], ...typeof views];
  return { tenant, site, ...view, buckets, grant: grantTo(context), levels: { ...levels, items } };
}

async function putLevel(context: Context, tenant: string, level: Level, wanted: AskedSetting) {
  const site = requireEditingSite(await context.app.standbys.read(tenant), theSettings);
  const { office, levels, saved } = await findLevel(context.app, site, tenant, level);
  await requireOwnOffice(context, tenant, [office]);
  const isNew = wanted.bucket !== null && wanted.bucket !== saved?.bucket && wanted.bucket !== saved?.wanted;
  if (isNew && levels.company?.restrict) {
    throw fault("precondition-failed", "bucket", faults.restricted);
  }
  return levelAt(context, await save(context, tenant, level, wanted), tenant, level);
}

/** Saves and writes that to the audit log; the site on which it was saved. */
async function save(context: Context, tenant: string, level: Level, asked: AskedSetting): Promise<Site> {
  const { app, caller } = context;
  const { version: read, ...wanted } = asked;
  if (wanted.bucket !== null && app.platformBuckets.includes(wanted.bucket)) {
    throw fault("invalid", "bucket", faults.platforms);
  }
  const at = { tenant, level: levelId(level), by: caller.email, read };
  const { site, before, after } = await saveSetting(app, at, wanted);
  const shown = ({ updatedAt: _at, updatedBy: _by, ...setting }: BackupSetting) => ({ level: at.level, ...setting });
  const entry = { after: { site, ...shown(after) }, before: before && shown(before) };
  await context.audit(tenant, "edit-backup-settings", entry);
  return site;
}

const faults = {
  restrictWithoutBucket: {
    ja: "全拠点で使う会社のバケットを入力してください。",
    en: "name the company's bucket that all are to use",
  },
  restricted: {
    ja: "会社のバケットだけを使う設定のため、専用のバケットは指定できません。",
    en: "the company's bucket is used by all: give null, or have a company administrator switch restrict off",
  },
  platforms: {
    ja: "お客様のバケットではありません。ご自身のバケットを入力してください。",
    en: "is not a customer's bucket: name one of your own",
  },
} as const satisfies Record<string, Label>;

function fault(code: "invalid" | "precondition-failed", field: string, label: Label): AppError {
  return new AppError(code, `the settings cannot be saved so: ${label.en}`, {
    fields: [{ field: `body.${field}`, problem: label.en, label }],
  });
}
