import type { Label } from "../../catalogue.ts";
import { AppError } from "../errors.ts";
import type { Directory } from "../ports.ts";
import type { Site } from "../sites.ts";
import type { BackupEntry } from "./entry.ts";
import {
  type DestinationCause,
  destinationCauses,
  type FailureClass,
  failureClasses,
  skipReasons,
} from "./failures.ts";
import { type FreshnessFacts, freshnessOf, freshnessWindowSeconds } from "./freshness.ts";
import type { DestinationRecord, SiteBackups } from "./ports.ts";

/** What views of a ledger read besides it. */
export type BackupViews = {
  /** What says how fresh the backup of those offices is, or of all. @throws AppError `unavailable`. */
  freshness(tenant: string, since: Date, offices?: readonly string[]): Promise<Omit<FreshnessFacts, "counts">>;
};

export type ViewsApp = {
  /** The site whose ledger is looked at. */
  site: Site;
  backups: Record<Site, SiteBackups>;
  backupViews: Record<Site, BackupViews>;
  now(): Date;
};

/** As many as one query may ask for. */
const mostOffices = 30;

/**
 * The offices whose recordings this person may see (R47): undefined for all.
 * @throws AppError `forbidden` for an office that is not theirs, or where none is; `invalid` where they have too many to be asked for at once.
 */
export async function permittedOffices(
  directory: Pick<Directory, "member">,
  { tenant, email, roles }: { tenant: string; email: string; roles: readonly string[] },
  wanted?: string,
  field: "query.office" | "body.office" = "query.office",
): Promise<readonly string[] | undefined> {
  if (roles.includes("operator") || roles.includes("companyAdmin")) return wanted === undefined ? undefined : [wanted];
  const offices = (await directory.member(tenant, email))?.offices ?? [];
  if (wanted !== undefined) {
    if (offices.includes(wanted)) return [wanted];
    throw new AppError("forbidden", "this office is not one of yours");
  }
  if (offices.length === 0) throw new AppError("forbidden", "you are the administrator of no office");
  if (offices.length <= mostOffices) return offices;
  throw new AppError("invalid", "you have too many offices to see all of them at once", {
    fields: [{ field, problem: "name one of your offices" }],
  });
}

/** Words for what went wrong, and what to do about it. */
export function wordsOf(problem: FailureClass | DestinationCause): { label: Label; remedy: Label } {
  const { label, remedy } = Object.hasOwn(destinationCauses, problem)
    ? destinationCauses[problem as DestinationCause]
    : failureClasses[problem as FailureClass];
  return { label, remedy };
}

/** An entry as people see it: never where the recording is fetched, nor where its upload goes on. */
export function entryView(entry: BackupEntry, destinations: ReadonlyMap<string, DestinationRecord>) {
  const { recordingId, callId, state, office, unit, agentName, direction, startedAt, endedAt } = entry;
  const { destination, receipt, attempts, error, skipped, run, parked, dueAt, createdAt, updatedAt } = entry;
  const incident = parked === undefined ? undefined : destinations.get(parked)?.incident;
  return {
    ...{ recordingId, callId, state, office, agentName, direction, startedAt, endedAt, attempts, createdAt, updatedAt },
    ...(unit ? { unit } : {}),
    ...(destination ? { destination } : {}),
    ...(receipt ? { receipt } : {}),
    ...(error ? { error: { ...error, ...wordsOf(error.class) } } : {}),
    ...(skipped ? { skipped: { reason: skipped, label: skipReasons[skipped] } } : {}),
    // When a pending one is looked after again says nothing to people.
    ...(state === "waiting" && dueAt ? { nextTryAt: dueAt } : {}),
    ...(parked === undefined
      ? {}
      : { parked: { bucket: parked, ...(incident ? { incident: incidentOf(incident) } : {}) } }),
    ...(run === undefined ? {} : { run }),
  };
}

function incidentOf({ cause, message, since, nextProbeAt }: NonNullable<DestinationRecord["incident"]>) {
  return { cause, ...wordsOf(cause), message, since, nextProbeAt };
}

/** The destinations of a tenant by their buckets. */
export async function destinationsOf(app: ViewsApp, tenant: string): Promise<Map<string, DestinationRecord>> {
  const found = await app.backups[app.site].destinations.ofTenant(tenant);
  return new Map(found.map((record) => [record.bucket, record]));
}

/** How fresh the backup of those offices is, or of all, with what it counted (R43b). */
export async function readFreshness(app: ViewsApp, tenant: string, offices: readonly string[] | undefined) {
  const now = app.now();
  const since = new Date(now.getTime() - freshnessWindowSeconds * 1000);
  const [facts, counts] = await Promise.all([
    app.backupViews[app.site].freshness(tenant, since, offices),
    app.backups[app.site].ledger.count(tenant, offices ? { offices } : {}),
  ]);
  return { freshness: freshnessOf({ ...facts, counts }, now), counts };
}

/** How a tenant's backup does: recordings by state, its buckets, and how fresh it is. */
export async function readSummary(app: ViewsApp, tenant: string, offices: readonly string[] | undefined) {
  const [{ freshness, counts }, destinations] = await Promise.all([
    readFreshness(app, tenant, offices),
    destinationsOf(app, tenant),
  ]);
  const shown = [...destinations.values()].map(({ bucket, state, incident, draining, updatedAt }) => ({
    ...{ bucket, state, draining, updatedAt },
    ...(incident ? { incident: incidentOf(incident) } : {}),
  }));
  return { site: app.site, counts, destinations: shown, freshness };
}
