import { deliveryOf, type FunctionName, type FunctionRow, manifest, type Trigger } from "../functions/manifest.ts";
import { retriesOf } from "../shared/domain/schedule-run.ts";
import { type Site, sites, topics } from "../shared/domain/sites.ts";
import { access } from "./access.ts";
import { accountOf, callers, secrets } from "./names.ts";

const rows = Object.entries(manifest) as [FunctionName, FunctionRow][];

const rowsOn = (site: Site) => rows.filter(([, row]) => row.sites.includes(site));

/** The functions that one type of trigger runs on a site, with their triggers. */
const triggered = <Type extends Trigger["type"]>(site: Site, type: Type) =>
  rowsOn(site).flatMap(([name, { trigger, timeoutSeconds }]) =>
    trigger.type === type ? [{ name, trigger: trigger as Extract<Trigger, { type: Type }>, timeoutSeconds }] : [],
  );

/**
 * As many as a new project's quota lets a region have; `max_instances` raises it where the load model says so. A firing
 * of a schedule is one run, and a second instance is for the one that comes while the first is not over.
 */
const mostInstances = { http: 20, document: 20, message: 20, schedule: 2 } as const satisfies Record<string, number>;

/**
 * Half of the memory for V8's heap: streams, gRPC and Node itself live beside it, and a function that stores
 * recordings was measured at 385 of its 512 MiB so. Stated, because base images set it by rules of their own.
 */
const nodeOptions = (memoryMiB: number) => `--max-heap-size=${memoryMiB / 2} --enable-source-maps`;

/** What passes through these is let go of at every small collection: with Node's usual young space it took a third more memory. */
const streaming: ReadonlySet<FunctionName> = new Set<FunctionName>(["backup-recording", "store-recording"]);
const streamingOptions = "--max-semi-space-size=1";

/** Every function of a site as Cloud Run functions has it; without a `caller` anybody may call it (R46). */
export function deployedFunctions(site: Site) {
  return Object.fromEntries(
    rowsOn(site).map(([name, row]) => {
      const { timeoutSeconds, memoryMiB, concurrency, minInstances } = row;
      const { type } = row.trigger;
      const caller = type === "http" ? null : callers[type];
      const deployed = {
        account: accountOf(name, site),
        caller,
        description: row.purpose.en,
        timeoutSeconds,
        memoryMiB,
        // Who handles one request at a time waits for others most of the time; more at once needs a whole processor.
        cpu: concurrency > 1 ? "1" : "0.5",
        concurrency,
        minInstances,
        maxInstances: mostInstances[type],
        nodeOptions: [nodeOptions(memoryMiB), ...(streaming.has(name) ? [streamingOptions] : [])].join(" "),
        secrets: secretsOf(name),
      };
      return [name, deployed] as const;
    }),
  );
}

function secretsOf(name: FunctionName): Record<string, string> {
  const granted = access[name].flatMap((grant) => (grant.on === "secret" ? [secrets[grant.secret]] : []));
  return Object.fromEntries(granted.map(({ variable, id }) => [variable, id]));
}

/** Pub/Sub pushes a message again when it was not answered in this time; 600 is the longest that it allows. */
const ackSeconds = (timeoutSeconds: number) => Math.min(600, timeoutSeconds + 10);

/** The push subscription of each function of a site that takes messages. */
export function pushSubscriptions(site: Site) {
  return Object.fromEntries(
    triggered(site, "message").map(({ name, trigger, timeoutSeconds }) => {
      const { topic, deliveryAttempts, longestBackoffSeconds, keptSeconds, filter } = deliveryOf(trigger, site);
      const subscription = {
        function: name,
        topic: topics[topic],
        /** None: every message of the topic. One that is there already cannot be changed, only made anew. */
        filter: filter ?? null,
        keptSeconds,
        ackDeadlineSeconds: ackSeconds(timeoutSeconds),
        minBackoffSeconds: 1,
        maxBackoffSeconds: longestBackoffSeconds,
        /** None: what is refused comes again until it is kept no longer. */
        maxDeliveryAttempts: deliveryAttempts === "unlimited" ? null : deliveryAttempts,
      };
      return [`${name}-${site}`, subscription] as const;
    }),
  );
}

/** The Cloud Scheduler job of each of a site's schedules, under the function's own name. */
export function scheduleJobs(site: Site) {
  return Object.fromEntries(
    triggered(site, "schedule").map(({ name, trigger, timeoutSeconds }) => {
      const { retryCount, minBackoffSeconds, maxDoublings } = retriesOf(timeoutSeconds);
      const job = {
        cron: trigger.cron,
        attemptDeadlineSeconds: Math.max(15, timeoutSeconds),
        retryCount,
        minBackoffSeconds,
        maxBackoffSeconds: minBackoffSeconds * 2 ** maxDoublings,
        maxDoublings,
      };
      return [name, job] as const;
    }),
  );
}

/** One Eventarc trigger for each type of event, by the place of the database and of the function. */
export function documentTriggers(databaseSite: Site, functionSite: Site) {
  return Object.fromEntries(
    triggered(functionSite, "document").flatMap(({ name, trigger }) => {
      const { database, events, document, authContext } = trigger;
      if ((database === "own" ? functionSite : database) !== databaseSite) return [];
      return events.map((event) => {
        const type = `google.cloud.firestore.document.v1.${event}${authContext ? ".withAuthContext" : ""}`;
        return [`${name}-${event}`, { function: name, type, document }] as const;
      });
    }),
  );
}

/** The service account of every function on every site, and what it is for. */
export function functionAccounts(): Record<string, string> {
  return Object.fromEntries(
    sites.flatMap((site) => rowsOn(site).map(([name, { purpose }]) => [accountOf(name, site), purpose.en])),
  );
}

/** The names of a site's functions. */
export const functionsOn = (site: Site): FunctionName[] => rowsOn(site).map(([name]) => name);
