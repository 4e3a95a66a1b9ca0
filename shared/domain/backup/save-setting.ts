import { AppError } from "../errors.ts";
import { requireEditingSite, whileInCharge } from "../in-charge.ts";
import type { Site } from "../sites.ts";
import { awaited, granted, type Look, savedSetting, type WantedSetting } from "./bucket-state.ts";
import type { BackupBucket } from "./buckets.ts";
import { destinationCauses } from "./failures.ts";
import { type BackupSettingsApp, lookAtBucket, refusal, revokeProof, theSettings } from "./look-at-bucket.ts";
import { type BackupSetting, versionOf } from "./settings.ts";

/** What was saved, and where. */
export type SavedSetting = { site: Site; before?: BackupSetting; after: BackupSetting };

/**
 * Saves one level where the tenant is in charge (R32, R33): its bucket is looked at first, and what is in force stays so
 * until the new one is permitted and proved. With `read`, the version that the caller saw (null for none), nothing that was
 * saved since is undone; without it the last of two who save at once wins. Repeating is safe.
 * @throws AppError `invalid` or `precondition-failed` for a bucket that cannot be used, with the cause; `conflict` where
 *   something else was saved since it was read, and while the tenant changes hands; `unavailable`. Nothing is saved then.
 */
export async function saveSetting(
  app: BackupSettingsApp,
  { tenant, level, by, read }: { tenant: string; level: string; by: string; read?: string | null | undefined },
  wanted: WantedSetting,
): Promise<SavedSetting> {
  const site = requireEditingSite(await app.standbys.read(tenant), theSettings);
  const bucket = wanted.bucket ?? undefined;
  const look = bucket === undefined ? undefined : await lookAtBucket(app, site, tenant, bucket);
  const refused = look && "problem" in look ? look.problem : undefined;
  const now = app.now();
  if (bucket !== undefined && refused && destinationCauses[refused.cause].revokesProof) {
    await revokeProof(app, tenant, bucket, now);
  }
  const change = () =>
    app.backups[site].settings.change(tenant, level, bucket, (current) => {
      requireUnchanged(current.setting, wanted, read);
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

/** Nothing else was saved since it was read; what is wanted may be saved already, as when a request comes again. */
function requireUnchanged(current: BackupSetting | undefined, wanted: WantedSetting, read: string | null | undefined) {
  const version = versionOf(current);
  const { bucket, ...switches } = wanted;
  const asked = versionOf({ ...switches, ...(bucket === null ? {} : { wanted: bucket }) });
  if (read === undefined || version === read || version === asked) return;
  const label = {
    ja: "ほかの管理者が設定を変更しました。最新の内容を確認してから、もう一度変更してください。",
    en: "the settings were changed since they were read: read them again, then change them",
  };
  throw new AppError("conflict", label.en, { fields: [{ field: "body.version", problem: label.en, label }] });
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
