import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { readBody } from "../site/http.ts";
import { answerBatch } from "./batch.ts";
import { answerControl } from "./control.ts";
import { sendObject } from "./download.ts";
import { NoAnswer, NotModified, StorageError } from "./errors.ts";
import { Faults } from "./faults.ts";
import { type Answer, admit, answerTarget } from "./json.ts";
import { maskOf, type Origin, objectResource } from "./resource.ts";
import { type Progress, ResumableUploads } from "./resumable.ts";
import { Signer } from "./signing.ts";
import type { StoredObject } from "./state.ts";
import type { Store } from "./store.ts";
import { type Target, targetOf } from "./target.ts";
import { receiveObject, receiveXml } from "./upload.ts";

/** Everything that answers requests. */
type Cloud = { store: Store; faults: Faults; uploads: ResumableUploads; signer: Signer };

/** Answers Cloud Storage's JSON API, and of its XML API what signed URLs need, out of this store. */
export function storageListener(store: Store, directory: string): RequestListener {
  const faults = new Faults();
  const cloud: Cloud = {
    store,
    faults,
    uploads: new ResumableUploads({ store, faults }),
    signer: new Signer(directory),
  };
  return (request, response) => {
    // A request that is given up half-way forgets its connection.
    const { socket } = request;
    serve(cloud, request, response).catch((error: unknown) => {
      if (error instanceof NoAnswer && error.silent) return;
      if (error instanceof NoAnswer || response.headersSent) socket.resetAndDestroy();
      else answerError(error, request, response);
    });
  };
}

async function serve(cloud: Cloud, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "" } = request;
  const control = await answerControl(cloud, request);
  if (control !== undefined) return sendAnswer(response, control);
  const origin = originOf(cloud.store, request);
  if (url.startsWith("/batch")) return answerBatch(cloud, origin, request, response);
  const target = targetOf(method, url);
  if (target.xml && request.headers.authorization === undefined) cloud.signer.check(request, Date.now());
  admit(cloud.store, target, request.headers["x-goog-user-project"]);
  if (target.operation === "objects.insert") return receive(cloud, target, origin, request, response);
  if (target.operation === "objects.download") {
    const effects = await cloud.faults.strike(target, "bytes");
    return sendObject(cloud.store, target, effects, request, response);
  }
  const body = method === "GET" || method === "DELETE" ? undefined : await readJson(request);
  sendAnswer(response, await answerTarget(cloud, target, origin, body));
}

function originOf(store: Store, request: IncomingMessage): Origin {
  return { base: `http://${request.headers.host}`, retainedUntil: (object) => store.retainedUntil(object) };
}

async function receive(
  { store, faults, uploads }: Cloud,
  target: Target,
  origin: Origin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { query } = target;
  const done = (object: StoredObject) =>
    sendAnswer(response, { status: 200, body: objectResource(object, origin, maskOf(query)) });
  if (target.xml) {
    const { generation, crc32c, md5Hash } = await receiveXml({ store, faults }, target, request);
    const headers = { "x-goog-generation": `${generation}`, "x-goog-hash": `crc32c=${crc32c},md5=${md5Hash}` };
    response.writeHead(200, { ...headers, "content-length": 0 }).end();
    return;
  }
  const id = query.get("upload_id");
  if (id !== null) {
    const progress = await uploads.proceed(id, target, request);
    if ("object" in progress) done(progress.object);
    else sendProgress(response, progress, request.headers["x-guploader-no-308"] === "yes");
  } else if (query.get("uploadType") === "resumable") {
    const begun = await uploads.begin(target, request);
    const location = `${origin.base}${request.url}&upload_id=${begun}`;
    response.writeHead(200, { location, "x-guploader-uploadid": begun, "content-length": 0 }).end();
  } else {
    done(await receiveObject({ store, faults }, target, request));
  }
}

/** A client may ask that what is not done yet be no redirection, which some HTTP libraries would follow. */
function sendProgress(
  response: ServerResponse,
  progress: Exclude<Progress, { object: unknown }>,
  no308: boolean,
): void {
  if ("cancelled" in progress) {
    response.writeHead(499, { "content-length": 0 }).end();
    return;
  }
  const range = progress.keptBytes === 0 ? {} : { range: `bytes=0-${progress.keptBytes - 1}` };
  const override = no308 ? { "x-http-status-code-override": "308" } : {};
  response.writeHead(no308 ? 200 : 308, { ...range, ...override, "content-length": 0 }).end();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request);
  try {
    return body.length === 0 ? undefined : JSON.parse(body.toString());
  } catch {
    throw new StorageError("invalid", "Parse Error");
  }
}

function sendAnswer(response: ServerResponse, { status, body }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, status === 204 ? {} : { "content-length": 0 }).end();
    return;
  }
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json; charset=UTF-8", "content-length": Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}

function answerError(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (error instanceof NotModified) {
    response.writeHead(304).end();
    return;
  }
  const known = error instanceof StorageError ? error : new StorageError("internalError", String(error));
  const xml = /^\/(?!storage\/|b[/?]|b$|upload\/|resumable\/|download\/|batch|_|v1\/)/.test(request.url ?? "");
  if (!xml) {
    sendAnswer(response, { status: known.status, body: known.json });
    return;
  }
  response.writeHead(known.status, {
    "content-type": "application/xml; charset=UTF-8",
    "content-length": Buffer.byteLength(known.xml),
  });
  response.end(request.method === "HEAD" ? undefined : known.xml);
}
