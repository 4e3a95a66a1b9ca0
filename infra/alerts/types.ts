import type { Label } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";

/**
 * Something that log lines tell and that every line's function, outcome and severity do not: how many lines fit, or, with
 * a `field`, how that field's values are spread. `bounds` hold every threshold that an alert compares with, so that a
 * percentile never falls on its wrong side. `filter` is Cloud Logging's, of the lines of the own site.
 */
export type Signal = {
  name: string;
  description: string;
  filter: string;
  field?: string;
  unit?: string;
  bounds?: readonly number[];
};

/** A request that Google's uptime checkers send through the site's own host, certificate and Hosting; no token. */
export type Probe = { name: string; method: "GET" | "POST"; path: string; status: number; periodSeconds: 60 | 300 };

/**
 * When the alert fires: PromQL that yields something for as long. `$CHECK_ID` stands for the id of the uptime check that
 * `probe` names, which is known only once that is there.
 */
export type Condition = { name: string; query: string; forSeconds: number; probe: string | null };

export type Chart = { title: string; query: string };

/** One alert of one site. Its name is its runbook's; the runbook's text is what a notification says. */
export type AlertRow = {
  name: string;
  site: Site;
  title: Label;
  severity: "CRITICAL" | "ERROR" | "WARNING";
  /** Its path in the repository. */
  runbook: string;
  conditions: readonly Condition[];
  /** Those that no other alert of the site counts with. */
  signals: readonly Signal[];
  probes: readonly Probe[];
  /** For the site's dashboard. */
  charts: readonly Chart[];
};

/** An alert before it is known where its runbook stands, for one site. */
export type Alert = Omit<AlertRow, "name" | "site" | "runbook" | "signals" | "probes"> &
  Partial<Pick<AlertRow, "signals" | "probes">>;
