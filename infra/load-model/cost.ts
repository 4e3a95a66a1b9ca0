import { everySchedule, type FunctionName } from "../../functions/manifest.ts";
import { sites } from "../../shared/domain/sites.ts";
import { deployedFunctions } from "../deployments.ts";
import { activityOf, daysPerMonth, given, hoursPerMonth, type Size, secondsPerMonth } from "./assumptions.ts";
import { dollarsFor } from "./prices.ts";
import { type Run, type Work, type WorkName, work } from "./work.ts";

/** The columns of the monthly sum, and the functions whose processor time each pays. */
const functionsOf = {
  mirror: ["mirror-config", "guard-standby", "announce-state", "heartbeat"],
  reconcile: ["reconcile", "run-operation", "sweep-operations"],
  schedules: [
    "sync-guidance",
    "sync-access-rules",
    "reload-settings",
    "record-reload-ack",
    "sweep-outbox",
    "expire-records",
  ],
  recordings: ["backup-recording", "store-recording", "sweep-backups"],
  console: ["admin"],
} as const satisfies Record<string, readonly FunctionName[]>;
const workParts = Object.keys(functionsOf) as (keyof typeof functionsOf)[];
export const parts = [...workParts, "storage", "fixed"] as const;
export type Part = (typeof parts)[number];

/** A month of one size: dollars by part. */
export type Month = Size & { dollars: Record<Part, number>; total: number; perTenant: number };

/** How often each piece of work is done in a month, and to which part it belongs. */
function timesOf({ documents, tenants }: Size): Record<WorkName, { part: (typeof workParts)[number]; times: number }> {
  const { edits, calls } = activityOf(documents);
  const hourly = tenants * hoursPerMonth;
  const looks = tenants * daysPerMonth * given.consoleHours * (3600 / 5);
  return {
    mirroredChange: { part: "mirror", times: tenants * edits * daysPerMonth },
    heartbeat: { part: "mirror", times: hoursPerMonth * 60 },
    firing: { part: "schedules", times: firingsPerMonth() },
    sweeps: { part: "schedules", times: hoursPerMonth * 60 },
    reconcile: { part: "reconcile", times: hourly },
    comparedDocument: { part: "reconcile", times: hourly * documents },
    guidance: { part: "schedules", times: hourly * 12 },
    accessRules: { part: "schedules", times: hourly },
    reload: { part: "schedules", times: hourly },
    recording: { part: "recordings", times: tenants * calls * daysPerMonth },
    otherSitesCall: { part: "recordings", times: tenants * calls * daysPerMonth },
    statusView: { part: "console", times: looks },
  };
}

/** How often a schedule fires in an hour, by the minutes of its cron. */
function firingsPerHour(cron: string): number {
  const [minute = "", hour = ""] = cron.split(" ");
  const minutes = minute === "*" ? 60 : minute.startsWith("*/") ? 60 / Number(minute.slice(2)) : 1;
  return hour === "*" ? minutes : minutes / 24;
}

const firingsPerMonth = () => everySchedule().reduce((sum, { cron }) => sum + firingsPerHour(cron), 0) * hoursPerMonth;

/** What a month of a size costs, without free allowances. What Hikae does not pay, such as customers' buckets, is not in it. */
export function monthOf(size: Size): Month {
  const times = timesOf(size);
  const dollars: Record<Part, number> = {
    mirror: 0,
    reconcile: 0,
    schedules: 0,
    recordings: 0,
    console: 0,
    storage: 0,
    fixed: 0,
  };
  for (const [name, { part, times: count }] of Object.entries(times)) {
    dollars[part] += count * dollarsOfOne(work[name as WorkName]);
  }
  // What the status reads of changes of the last quarter of an hour.
  const recent = Math.min(500, (activityOf(size.documents).edits * given.busiestHour) / 4);
  dollars.console += dollarsFor("documentRead", times.statusView.times * recent);
  const loads = loadsOf(times);
  for (const part of workParts) {
    for (const name of functionsOf[part]) dollars[part] += processorDollars(deployed(name), loads.get(name));
  }
  dollars.storage = storageDollars(size);
  dollars.fixed = fixedDollars();
  const total = Object.values(dollars).reduce((sum, part) => sum + part, 0);
  return { ...size, dollars, total, perTenant: total / size.tenants };
}

/** All but processor time, which depends on what else an instance does meanwhile. */
function dollarsOfOne({ reads, writes, deletes, listings, messageBytes, crossingBytes, runs }: Work): number {
  const requests = Object.values(runs).reduce((sum, { times, share }) => sum + (share ? 0 : times), 0);
  return (
    dollarsFor("documentRead", reads) +
    dollarsFor("documentWrite", writes) +
    dollarsFor("documentDelete", deletes) +
    dollarsFor("listing", listings) +
    dollarsFor("messageVolume", messageBytes) +
    dollarsFor("crossing", crossingBytes) +
    dollarsFor("request", requests) +
    dollarsFor("logVolume", requests * given.logLineBytes)
  );
}

/** For each function: how many runs a second, and the seconds of instance and of processor that they need. */
function loadsOf(times: ReturnType<typeof timesOf>): Map<string, { rate: number; seconds: number; processor: number }> {
  const loads = new Map<string, { rate: number; seconds: number; processor: number }>();
  for (const [name, { times: count }] of Object.entries(times)) {
    for (const [called, run] of Object.entries(work[name as WorkName].runs) as [string, Run][]) {
      const rate = (count * run.times) / secondsPerMonth;
      const known = loads.get(called) ?? { rate: 0, seconds: 0, processor: 0 };
      known.rate += rate;
      known.seconds += rate * run.seconds;
      known.processor += rate * run.processorSeconds;
      loads.set(called, known);
    }
  }
  return loads;
}

/** How many instances are busy on average: at least one while anything runs, more as concurrency or processor are used up. */
export function busyInstances(load: { seconds: number; processor: number }, concurrency: number): number {
  const alone = concurrency === 1 ? load.seconds : 1 - Math.exp(-load.seconds);
  return Math.max(alone, Math.max(load.seconds / concurrency, load.processor) / given.usefulLoad);
}

type Deployed = ReturnType<typeof deployedFunctions>[string];
const onBothSites: [string, Deployed][] = sites.flatMap((site) => Object.entries(deployedFunctions(site)));

/** A function as it is deployed; those on both sites are alike. */
export function deployed(name: FunctionName): Deployed {
  const found = onBothSites.find(([known]) => known === name);
  if (!found) throw new Error(`${name} is deployed nowhere`);
  return found[1];
}

function processorDollars(row: Deployed, load: { seconds: number; processor: number } | undefined): number {
  const seconds = busyInstances(load ?? { seconds: 0, processor: 0 }, row.concurrency) * secondsPerMonth;
  return dollarsFor("processor", seconds * Number(row.cpu)) + dollarsFor("memory", (seconds * row.memoryMiB) / 1024);
}

const gibibytes = (bytes: number) => bytes / 2 ** 30;

/** The secondary's copy and ledger, the records of operations, and the ledger of recordings, each with its history of seven days. */
function storageDollars({ documents, tenants }: Size): number {
  const copy = documents * (given.documentBytes + given.entryBytes);
  const operations = 24 * 90 * given.operationBytes;
  const recordings = activityOf(documents).calls * given.recordingsKeptDays * given.recordingEntryBytes;
  const stored = gibibytes(tenants * (copy + operations + recordings) * given.indexFactor);
  return dollarsFor("databaseStorage", stored) + dollarsFor("pointInTimeRecovery", stored);
}

/** What is paid without any tenant: minimum instances, schedules, secrets. */
function fixedDollars(): number {
  const idle = onBothSites.reduce((sum, [, { minInstances, cpu, memoryMiB }]) => {
    const seconds = minInstances * secondsPerMonth;
    const memory = dollarsFor("memory", (seconds * memoryMiB) / 1024);
    return sum + dollarsFor("idleProcessor", seconds * Number(cpu)) + memory;
  }, 0);
  const secrets = 2 * 2;
  return idle + dollarsFor("schedulerJob", everySchedule().length) + dollarsFor("secretVersion", secrets);
}
