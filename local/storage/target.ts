import { StorageError } from "./errors.ts";

/** Every kind of request that is imitated, by the name of its method in the API. */
export const operations = [
  "buckets.list",
  "buckets.insert",
  "buckets.get",
  "buckets.patch",
  "buckets.update",
  "buckets.delete",
  "buckets.testIamPermissions",
  "buckets.getStorageLayout",
  "objects.list",
  "objects.get",
  "objects.download",
  "objects.insert",
  "objects.patch",
  "objects.update",
  "objects.delete",
  "objects.rewrite",
  "objects.copy",
  "objects.compose",
] as const;
export type Operation = (typeof operations)[number];

/** What a request is about. */
export type Target = {
  operation: Operation;
  /** The XML API, whose paths signed URLs have. */
  xml: boolean;
  bucket: string;
  /** Empty when the request names none, or only in its body. */
  object: string;
  /** Where a copy goes. */
  to?: { bucket: string; object: string };
  query: URLSearchParams;
};

/** The methods of the JSON API, by request method and path below `/b`, names left out. */
const jsonMethods: Readonly<Record<string, Operation>> = {
  "GET ": "buckets.list",
  "POST ": "buckets.insert",
  "GET *": "buckets.get",
  "PATCH *": "buckets.patch",
  "PUT *": "buckets.update",
  "DELETE *": "buckets.delete",
  "GET */iam/testPermissions": "buckets.testIamPermissions",
  "GET */storageLayout": "buckets.getStorageLayout",
  "GET */o": "objects.list",
  "GET */o/*": "objects.get",
  "PATCH */o/*": "objects.patch",
  "PUT */o/*": "objects.update",
  "DELETE */o/*": "objects.delete",
  "POST */o/*/rewriteTo/b/*/o/*": "objects.rewrite",
  "POST */o/*/copyTo/b/*/o/*": "objects.copy",
  "POST */o/*/compose": "objects.compose",
};

const xmlMethods: Readonly<Record<string, Operation>> = {
  GET: "objects.download",
  HEAD: "objects.download",
  PUT: "objects.insert",
  DELETE: "objects.delete",
};

/**
 * What the request is about: the JSON API, uploads and downloads, or the XML API's `/BUCKET/OBJECT`, which a path
 * without the JSON API's prefix is taken for. The path is taken as it was sent: a client's normalising would take `..`
 * out of names.
 * @throws StorageError when nothing of the kind is imitated.
 */
export function targetOf(method: string, url: string): Target {
  const mark = url.indexOf("?");
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const path = (mark < 0 ? url : url.slice(0, mark)).replace(/^https?:\/\/[^/]+/, "");
  const api = /^(?:\/(upload|resumable\/upload|download))?\/storage\/v1\/b(?:\/(.*))?$/.exec(path);
  if (api === null) return xmlTarget(method, path, query);
  const rest = api[2] === undefined || api[2] === "" ? [] : api[2].split("/");
  const [bucket = "", , object = ""] = rest.map(decoded);
  const shape = rest.map((part, at) => ([0, 2, 5, 7].includes(at) && !(at === 2 && rest[1] !== "o") ? "*" : part));
  const found = { xml: false, bucket, object, query };
  if (api[1]?.endsWith("upload") === true && shape.join("/") === "*/o") {
    return { ...found, operation: "objects.insert", object: query.get("name") ?? "" };
  }
  const operation = jsonMethods[`${method} ${shape.join("/")}`];
  if (operation === undefined) throw new StorageError("notImplemented", `${method} ${path} is not imitated here`);
  const [, , , , , toBucket, , toObject] = rest.map(decoded);
  if (toBucket !== undefined && toObject !== undefined)
    Object.assign(found, { to: { bucket: toBucket, object: toObject } });
  const media = operation === "objects.get" && (api[1] === "download" || query.get("alt") === "media");
  return { ...found, operation: media ? "objects.download" : operation };
}

function xmlTarget(method: string, path: string, query: URLSearchParams): Target {
  const [, bucket = "", object = ""] = /^\/([^/]+)\/(.+)$/s.exec(path) ?? [];
  const operation = xmlMethods[method];
  if (operation === undefined || object === "") {
    throw new StorageError("notImplemented", `${method} ${path} is not imitated here`);
  }
  return { operation, xml: true, bucket: decoded(bucket), object: decoded(object), query };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StorageError("invalid", `Invalid path: ${text}`);
  }
}
