import type { Label } from "../../catalogue.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import { editingSite, whileInCharge } from "../in-charge.ts";
import type { Standbys } from "../ports.ts";
import type { Site } from "../sites.ts";
import { type Look, lost } from "./bucket-state.ts";
import { type BucketClaims, type BucketProblem, type CustomerBuckets, isTaken, noAccess } from "./buckets.ts";
import { type DestinationCause, destinationCauses } from "./failures.ts";
import type { SiteBackups } from "./ports.ts";

/** What settings and buckets need. */
export type BackupSettingsApp = {
  standbys: Pick<Standbys, "read">;
  backups: Record<Site, Pick<SiteBackups, "settings" | "destinations">>;
  bucketClaims: BucketClaims;
  customerBuckets: CustomerBuckets;
  now(): Date;
};

export const theSettings = "the backup settings";

/**
 * Looks at a bucket as it is now, for a tenant of that site. Of a bucket that is another tenant's it asks and tells as
 * much as of one without permission, so that neither answer nor time tells the two apart (R34).
 */
export async function lookAtBucket(app: BackupSettingsApp, site: Site, tenant: string, bucket: string): Promise<Look> {
  const [claim, destination, permitted] = await Promise.all([
    app.bucketClaims.read(bucket),
    whileInCharge(site, theSettings, () => app.backups[site].destinations.read(tenant, bucket)),
    app.customerBuckets.testPermissions(bucket),
  ]);
  const isOwn = claim?.tenant === tenant;
  const evidence = {
    ...(isOwn ? { claim } : {}),
    ...(destination ? { proofLostAt: destination.proofLostAt } : {}),
  };
  if (permitted !== "ok") return { problem: permitted, ...evidence };
  if (isTaken(claim, tenant)) return { problem: noAccess };
  const placeholder = await app.customerBuckets.touchPlaceholder(bucket);
  if ("cause" in placeholder) return { problem: placeholder, ...evidence };
  return { placeholder: placeholder.generation, ...evidence };
}

/**
 * The bucket was found gone then: whoever makes one of its name must prove it anew (R34). Repeating is safe, and a later
 * proof is not touched. "later" while the tenant changes hands: the settings are not told yet, tell them again.
 * @throws AppError `unavailable` when either database that has to know does not answer: tell it again.
 */
export async function revokeProof(
  app: Pick<BackupSettingsApp, "standbys" | "backups" | "bucketClaims">,
  tenant: string,
  bucket: string,
  now: Date,
): Promise<"revoked" | "later"> {
  const site = editingSite(await app.standbys.read(tenant));
  await app.bucketClaims.lose(bucket, tenant, now);
  if (!site) return "later";
  return app.backups[site].settings.changeBucket(tenant, bucket, (current) => {
    const next = current && lost(current, now);
    return { ...(next && next !== current ? { next } : {}), outcome: "revoked" };
  });
}

const refusals = {
  bucketGone: [
    "invalid",
    {
      ja: "この名前のバケットはありません。バケットを作成するか、名前を直してください。",
      en: "there is no bucket of this name: make it first, or correct the name",
    },
  ],
  denied: ["precondition-failed", destinationCauses.denied.remedy],
  requesterPays: ["precondition-failed", destinationCauses.requesterPays.remedy],
  unproved: ["precondition-failed", destinationCauses.unproved.remedy],
  throttled: [
    "unavailable",
    {
      ja: "バケットへのアクセスがCloud Storageで制限されています。1分ほど待ってから、もう一度お試しください。",
      en: "Cloud Storage takes too few requests for the bucket just now: try again in a minute",
    },
  ],
  unavailable: [
    "unavailable",
    {
      ja: "Cloud Storageが応答しません。1分ほど待ってから、もう一度お試しください。",
      en: "Cloud Storage does not answer: try again in a minute",
    },
  ],
} as const satisfies Record<DestinationCause, readonly [ErrorCode, Label]>;

/** Why a bucket is refused, and what to do about it; what more is known of it is for the log alone. */
export function refusal({ cause, message: known }: BucketProblem, field: string): AppError {
  const [code, label] = refusals[cause];
  const message = code === "unavailable" ? label.en : `${destinationCauses[cause].label.en}: ${label.en}`;
  return new AppError(code, message, {
    fields: [{ field, problem: label.en, label }],
    forCaller: true,
    cause: new Error(known),
  });
}
