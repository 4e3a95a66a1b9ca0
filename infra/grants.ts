import type { FunctionName } from "../functions/manifest.ts";
import { peerOf, type Site, topics } from "../shared/domain/sites.ts";
import { access, backupAccount, permissions, type ReasonedGrant } from "./access.ts";
import { functionsOn } from "./deployments.ts";
import { accountOf, backupAccountName, bucketOf, cityOf, secrets } from "./names.ts";

/** One binding of a role to a service account, by what it is on. Roles that begin with `hikae` are the project's own. */
type Granted = { account: string; role: string; why: string };
type OnDatabase = Granted & { database: string };
type OnBucket = Granted & { bucket: string };

export type Grants = {
  databases: Record<string, OnDatabase>;
  buckets: Record<string, OnBucket>;
  topics: Record<string, Granted & { topic: string }>;
  secrets: Record<string, Granted & { secret: string }>;
  /** On another service account. */
  accounts: Record<string, Granted & { target: string }>;
  /** On the whole project, where Google knows nothing smaller. */
  project: Record<string, Granted>;
};

type Kind = keyof typeof permissions;
const capital = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** The id of the role of our own for one access to a bucket, to Cloud Scheduler or to a service account. */
const roleOf = (kind: Kind, granted: string) => `hikae${capital(kind)}${capital(granted)}`;

/** The roles of our own, each with its permissions. */
export function customRoles(): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(permissions).flatMap(([kind, accesses]) =>
      Object.entries(accesses).map(([granted, list]) => [roleOf(kind as Kind, granted), list]),
    ),
  );
}

const databaseRoles = { read: "roles/datastore.viewer", write: "roles/datastore.user" } as const;

/** What a site's functions may do on that site, and on what belongs to no site. */
export function ownGrants(site: Site): Grants {
  const grants = grantsFor(site, site);
  const reads = backupAccount.map((grant) => [backupAccountName, grant] as const);
  add(
    grants,
    reads.filter(([, grant]) => isOn(grant, site, site)),
    site,
  );
  return grants;
}

/** What a site's functions may do on the other site: the only rights that cross. */
export function crossGrants(site: Site): Pick<Grants, "databases" | "buckets"> {
  const { databases, buckets } = grantsFor(site, peerOf[site]);
  return { databases, buckets };
}

function grantsFor(site: Site, target: Site): Grants {
  const grants: Grants = { databases: {}, buckets: {}, topics: {}, secrets: {}, accounts: {}, project: {} };
  const held = functionsOn(site).flatMap((name: FunctionName) =>
    access[name].map((grant) => [accountOf(name, site), grant] as const),
  );
  add(
    grants,
    held.filter(([, grant]) => isOn(grant, site, target)),
    site,
  );
  return grants;
}

/** Whether a grant of a function of `site` is on something of `target`; what belongs to no site counts as the function's. */
function isOn(grant: ReasonedGrant, site: Site, target: Site): boolean {
  if (grant.on !== "database" && grant.on !== "bucket") return site === target;
  return placed(grant.site, site) === target;
}

const placed = (named: Site | "own", site: Site) => (named === "own" ? site : named);

function add(grants: Grants, held: readonly (readonly [string, ReasonedGrant])[], site: Site): void {
  for (const [account, grant] of held) addOne(grants, account, grant, site);
}

function addOne(grants: Grants, account: string, grant: ReasonedGrant, site: Site): void {
  const { why } = grant;
  switch (grant.on) {
    case "database": {
      const database = cityOf[placed(grant.site, site)];
      grants.databases[`${account} ${grant.access} ${database}`] = {
        account,
        role: databaseRoles[grant.access],
        database,
        why,
      };
      return;
    }
    case "bucket": {
      const bucket = bucketOf(grant.bucket, placed(grant.site, site));
      const role = roleOf("bucket", grant.access);
      grants.buckets[`${account} ${grant.access} ${bucket}`] = { account, role, bucket, why };
      return;
    }
    case "topic": {
      const topic = topics[grant.topic];
      grants.topics[`${account} ${topic}`] = { account, role: "roles/pubsub.publisher", topic, why };
      return;
    }
    case "secret": {
      const secret = secrets[grant.secret].id;
      grants.secrets[`${account} ${secret}`] = { account, role: "roles/secretmanager.secretAccessor", secret, why };
      return;
    }
    case "impersonate": {
      const target = grant.account === "self" ? account : backupAccountName;
      const role = roleOf("impersonate", grant.account);
      grants.accounts[`${account} as ${target}`] = { account, role, target, why };
      return;
    }
    case "scheduler":
      grants.project[`${account} schedules ${grant.access}`] = {
        account,
        role: roleOf("scheduler", grant.access),
        why,
      };
  }
}
