import { z } from "zod";
import type { Content } from "./content.ts";
import { StorageError } from "./errors.ts";

/** What a client may say of an object; the service keeps it as it is. */
export const objectFields = z.object({
  contentType: z.string().optional(),
  contentEncoding: z.string().optional(),
  contentDisposition: z.string().optional(),
  contentLanguage: z.string().optional(),
  cacheControl: z.string().optional(),
  customTime: z.string().optional(),
  temporaryHold: z.boolean().optional(),
  eventBasedHold: z.boolean().optional(),
  storageClass: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});
export type ObjectFields = z.infer<typeof objectFields>;

/** One object; times are in milliseconds since 1970. It is replaced, never changed. */
export type StoredObject = Content & {
  readonly bucket: string;
  readonly name: string;
  readonly generation: number;
  readonly metageneration: number;
  readonly created: number;
  readonly updated: number;
  readonly fields: ObjectFields;
};

/** What a client may say of a bucket. */
export const bucketFields = z.object({
  billing: z.object({ requesterPays: z.boolean().optional() }).optional(),
  retentionPolicy: z.object({ retentionPeriod: z.coerce.number().int().min(1) }).optional(),
  iamConfiguration: z
    .object({
      uniformBucketLevelAccess: z.object({ enabled: z.boolean() }).optional(),
      publicAccessPrevention: z.string().optional(),
    })
    .optional(),
  encryption: z.object({ defaultKmsKeyName: z.string().optional() }).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  storageClass: z.string().optional(),
});
export type BucketFields = z.infer<typeof bucketFields>;

/** One bucket. It is replaced, never changed. */
export type Bucket = {
  readonly name: string;
  /** In capitals, such as `ASIA-NORTHEAST1`. */
  readonly location: string;
  readonly created: number;
  readonly updated: number;
  readonly metageneration: number;
  readonly fields: BucketFields;
  /** What the caller may do; everything when it is not said. */
  readonly permissions?: readonly string[];
};

/** @throws StorageError when the service would not take the name. */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw new StorageError("invalid", "Required object name.");
  if (bytes > 1024) throw new StorageError("invalid", "The maximum object length is 1024 characters.");
  if (/[\r\n]/.test(name) || name === "." || name === ".." || name.startsWith(".well-known/acme-challenge/")) {
    throw new StorageError("invalid", `Disallowed unicode characters or name: ${JSON.stringify(name)}`);
  }
}

/** @throws StorageError when the service would not take the name. */
export function checkBucketName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name)) {
    throw new StorageError("invalid", `Invalid bucket name: '${name}'`);
  }
}

/**
 * What the request's body says, checked.
 * @throws StorageError when it is none of the API's, or has more metadata than an object may have.
 */
export function parseFields<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (!parsed.success) throw new StorageError("invalid", z.prettifyError(parsed.error));
  const { metadata } = parsed.data as { metadata?: Record<string, string> };
  const bytes = Object.entries(metadata ?? {}).reduce(
    (sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text),
    0,
  );
  if (bytes > 8192)
    throw new StorageError("invalid", "The total size of custom metadata keys and values exceeds 8 KiB.");
  return parsed.data;
}

/** The fields after a patch: `null` removes one, and an object's own metadata is merged key by key. */
export function patched(fields: object, patch: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = { ...fields };
  for (const [key, value] of Object.entries((patch ?? {}) as Record<string, unknown>)) {
    if (value === null) delete result[key];
    else if (typeof value === "object" && !Array.isArray(value))
      result[key] = patched((result[key] ?? {}) as object, value);
    else result[key] = value;
  }
  return result;
}
