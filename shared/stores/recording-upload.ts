import { randomUUID } from "node:crypto";
import { refusalOf } from "./customer-bucket.ts";
import { Passing, patiently } from "./patience.ts";
import { crcText, quantumBytes } from "./recording-checks.ts";
import { type StreamedPart, streamedPart } from "./recording-part.ts";
import type { StorageAnswer, StorageConnection } from "./storage-connection.ts";
import { failed, refused, TryEnd } from "./try-end.ts";

export type ObjectPlace = { bucket: string; name: string };

/** What is said of an object when it is made. */
export type ObjectFields = {
  contentType: string;
  metadata: Record<string, string>;
  /** Given in Base64, the server takes no content that has another one. */
  crc32c?: string;
  md5Hash?: string;
};

/** An object as it lies in its bucket; `recordingId` is what its metadata say. */
export type StoredObject = {
  generation: string;
  bytes: number;
  crc32c: string;
  md5Hash?: string;
  contentType: string;
  recordingId?: string;
};

/**
 * What a session says: the object is made; so many bytes are kept, a multiple of the quantum; another object has the
 * name; the content is not what was announced; there is no such session any more.
 */
export type SessionState = { object: StoredObject } | { kept: number } | "exists" | "mismatch" | "lost";

/** So long a connection may be silent: longer than a source that is still waited for. */
const defaultSilenceMilliseconds = 25_000;
const objectFields = "generation,size,crc32c,md5Hash,contentType,metadata/recordingId";

/**
 * Makes objects, and never in place of others. What may pass is tried again up to `until`; @throws TryEnd `refused` when
 * the bucket takes nothing. The methods of a session do not try again, and throw Passing or the connection's error.
 */
export class RecordingUpload {
  readonly #connection: StorageConnection;
  readonly #until: number;
  readonly #silenceMilliseconds: number;

  constructor(connection: StorageConnection, until: number, silenceMilliseconds = defaultSilenceMilliseconds) {
    this.#connection = connection;
    this.#until = until;
    this.#silenceMilliseconds = silenceMilliseconds;
  }

  /** The object of that name, if there is one. */
  async read({ bucket, name }: ObjectPlace): Promise<StoredObject | undefined> {
    const path = `/storage/v1${objectPath({ bucket, name })}?fields=${objectFields}`;
    return await patiently(this.#until, async () => {
      const answer = await this.#exchange({ method: "GET", path });
      if (answer.status === 404) return undefined;
      if (answer.status === 200) return objectIn(answer);
      throw refusal(answer);
    });
  }

  /** Makes an object in one request. */
  async create(place: ObjectPlace, fields: ObjectFields, content: readonly Buffer[]): Promise<StoredObject | "exists"> {
    const boundary = randomUUID();
    const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(fields)}\r\n--${boundary}\r\ncontent-type: ${fields.contentType}\r\n\r\n`;
    const body = [Buffer.from(head), ...content, Buffer.from(`\r\n--${boundary}--\r\n`)];
    const headers = { "content-type": `multipart/related; boundary=${boundary}` };
    const path = uploadPath(place, "multipart");
    return await patiently(this.#until, async () => {
      const answer = await this.#exchange({ method: "POST", path, headers }, body);
      if (answer.status === 200) return objectIn(answer);
      if (isTaken(answer)) return "exists";
      // What came is not what its checksum says: the bytes suffered on their way, and may fare better.
      const end = refusal(answer);
      throw isUnfit(answer) && end instanceof TryEnd ? new Passing(end) : end;
    });
  }

  /** Begins an upload in several requests; gives the session, which is as secret as a password. */
  async begin(place: ObjectPlace, fields: ObjectFields): Promise<string | "exists"> {
    const headers = {
      "content-type": "application/json; charset=UTF-8",
      "x-upload-content-type": fields.contentType,
    };
    const path = uploadPath(place, "resumable");
    return await patiently(this.#until, async () => {
      const answer = await this.#exchange({ method: "POST", path, headers }, [Buffer.from(JSON.stringify(fields))]);
      if (isTaken(answer)) return "exists";
      const { location } = answer.headers;
      if (answer.status !== 200 || location === undefined) throw refusal(answer);
      const { pathname, search } = new URL(location);
      return `${pathname}${search}`;
    });
  }

  /** Asks a session how far it is. */
  async progress(session: string): Promise<SessionState> {
    return await patiently(this.#until, () => this.#put(session, "*/*"));
  }

  /** Streams the content from one multiple of the quantum to another. */
  async stream(session: string, start: number, end: number): Promise<StreamedPart> {
    const range = `${start}-${end - 1}/*`;
    const headers = { "content-range": `bytes ${range}`, "content-length": end - start };
    const request = this.#request("PUT", session);
    const streamed = await this.#connection.stream({ ...request, headers });
    return streamedPart(streamed, {
      end,
      silenceMilliseconds: request.silenceMilliseconds,
      answered: async () => stateOf(await streamed.end()),
      progress: () => this.progress(session),
    });
  }

  /** Sends content from one multiple of the quantum to another. */
  async append(session: string, start: number, content: readonly Buffer[]): Promise<SessionState> {
    return await this.#put(session, `${start}-${start + lengthOf(content) - 1}/*`, content);
  }

  /** Sends the last of the content, after which the object is made if all of it has that CRC32C. */
  async finish(session: string, total: number, crc: number, content: readonly Buffer[]): Promise<SessionState> {
    const start = total - lengthOf(content);
    const range = content.length === 0 ? `*/${total}` : `${start}-${total - 1}/${total}`;
    return await this.#put(session, range, content, { "x-goog-hash": `crc32c=${crcText(crc)}` });
  }

  async #put(session: string, range: string, content: readonly Buffer[] = [], headers: Record<string, string> = {}) {
    const request = {
      method: "PUT",
      path: session,
      headers: { ...headers, "content-range": `bytes ${range}` },
    } as const;
    return stateOf(await this.#exchange(request, content));
  }

  #exchange(
    { method, path, headers }: { method: "GET" | "POST" | "PUT"; path: string; headers?: Record<string, string> },
    content?: readonly Buffer[],
  ): Promise<StorageAnswer> {
    return this.#connection.exchange({ ...this.#request(method, path), ...(headers ? { headers } : {}) }, content);
  }

  #request<M extends "GET" | "POST" | "PUT">(method: M, path: string) {
    const left = Math.max(1000, this.#until - Date.now());
    return { method, path, silenceMilliseconds: Math.min(this.#silenceMilliseconds, left) };
  }
}

export function objectPath({ bucket, name }: ObjectPlace): string {
  return `/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
}

function uploadPath({ bucket, name }: ObjectPlace, uploadType: "multipart" | "resumable"): string {
  const query = new URLSearchParams({ uploadType, name, ifGenerationMatch: "0", fields: objectFields });
  return `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?${query}`;
}

export function lengthOf(content: readonly Buffer[]): number {
  return content.reduce((sum, { length }) => sum + length, 0);
}

function stateOf(answer: StorageAnswer): SessionState {
  const { status, headers } = answer;
  if (status === 200 || status === 201) return { object: objectIn(answer) };
  if (status === 308) {
    // Without a range nothing is kept.
    const last = /^bytes=0-(\d+)$/.exec(headers.range ?? "")?.[1];
    const bytes = last === undefined ? 0 : Number(last) + 1;
    return { kept: bytes - (bytes % quantumBytes) };
  }
  if (status === 404 || status === 410 || status === 499) return "lost";
  if (isTaken(answer)) return "exists";
  if (isUnfit(answer)) return "mismatch";
  throw refusal(answer);
}

type ObjectResource = {
  generation: string;
  size: string;
  crc32c: string;
  md5Hash?: string;
  contentType?: string;
  metadata?: { recordingId?: string };
};

/** Half an answer is none: it throws, as a broken connection does. */
export function objectIn({ body }: Pick<StorageAnswer, "body">): StoredObject {
  return objectOf(JSON.parse(body.toString("utf8")) as ObjectResource);
}

export function objectOf({ generation, size, crc32c, md5Hash, contentType = "", metadata }: ObjectResource) {
  const recordingId = metadata?.recordingId;
  return {
    ...{ generation, bytes: Number(size), crc32c, contentType },
    ...(md5Hash === undefined ? {} : { md5Hash }),
    ...(recordingId === undefined ? {} : { recordingId }),
  } satisfies StoredObject;
}

/**
 * What an answer means that is none of those expected. To make an object no other one is needed, so what is not found is
 * the bucket.
 */
export function refusal(answer: StorageAnswer): Passing | TryEnd {
  const problem = problemIn(answer);
  if (problem === undefined) return failed("internal", `Cloud Storage answered ${answer.status}`);
  const end = refused(problem.cause, problem.message);
  return problem.cause === "throttled" || problem.cause === "unavailable" ? new Passing(end) : end;
}

/** Whether the content, or what was said of it, is not right; the bucket as a whole takes nothing otherwise. */
export function isUnfit(answer: StorageAnswer): boolean {
  return answer.status === 400 && problemIn(answer) === undefined;
}

/** Whether an object has the name already; a bucket that may take nothing answers with the same status. */
export function isTaken(answer: StorageAnswer): boolean {
  return answer.status === 412 && problemIn(answer) === undefined;
}

function problemIn({ status, body }: StorageAnswer) {
  return refusalOf({ status, body: jsonIn(body) });
}

/** An error need not come with JSON: what stands between us and Cloud Storage may make one, too. */
function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
