import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Conditions, checkConditions } from "./conditions.ts";
import { type Content, ContentFiles } from "./content.ts";
import { NoAnswer, StorageError } from "./errors.ts";
import { type Entry, Journal } from "./journal.ts";
import { type Listing, type ListQuery, listNames } from "./list.ts";
import { SortedNames } from "./names.ts";
import {
  type Bucket,
  type BucketFields,
  checkBucketName,
  checkObjectName,
  type ObjectFields,
  type StoredObject,
} from "./state.ts";

/** How the buckets of a lost location answer: 503, a cut connection, or nothing at all. */
export type Loss = "unavailable" | "reset" | "hang";

type Held = { bucket: Bucket; objects: Map<string, StoredObject>; names: SortedNames };

/**
 * All buckets and objects: bytes and a journal on disk, the rest in memory. Every change is decided and made without
 * waiting in between, and is on disk when its method returns. All methods throw StorageError as the service would answer.
 */
export class Store {
  readonly files: ContentFiles;
  readonly #journal: Journal;
  readonly #held = new Map<string, Held>();
  readonly #lost = new Map<string, Loss>();
  #lastGeneration = 0;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.files = new ContentFiles(join(directory, "content"));
    const replay = (entry: Entry) => this.#apply(entry);
    this.#journal = new Journal(join(directory, "journal.jsonl"), replay, () => this.#present());
  }

  close(): void {
    this.#journal.close();
  }

  buckets(): Bucket[] {
    return [...this.#held.values()].map(({ bucket }) => bucket);
  }

  /** Loses every bucket of a location, until it is restored. */
  lose(location: string, how: Loss): void {
    this.#lost.set(location, how);
  }

  restore(location: string): void {
    this.#lost.delete(location);
  }

  /** The bucket, when its location answers. @throws NoAnswer when the location is lost in that way. */
  bucket(name: string): Bucket {
    return this.#reach(name).bucket;
  }

  createBucket(name: string, location: string, fields: BucketFields): Bucket {
    checkBucketName(name);
    if (this.#held.has(name))
      throw new StorageError(
        "conflict",
        "Your previous request to create the named bucket succeeded and you already own it.",
      );
    const now = Date.now();
    const bucket = { name, location: location.toUpperCase(), created: now, updated: now, metageneration: 1, fields };
    this.#commit({ bucket });
    return bucket;
  }

  /** Changes what is set on a bucket; the caller's permissions are no setting that a caller could change. */
  changeBucket(name: string, change: { fields?: BucketFields; permissions?: readonly string[] | undefined }): Bucket {
    const { bucket } = this.#reach(name);
    const { permissions: held, ...rest } = bucket;
    const permissions = "permissions" in change ? change.permissions : held;
    const changed: Bucket = {
      ...rest,
      fields: change.fields ?? bucket.fields,
      ...(permissions === undefined ? {} : { permissions }),
      updated: Date.now(),
      metageneration: bucket.metageneration + 1,
    };
    this.#commit({ bucket: changed });
    return changed;
  }

  deleteBucket(name: string): void {
    const { objects } = this.#reach(name);
    if (objects.size > 0) throw new StorageError("conflict", "The bucket you tried to delete is not empty.");
    this.#commit({ bucketGone: name });
  }

  /** The live object, or undefined; for the service's own use, no permission is asked. */
  live(bucket: string, name: string): StoredObject | undefined {
    return this.#reach(bucket).objects.get(name);
  }

  /** The live object, for a reader. @throws NotModified when the conditions say so. */
  object(bucket: string, name: string, conditions: Conditions = {}): StoredObject {
    this.permit(bucket, "storage.objects.get");
    return this.#find(bucket, name, conditions, true);
  }

  list(bucket: string, query: ListQuery): Listing<StoredObject> {
    this.permit(bucket, "storage.objects.list");
    const { names, objects } = this.#reach(bucket);
    const listed = listNames(names, query);
    return { ...listed, items: listed.items.flatMap((name) => objects.get(name) ?? []) };
  }

  /** Whether a `put` would be let through now, so that nobody sends bytes in vain. */
  checkPut(bucket: string, name: string, conditions: Conditions): void {
    const { objects } = this.permit(bucket, "storage.objects.create");
    checkObjectName(name);
    const live = objects.get(name);
    checkConditions(conditions, live);
    if (live !== undefined) this.#checkRemovable(live);
  }

  /** Makes the content an object's, in place of the live one. */
  put(bucket: string, name: string, content: Content, fields: ObjectFields, conditions: Conditions): StoredObject {
    this.checkPut(bucket, name, conditions);
    const now = Date.now();
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, now * 1000);
    const { file, size, crc32c, md5Hash } = content;
    const object: StoredObject = {
      ...{ bucket, name, generation: this.#lastGeneration, metageneration: 1, created: now, updated: now },
      ...{ file, size, crc32c, ...(md5Hash === undefined ? {} : { md5Hash }), fields },
    };
    this.#commit({ object });
    return object;
  }

  update(
    bucket: string,
    name: string,
    fields: (old: ObjectFields) => ObjectFields,
    conditions: Conditions,
  ): StoredObject {
    this.permit(bucket, "storage.objects.update");
    const live = this.#find(bucket, name, conditions, false);
    const { metageneration } = live;
    const object = { ...live, metageneration: metageneration + 1, updated: Date.now(), fields: fields(live.fields) };
    this.#commit({ object });
    return object;
  }

  delete(bucket: string, name: string, conditions: Conditions): void {
    this.permit(bucket, "storage.objects.delete");
    this.#checkRemovable(this.#find(bucket, name, conditions, false));
    this.#commit({ objectGone: { bucket, name } });
  }

  /** When a bucket's retention policy lets the object go, in milliseconds since 1970. */
  retainedUntil({ bucket, created }: StoredObject): number | undefined {
    const seconds = this.#held.get(bucket)?.bucket.fields.retentionPolicy?.retentionPeriod;
    return seconds === undefined ? undefined : created + seconds * 1000;
  }

  /** @throws StorageError (403) when the caller has not this permission. */
  permit(bucket: string, permission: string): Held {
    const held = this.#reach(bucket);
    const { permissions } = held.bucket;
    if (permissions === undefined || permissions.includes(permission)) return held;
    const text = `caller does not have ${permission} access to the Google Cloud Storage bucket or object. Permission '${permission}' denied on resource (or it may not exist).`;
    throw new StorageError("forbidden", text);
  }

  #reach(name: string): Held {
    const held = this.#held.get(name);
    if (held === undefined) throw new StorageError("notFound", "The specified bucket does not exist.");
    const loss = this.#lost.get(held.bucket.location);
    if (loss === "unavailable") throw new StorageError("backendError", "The location is not available.");
    if (loss !== undefined) throw new NoAnswer(loss === "hang");
    return held;
  }

  #find(bucket: string, name: string, conditions: Conditions, reading: boolean): StoredObject {
    const live = this.#reach(bucket).objects.get(name);
    if (live === undefined || (conditions.generation !== undefined && conditions.generation !== live.generation)) {
      // Who may not list is not told whether there is one.
      this.permit(bucket, "storage.objects.list");
      if (live === undefined && !reading) checkConditions(conditions, live);
      throw new StorageError("notFound", `No such object: ${bucket}/${name}`);
    }
    checkConditions(conditions, live, reading);
    return live;
  }

  #checkRemovable(live: StoredObject): void {
    this.permit(live.bucket, "storage.objects.delete");
    const { temporaryHold, eventBasedHold } = live.fields;
    const until = this.retainedUntil(live) ?? 0;
    if (temporaryHold !== true && eventBasedHold !== true && until <= Date.now()) return;
    const text = `Object '${live.bucket}/${live.name}' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until ${new Date(until).toISOString()}`;
    throw new StorageError("retentionPolicyNotMet", text);
  }

  #commit(entry: Entry): void {
    this.#journal.append(entry);
    this.#apply(entry);
  }

  #apply(entry: Entry): void {
    if ("bucket" in entry) {
      const held = this.#held.get(entry.bucket.name) ?? { objects: new Map(), names: new SortedNames() };
      this.#held.set(entry.bucket.name, { ...held, bucket: entry.bucket });
    } else if ("bucketGone" in entry) {
      this.#held.delete(entry.bucketGone);
    } else if ("object" in entry) {
      this.#replace(entry.object.bucket, entry.object.name, entry.object);
    } else {
      this.#replace(entry.objectGone.bucket, entry.objectGone.name, undefined);
    }
  }

  #replace(bucket: string, name: string, object: StoredObject | undefined): void {
    const held = this.#held.get(bucket);
    if (held === undefined) return;
    const old = held.objects.get(name);
    if (object !== undefined) {
      this.files.keep(object);
      this.#lastGeneration = Math.max(this.#lastGeneration, object.generation);
      held.objects.set(name, object);
      if (old === undefined) held.names.add(name);
    } else if (old !== undefined) {
      held.objects.delete(name);
      held.names.remove(name);
    }
    if (old !== undefined) this.files.release(old);
  }

  *#present(): Generator<Entry> {
    for (const { bucket, objects } of this.#held.values()) {
      yield { bucket };
      for (const object of objects.values()) yield { object };
    }
  }
}
