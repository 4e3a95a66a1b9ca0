import { AppError } from "../errors.ts";
import { editingSite } from "../in-charge.ts";
import type { Site } from "../sites.ts";
import { lookedAtAgain } from "./bucket-state.ts";
import { type BackupSettingsApp, lookAtBucket } from "./look-at-bucket.ts";
import { settle } from "./prove-bucket.ts";

/** As many as are looked at in one sweep; the rest has its turn in a minute. */
const mostAtOnce = 50;

/**
 * Looks again at each bucket that waits for permission, where its tenant is in charge here (R33): what is permitted now
 * and proved already comes into force. How many were looked at. One query when nothing waits; safe to repeat.
 * @throws AppError `unavailable`.
 */
export async function probeWaitingBuckets(app: BackupSettingsApp & { site: Site }): Promise<number> {
  const waiting = await app.backups[app.site].settings.waiting(mostAtOnce);
  const looked = await Promise.all(waiting.map(({ tenant, bucket }) => probeWaiting(app, tenant, bucket)));
  return looked.filter(Boolean).length;
}

async function probeWaiting(app: BackupSettingsApp & { site: Site }, tenant: string, bucket: string): Promise<boolean> {
  const { site } = app;
  try {
    if (editingSite(await app.standbys.read(tenant)) !== site) return false;
    const look = await lookAtBucket(app, site, tenant, bucket);
    await settle(app.backups[site].settings, tenant, bucket, (current) =>
      current?.access === "waiting" ? lookedAtAgain(current, look, app.now()) : current,
    );
    return true;
  } catch (error) {
    // One tenant's trouble, such as its return to the primary just now, must not hold up the others.
    if (error instanceof AppError && (error.code === "conflict" || error.code === "unavailable")) return false;
    throw error;
  }
}
