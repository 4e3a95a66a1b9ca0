import { siteInCharge, whileInCharge } from "../in-charge.ts";
import type { Site } from "../sites.ts";
import { awaited, granted, type Look, savedSetting, type WantedSetting } from "./bucket-state.ts";
import type { BackupBucket } from "./buckets.ts";
import { destinationCauses } from "./failures.ts";
import { type BackupSettingsApp, lookAtBucket, refusal, revokeProof, theSettings } from "./look-at-bucket.ts";
import type { BackupSetting } from "./settings.ts";

/** What was saved, and where. */
export type SavedSetting = { site: Site; before?: BackupSetting; after: BackupSetting };

/**
 * Saves one level where the tenant is in charge (R32, R33): its bucket is looked at first, and what is in force stays so
 * until the new one is permitted and proved. The last of two who save at once wins; repeating is safe.
 * @throws AppError `invalid` or `precondition-failed` for a bucket that cannot be used, with the cause; `conflict` while
 *   the tenant changes hands; `unavailable`. Nothing is saved then.
 */
export async function saveSetting(
  app: BackupSettingsApp,
  { tenant, level, by }: { tenant: string; level: string; by: string },
  wanted: WantedSetting,
): Promise<SavedSetting> {
  const site = siteInCharge(await app.standbys.read(tenant), theSettings);
  const bucket = wanted.bucket ?? undefined;
  const look = bucket === undefined ? undefined : await lookAtBucket(app, site, tenant, bucket);
  const refused = look && "problem" in look ? look.problem : undefined;
  const now = app.now();
  if (bucket !== undefined && refused && destinationCauses[refused.cause].revokesProof) {
    await revokeProof(app, tenant, bucket, now);
  }
  const change = () =>
    app.backups[site].settings.change(tenant, level, bucket, (current) => {
      // What is in force already may be switched on and off whatever became of its bucket.
      const isKept = bucket !== undefined && current.setting?.bucket === bucket;
      if (refused && refused.cause !== "denied" && !isKept) throw refusal(refused, "body.bucket");
      const next = look && bucket !== undefined ? bucketAfter(current.bucket, bucket, look, now) : undefined;
      const after = savedSetting(current.setting, wanted, next ?? current.bucket, { updatedAt: now, updatedBy: by });
      const outcome: SavedSetting = { site, ...(current.setting ? { before: current.setting } : {}), after };
      return { setting: after, ...(next ? { bucket: next } : {}), outcome };
    });
  return whileInCharge(site, theSettings, change);
}

function bucketAfter(
  current: BackupBucket | undefined,
  bucket: string,
  look: Look,
  now: Date,
): BackupBucket | undefined {
  if ("placeholder" in look) return granted(current, bucket, look, now);
  return look.problem.cause === "denied" ? awaited(current, bucket, look.problem, now) : undefined;
}
