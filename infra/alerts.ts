import { type Site, sites } from "../shared/domain/sites.ts";
import { functionAlert } from "./alerts/functions.ts";
import { siteWatches } from "./alerts/site.ts";
import type { Alert, AlertRow } from "./alerts/types.ts";
import { functionsOn } from "./deployments.ts";

const rowOf = (name: string, site: Site, runbook: string, alert: Alert): AlertRow => ({
  ...{ name, site, runbook },
  ...{ signals: [], probes: [], ...alert },
});

/**
 * Every alert, once for each site that it watches: one for each function, under its name, and those that concern more.
 * Plain data, which the module of a site turns into metrics, uptime checks, alert policies and its dashboard. All of a
 * site's alerts stand with the site and count what runs there, so that Osaka's depend on nothing in Tokyo.
 */
export const alerts: readonly AlertRow[] = sites.flatMap((site) => [
  ...functionsOn(site).map((name) => rowOf(name, site, `infra/runbooks/${name}.md`, functionAlert(name, site))),
  ...Object.entries(siteWatches)
    .filter(([, watch]) => watch.sites.includes(site))
    .map(([name, watch]) => rowOf(name, site, `infra/runbooks/alerts/${name}.md`, watch.alertOf(site))),
]);
