import type { Site } from "../../shared/domain/sites.ts";
import { subscriptionsOn } from "./functions.ts";
import * as promql from "./queries.ts";
import type { Alert, Probe, Signal } from "./types.ts";

/** What concerns more than one function: by name, on which sites, and the alert of a site. */
export type SiteWatch = { sites: readonly Site[]; alertOf(site: Site): Alert };

const secondary = ["secondary"] as const;
const both = ["primary", "secondary"] as const;

const page: Probe = { name: "console", method: "GET", path: "/", status: 200, periodSeconds: 60 };

const lag: Signal = {
  name: "mirror_lag",
  description: "From the commit on the primary to the commit on the secondary (R9)",
  filter: 'jsonPayload.function="mirror-config" AND jsonPayload.outcome="applied"',
  field: "jsonPayload.lagMilliseconds",
  unit: "ms",
  bounds: [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 3_600_000],
};

const oldestPending: Signal = {
  name: "oldest_pending_recording",
  description: "Since when the oldest recording waits for the end of its first try (R43b)",
  filter: 'jsonPayload.function="sweep-backups" AND jsonPayload.outcome="swept"',
  field: "jsonPayload.oldestPendingSeconds",
  unit: "s",
  bounds: [60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800],
};

const outOfService: Signal = {
  name: "buckets_out_of_service",
  description: "Customers' buckets that take no recordings (R39)",
  filter: 'jsonPayload.function="sweep-backups" AND jsonPayload.outcome="swept"',
  field: "jsonPayload.outOfService",
  unit: "1",
  bounds: [1, 2, 3, 5, 10, 30, 100, 300, 1000],
};

const stranded: Signal = {
  name: "oldest_stranded_operation",
  description: "Since when nothing has moved of the operation that has stood still for longest",
  filter: 'jsonPayload.function="sweep-operations" AND jsonPayload.outcome="swept"',
  field: "jsonPayload.oldestStrandedSeconds",
  unit: "s",
  bounds: [30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400],
};

const tampered: Signal = {
  name: "tampered_tenants",
  description: "Tenants whose sync stopped because their data on the secondary was edited directly (R10)",
  filter:
    'jsonPayload.function="announce-state" AND jsonPayload.outcome="announced" AND jsonPayload.state="stopped" AND jsonPayload.stop="tamper"',
};

const givenUp: Signal = {
  name: "mails_given_up",
  description: "Sweeps of the outbox that gave up a letter (R48)",
  filter: 'jsonPayload.function="sweep-outbox" AND jsonPayload.givenUp>0',
};

const unsynced = (name: "guidance" | "access_rules", from: string): Signal => ({
  name: `${name}_not_copied`,
  description: `Runs of ${from} in which a tenant was refused or failed`,
  filter: `jsonPayload.function="${from}" AND (jsonPayload.refused>0 OR jsonPayload.failed>0)`,
});
const guidance = unsynced("guidance", "sync-guidance");
const accessRules = unsynced("access_rules", "sync-access-rules");

/** Half of at least twenty tries. What waits for a bucket is not counted: that has an alert of its own. */
function backupsFailing(site: Site): string {
  const tries = 'function=~"backup-recording|store-recording"';
  const failed = promql.lines(site, `${tries},outcome=~".*(failed|waiting|unavailable).*"`, 30);
  const all = promql.lines(site, `${tries},outcome=~".*(stored|failed|waiting|unavailable).*"`, 30);
  return `(${failed} / ${all} > 0.5) and on() (${all} > 20)`;
}

const operationsFailed = (site: Site, minutes: number) =>
  promql.lines(site, 'function=~"run-operation|run-activation",outcome="failed"', minutes);

/** Two in three heartbeats may be missing for as long as the status says "behind" rather than "unknown" (R9). */
const heartbeats = (site: Site) => promql.linesOf(site, "mirror-config", ["heartbeat"], 5);

export const siteWatches: Record<string, SiteWatch> = {
  "mirror-silent": {
    sites: secondary,
    alertOf: (site) => ({
      severity: "CRITICAL",
      title: { ja: "東京の変更が大阪に届いていません", en: "Nothing of Tokyo reaches Osaka" },
      conditions: [promql.when("under 2 heartbeats in 5 min", promql.tooFew(heartbeats(site), 2), 60)],
      charts: [{ title: "heartbeats seen in 5 min (RPO)", query: heartbeats(site) }],
    }),
  },
  "mirror-lag": {
    sites: secondary,
    alertOf: (site) => ({
      severity: "WARNING",
      title: { ja: "大阪への反映が遅れています", en: "Changes reach Osaka late" },
      conditions: [promql.when("p99 is above 30 s", `${promql.percentile99(site, lag.name, 10)} > 30000`, 300)],
      signals: [lag],
      charts: [{ title: "mirror lag, p99 (ms)", query: promql.percentile99(site, lag.name, 10) }],
    }),
  },
  "tampered-tenants": {
    sites: secondary,
    alertOf: (site) => ({
      severity: "ERROR",
      title: {
        ja: "大阪のデータが直接編集され、同期が止まりました",
        en: "A tenant's data in Osaka was edited directly",
      },
      conditions: [promql.when("a sync has stopped", `${promql.signalled(site, tampered.name, 10)} > 0`)],
      signals: [tampered],
      charts: [{ title: "syncs stopped by an edit", query: promql.signalled(site, tampered.name, 60) }],
    }),
  },
  "syncs-refused": {
    sites: secondary,
    alertOf: (site) => ({
      severity: "WARNING",
      title: { ja: "音声かIPアクセス制限を大阪に写せません", en: "Guidance or access rules are not copied to Osaka" },
      conditions: [
        promql.when("guidance, three times in 20 min", `${promql.signalled(site, guidance.name, 20)} > 2.5`),
        promql.when("access rules, in the last hour", `${promql.signalled(site, accessRules.name, 70)} > 0`),
      ],
      signals: [guidance, accessRules],
      charts: [{ title: "runs in which guidance was not copied", query: promql.signalled(site, guidance.name, 20) }],
    }),
  },
  "operations-failed": {
    sites: secondary,
    alertOf: (site) => ({
      severity: "ERROR",
      title: { ja: "長い処理が失敗しました", en: "An operation has failed" },
      conditions: [promql.when("in the last 15 min", `${operationsFailed(site, 15)} > 0`)],
      charts: [{ title: "operations failed", query: operationsFailed(site, 60) }],
    }),
  },
  "operations-stuck": {
    sites: secondary,
    alertOf: (site) => ({
      severity: "ERROR",
      title: { ja: "長い処理が進んでいません", en: "An operation stands still" },
      conditions: [promql.when("for 5 min", `${promql.percentile99(site, stranded.name, 5)} > 300`, 120)],
      signals: [stranded],
      charts: [{ title: "longest standstill (s)", query: promql.percentile99(site, stranded.name, 5) }],
    }),
  },
  "dead-letters": {
    sites: both,
    alertOf: (site) => ({
      severity: "ERROR",
      title: {
        ja: "処理できないものがデッドレターになりました",
        en: "Something could not be handled and is a dead letter",
      },
      conditions: [
        promql.when("a function refused it for good", `${promql.lines(site, 'severity="ERROR"', 10)} > 0`),
        promql.when("it was delivered in vain", `${promql.deadLettered(subscriptionsOn(site))} > 0`),
      ],
      charts: [{ title: "dead letters of Pub/Sub", query: promql.deadLettered(subscriptionsOn(site)) }],
    }),
  },
  "backup-oldest-pending": {
    sites: both,
    alertOf: (site) => ({
      severity: "ERROR",
      title: { ja: "録音が1時間以上、保存を試されていません", en: "A recording has waited for an hour to be tried" },
      conditions: [promql.when("for an hour", `${promql.percentile99(site, oldestPending.name, 5)} > 3600`, 300)],
      signals: [oldestPending],
      charts: [{ title: "oldest pending recording (s)", query: promql.percentile99(site, oldestPending.name, 5) }],
    }),
  },
  "backups-failing": {
    sites: both,
    alertOf: (site) => ({
      severity: "WARNING",
      title: { ja: "録音の半分以上を保存できていません", en: "Over half of the recordings cannot be stored" },
      conditions: [promql.when("of at least 20 in 30 min", backupsFailing(site), 300)],
      charts: [
        { title: "recordings: outcomes", query: promql.outcomes(site, "backup-recording") },
        { title: "recordings tried again: outcomes", query: promql.outcomes(site, "store-recording") },
      ],
    }),
  },
  "buckets-out-of-service": {
    sites: both,
    alertOf: (site) => ({
      severity: "WARNING",
      title: {
        ja: "3つ以上のお客さまのバケットが止まっています",
        en: "Three customers' buckets or more are out of service",
      },
      conditions: [promql.when("for 15 min", `${promql.percentile99(site, outOfService.name, 5)} > 3`, 900)],
      signals: [outOfService],
      charts: [{ title: "buckets out of service", query: promql.percentile99(site, outOfService.name, 5) }],
    }),
  },
  "mail-not-sent": {
    sites: both,
    alertOf: (site) => ({
      severity: "WARNING",
      title: { ja: "メールを送れていません", en: "Mails are not sent" },
      conditions: [
        promql.when(
          "the mail server cannot be reached",
          `${promql.lines(site, 'function=~"send-mail|sweep-outbox",outcome=~"unreachable"', 15)} > 4.5`,
        ),
        promql.when("letters were given up", `${promql.linesOf(site, "send-mail", ["refused", "failed"], 60)} > 0`),
        promql.when("letters were given up by the sweep", `${promql.signalled(site, givenUp.name, 60)} > 0`),
      ],
      signals: [givenUp],
      charts: [{ title: "mails: outcomes", query: promql.outcomes(site, "send-mail") }],
    }),
  },
  "console-unreachable": {
    sites: both,
    alertOf: () => ({
      severity: "CRITICAL",
      title: { ja: "コンソールを開けません", en: "The console cannot be opened" },
      conditions: [promql.unanswered(page.name, page.periodSeconds)],
      probes: [page],
      charts: [],
    }),
  },
  "certificate-expiring": {
    sites: both,
    alertOf: () => ({
      severity: "WARNING",
      title: { ja: "コンソールの証明書がまもなく切れます", en: "The console's certificate expires soon" },
      conditions: [promql.certificateDays(page.name, 15)],
      charts: [],
    }),
  },
  "quota-near": {
    sites: both,
    alertOf: (site) => ({
      severity: "WARNING",
      title: { ja: "割り当ての上限に近づいています", en: "A quota is nearly used up" },
      conditions: promql.quotas(site),
      charts: [],
    }),
  },
};
