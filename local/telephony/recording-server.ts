import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type Audio, type AudioFormat, audioFormats, audioOf, bytesOf } from "./audio.ts";
import type { RecordingFaults, Reply } from "./recording-faults.ts";

/** What names a recording, and all that its bytes depend on. */
export type RecordingName = { tenant: string; recordingId: string; format: AudioFormat; bytes: number };

/** The recording itself, wherever it is kept. */
export function audioOfRecording({ tenant, recordingId, format, bytes }: RecordingName): Audio {
  return audioOf(`${tenant}/${recordingId}`, format, bytes);
}

/** Where it is served; the length goes along, so that it is there whoever asks, and after a restart too. */
export function addressOf(base: string, { tenant, recordingId, format, bytes }: RecordingName): string {
  return `${base}/${tenant}/${recordingId}.${format}?${new URLSearchParams({ bytes: String(bytes) })}`;
}

const path = new RegExp(String.raw`^/([^/]+)/([^/]+)\.(${audioFormats.join("|")})$`);
/** The length of a recording that somebody asks for by its name alone. */
const defaultSeconds = 5;
const paceMs = 50;

/** Counts what each recording of a tenant was asked for. */
export type Fetches = { of(tenant: string): Record<string, number> };

/**
 * Serves recordings: `GET` and `HEAD /{tenant}/{recordingId}.mp3` or `.wav`, whole or a range. Each is there until a
 * fault says otherwise.
 */
export function serveRecordings(
  base: string,
  faults: RecordingFaults,
): { listener: RequestListener; fetches: Fetches } {
  const counts = new Map<string, Record<string, number>>();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const url = URL.parse(request.url ?? "/", base) ?? new URL(base);
    const [, tenant = "", recordingId = "", format = ""] = path.exec(url.pathname) ?? [];
    const name = { tenant, recordingId, format: format as AudioFormat };
    const bytes = Number(url.searchParams.get("bytes") ?? bytesOf(defaultSeconds, "mp3"));
    if (!tenant || !Number.isSafeInteger(bytes) || !["GET", "HEAD"].includes(request.method ?? "")) {
      response.writeHead(404, { "content-length": 0 }).end();
      return;
    }
    const ofTenant = counts.get(tenant) ?? {};
    counts.set(tenant, ofTenant);
    ofTenant[recordingId] = (ofTenant[recordingId] ?? 0) + 1;
    const reply = faults.replyTo(name, audioOfRecording({ ...name, bytes }), `${base}${url.pathname}`);
    // Who hangs up does not want the rest.
    void send(request, response, reply).catch(() => response.destroy());
  };
  return { listener, fetches: { of: (tenant) => counts.get(tenant) ?? {} } };
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const { status, headers, content, ranges } = reply;
  const etag = `"${content.bytes}"`;
  const range = ranges ? rangeIn(request, content.bytes, etag) : undefined;
  if (range === "unsatisfiable") {
    response.writeHead(416, { "content-range": `bytes */${content.bytes}`, "content-length": 0 }).end();
    return;
  }
  const [from, to] = range ?? [0, content.bytes];
  response.writeHead(range ? 206 : status, {
    "content-type": content.contentType,
    "content-length": to - from,
    ...(ranges ? { "accept-ranges": "bytes", etag } : {}),
    ...(range ? { "content-range": `bytes ${from}-${to - 1}/${content.bytes}` } : {}),
    ...headers,
  });
  if (request.method === "HEAD") response.end();
  else await sendBody(response, reply, from, to);
}

async function sendBody(response: ServerResponse, reply: Reply, from: number, to: number): Promise<void> {
  const { content, breaks, bytesPerSecond } = reply;
  const end = breaks ? Math.max(from, Math.min(to, breaks.at)) : to;
  for (const chunk of paced(content.read(from, end), bytesPerSecond)) {
    await written(response, chunk);
    if (bytesPerSecond !== undefined) await pause(paceMs);
  }
  if (end === to) {
    response.end();
    return;
  }
  response.flushHeaders();
  if (breaks?.by === "end") response.socket?.end();
  if (breaks?.by === "reset") response.socket?.resetAndDestroy();
}

/** Resolves when the connection has taken the chunk. @throws when it is gone. */
function written(response: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.once("close", reject);
    response.write(chunk, (error) => {
      response.off("close", reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The chunks as they come, or in as small ones as go out in a moment at that pace. */
function* paced(chunks: Iterable<Buffer>, bytesPerSecond: number | undefined): Generator<Buffer> {
  if (bytesPerSecond === undefined) return yield* chunks;
  const most = Math.max(1, Math.round((bytesPerSecond * paceMs) / 1000));
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += most) yield chunk.subarray(at, at + most);
  }
}

/** The one range that is asked for, `to` exclusive; undefined where the whole is to be sent. */
function rangeIn(
  { headers }: IncomingMessage,
  bytes: number,
  etag: string,
): [number, number] | "unsatisfiable" | undefined {
  if (headers["if-range"] !== undefined && headers["if-range"] !== etag) return undefined;
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  if (first === "") return Number(last) === 0 ? "unsatisfiable" : [Math.max(0, bytes - Number(last)), bytes];
  const to = last === "" ? bytes : Math.min(bytes, Number(last) + 1);
  return Number(first) < to ? [Number(first), to] : "unsatisfiable";
}
