import { open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { conditionsOf } from "./conditions.ts";
import { blockBytes } from "./content.ts";
import { NoAnswer, StorageError } from "./errors.ts";
import type { Effects } from "./faults.ts";
import { etagOf } from "./resource.ts";
import type { StoredObject } from "./state.ts";
import type { Store } from "./store.ts";
import type { Target } from "./target.ts";

/** Sends an object's bytes, or those of the range that is asked for. @throws StorageError before anything is sent. */
export async function sendObject(
  store: Store,
  target: Target,
  effects: Effects,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const object = store.object(target.bucket, target.object, conditionsOf(target.query));
  const headers = headersOf(object, target.query);
  const unzip = headers["content-encoding"] === "gzip" && !/\bgzip\b/.test(`${request.headers["accept-encoding"]}`);
  // The service unpacks for who cannot, and then neither length nor ranges are known.
  if (unzip) delete headers["content-encoding"];
  const part = unzip ? undefined : rangeOf(request.headers.range, object.size);
  const { start, end } = part ?? { start: 0, end: object.size };
  if (part !== undefined) headers["content-range"] = `bytes ${start}-${end - 1}/${object.size}`;
  if (!unzip) headers["content-length"] = `${end - start}`;
  const status = part === undefined ? 200 : 206;
  if (request.method === "HEAD") {
    response.writeHead(status, headers).end();
    return;
  }
  const { breakAfterBytes } = effects;
  if (end - start <= blockBytes && !unzip) {
    const bytes = end > start ? store.files.read(object, start, end - start) : Buffer.alloc(0);
    if (effects.corrupt === true && bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
    if (breakAfterBytes !== undefined && breakAfterBytes < bytes.length) {
      response.writeHead(status, headers);
      response.write(bytes.subarray(0, breakAfterBytes), () => response.destroy());
      return;
    }
    response.writeHead(status, headers).end(bytes);
    return;
  }
  // Opened before anything is sent: an object that is replaced meanwhile is sent as it was.
  const file = await open(store.files.pathOf(object.file));
  response.writeHead(status, headers);
  const bytes = file.createReadStream({ start, end: end - 1, highWaterMark: blockBytes });
  try {
    const passed = passing(bytes, effects, response);
    await (unzip ? pipeline(passed, createGunzip(), response) : pipeline(passed, response));
  } catch {
    // The reader has gone, or must see the break: there is nobody to tell anything else.
    response.destroy();
  }
}

async function* passing(
  bytes: AsyncIterable<Buffer>,
  { breakAfterBytes, corrupt }: Effects,
  response: ServerResponse,
): AsyncGenerator<Buffer> {
  let left = breakAfterBytes ?? Number.POSITIVE_INFINITY;
  let wrong = corrupt === true;
  for await (const chunk of bytes) {
    if (wrong) chunk[0] = (chunk[0] ?? 0) ^ 1;
    wrong = false;
    if (chunk.length > left) {
      // What comes before the break must have left, or it would be lost with the connection.
      await new Promise((sent) => response.write(chunk.subarray(0, left), sent));
      throw new NoAnswer(false);
    }
    yield chunk;
    left -= chunk.length;
  }
}

/** The headers that describe an object; a signed URL may give others of them. */
function headersOf(object: StoredObject, query: URLSearchParams): Record<string, string> {
  const { fields, generation, metageneration, size, crc32c, md5Hash, updated } = object;
  const disposition = query.get("response-content-disposition") ?? fields.contentDisposition;
  const encoding = fields.contentEncoding;
  const headers: Record<string, string> = {
    "content-type": query.get("response-content-type") ?? fields.contentType ?? "application/octet-stream",
    "cache-control": fields.cacheControl ?? "no-cache, no-store, max-age=0, must-revalidate",
    etag: etagOf(object),
    "last-modified": new Date(updated).toUTCString(),
    "accept-ranges": "bytes",
    "x-goog-generation": `${generation}`,
    "x-goog-metageneration": `${metageneration}`,
    "x-goog-hash": `crc32c=${crc32c}${md5Hash === undefined ? "" : `,md5=${md5Hash}`}`,
    "x-goog-stored-content-encoding": encoding ?? "identity",
    "x-goog-stored-content-length": `${size}`,
    "x-goog-storage-class": fields.storageClass ?? "STANDARD",
  };
  if (disposition !== undefined) headers["content-disposition"] = headerSafe(disposition);
  if (encoding !== undefined) headers["content-encoding"] = encoding;
  if (fields.contentLanguage !== undefined) headers["content-language"] = fields.contentLanguage;
  for (const [name, value] of Object.entries(fields.metadata ?? {})) {
    if (/^[\w-]+$/.test(name)) headers[`x-goog-meta-${name.toLowerCase()}`] = headerSafe(value);
  }
  return headers;
}

/** A header carries UTF-8 as single bytes. */
function headerSafe(text: string): string {
  return Buffer.from(text.replace(/[\r\n]+/g, " ")).toString("latin1");
}

/** The one range asked for, `end` not included; undefined when it is no single range of bytes. @throws StorageError (416) */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (found === null || (found[1] === "" && found[2] === "")) return undefined;
  const [, first, last] = found;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (start >= end) throw new StorageError("requestedRangeNotSatisfiable", "The requested range cannot be satisfied.");
  return { start, end };
}
