import { z } from "zod";
import type { Unit } from "../backup/entry.ts";
import { estimateRun, expectedSeconds, filterOfRun, requestRun, runType } from "../backup/run.ts";
import { periodOf, placeIn, type RunScope, runScope } from "../backup/run-plan.ts";
import { permittedOffices } from "../backup/views.ts";
import { AppError } from "../errors.ts";
import { instant } from "../instant.ts";
import type { Operation } from "../operation.ts";
import { type Context, route } from "./route.ts";
import {
  nothing,
  opaquePage,
  operationView,
  pageOf,
  pageQueryOf,
  recordIdPlace,
  siteName,
  tenantPath,
  time,
  viewOf,
} from "./schemas.ts";

const count = z.int().min(0);
const since = instant.optional().meta({ description: "calls that began then or later; two years ago unless given" });

const scopeHelp = { description: "all, or those of one office, contact centre or coaching team" };

/** Of so many of the last runs the pace of one is taken. */
const comparedRuns = 20;

/** The scope in an address: one of its members, `all` where none is given. */
const scopeQuery = z
  .strictObject({
    all: z.literal("true").optional(),
    office: z.string().min(1).max(128).optional(),
    callCenter: z.string().min(1).max(128).optional(),
    coachingTeam: z.string().min(1).max(128).optional(),
    since,
  })
  .refine(
    ({ since: _since, ...scope }) => Object.values(scope).filter((value) => value !== undefined).length <= 1,
    "give one of all, office, callCenter and coachingTeam",
  );

const estimateView = z
  .object({
    site: siteName,
    since: time,
    until: time,
    recordings: count.meta({ description: "in the history" }),
    bytes: count.meta({ description: "as far as their length is known" }),
    alreadyStored: count,
    toDo: count.meta({ description: "at most: what is skipped or was never understood is among them" }),
    toDoBytes: count,
    expectedSeconds: z.number().nullable().meta({ description: "at the pace of an earlier run; null: not known" }),
    undated: count.meta({
      description: "documents of the history without the time of a call; no run can back them up",
    }),
  })
  .meta({ id: "BackupRunEstimate", description: "counted now, not examined one by one" });

/** A run and what it is about. */
const runView = z
  .object({ operation: operationView, site: siteName, scope: runScope.meta(scopeHelp), since: time, until: time })
  .meta({ id: "BackupRun" });

/** Backing up the recordings of the past of the site that is asked (R42). */
export const backupRunRoutes = [
  route({
    operationId: "startBackupRun",
    method: "POST",
    path: "/v1/tenants/{tenant}/backup/runs",
    summary: {
      ja: "過去の録音を今すぐバックアップする(最大2年分)",
      en: "Backs up the recordings of the past two years now",
    },
    access: "backUpNow",
    params: tenantPath,
    query: nothing,
    body: z.strictObject({ scope: runScope.meta(scopeHelp), since }),
    acts: true,
    status: 202,
    response: operationView,
    async run(context, { params: { tenant }, body }) {
      const { caller, key, audited } = context;
      await requireScope(context, tenant, body.scope);
      const app = audited("back-up-now", ({ input }) => input);
      const asked = { site: app.site, tenant, scope: body.scope, actor: caller.actor, key };
      return viewOf(await requestRun(app, { ...asked, ...(body.since ? { since: body.since } : {}) }));
    },
  }),
  route({
    operationId: "estimateBackupRun",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup/runs/estimate",
    summary: { ja: "過去の録音をバックアップするときの件数", en: "What a run would have to do" },
    access: "backUpNow",
    params: tenantPath,
    query: scopeQuery,
    body: nothing,
    response: estimateView,
    async run(context, { params: { tenant }, query }) {
      const { app } = context;
      const scope = scopeOf(query);
      await requireScope(context, tenant, scope);
      const now = app.now();
      const period = periodOf(now, query.since);
      if (query.since && query.since >= now) throw futureSince();
      const [estimate, runs] = await Promise.all([
        estimateRun(app.backups[app.site], tenant, { scope, ...period }),
        app.operations.list(tenant, { type: runType }, { pageSize: comparedRuns }),
      ]);
      const here = runs.items.filter(({ input }) => input.site === app.site);
      return { site: app.site, ...period, ...estimate, expectedSeconds: expectedSeconds(estimate.toDo, here) ?? null };
    },
  }),
  route({
    operationId: "listBackupRuns",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup/runs",
    summary: { ja: "一括バックアップの一覧(新しい順)", en: "The runs, newest first" },
    access: "backUpNow",
    params: tenantPath,
    query: pageQueryOf(recordIdPlace),
    body: nothing,
    response: pageOf(runView),
    async run({ app }, { params: { tenant }, query: { pageSize, pageToken } }) {
      const page = await app.operations.list(
        tenant,
        { type: runType },
        { pageSize, ...(pageToken === undefined ? {} : { pageToken }) },
      );
      return opaquePage({ ...page, items: page.items.map(runOf) });
    },
  }),
];

function runOf(operation: Operation): z.input<typeof runView> {
  return { operation: viewOf(operation), site: operation.input.site as "primary", ...filterOfRun(operation) };
}

function scopeOf({ office, callCenter, coachingTeam }: z.output<typeof scopeQuery>): RunScope {
  if (office !== undefined) return { office };
  if (callCenter !== undefined) return { callCenter };
  return coachingTeam === undefined ? { all: true } : { coachingTeam };
}

function futureSince(): AppError {
  return new AppError("invalid", "a run is about the past", {
    fields: [{ field: "query.since", problem: "give a time of the last two years" }],
  });
}

/** @throws AppError `forbidden` where the scope is not within the caller's own offices. */
async function requireScope({ app, caller, roles }: Context, tenant: string, scope: RunScope): Promise<void> {
  if (roles.includes("operator") || roles.includes("companyAdmin")) return;
  const { office, unit } = placeIn(scope);
  const wanted = office ?? (unit ? await officeOf(app, tenant, unit) : undefined);
  if (wanted === undefined) throw new AppError("forbidden", "name one of your offices, or a centre or team of it");
  await permittedOffices(app.directory, { tenant, email: caller.email, roles }, wanted);
}

async function officeOf({ backups, site }: Context["app"], tenant: string, unit: Unit): Promise<string | undefined> {
  return (await backups[site].settings.unit(tenant, unit))?.office;
}
