import type { EventOf, SoftphoneReport } from "./events.ts";
import type { Site } from "./sites.ts";

/** What became of one message of reports. */
export type RecordedReports = { outcome: "recorded" | "unknownTenant"; recorded: number; stale: number };

/** Which site softphones use, by their own last report. */
export type SoftphoneUse = {
  /** As many as the tenant has on the secondary, or as have reported where that is more. */
  total: number;
  /** How many use that site. */
  primary: number;
  secondary: number;
  /** How many have not reported, or not since the time that was asked for. */
  silent: number;
};

/**
 * Softphones as they were last heard of, the documents `standbys/{tenant}/softphones/{id}` of the secondary. Every
 * method throws `unavailable` when its database does not answer.
 */
export type Softphones = {
  /** Keeps what `decide` gives of these reports; nothing for a tenant without a stand-by. */
  record(
    tenant: string,
    reports: readonly SoftphoneReport[],
    decide: (current: ReadonlyMap<string, SoftphoneReport>) => SoftphoneReport[],
  ): Promise<RecordedReports>;
  /** How many softphones the tenant has there, and how many last reported each site, at that time or later. */
  count(tenant: string, since: Date | undefined): Promise<{ configured: number } & Record<Site, number>>;
};

/** A clock that runs ahead would make its report the newest for as long. */
const aheadMilliseconds = 5 * 60_000;

/**
 * The reports to keep: for each softphone the newest, whatever the order and however often they come. Reports from more
 * than five minutes ahead are left out.
 */
export function newestReports(
  current: ReadonlyMap<string, SoftphoneReport>,
  arrived: readonly SoftphoneReport[],
  now: Date,
): SoftphoneReport[] {
  const kept = new Map<string, SoftphoneReport>();
  for (const report of arrived) {
    if (report.at.getTime() > now.getTime() + aheadMilliseconds) continue;
    const known = kept.get(report.softphoneId) ?? current.get(report.softphoneId);
    if (!known || isNewer(report, known)) kept.set(report.softphoneId, report);
  }
  return [...kept.values()];
}

/** Two reports of one moment contradict each other: the same one must win in any order. */
function isNewer(report: SoftphoneReport, known: SoftphoneReport): boolean {
  const later = report.at.getTime() - known.at.getTime();
  return later > 0 || (later === 0 && report.site > known.site);
}

/** Records which site softphones use (R21); repeats and disorder do no harm. @throws AppError `unavailable`. */
export function recordSoftphones(
  app: { softphones: Softphones; now(): Date },
  { tenantId, reports }: EventOf<"softphoneReports">,
): Promise<RecordedReports> {
  const now = app.now();
  return app.softphones.record(tenantId, reports, (current) => newestReports(current, reports, now));
}

/**
 * How many of how many softphones use which site (R21): as each last reported, or, with `since`, as reported from then
 * on. @throws AppError `unavailable`.
 */
export async function readSoftphoneUse(
  app: { softphones: Pick<Softphones, "count"> },
  tenant: string,
  since?: Date,
): Promise<SoftphoneUse> {
  const { configured, primary, secondary } = await app.softphones.count(tenant, since);
  const total = Math.max(configured, primary + secondary);
  return { total, primary, secondary, silent: total - primary - secondary };
}
