import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scheduleTimeZone } from "../shared/domain/schedules.ts";
import { peerOf, type Site, topics } from "../shared/domain/sites.ts";
import { alerts } from "./alerts.ts";
import {
  deployedFunctions,
  documentTriggers,
  functionAccounts,
  pushSubscriptions,
  scheduleJobs,
} from "./deployments.ts";
import { crossGrants, customRoles, ownGrants } from "./grants.ts";
import { backupAccountName, bucketOf, callers, operatorAccountName, placeOf, secrets } from "./names.ts";

const shared = {
  [callers.document]: "Eventarc calls functions as it.",
  [callers.message]: "Pub/Sub calls functions as it.",
  [callers.schedule]: "Cloud Scheduler calls functions as it.",
  [backupAccountName]: "Customers permit it to write to their buckets.",
  [operatorAccountName]: "Who is on call acts as it where there is no console.",
  "hikae-build": "Builds the functions.",
  "hikae-check": "Tests what is proposed.",
  "hikae-plan": "Tests a release and plans its roll-out.",
  "hikae-deploy": "Rolls releases out, by approval.",
};

/**
 * All that the infrastructure is made of, as plain data: what Terraform would otherwise have to derive is derived here, so
 * that its files only loop. `crossing` has what one site may do on the other, by the site of the function.
 */
export function infrastructure() {
  return {
    timeZone: scheduleTimeZone,
    topics,
    deadLetterTopic: topics.deadLetters,
    secrets: Object.values(secrets).map(({ id }) => id),
    accounts: { ...shared, ...functionAccounts() },
    backupAccount: backupAccountName,
    operatorAccount: operatorAccountName,
    callers,
    roles: customRoles(),
    sites: { primary: siteOf("primary"), secondary: siteOf("secondary") },
    crossing: { primary: crossingOf("primary"), secondary: crossingOf("secondary") },
    alerts,
  };
}

function siteOf(site: Site) {
  const buckets = ["guidance", "recordings", "exports"].map((purpose) => [purpose, bucketOf(purpose, site)]);
  return {
    ...placeOf(site),
    buckets: Object.fromEntries(buckets) as Record<string, string>,
    functions: deployedFunctions(site),
    subscriptions: pushSubscriptions(site),
    triggers: documentTriggers(site, site),
    jobs: scheduleJobs(site),
    grants: ownGrants(site),
  };
}

/** The rights of a site's functions on the other site, and the events of the other site's database that they take. */
function crossingOf(site: Site) {
  return { triggers: documentTriggers(peerOf[site], site), grants: crossGrants(site) };
}

/** `infra/manifest.json`, which Terraform reads: the same input gives the same text. */
export const manifestText = () => `${JSON.stringify(infrastructure(), null, 2)}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("manifest.json", import.meta.url), manifestText());
}
