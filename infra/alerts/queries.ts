import { locations, type Site } from "../../shared/domain/sites.ts";
import { cityOf } from "../names.ts";
import type { Condition } from "./types.ts";

/*
 * PromQL over what Cloud Monitoring holds: log-based metrics, which are named for their site, and Google's own, which are
 * told apart by their labels. A sum over nothing is nothing, which no threshold is ever compared with; `orZero` makes
 * it 0, so that silence counts as too little.
 */

const run = 'monitored_resource="cloud_run_revision"';
const orZero = (query: string) => `(${query} or vector(0))`;
const matching = (outcomes: readonly string[]) => `outcome=~"${outcomes.join("|")}"`;

/** How often something was counted in the last minutes. */
const counted = (metric: string, labels: string, minutes: number) => `sum(increase(${metric}{${labels}}[${minutes}m]))`;

/** The name in PromQL of a site's log-based metric. */
export const logMetric = (site: Site, name: string) => `logging_googleapis_com:user_hikae_${cityOf[site]}_${name}`;

/** Lines of invocations, by the labels `function`, `outcome` and `severity`; see `Signal` for all else. */
export const lines = (site: Site, labels: string, minutes: number) =>
  counted(logMetric(site, "invocations"), `${run},${labels}`, minutes);

export const linesOf = (site: Site, name: string, outcomes: readonly string[], minutes: number) =>
  lines(site, `function="${name}",${matching(outcomes)}`, minutes);

/** What a function's lines said, for a chart. */
export const outcomes = (site: Site, name: string) =>
  `sum by (outcome) (increase(${logMetric(site, "invocations")}{${run},function="${name}"}[5m]))`;

export const signalled = (site: Site, signal: string, minutes: number) =>
  counted(logMetric(site, signal), run, minutes);

/** Of a signal with a field: the value that 99 of 100 do not exceed. */
export const percentile99 = (site: Site, signal: string, minutes: number) =>
  `histogram_quantile(0.99, sum by (le) (increase(${logMetric(site, signal)}_bucket{${run}}[${minutes}m])))`;

/** PromQL extrapolates what it counts: a half keeps a whole number on its side. */
export const tooFew = (query: string, atLeast: number) => `${orZero(query)} < ${atLeast - 0.5}`;

/** Too few, though something else says that there was a cause for more. */
export const tooFewGiven = (query: string, atLeast: number, cause: string) =>
  `${tooFew(query, atLeast)} and on() (${cause} > 0)`;

/** Google's own count of a function's requests: it knows of what died before it wrote a line. */
const requests = (site: Site, name: string, more: string) =>
  counted(
    "run_googleapis_com:request_count",
    `${run},service_name="${name}",location="${locations[site].region}"${more}`,
    10,
  );

const latencies = (site: Site, name: string) =>
  `run_googleapis_com:request_latencies_bucket{${run},service_name="${name}",location="${locations[site].region}"}`;

const subscription = 'monitored_resource="pubsub_subscription"';

/** The condition that holds for so many seconds. */
export const when = (name: string, query: string, forSeconds = 0): Condition => ({
  name,
  query,
  forSeconds,
  probe: null,
});

/** More than one request in ten fails, and not just one or two. */
export function failing(site: Site, name: string): Condition {
  const failed = requests(site, name, ',response_code_class="5xx"');
  return when(
    "more than a tenth of the requests fail",
    `(${failed} / ${requests(site, name, "")} > 0.1) and on() (${failed} > 3)`,
    300,
  );
}

/**
 * One request in a hundred takes nine tenths of what the function may take; where it ends by itself at about that time,
 * which is in order, more than half of what is left after that.
 */
export function nearTimeOut(site: Site, name: string, timeoutSeconds: number, endsItselfSeconds: number): Condition {
  const slowest = `histogram_quantile(0.99, sum by (le) (increase(${latencies(site, name)}[30m])))`;
  const tooLong = Math.max(timeoutSeconds * 900, endsItselfSeconds * 500 + timeoutSeconds * 500);
  return when(`p99 is near the time-out of ${timeoutSeconds} s`, `${slowest} > ${tooLong}`, 300);
}

/** Messages or events wait and nobody takes them; `subscriptions` is a regular expression of their ids. */
export const waiting = (subscriptions: string, seconds: number) =>
  when(
    `a message has waited for ${seconds} s`,
    `max(pubsub_googleapis_com:subscription_oldest_unacked_message_age{${subscription},subscription_id=~"${subscriptions}"}) > ${seconds}`,
    300,
  );

export const deadLettered = (subscriptions: string) =>
  counted(
    "pubsub_googleapis_com:subscription_dead_letter_message_count",
    `${subscription},subscription_id=~"${subscriptions}"`,
    10,
  );

/** Most of what the checkers ask is not answered as it should be, or they are not heard of. */
export function unanswered(probe: string, periodSeconds: number): Condition {
  const minutes = (periodSeconds / 60) * 3 + 2;
  const passed = `monitoring_googleapis_com:uptime_check_check_passed{monitored_resource="uptime_url",check_id="$CHECK_ID"}`;
  const share = `avg(avg_over_time(${passed}[${minutes}m]))`;
  return { ...when(`${probe} is not answered`, `${orZero(share)} < 0.5`, 60), probe };
}

export const certificateDays = (probe: string, days: number): Condition => ({
  ...when(
    `the certificate expires within ${days} days`,
    `min(monitoring_googleapis_com:uptime_check_time_until_ssl_cert_expires{monitored_resource="uptime_url",check_id="$CHECK_ID"}) < ${days}`,
    3600,
  ),
  probe,
});

const consumer = (site: Site) => `monitored_resource="consumer_quota",location=~"${locations[site].region}|global"`;

/** Some quota of the project is used up, or nearly, in the site's region or where it has none. */
export function quotas(site: Site): Condition[] {
  const used = "serviceruntime_googleapis_com:quota";
  const limit = `max by (service, quota_metric, location) (last_over_time(${used}_limit{${consumer(site)}}[1d])) > 0`;
  const rate = `sum by (service, quota_metric, location) (increase(${used}_rate_net_usage{${consumer(site)}}[1m]))`;
  const kept = `max by (service, quota_metric, location) (last_over_time(${used}_allocation_usage{${consumer(site)}}[1d]))`;
  return [
    when("a quota is used up", `max by (service, quota_metric) (${used}_exceeded{${consumer(site)}}) > 0`),
    when("a rate is above 80 % of its quota", `${rate} / (${limit}) > 0.8`, 300),
    when("an amount is above 80 % of its quota", `${kept} / (${limit}) > 0.8`, 300),
  ];
}
