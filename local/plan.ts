import { type FunctionName, type FunctionRow, manifest } from "../functions/manifest.ts";
import { type Site, sites } from "../shared/domain/sites.ts";
import type { Ports } from "./ports.ts";

/** Where everything of one local cloud is; fixed before anything starts, so that all of it can start at once. */
export type Plan = {
  project: string;
  /** The audience of the console's ID tokens. */
  audience: string;
  issuer: string;
  /** `host:port` */
  pubsub: string;
  /** Cloud Storage's JSON API. */
  storage: string;
  /** Cloud Scheduler's gRPC API, `host:port`. */
  scheduler: string;
  /** Fires its jobs, for tests. */
  schedulerSwitches: string;
  /** `smtp` is `host:port`; `inbox` shows what was received. */
  mail: { smtp: string; inbox: string };
  telephony: string;
  /** Where the telephony serves the recordings that are not in the platform's buckets. */
  recordings: string;
  sites: Record<Site, SitePlan>;
  logDirectory: string;
  /** Short, because a socket's path is limited to about 100 bytes. */
  socketDirectory: string;
  /** Where the functions run from. */
  functionsDirectory: string;
  /** Where objects are kept. */
  storageDirectory: string;
};

type SitePlan = {
  /** Hosting: the site's public address. */
  api: string;
  /** Cloud Run's front door: each function at `{run}/{name}`. */
  run: string;
  /** Deliveries from the emulators, and the switches for tests. */
  control: string;
  /** `host:port` */
  firestore: string;
  database: string;
  buckets: { guidance: string; recordings: string; exports: string };
};

const host = "127.0.0.1";
const project = "hikae-local";
const databases = { primary: "tokyo", secondary: "osaka" } as const;

/** The platform's own buckets of a site. */
export function platformBuckets(site: Site): SitePlan["buckets"] {
  const of = (purpose: keyof SitePlan["buckets"]) => `${project}-${purpose}-${databases[site]}`;
  return { guidance: of("guidance"), recordings: of("recordings"), exports: of("exports") };
}

/** The plan for these ports and directories. */
export function planStack(
  ports: Ports,
  directories: Pick<Plan, "logDirectory" | "socketDirectory" | "functionsDirectory" | "storageDirectory">,
): Plan {
  const sitePlan = (site: Site): SitePlan => ({
    api: `http://${host}:${ports[`${site}.api`]}`,
    run: `http://${host}:${ports[`${site}.run`]}`,
    control: `http://${host}:${ports[`${site}.control`]}`,
    firestore: `${host}:${ports[`${site}.firestore`]}`,
    database: databases[site],
    buckets: platformBuckets(site),
  });
  return {
    project,
    audience: "hikae-console",
    issuer: `http://${host}:${ports.issuer}`,
    pubsub: `${host}:${ports.pubsub}`,
    storage: `http://${host}:${ports.storage}`,
    scheduler: `${host}:${ports.scheduler}`,
    schedulerSwitches: `http://${host}:${ports.schedulerSwitches}`,
    mail: { smtp: `${host}:${ports.smtp}`, inbox: `http://${host}:${ports.inbox}` },
    telephony: `http://${host}:${ports.telephony}`,
    recordings: `http://${host}:${ports.recordings}`,
    sites: { primary: sitePlan("primary"), secondary: sitePlan("secondary") },
    ...directories,
  };
}

/** The functions deployed on a site, with their rows. */
export function functionsOf(site: Site): { name: FunctionName; row: FunctionRow }[] {
  return everyFunction().filter(({ row }) => row.sites.includes(site));
}

/** Every function of the manifest, once for each site it is deployed on. */
export function deployments(): { name: FunctionName; row: FunctionRow; site: Site }[] {
  return sites.flatMap((site) => functionsOf(site).map((deployed) => ({ ...deployed, site })));
}

function everyFunction(): { name: FunctionName; row: FunctionRow }[] {
  return (Object.keys(manifest) as FunctionName[]).map((name) => ({ name, row: manifest[name] }));
}

/** The address of a function, which is also the audience of the tokens that may call it. */
export function functionUrl(plan: Plan, site: Site, name: string): string {
  return `${plan.sites[site].run}/${name}`;
}

/** The mail address of one of the project's service accounts. */
export function serviceAccount(plan: Plan, name: "eventarc" | "scheduler" | "pubsub"): string {
  return `${name}@${plan.project}.iam.gserviceaccount.com`;
}

/** The port of one of the plan's addresses. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
