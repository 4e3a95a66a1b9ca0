import type { Label } from "../catalogue.ts";
import { siteInCharge } from "./announce-state.ts";
import { kindLabel, viewOf } from "./api/schemas.ts";
import type { Status } from "./api/status-view.ts";
import { AppError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { locations, peerOf, type Site } from "./sites.ts";
import { type Edit, type KindProof, type Proof, type Standby, standbyStates } from "./standby.ts";
import type { SyncRecords } from "./syncs.ts";
import { supports, type TenantProfile, versionGates } from "./tenant.ts";

/** Over how long the lag is shown. */
export const lagWindowMinutes = 15;

/** A heartbeat goes out each minute; later than this and something holds it up, later than the other and nobody knows. */
const behindAfterSeconds = 90;
const unknownAfterSeconds = 180;

const shownEdits = 100;

/** The one platform version that shows the peer's IP address (R16). */
const showsPeerAddress = "3.7.1";

/** What is known of an enrolled tenant's stand-by, all of it from the secondary. */
export type StandbyFacts = {
  standby: Standby;
  edits: Edit[];
  /** In milliseconds. */
  lags: number[];
  lastHeartbeat?: Date;
  operation?: Operation;
  /** Of the present activation. */
  checklist?: { total: number; open: number };
  syncs?: SyncRecords;
};

export type StatusFacts = {
  tenant: string;
  /** The site that is looked at, with the tenant's profile there and, where it is known, on the other. */
  site: Site;
  profile: TenantProfile;
  peer?: TenantProfile;
  standby: StandbyFacts | "unavailable" | "none";
};

/**
 * The status of one tenant as a site shows it (R16), its lag and RPO (R9), and why it stands still (R10b).
 * @throws AppError `precondition-failed` for a platform before 3.7.0, which has no status page.
 */
export function statusOf(facts: StatusFacts, now: Date): Status {
  const { tenant, site, profile, peer, standby } = facts;
  requireStatusPage(profile.platformVersion);
  const shown = standbyOf(facts, now);
  return {
    tenant,
    name: profile.name,
    site,
    location: locations[site].name,
    serverRole: site,
    platformVersion: profile.platformVersion,
    host: profile.host,
    peer: {
      site: peerOf[site],
      host: peer?.host ?? null,
      ...(profile.platformVersion === showsPeerAddress && peer?.ipAddress ? { ipAddress: peer.ipAddress } : {}),
    },
    syncStatus: syncStatusOf(standby),
    ...(site === "primary" ? { syncSetting: profile.syncEnabled ? "enabled" : "disabled" } : {}),
    consoleBadge: site === "secondary" && supports(profile.platformVersion, "consoleBadge"),
    standby: shown,
  };
}

function requireStatusPage(version: string): void {
  if (supports(version, "statusPage")) return;
  throw new AppError(
    "precondition-failed",
    `the status page is there from platform ${versionGates.statusPage} on, and this tenant runs ${version}: ` +
      "upgrade the platform; until then ask an operator for the state of the sync",
    { fields: [{ field: "platformVersion", problem: `upgrade to ${versionGates.statusPage} or later` }] },
  );
}

function syncStatusOf(standby: StatusFacts["standby"]): Status["syncStatus"] {
  if (standby === "unavailable") return "unknown";
  if (standby === "none") return "off";
  return standbyStates[standby.standby.state].mirror ? "syncing" : "stopped";
}

function standbyOf({ site, profile, peer, standby }: StatusFacts, now: Date): Status["standby"] {
  if (standby === "unavailable") return { availability: "unavailable" };
  if (standby === "none") {
    const options = (site === "primary" ? profile : peer)?.options;
    if (options && !options.dr) return { availability: "none", reason: "drOptionOff" };
    return { availability: "none", reason: options?.outboundDialler ? "outboundDialler" : "notEnrolled" };
  }
  const { state, since, fence, stop, proof, activation } = standby.standby;
  const edits = standby.edits.slice(0, shownEdits).map((edit) => ({ ...edit, label: kindLabel(edit.kind) }));
  return {
    availability: "available",
    state,
    inCharge: siteInCharge(state),
    since,
    fence: fence.number,
    ...(stop ? { stop } : {}),
    edits: { total: standby.edits.length, items: edits },
    lag: lagOf(standby.lags),
    rpo: rpoOf(standby, now),
    ...(proof ? { proof: named(proof) } : {}),
    ...(activation ? { activation } : {}),
    ...(standby.operation ? { operation: viewOf(standby.operation) } : {}),
    ...(standby.checklist ? { checklist: standby.checklist } : {}),
    syncs: syncsOf(standby.syncs ?? {}),
  };
}

function named(proof: Proof) {
  const kinds = Object.entries(proof.kinds).map(([kind, found]) => [kind, { ...found, label: kindLabel(kind) }]);
  return { ...proof, kinds: Object.fromEntries(kinds) as Record<string, KindProof & { label: Label }> };
}

function syncsOf({ guidance, "access-rules": accessRules }: SyncRecords) {
  return { ...(guidance ? { guidance } : {}), ...(accessRules ? { accessRules } : {}) };
}

function lagOf(lags: number[]) {
  const sorted = lags.toSorted((a, b) => a - b);
  /** The nearest rank: the least value that so many hundredths of all do not exceed. */
  const percentile = (hundredths: number) => sorted[Math.ceil((sorted.length * hundredths) / 100) - 1] ?? null;
  return {
    windowMinutes: lagWindowMinutes,
    changes: sorted.length,
    p50Milliseconds: percentile(50),
    p99Milliseconds: percentile(99),
  };
}

type Rpo = Extract<Status["standby"], { availability: "available" }>["rpo"];

/**
 * How much of the primary's changes the secondary may lack. The heartbeat travels behind every change that was
 * committed before it, so its age is the upper bound; a tenant whose sync stands still lacks what came since.
 */
export function rpoOf({ standby, lastHeartbeat }: Pick<StandbyFacts, "standby" | "lastHeartbeat">, now: Date): Rpo {
  const secondsSince = (time: Date) => Math.max(0, Math.round((now.getTime() - time.getTime()) / 1000));
  if (standby.state !== "syncing") {
    // Once active the secondary goes its own way, and the number would say nothing.
    const counts = standby.state === "stopped" || standby.state === "resyncing";
    const seconds = counts ? secondsSince(standby.stop?.at ?? standby.since) : null;
    return { status: "behind", basis: "stop", seconds };
  }
  const age = lastHeartbeat && secondsSince(lastHeartbeat);
  if (age === undefined || age > unknownAfterSeconds) {
    return { status: "unknown", basis: "heartbeat", seconds: null, unknownSince: lastHeartbeat ?? standby.since };
  }
  const behind = age > behindAfterSeconds || standby.proof?.equal === false;
  return { status: behind ? "behind" : "in-sync", basis: "heartbeat", seconds: age };
}
