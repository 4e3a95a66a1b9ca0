import { StorageError } from "./errors.ts";
import type { Bucket, StoredObject } from "./state.ts";

/** What of an answer is wanted, by field; an empty map is all of it. */
type Mask = Map<string, Mask>;

/**
 * The `fields` parameter, such as `items(name,metadata/mtime),nextPageToken`; undefined is everything.
 * @throws StorageError when it cannot be read.
 */
export function maskOf(query: URLSearchParams): Mask | undefined {
  const text = query.get("fields");
  if (text === null || text === "" || text === "*") return undefined;
  const parts = text.match(/[^,()/]+|[,()/]/g) ?? [];
  let at = 0;
  const group = (): Mask => {
    const mask: Mask = new Map();
    do {
      let inner = mask;
      let more = true;
      while (more) {
        const name = parts[at++];
        if (name === undefined || /^[,()/]$/.test(name))
          throw new StorageError("invalid", `Invalid field selection ${text}`);
        const below: Mask = inner.get(name) ?? new Map();
        inner.set(name, below);
        inner = below;
        more = parts[at] === "/";
        if (more) at += 1;
      }
      if (parts[at] === "(") {
        at += 1;
        for (const [name, below] of group()) inner.set(name, below);
        if (parts[at++] !== ")") throw new StorageError("invalid", `Invalid field selection ${text}`);
      }
    } while (parts[at++] === ",");
    at -= 1;
    return mask;
  };
  const mask = group();
  if (at < parts.length) throw new StorageError("invalid", `Invalid field selection ${text}`);
  return mask;
}

/** What the mask wants of one field: nothing (false), all of it (undefined), or a part. */
export function within(mask: Mask | undefined, name: string): Mask | undefined | false {
  if (mask === undefined || mask.size === 0 || mask.has("*")) return undefined;
  const below = mask.get(name);
  if (below === undefined) return false;
  return below.size === 0 ? undefined : below;
}

/** What the mask wants of the value. */
export function masked(value: unknown, mask: Mask | undefined): unknown {
  if (mask === undefined || mask.size === 0 || mask.has("*") || typeof value !== "object" || value === null)
    return value;
  if (Array.isArray(value)) return value.map((item) => masked(item, mask));
  const result: Record<string, unknown> = {};
  for (const [name, below] of mask) {
    const of = (value as Record<string, unknown>)[name];
    if (of !== undefined) result[name] = masked(of, below);
  }
  return result;
}

/** Where the service is, as the caller wrote it, and how long its objects are retained. */
export type Origin = { base: string; retainedUntil: (object: StoredObject) => number | undefined };

type Show = (object: StoredObject, origin: Origin) => unknown;

/** Remembers the last result: an object's fields ask for the same again and again, and listings have many objects. */
function remembering<A, R>(compute: (of: A) => R): (of: A) => R {
  let last: { of: A; result: R } | undefined;
  return (of) => {
    if (last?.of !== of) last = { of, result: compute(of) };
    return last.result;
  };
}

const time = remembering((milliseconds: number) => new Date(milliseconds).toISOString());
const created: Show = (object) => time(object.created);
const address = remembering(({ bucket, name }: StoredObject) => `storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`);

/** Every field of an object's resource. */
const shown: Record<string, Show> = {
  kind: () => "storage#object",
  id: ({ bucket, name, generation }) => `${bucket}/${name}/${generation}`,
  selfLink: (object, { base }) => `${base}/${address(object)}`,
  mediaLink: (object, { base }) => `${base}/download/${address(object)}?generation=${object.generation}&alt=media`,
  name: ({ name }) => name,
  bucket: ({ bucket }) => bucket,
  generation: ({ generation }) => `${generation}`,
  metageneration: ({ metageneration }) => `${metageneration}`,
  contentType: ({ fields }) => fields.contentType,
  storageClass: ({ fields }) => fields.storageClass ?? "STANDARD",
  size: ({ size }) => `${size}`,
  md5Hash: ({ md5Hash }) => md5Hash,
  crc32c: ({ crc32c }) => crc32c,
  etag: etagOf,
  timeCreated: created,
  updated: ({ updated }) => time(updated),
  timeStorageClassUpdated: created,
  timeFinalized: created,
  cacheControl: ({ fields }) => fields.cacheControl,
  contentDisposition: ({ fields }) => fields.contentDisposition,
  contentEncoding: ({ fields }) => fields.contentEncoding,
  contentLanguage: ({ fields }) => fields.contentLanguage,
  customTime: ({ fields }) => fields.customTime,
  temporaryHold: ({ fields }) => fields.temporaryHold,
  eventBasedHold: ({ fields }) => fields.eventBasedHold,
  metadata: ({ fields }) => fields.metadata,
  retentionExpirationTime: (object, { retainedUntil }) => {
    const until = retainedUntil(object);
    return until === undefined ? undefined : time(until);
  },
};
const everyField = Object.entries(shown);

export function etagOf({ generation, metageneration }: StoredObject): string {
  return Buffer.from(`${generation}/${metageneration}`).toString("base64");
}

/** An object as the API gives it, with the fields that are wanted. */
export function objectResource(object: StoredObject, origin: Origin, mask?: Mask): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (mask === undefined || mask.size === 0 || mask.has("*")) {
    for (const [name, show] of everyField) result[name] = show(object, origin);
    return result;
  }
  for (const [name, below] of mask) result[name] = masked(shown[name]?.(object, origin), below);
  return result;
}

/** A bucket as the API gives it. */
export function bucketResource(bucket: Bucket, base: string): Record<string, unknown> {
  const { name, location, metageneration, fields } = bucket;
  const retention = fields.retentionPolicy;
  return {
    kind: "storage#bucket",
    id: name,
    selfLink: `${base}/storage/v1/b/${name}`,
    name,
    location,
    locationType: "region",
    storageClass: "STANDARD",
    metageneration: `${metageneration}`,
    etag: Buffer.from(`${metageneration}`).toString("base64"),
    timeCreated: time(bucket.created),
    updated: time(bucket.updated),
    projectNumber: "1",
    ...fields,
    iamConfiguration: {
      uniformBucketLevelAccess: { enabled: true },
      publicAccessPrevention: "inherited",
      ...fields.iamConfiguration,
    },
    ...(retention === undefined
      ? {}
      : {
          retentionPolicy: {
            retentionPeriod: `${retention.retentionPeriod}`,
            effectiveTime: time(bucket.updated),
            isLocked: false,
          },
        }),
  };
}
