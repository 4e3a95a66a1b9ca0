import type { IncomingMessage } from "node:http";
import { readBody } from "../site/http.ts";
import { type Conditions, conditionsOf } from "./conditions.ts";
import type { Content, Intake } from "./content.ts";
import { NoAnswer, StorageError } from "./errors.ts";
import type { Effects, Faults } from "./faults.ts";
import { boundaryOf, readRelated } from "./multipart.ts";
import { type ObjectFields, objectFields, parseFields, type StoredObject } from "./state.ts";
import type { Store } from "./store.ts";
import type { Target } from "./target.ts";

/** What the service needs to take an object in. */
export type Reception = { store: Store; faults: Faults };

/** What is to become of the bytes. */
export type Upload = {
  bucket: string;
  object: string;
  fields: ObjectFields;
  conditions: Conditions;
  /** Checksums the client computed; bytes that have others are refused. */
  expected: { crc32c?: string | undefined; md5Hash?: string | undefined };
};

/** Takes an object that comes in one request with `uploadType` media or multipart. @throws StorageError */
export async function receiveObject(
  reception: Reception,
  target: Target,
  request: IncomingMessage,
): Promise<StoredObject> {
  if (target.query.get("uploadType") !== "multipart") {
    const upload = uploadOf(target, {}, request, request.headers["content-type"]);
    return await receive(reception, target, upload, request);
  }
  const boundary = boundaryOf(request.headers["content-type"]);
  const { metadata, contentType, bytes } = await readRelated(request, boundary);
  return await receive(reception, target, uploadOf(target, metadata, request, contentType), bytes);
}

/** Takes an object that the XML API's PUT sends. @throws StorageError */
export async function receiveXml(
  reception: Reception,
  target: Target,
  request: IncomingMessage,
): Promise<StoredObject> {
  const { headers } = request;
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith("x-goog-meta-") ? [[name.slice("x-goog-meta-".length), `${value}`]] : [],
  );
  const said = {
    ...(headers["cache-control"] === undefined ? {} : { cacheControl: headers["cache-control"] }),
    ...(headers["content-disposition"] === undefined ? {} : { contentDisposition: headers["content-disposition"] }),
    ...(headers["content-encoding"] === undefined ? {} : { contentEncoding: headers["content-encoding"] }),
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
  };
  const match = headers["x-goog-if-generation-match"];
  if (match !== undefined) target.query.set("ifGenerationMatch", `${match}`);
  return await receive(reception, target, uploadOf(target, said, request, headers["content-type"]), request);
}

/** What the first request of a resumable upload says, with a JSON body or none. */
export async function readIntent(target: Target, request: IncomingMessage): Promise<Upload> {
  const text = (await readBody(request)).toString();
  let metadata: unknown;
  try {
    metadata = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new StorageError("invalid", "The metadata are not JSON.");
  }
  const type = request.headers["x-upload-content-type"];
  return uploadOf(target, metadata, request, type === undefined ? undefined : `${type}`);
}

function uploadOf(
  target: Target,
  metadata: unknown,
  { headers }: IncomingMessage,
  contentType: string | undefined,
): Upload {
  const said = (metadata ?? {}) as { name?: string; crc32c?: string; md5Hash?: string; acl?: unknown[] };
  if (target.query.has("predefinedAcl") || (said.acl ?? []).length > 0) {
    throw new StorageError(
      "invalid",
      "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled.",
    );
  }
  const encoding = target.query.get("contentEncoding");
  const fields = {
    ...(contentType === undefined ? {} : { contentType }),
    ...(encoding === null ? {} : { contentEncoding: encoding }),
    ...parseFields(objectFields, metadata),
  };
  const object = target.object === "" ? (said.name ?? "") : target.object;
  const expected = {
    crc32c: said.crc32c,
    md5Hash: said.md5Hash ?? headers["content-md5"]?.toString(),
    ...hashesIn(headers),
  };
  return { bucket: target.bucket, object, fields, conditions: conditionsOf(target.query), expected };
}

/** The checksums in a request's `X-Goog-Hash`. */
export function hashesIn(headers: IncomingMessage["headers"]): Upload["expected"] {
  const text = headers["x-goog-hash"]?.toString() ?? "";
  const value = (name: string) => new RegExp(`(?:^|[,\\s])${name}=([A-Za-z0-9+/=]+)`).exec(text)?.[1];
  const [crc32c, md5Hash] = [value("crc32c"), value("md5")];
  return { ...(crc32c === undefined ? {} : { crc32c }), ...(md5Hash === undefined ? {} : { md5Hash }) };
}

async function receive(
  { store, faults }: Reception,
  target: Target,
  upload: Upload,
  bytes: AsyncIterable<Buffer>,
): Promise<StoredObject> {
  const effects = await faults.strike({ ...target, object: upload.object }, "bytes");
  store.checkPut(upload.bucket, upload.object, upload.conditions);
  const intake = store.files.receive();
  try {
    await takeBytes(intake, bytes, effects);
  } catch (error) {
    await intake.discard();
    throw error;
  }
  const object = keep(store, upload, await intake.finish());
  if (effects.answerLost === true) throw new NoAnswer(false);
  return object;
}

/** Fills the intake, as far as the effects let it. @throws NoAnswer when they cut the connection. */
export async function takeBytes(intake: Intake, bytes: AsyncIterable<Buffer>, effects: Effects): Promise<void> {
  let left = effects.breakAfterBytes ?? Number.POSITIVE_INFINITY;
  let corrupt = effects.corrupt === true;
  for await (const chunk of bytes) {
    if (corrupt && chunk.length > 0) {
      chunk[0] = (chunk[0] ?? 0) ^ 1;
      corrupt = false;
    }
    const stored = intake.write(chunk.length > left ? chunk.subarray(0, left) : chunk);
    if (stored !== undefined) await stored;
    if (chunk.length > left) throw new NoAnswer(false);
    left -= chunk.length;
  }
}

/** Makes the content an object, or leaves nothing of it behind. @throws StorageError */
export function keep(store: Store, upload: Upload, content: Content): StoredObject {
  const { bucket, object, fields, conditions, expected } = upload;
  try {
    for (const hash of ["crc32c", "md5Hash"] as const) {
      if (expected[hash] === undefined || expected[hash] === content[hash]) continue;
      const text = `Provided ${hash} "${expected[hash]}" doesn't match calculated ${hash} "${content[hash]}".`;
      throw new StorageError("invalid", text);
    }
    return store.put(bucket, object, content, fields, conditions);
  } catch (error) {
    store.files.release(content);
    throw error;
  }
}
