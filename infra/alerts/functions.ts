import { Cron } from "croner";
import { type FunctionName, type FunctionRow, manifest } from "../../functions/manifest.ts";
import { scheduleTimeZone } from "../../shared/domain/schedules.ts";
import { locations, type Site } from "../../shared/domain/sites.ts";
import { functionsOn } from "../deployments.ts";
import * as promql from "./queries.ts";
import type { Alert, Condition, Probe, Signal } from "./types.ts";

/**
 * How one knows that a function does its work. A schedule has to succeed as often as its cron says; what waits for
 * messages or events must not leave them waiting. Beyond that: `given`, so many successes when something else had
 * cause for them; `probe`, a request from outside; `seenBy`, another alert counts its work.
 */
export type Watch = {
  severity: Alert["severity"];
  /** Outcomes of its log lines that say that it did its work. */
  success: readonly string[];
  given?: {
    atLeast: number;
    withinMinutes: number;
    cause: { function: FunctionName; outcomes: readonly string[] } | Signal;
  };
  probe?: Probe;
  seenBy?: string;
  /** How long a message may wait, where not five minutes. */
  waitSeconds?: number;
  /** When a run ends by itself what is not done yet, where that is near its time-out. */
  endsItselfSeconds?: number;
};

/** It answers without reading anything, and only if hosting, route, certificate and function all stand. */
const refused = (name: string, method: Probe["method"], path: string): Probe => ({
  ...{ name, method, path, status: 401, periodSeconds: 300 },
});

const told: Signal = {
  name: "reloads_told",
  description: "Runs that told the telephony of at least one tenant to reload",
  filter: 'jsonPayload.function="reload-settings" AND jsonPayload.told>0',
};

/** It leaves its proof in the stand-by, which is an event; other operations may touch no stand-by. */
const compared: Signal = {
  name: "comparisons_ended",
  description: "Hourly comparisons of a tenant that were carried to their end",
  filter:
    'jsonPayload.function="run-operation" AND jsonPayload.outcome="succeeded" AND jsonPayload.operationType="reconcile"',
};

/** What a slice of an operation says that is in order, on whichever queue it was called. */
const sliceOutcomes = ["succeeded", "continued", "ended", "paused", "busy"];

/** Every function, so that a new one needs a row. */
export const watches: Record<FunctionName, Watch> = {
  "mirror-config": {
    severity: "ERROR",
    success: ["applied", "stale", "heartbeat", "notMirrored", "empty", "enrolled", "updated", "fenced"],
    seenBy: "mirror-silent",
  },
  "guard-standby": {
    severity: "ERROR",
    success: ["own", "notMirrored", "empty", "stopped", "noted", "unknownTenant"],
    // Each document that the mirror writes is an event for the guard.
    given: { atLeast: 1, withinMinutes: 30, cause: { function: "mirror-config", outcomes: ["applied"] } },
  },
  heartbeat: { severity: "ERROR", success: ["beat"] },
  reconcile: { severity: "ERROR", success: ["started"] },
  "run-operation": {
    severity: "ERROR",
    success: sliceOutcomes,
    seenBy: "operations-stuck",
  },
  "run-activation": {
    severity: "CRITICAL",
    success: sliceOutcomes,
    seenBy: "operations-stuck",
    waitSeconds: 60,
  },
  "sweep-operations": { severity: "ERROR", success: ["swept"] },
  "sync-guidance": { severity: "WARNING", success: ["synced"] },
  "sync-access-rules": { severity: "WARNING", success: ["synced"] },
  "send-mail": { severity: "WARNING", success: ["addressed", "sent", "taken", "notDue", "unknown", "empty"] },
  "sweep-outbox": { severity: "WARNING", success: ["swept"] },
  "reload-settings": { severity: "WARNING", success: ["requested"] },
  "record-reload-ack": {
    severity: "WARNING",
    success: ["recorded", "repeated", "otherReload"],
    given: { atLeast: 1, withinMinutes: 130, cause: told },
  },
  "record-softphones": { severity: "WARNING", success: ["recorded"] },
  "announce-state": {
    severity: "ERROR",
    success: ["announced", "unchanged", "stale"],
    given: { atLeast: 1, withinMinutes: 130, cause: compared },
  },
  activate: {
    severity: "CRITICAL",
    success: ["answered"],
    probe: refused("activate", "POST", "/v1/dr/activate"),
  },
  purge: { severity: "WARNING", success: ["answered"], probe: refused("purge", "GET", "/v1/tenants/none/dr/purge") },
  "expire-records": { severity: "WARNING", success: ["expired"] },
  failback: {
    severity: "WARNING",
    success: ["answered"],
    probe: refused("failback", "GET", "/v1/tenants/none/dr/failback/diff"),
  },
  "backup-recording": {
    severity: "ERROR",
    success: ["stored", "elsewhere", "skipped", "deferred", "nothing"],
    seenBy: "backup-oldest-pending",
    waitSeconds: 900,
    endsItselfSeconds: 500,
  },
  "store-recording": {
    severity: "ERROR",
    success: ["stored", "elsewhere", "skipped", "early", "unknown"],
    seenBy: "backup-oldest-pending",
    waitSeconds: 3600,
    endsItselfSeconds: 500,
  },
  "sweep-backups": { severity: "ERROR", success: ["swept"] },
  "record-dead-letter": { severity: "ERROR", success: ["kept", "repeated"] },
  admin: {
    severity: "CRITICAL",
    success: ["answered"],
    probe: { name: "health", method: "GET", path: "/v1/health", status: 200, periodSeconds: 60 },
  },
};

/** Half of the runs that a schedule's cron makes within a few of its periods, at least one, and those minutes. */
export function leastRuns(cron: string): { atLeast: number; withinMinutes: number } {
  const runs = new Cron(cron, { timezone: scheduleTimeZone }).nextRuns(2000, new Date("2026-01-01T00:00:00Z"));
  const gaps = runs.slice(1).map((run, index) => (run.getTime() - (runs[index]?.getTime() ?? 0)) / 60_000);
  const period = Math.max(...gaps);
  const withinMinutes = period <= 5 ? Math.max(10, 4 * period) : period <= 60 ? 2 * period + 10 : period + 60;
  return { atLeast: Math.max(1, Math.floor(withinMinutes / period / 2)), withinMinutes };
}

/** The ids of the subscriptions that carry messages or events to a function, as a regular expression; Eventarc names its own. */
function subscriptionOf(name: FunctionName, site: Site): string | undefined {
  const { trigger }: FunctionRow = manifest[name];
  if (trigger.type === "message") return `${name}-${site}`;
  if (trigger.type !== "document") return undefined;
  const { region } = locations[trigger.database === "own" ? site : trigger.database];
  return `eventarc-${region}-.*${name}-.*`;
}

/** Those of every function on a site. */
export const subscriptionsOn = (site: Site) =>
  functionsOn(site)
    .flatMap((name) => subscriptionOf(name, site) ?? [])
    .join("|");

/** The alert of a function on one site: too few or no successes, failures, slowness, and what it leaves waiting. */
export function functionAlert(name: FunctionName, site: Site): Alert {
  const row: FunctionRow = manifest[name];
  const { severity, given, probe, endsItselfSeconds = 0 } = watches[name];
  return {
    severity,
    title: { ja: `関数 ${name} が働いていません`, en: `The function ${name} does not do its work` },
    conditions: [
      ...silent(name, site, row),
      promql.failing(site, name),
      promql.nearTimeOut(site, name, row.timeoutSeconds, endsItselfSeconds),
    ],
    signals: given && "filter" in given.cause ? [given.cause] : [],
    probes: probe ? [probe] : [],
    charts: [{ title: name, query: promql.outcomes(site, name) }],
  };
}

function silent(name: FunctionName, site: Site, { trigger }: FunctionRow): Condition[] {
  const { success, given, probe, waitSeconds = 300 } = watches[name];
  const succeeded = (minutes: number) => promql.linesOf(site, name, success, minutes);
  if (probe) return [promql.unanswered(probe.name, probe.periodSeconds)];
  if (trigger.type === "schedule") {
    const { atLeast, withinMinutes } = leastRuns(trigger.cron);
    const few = `under ${atLeast} successful runs in ${withinMinutes} min`;
    return [promql.when(few, promql.tooFew(succeeded(withinMinutes), atLeast), 60)];
  }
  const waiting = promql.waiting(subscriptionOf(name, site) ?? "", waitSeconds);
  if (!given) return [waiting];
  const { atLeast, withinMinutes, cause } = given;
  const caused =
    "filter" in cause
      ? promql.signalled(site, cause.name, withinMinutes)
      : promql.linesOf(site, cause.function, cause.outcomes, withinMinutes);
  const few = `under ${atLeast} successes in ${withinMinutes} min, though there was cause for more`;
  return [waiting, promql.when(few, promql.tooFewGiven(succeeded(withinMinutes), atLeast, caused), 600)];
}
