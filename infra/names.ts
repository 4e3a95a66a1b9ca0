import type { FunctionName } from "../functions/manifest.ts";
import { locations, type Site } from "../shared/domain/sites.ts";

/** The city of a site, as it stands in the names of all that is deployed there; it is also its database's id. */
export const cityOf = { primary: "tokyo", secondary: "osaka" } as const satisfies Record<Site, string>;

/** The service account that a function runs under on one site; Google allows 30 characters. */
export const accountOf = (name: FunctionName, site: Site) => `hikae-${name}-${cityOf[site]}`;

/** Who may call the functions that have one caller, by the type of their trigger. */
export const callers = {
  document: "hikae-eventarc",
  message: "hikae-pubsub",
  schedule: "hikae-scheduler",
} as const;

/** The account that customers permit to write to their buckets (R33). */
export const backupAccountName = "hikae-backup";

/** An operator for the command line: who is on call gets its ID tokens, and needs no console and no password. */
export const operatorAccountName = "hikae-operator";

/** The Secret Manager secret of each secret, and the variable that functions find it in. */
export const secrets = {
  smtpUrl: { id: "hikae-smtp-url", variable: "SMTP_URL" },
  oidcClientSecret: { id: "hikae-oidc-client-secret", variable: "OIDC_CLIENT_SECRET" },
} as const;

/** A site's bucket, but for the project's id that stands before it. */
export const bucketOf = (purpose: string, site: Site) => `hikae-${purpose}-${cityOf[site]}`;

/** Where a site is and what is called after it. */
export const placeOf = (site: Site) => ({
  city: cityOf[site],
  region: locations[site].region,
  name: locations[site].name,
  database: cityOf[site],
});
