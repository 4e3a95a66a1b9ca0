import { z } from "zod";
import { notFound } from "../access.ts";
import { backupStates, type Unit } from "../backup/entry.ts";
import type { EntryFilter } from "../backup/ports.ts";
import { type RetryChoice, retriedFindings, retriedStates, retryRecordings } from "../backup/rerun.ts";
import { verificationType } from "../backup/verify.ts";
import { destinationsOf, entryView, permittedOffices, readFreshness, readSummary } from "../backup/views.ts";
import { AppError } from "../errors.ts";
import { recordingId } from "../events.ts";
import { instant } from "../instant.ts";
import { countsView, freshnessView, recordingView, retriedView, summaryView } from "./backup-recording-schemas.ts";
import { type Context, route } from "./route.ts";
import {
  nothing,
  opaquePage,
  pageOf,
  pageQueryOf,
  pageTokenOf,
  pageTokenTo,
  recordIdPlace,
  tenantPath,
} from "./schemas.ts";

const place = z.string().min(1).max(128);
/** Which recordings; all that is given must fit. */
const choice = {
  office: place.optional(),
  callCenter: place.optional(),
  coachingTeam: place.optional(),
  from: instant.optional().meta({ description: "calls that began then or later" }),
  to: instant.optional().meta({ description: "calls that began before then" }),
};

type Choice = {
  office?: string | undefined;
  callCenter?: string | undefined;
  coachingTeam?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** Nothing is of a centre and of a team at once. */
const oneUnit = <T extends Choice>({ callCenter, coachingTeam }: T) => !callCenter || !coachingTeam;
const oneUnitOnly = { error: "give a contact centre or a coaching team, not both", path: ["coachingTeam"] };

function unitOf({ callCenter, coachingTeam }: Choice): Unit | undefined {
  if (callCenter !== undefined) return { type: "callCenter", id: callCenter };
  return coachingTeam === undefined ? undefined : { type: "coachingTeam", id: coachingTeam };
}

/** The choice as the ledger understands it, within what this person may see. */
function filterOf(chosen: Choice, offices: readonly string[] | undefined): Omit<EntryFilter, "state"> {
  const unit = unitOf(chosen);
  const [office] = offices ?? [];
  return {
    ...(offices === undefined ? {} : offices.length === 1 && office !== undefined ? { office } : { offices }),
    ...(unit ? { unit } : {}),
    ...(chosen.from ? { from: chosen.from } : {}),
    ...(chosen.to ? { until: chosen.to } : {}),
  };
}

function officesOf({ app, caller, roles }: Context, tenant: string, wanted?: string, field?: "body.office") {
  return permittedOffices(app.directory, { tenant, email: caller.email, roles }, wanted, field);
}

/** Where a page of recordings ends, or of a verification's findings. */
const recordingPlace = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

const listQuery = pageQueryOf(recordingPlace).extend({
  status: z.enum(backupStates).optional(),
  ...choice,
});

const retryBody = z
  .strictObject({
    recordingIds: z
      .array(recordingId)
      .min(1)
      .max(500)
      .optional()
      .meta({ description: "these; with `verification` those of them that it found" }),
    status: z.enum(retriedStates).optional().meta({ description: "all of this state, and of the choice below" }),
    ...choice,
    verification: z.string().regex(recordIdPlace).optional().meta({ description: "what this verification found" }),
    which: z.array(z.enum(retriedFindings)).min(1).default(["missing"]).meta({ description: "of its findings" }),
    pageToken: pageTokenTo(recordingPlace)
      .optional()
      .meta({ description: "the nextPageToken of the answer before, with the same choice" }),
  })
  .refine(({ recordingIds, status, verification }) => Boolean(status) !== Boolean(recordingIds ?? verification), {
    error: "give a status, or recordingIds, a verification or both",
    path: ["status"],
  })
  .refine(({ status, callCenter, coachingTeam, from, to }) => status || !(callCenter || coachingTeam || from || to), {
    error: "a choice by centre, team or date goes with a status only",
    path: ["status"],
  })
  .refine(oneUnit, oneUnitOnly);

/** The view of a tenant's recording backup on the site that is asked, and trying anew (R41, R43b). */
export const backupRecordingRoutes = [
  route({
    operationId: "getBackupSummary",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup",
    summary: { ja: "録音バックアップの状況", en: "How recording backup does" },
    access: "handleFailedBackups",
    params: tenantPath,
    query: z.strictObject({ office: place.optional() }),
    body: nothing,
    response: summaryView,
    async run(context, { params: { tenant }, query }) {
      const offices = await officesOf(context, tenant, query.office);
      const summary = await readSummary(context.app, tenant, offices);
      await requireTenant(context, tenant, Object.values(summary.counts).some(Boolean));
      return summary;
    },
  }),
  route({
    operationId: "getBackupFreshness",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup/freshness",
    summary: { ja: "通話の終了から保存までの時間", en: "The time from a call's end until it is stored" },
    access: "handleFailedBackups",
    params: tenantPath,
    query: z.strictObject({ office: place.optional() }),
    body: nothing,
    response: freshnessView,
    async run(context, { params: { tenant }, query }) {
      const offices = await officesOf(context, tenant, query.office);
      const { freshness, counts } = await readFreshness(context.app, tenant, offices);
      await requireTenant(context, tenant, Object.values(counts).some(Boolean));
      return freshness;
    },
  }),
  route({
    operationId: "listRecordingBackups",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup/recordings",
    summary: { ja: "録音バックアップの一覧(通話の新しい順)", en: "The backed-up recordings, newest calls first" },
    access: "handleFailedBackups",
    params: tenantPath,
    query: listQuery.refine(oneUnit, oneUnitOnly),
    body: nothing,
    response: pageOf(recordingView),
    async run(context, { params: { tenant }, query }) {
      const { app } = context;
      const { status, pageSize, pageToken, ...chosen } = query;
      const offices = await officesOf(context, tenant, chosen.office);
      const filter = { ...filterOf(chosen, offices), ...(status ? { state: status } : {}) };
      const page = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      const [found, destinations] = await Promise.all([
        app.backups[app.site].ledger.list(tenant, filter, page),
        destinationsOf(app, tenant),
      ]);
      await requireTenant(context, tenant, found.items.length > 0);
      return opaquePage({ ...found, items: found.items.map((entry) => entryView(entry, destinations)) });
    },
  }),
  route({
    operationId: "countRecordingBackups",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup/recordings/counts",
    summary: { ja: "録音バックアップの状態ごとの件数", en: "How many recordings there are in each state" },
    access: "handleFailedBackups",
    params: tenantPath,
    query: z.strictObject(choice).refine(oneUnit, oneUnitOnly),
    body: nothing,
    response: countsView,
    async run(context, { params: { tenant }, query }) {
      const { app } = context;
      const offices = await officesOf(context, tenant, query.office);
      const counts = await app.backups[app.site].ledger.count(tenant, filterOf(query, offices));
      await requireTenant(context, tenant, Object.values(counts).some(Boolean));
      return { site: app.site, counts };
    },
  }),
  route({
    operationId: "retryRecordingBackups",
    method: "POST",
    path: "/v1/tenants/{tenant}/backup/recordings/retry",
    summary: {
      ja: "録音のバックアップをやり直す(選んだもの、またはすべて)",
      en: "Tries recordings anew, chosen ones or all",
    },
    access: "handleFailedBackups",
    params: tenantPath,
    query: nothing,
    body: retryBody,
    acts: true,
    response: retriedView,
    async run(context, { params: { tenant }, body }) {
      const { app, audit } = context;
      const { pageToken, ...chosen } = body;
      const offices = await officesOf(context, tenant, chosen.office, "body.office");
      const asked = await choiceOf(context, tenant, chosen, offices);
      if (pageToken !== undefined) await requirePlace(context, tenant, asked, pageToken);
      const done = await retryRecordings(app, tenant, asked, offices, pageToken);
      const { retried, unchanged, unknown } = done;
      const what = {
        status: chosen.status,
        verification: chosen.verification,
        recordings: chosen.recordingIds?.length,
      };
      const named = Object.fromEntries(Object.entries(what).filter(([, value]) => value !== undefined));
      const after = { site: app.site, ...named, retried, unchanged, unknown };
      await audit(tenant, "retry-recording-backups", { after });
      const next = done.nextPageToken === undefined ? {} : { nextPageToken: pageTokenOf(done.nextPageToken) };
      return { retried, unchanged, unknown, more: done.nextPageToken !== undefined, ...next };
    },
  }),
];

async function choiceOf(
  { app }: Context,
  tenant: string,
  chosen: Omit<z.output<typeof retryBody>, "pageToken">,
  offices: readonly string[] | undefined,
): Promise<RetryChoice> {
  const { recordingIds, status, verification, which } = chosen;
  if (recordingIds && verification === undefined) return { recordingIds };
  if (status) return { filter: { ...filterOf(chosen, offices), state: status } };
  const operation = verification === undefined ? undefined : await app.operations.read(verification);
  if (operation?.tenant !== tenant || operation.type !== verificationType || operation.input.site !== app.site) {
    throw new AppError("invalid", "there is no such verification of this tenant on this site", {
      fields: [{ field: "body.verification", problem: "name a verification of this tenant that ran on this site" }],
    });
  }
  if (operation.state !== "succeeded") {
    throw new AppError("conflict", "the verification has not ended with a result: wait for it, or verify again");
  }
  return { verification: operation.id, which, ...(recordingIds ? { only: recordingIds } : {}) };
}

/** @throws AppError `invalid` for a place that the choice does not have: from there it would begin anew. */
async function requirePlace({ app }: Context, tenant: string, asked: RetryChoice, ended: string): Promise<void> {
  const isThere =
    "recordingIds" in asked
      ? asked.recordingIds.includes(ended)
      : "verification" in asked || (await app.backups[app.site].ledger.read({ tenant, recordingId: ended }));
  if (isThere) return;
  throw new AppError("invalid", "there is no such place in this choice", {
    fields: [{ field: "body.pageToken", problem: "give the nextPageToken of the answer before, with the same choice" }],
  });
}

/** An operator may see every tenant there is, and a mistyped one is not a tenant without recordings. */
async function requireTenant({ app }: Context, tenant: string, isKnown: boolean): Promise<void> {
  if (!isKnown && !(await app.directory.tenant(tenant))) throw notFound();
}
