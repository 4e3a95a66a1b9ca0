import { AppError } from "../errors.ts";
import { type BackUpApp, changedTo } from "./back-up.ts";
import type { Probed } from "./buckets.ts";
import { drained, probed } from "./destination.ts";
import { calledFor } from "./entry.ts";
import { type BackupSettingsApp, revokeProof } from "./look-at-bucket.ts";
import type { DestinationRecord, EntryKey } from "./ports.ts";

/** What the sweep needs besides. */
export type SweepApp = Pick<BackUpApp, "site" | "backups" | "callForBackups" | "now" | "forgetDestination"> &
  BackupSettingsApp & {
    /** Whether the bucket takes recordings now. */
    probeBucket(bucket: string): Promise<Probed>;
    /** Whether the bucket is proved to be the tenant's, by a proof later than its last loss. */
    isProved(record: DestinationRecord): Promise<boolean>;
  };

/** As many as are called for at a time, and in one sweep. */
const portion = 300;
const mostDue = 3000;
/** Of buckets as many in one sweep; a drain that finds nothing costs far less than a probe. */
const mostDestinations = { probed: 50, drained: 200 };
/** As many are called for at a time to find out whether a bucket that seems to be back takes them. */
const mostOnTrial = 3;

/** Calls for every entry whose time has come (R39); a message that is lost is made up for after a while. Safe to repeat. */
export async function callForDue(app: SweepApp): Promise<number> {
  const { ledger } = app.backups[app.site];
  let called = 0;
  while (called < mostDue) {
    const due = await ledger.due(app.now(), portion);
    await callFor(app, due);
    called += due.length;
    if (due.length < portion) break;
  }
  return called;
}

/** What is still to be done on this site, in figures that alarms watch: 0 seconds where nothing waits for a first try. */
export async function measureBacklog(
  app: Pick<SweepApp, "site" | "backups" | "now">,
): Promise<{ oldestPendingSeconds: number; outOfService: number }> {
  const { ledger, destinations } = app.backups[app.site];
  const [oldest, outOfService] = await Promise.all([ledger.oldestUntried(), destinations.countOutOfService()]);
  const waited = oldest === undefined ? 0 : Math.round((app.now().getTime() - oldest.getTime()) / 1000);
  return { oldestPendingSeconds: Math.max(0, waited), outOfService };
}

/** Marks the entries as called for, then calls for them. */
async function callFor(app: SweepApp, keys: readonly EntryKey[]): Promise<void> {
  const { ledger } = app.backups[app.site];
  const byTenant = Map.groupBy(keys, ({ tenant }) => tenant);
  for (const [tenant, own] of byTenant) {
    const ids = own.map(({ recordingId }) => recordingId);
    await ledger.changeMany(tenant, ids, (_, current) => current && calledFor(current, app.now()));
  }
  await app.callForBackups(app.site, keys);
}

/** Probes the buckets that are out of service, and calls for what waited for those that are back (R39). Safe to repeat. */
export async function attendDestinations(
  app: SweepApp,
): Promise<{ probed: number; returned: number; drained: number }> {
  const { destinations } = app.backups[app.site];
  const counts = { probed: 0, returned: 0, drained: 0 };
  for (const record of await destinations.toAttend(app.now(), mostDestinations)) {
    let current: DestinationRecord = record;
    if (current.state === "outOfService") {
      counts.probed++;
      current = await probeDestination(app, current);
      if (current.state === "inService") counts.returned++;
    }
    if (current.draining) counts.drained += await drain(app, current);
  }
  return counts;
}

async function probeDestination(app: SweepApp, record: DestinationRecord): Promise<DestinationRecord> {
  const { destinations } = app.backups[app.site];
  const [probe, proved] = await Promise.all([app.probeBucket(record.bucket), app.isProved(record)]);
  const after = await destinations.change(record.tenant, record.bucket, (current) =>
    changedTo(current, probed(current ?? record, probe, proved, app.now())),
  );
  app.forgetDestination(record.tenant, record.bucket);
  if (after.proofLostAt && after.incident) await tellOfLoss(app, after.tenant, after.bucket, after.proofLostAt);
  return after;
}

/** The tenant's settings, and so the other site, learn of the loss; until they can be told, at each probe again (R34). */
async function tellOfLoss(app: SweepApp, tenant: string, bucket: string, at: Date): Promise<void> {
  await revokeProof(app, tenant, bucket, at).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
}

/** Calls for what waited; until the bucket has taken a recording only for a few, for a probe may be wrong. */
async function drain(app: SweepApp, { tenant, bucket, onTrial }: DestinationRecord): Promise<number> {
  const { ledger, destinations } = app.backups[app.site];
  const most = onTrial ? mostOnTrial : mostDue;
  let called = 0;
  let left = true;
  while (left && called < most) {
    const asked = Math.min(portion, most - called);
    const keys = await ledger.parked(tenant, bucket, asked);
    await callFor(app, keys);
    called += keys.length;
    left = keys.length === asked;
  }
  await destinations.change(tenant, bucket, (current) => {
    const next = current && drained(current, left, app.now());
    return next === undefined || next === current ? { outcome: undefined } : { next, outcome: undefined };
  });
  return called;
}
