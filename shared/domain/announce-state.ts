import { AppError } from "./errors.ts";
import type { EventOf, PublishEvent } from "./events.ts";
import type { Directory } from "./ports.ts";
import type { Site } from "./sites.ts";
import type { ActivationMode, StandbyState, StopReason } from "./standby.ts";

/** The site that is in charge of a tenant whose stand-by is in that state (R31). */
export function siteInCharge(state: StandbyState | undefined): Site {
  return state === "active" ? "secondary" : "primary";
}

/** What an event of `standbys/{tenant}` tells of the stand-by, and which version of the document it was, in µs. */
export type AnnouncedStandby = {
  tenant: string;
  state: StandbyState;
  since: Date;
  fence: number;
  /** The primary's host. */
  host: string;
  mode?: ActivationMode;
  /** Why its sync stands still, or last did. */
  stop?: StopReason;
  version: number;
};

/** The site in charge of a tenant, the document `endpoints/{tenant}` of the secondary, for the telephony there (R31). */
export type Endpoint = {
  tenant: string;
  site: Site;
  /** The tenant's host there; absent when its own document on the secondary is missing or not valid. */
  host?: string;
  fence: number;
  state: StandbyState;
  since: Date;
  /** Of the stand-by's document, in µs: of two endpoints with one fence the higher is the newer. */
  version: number;
};

export type Endpoints = {
  /** Writes it unless a newer one is there. @throws AppError `unavailable`. */
  write(endpoint: Endpoint): Promise<"written" | "stale">;
  /** Stand-bys that came to their state in that time and whose endpoints are of an older fence. @throws AppError `unavailable`. */
  behind(from: Date, until: Date): Promise<AnnouncedStandby[]>;
};

export type AnnounceApp = {
  endpoints: Endpoints;
  publish: PublishEvent;
  /** Tenants as the secondary has them. */
  secondaryDirectory: Pick<Directory, "tenant">;
};

/** Whether an event is to be announced: the state, the fence or the primary's host is another than before. */
export function isAnnounced(before: AnnouncedStandby | undefined, after: AnnouncedStandby): boolean {
  return before?.state !== after.state || before.fence !== after.fence || before.host !== after.host;
}

/** Whether an endpoint may replace another: it is newer, or the same once more. */
export function mayReplace(current: Endpoint | undefined, next: Endpoint): boolean {
  if (!current || next.fence !== current.fence) return next.fence > (current?.fence ?? -1);
  return next.version >= current.version;
}

/**
 * Keeps `endpoints/{tenant}` and publishes `dr-state-changed` when a stand-by changed its state, its fence or its host
 * (R31). The document never goes back; an event that comes again is published again, one that a newer has overtaken is
 * not. @throws AppError `unavailable`: the event is then to be delivered again.
 */
export async function announceState(
  app: AnnounceApp,
  before: AnnouncedStandby | undefined,
  after: AnnouncedStandby | undefined,
): Promise<"announced" | "unchanged" | "stale" | "deleted"> {
  // What is left of a stand-by that somebody deleted is nothing to act on: the last word stays.
  if (!after) return "deleted";
  if (!isAnnounced(before, after)) return "unchanged";
  const { tenant, state, fence, since, version, mode } = after;
  const site = siteInCharge(state);
  const host = site === "primary" ? after.host : await secondaryHost(app, tenant);
  const endpoint: Endpoint = { tenant, site, fence, state, since, version, ...(host === undefined ? {} : { host }) };
  if ((await app.endpoints.write(endpoint)) === "stale") return "stale";
  const event: EventOf<"stateChanged"> = { version: 1, tenantId: tenant, state, site, fence, at: since };
  await app.publish("stateChanged", mode === undefined ? event : { ...event, mode });
  return "announced";
}

/** A stand-by's own event comes within seconds: one that has not come by then may be lost, and is told for a while. */
const missedMilliseconds = { after: 60_000, until: 15 * 60_000 };

/**
 * Announces what no event told of, so that nobody goes on asking the site that is no longer in charge (R31). Safe to
 * repeat, and beside the event itself. Answers how many.
 * @throws AppError `unavailable`: the next sweep does it.
 */
export async function announceMissed(app: AnnounceApp & { now(): Date }): Promise<number> {
  const now = app.now().getTime();
  const { after, until } = missedMilliseconds;
  const missed = await app.endpoints.behind(new Date(now - until), new Date(now - after));
  const outcomes = await Promise.all(missed.map((standby) => announceState(app, undefined, standby)));
  return outcomes.filter((outcome) => outcome === "announced").length;
}

async function secondaryHost(app: AnnounceApp, tenant: string): Promise<string | undefined> {
  try {
    return (await app.secondaryDirectory.tenant(tenant))?.host;
  } catch (error) {
    // A profile that is not valid must not keep anybody from learning who is in charge.
    if (error instanceof AppError && error.code === "precondition-failed") return undefined;
    throw error;
  }
}
