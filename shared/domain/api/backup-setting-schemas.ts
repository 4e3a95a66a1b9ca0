import { z } from "zod";
import { unitTypes } from "../backup/entry.ts";
import { type DestinationCause, destinationCauses, type SkipReason, skipReasons } from "../backup/failures.ts";
import { type BucketState, bucketStates } from "../backup/setting-views.ts";
import { label, siteName, time } from "./schemas.ts";

const causes = Object.keys(destinationCauses) as [DestinationCause];
const reasons = Object.keys(skipReasons) as [SkipReason];
const states = Object.keys(bucketStates) as [BucketState];
const levelType = z.enum(["company", "office", ...unitTypes]);

/** A bucket as its tenant sees it. */
export const bucketViewSchema = z
  .object({
    name: z.string(),
    state: z.enum(states),
    label,
    checkedAt: time.nullable(),
    waitingSince: time.optional().meta({ description: "a permission is waited for ten minutes" }),
    problem: z
      .object({ cause: z.enum(causes), label, remedy: label, since: time.optional() })
      .optional()
      .meta({ description: "what is wrong, and what to do" }),
    provedAt: time.optional(),
    provedBy: z.string().optional(),
    challenge: z
      .object({
        object: z.string().meta({ description: "the file in the bucket that holds the code" }),
        issuedAt: time,
        issuedBy: z.string(),
        expiresAt: time,
        triesLeft: z.int(),
      })
      .optional(),
    provable: z.boolean().meta({ description: "whether the caller may challenge and prove it" }),
    notChecked: z
      .array(z.object({ setting: z.string(), state: z.literal("notChecked"), label, advice: label }))
      .meta({ description: "what Hikae may not read of a bucket, and never claims" }),
  })
  .meta({ id: "BackupBucket" });

/** Of what is saved for a level; null where nothing was ever saved. */
export const levelVersion = z.string().max(40).nullable();

const levelFields = {
  level: z.object({
    type: levelType,
    id: z.string().optional(),
    name: z.string().optional(),
    office: z.string().optional(),
  }),
  saved: z
    .object({
      enabled: z.boolean(),
      bucket: z.string().nullable(),
      restrict: z.boolean().optional(),
      sidecar: z.boolean().optional(),
      updatedAt: time.optional(),
      updatedBy: z.string().optional(),
    })
    .nullable()
    .meta({ description: "null where nothing was ever saved" }),
  version: levelVersion.meta({ description: "of what is saved, to be given when it is saved anew" }),
  inForce: z
    .object({ enabled: z.boolean(), bucket: z.string().nullable() })
    .meta({ description: "of this level's own; a saved bucket is in force once it is permitted and proved" }),
  effective: z
    .union([
      z.object({ bucket: z.string(), from: z.object({ type: levelType, id: z.string().optional() }) }),
      z.object({ bucket: z.null(), why: z.object({ reason: z.enum(reasons), label }) }),
    ])
    .meta({ description: "where recordings go: the nearest bucket in force and its level, or why there is none" }),
  restricted: z.boolean().meta({ description: "whether all use the company's bucket" }),
  editable: z.boolean().meta({ description: "whether the caller may save it" }),
};

/** One level's settings. */
export const levelSettings = z
  .object({
    tenant: z.string(),
    site: siteName.meta({ description: "where they were read, or saved" }),
    ...levelFields,
    buckets: z.array(bucketViewSchema).meta({ description: "every bucket that is named above" }),
    grant: z
      .object({ serviceAccount: z.string().nullable(), role: z.string(), label })
      .meta({ description: "whom to grant which role on a bucket" }),
  })
  .meta({ id: "BackupSettings" });

/** The company's, with every office, centre and team. */
export const companyView = levelSettings
  .extend({
    levels: z.object({
      items: z.array(z.object(levelFields).meta({ id: "BackupLevel" })),
      truncated: z.boolean().meta({ description: "whether there are more than 2000 of a kind" }),
    }),
  })
  .meta({ id: "CompanyBackupSettings" });
