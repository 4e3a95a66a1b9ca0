import { createHash } from "node:crypto";
import type { Unit } from "./entry.ts";
import type { SkipReason } from "./failures.ts";

/** What one level of a tenant says of its backup (R32, R35); what is absent is not said. */
export type BackupSetting = {
  enabled: boolean;
  /** In force: permitted and proved. */
  bucket?: string;
  /** Saved, not yet in force: waits for permission or for the proof of ownership. */
  wanted?: string;
  /** The company's only: all use the company's bucket. */
  restrict?: boolean;
  /** The company's only: a metadata file is stored beside each recording (R44). */
  sidecar?: boolean;
  updatedAt?: Date;
  updatedBy?: string;
};

/**
 * A name for what is saved for a level, by which a lost update is noticed; null where nothing was ever saved. That a bucket
 * comes into force does not change it.
 */
export function versionOf(setting: BackupSetting | undefined): string | null {
  if (setting === undefined) return null;
  const { enabled, bucket = null, wanted = bucket, restrict = false, sidecar = false } = setting;
  const content = JSON.stringify([enabled, wanted, restrict, sidecar]);
  return createHash("sha256").update(content).digest("base64url").slice(0, 22);
}

/** The levels that concern one recording; absent where nothing was ever saved. */
export type BackupLevels = { company?: BackupSetting; office?: BackupSetting; unit?: BackupSetting };

/** Where a unit's recordings go, or why they go nowhere: with `restrict` the company's bucket, else the nearest one (R32). */
export function resolveBucket(levels: BackupLevels): { bucket: string } | { skipped: SkipReason } {
  const { company, office, unit } = levels;
  if (!company?.enabled) return { skipped: "companyOff" };
  if (!unit?.enabled) return { skipped: "unitOff" };
  const bucket = company.restrict ? company.bucket : (unit.bucket ?? office?.bucket ?? company.bucket);
  return bucket === undefined ? { skipped: "noBucket" } : { bucket };
}

/** The id of the level's document in `tenants/{tenant}/backupSettings`. */
export const companyLevel = "company";
export function officeLevel(office: string): string {
  return `office.${office}`;
}
export function unitLevel({ type, id }: Unit): string {
  return `${type}.${id}`;
}
