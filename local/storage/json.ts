import { compose } from "./compose.ts";
import { conditionsOf } from "./conditions.ts";
import { rewrite } from "./copy.ts";
import { StorageError } from "./errors.ts";
import type { Effects, Faults } from "./faults.ts";
import { listQueryOf } from "./list.ts";
import { bucketResource, masked, maskOf, type Origin, objectResource, within } from "./resource.ts";
import { bucketFields, objectFields, parseFields, patched } from "./state.ts";
import type { Store } from "./store.ts";
import type { Operation, Target } from "./target.ts";

/** A request whose body is JSON or nothing, as all are but the transfers of objects. */
type JsonRequest = { store: Store; target: Target; origin: Origin; effects: Effects; body: unknown };
export type Answer = { status: number; body?: unknown };
type JsonOperation = Exclude<Operation, "objects.download" | "objects.insert">;

/** What answers requests that transfer no object. */
export type Answering = { store: Store; faults: Faults };

/** Answers a request that transfers no object, after the faults on it. @throws StorageError or NoAnswer */
export async function answerTarget(
  { store, faults }: Answering,
  target: Target,
  origin: Origin,
  body: unknown,
): Promise<Answer> {
  const { operation } = target;
  if (operation === "objects.insert" || operation === "objects.download") {
    throw new StorageError("invalid", "Transfers of objects cannot be batched.");
  }
  const effects = await faults.strike(target, operation === "objects.rewrite" ? "bytes" : "nothing");
  return answers[operation]({ store, target, origin, effects, body });
}

/** @throws StorageError when a bucket is not there, or wants its requester to pay; NoAnswer when its location is lost. */
export function admit(store: Store, { operation, bucket, to, query }: Target, payer: unknown): void {
  if (bucket === "") return;
  for (const name of to === undefined ? [bucket] : [bucket, to.bucket]) {
    const { requesterPays } = store.bucket(name).fields.billing ?? {};
    if (requesterPays !== true || operation.startsWith("buckets.") || query.has("userProject") || payer !== undefined)
      continue;
    const text = "Bucket is a requester pays bucket but no user project provided.";
    throw new StorageError("required", text);
  }
}

const answers: Record<JsonOperation, (request: JsonRequest) => Promise<Answer> | Answer> = {
  "buckets.list": ({ store, origin, target }) => {
    const prefix = target.query.get("prefix") ?? "";
    const items = store.buckets().filter(({ name }) => name.startsWith(prefix));
    return ok({ kind: "storage#buckets", items: items.map((bucket) => bucketResource(bucket, origin.base)) }, target);
  },
  "buckets.insert": ({ store, origin, target, body }) => {
    const { name = "", location = "US" } = (body ?? {}) as { name?: string; location?: string };
    return ok(bucketResource(store.createBucket(name, location, parseFields(bucketFields, body)), origin.base), target);
  },
  "buckets.get": ({ store, origin, target }) => {
    store.permit(target.bucket, "storage.buckets.get");
    return ok(bucketResource(store.bucket(target.bucket), origin.base), target);
  },
  "buckets.patch": (request) =>
    changeBucket(request, patched(request.store.bucket(request.target.bucket).fields, request.body)),
  "buckets.update": (request) => changeBucket(request, request.body),
  "buckets.delete": ({ store, target }) => {
    store.permit(target.bucket, "storage.buckets.delete");
    store.deleteBucket(target.bucket);
    return { status: 204 };
  },
  "buckets.testIamPermissions": ({ store, target }) => {
    const { permissions: held } = store.bucket(target.bucket);
    const asked = target.query.getAll("permissions");
    if (asked.length === 0) throw new StorageError("invalid", "Required parameter: permissions");
    const permissions = held === undefined ? asked : asked.filter((permission) => held.includes(permission));
    const kind = "storage#testIamPermissionsResponse";
    // The service leaves the list out when it is empty.
    return { status: 200, body: permissions.length === 0 ? { kind } : { kind, permissions } };
  },
  "buckets.getStorageLayout": ({ store, target: { bucket } }) => {
    const { location } = store.permit(bucket, "storage.objects.list").bucket;
    const layout = { kind: "storage#storageLayout", bucket, location, locationType: "region" };
    return { status: 200, body: { ...layout, hierarchicalNamespace: { enabled: false } } };
  },
  "objects.list": listObjects,
  "objects.get": ({ store, origin, target: { bucket, object, query } }) => {
    const found = store.object(bucket, object, conditionsOf(query));
    return { status: 200, body: objectResource(found, origin, maskOf(query)) };
  },
  "objects.patch": (request) => changeObject(request, (old) => patched(old, request.body)),
  "objects.update": (request) => changeObject(request, () => request.body),
  "objects.delete": ({ store, target: { bucket, object, query } }) => {
    store.delete(bucket, object, conditionsOf(query));
    return { status: 204 };
  },
  "objects.rewrite": ({ store, target, origin, effects, body }) => {
    const { resource, ...progress } = rewrite(store, target, body, effects.rewriteBytesPerCall);
    const shown = resource === undefined ? {} : { resource: objectResource(resource, origin) };
    return ok({ kind: "storage#rewriteResponse", ...progress, ...shown }, target);
  },
  "objects.copy": ({ store, target, origin, body }) => {
    const { resource } = rewrite(store, target, body, undefined);
    if (resource === undefined) throw new StorageError("invalid", "A copy is made in one go.");
    return { status: 200, body: objectResource(resource, origin, maskOf(target.query)) };
  },
  "objects.compose": async ({ store, target, origin, body }) => ({
    status: 200,
    body: objectResource(await compose(store, target, body), origin, maskOf(target.query)),
  }),
};

function ok(body: Record<string, unknown>, { query }: Target): Answer {
  return { status: 200, body: masked(body, maskOf(query)) };
}

function changeBucket({ store, target, origin }: JsonRequest, fields: unknown): Answer {
  store.permit(target.bucket, "storage.buckets.update");
  const changed = store.changeBucket(target.bucket, { fields: parseFields(bucketFields, fields) });
  return ok(bucketResource(changed, origin.base), target);
}

function changeObject({ store, target, origin }: JsonRequest, change: (old: object) => unknown): Answer {
  const { bucket, object, query } = target;
  const fields = (old: object) => parseFields(objectFields, change(old));
  const updated = store.update(bucket, object, fields, conditionsOf(query));
  return { status: 200, body: objectResource(updated, origin, maskOf(query)) };
}

function listObjects({ store, target: { bucket, query }, origin }: JsonRequest): Answer {
  const { items, prefixes, nextPageToken } = store.list(bucket, listQueryOf(query));
  const mask = maskOf(query);
  const ofItems = within(mask, "items");
  const body: Record<string, unknown> = {};
  if (within(mask, "kind") !== false) body.kind = "storage#objects";
  if (nextPageToken !== undefined && within(mask, "nextPageToken") !== false) body.nextPageToken = nextPageToken;
  if (prefixes.length > 0 && within(mask, "prefixes") !== false) body.prefixes = prefixes;
  // The service leaves empty lists out.
  if (items.length > 0 && ofItems !== false) {
    const shown = items.map((item) => objectResource(item, origin, ofItems));
    body.items = hasOwnKey(store, bucket) ? shown.map(withoutChecksums) : shown;
  }
  return { status: 200, body };
}

function hasOwnKey(store: Store, bucket: string): boolean {
  return store.bucket(bucket).fields.encryption?.defaultKmsKeyName !== undefined;
}

/** The service lists no checksums of what a customer's own key encrypts; it tells them of one object alone. */
function withoutChecksums({ crc32c: _crc32c, md5Hash: _md5Hash, ...listed }: Record<string, unknown>) {
  return listed;
}
