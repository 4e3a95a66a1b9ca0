import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What a source does with its n-th request for a recording, counted from 1. */
export type Serve = (request: IncomingMessage, response: ServerResponse, nth: number) => unknown;

/** A web server of a test's own that recordings are fetched from. */
export type RecordingSource = {
  host: string;
  /** The address at which requests are answered so. */
  serve(serve: Serve): string;
  /** The ranges that were asked for at an address, in order; undefined where all was asked for. */
  ranges(address: string): (string | undefined)[];
  close(): Promise<void>;
};

export async function startRecordingSource(): Promise<RecordingSource> {
  const served = new Map<string, { serve: Serve; ranges: (string | undefined)[] }>();
  const server = createServer((request, response) => {
    const found = served.get(request.url ?? "");
    if (found === undefined) return response.writeHead(404).end();
    found.ranges.push(request.headers.range);
    response.on("error", () => undefined);
    return found.serve(request, response, found.ranges.length);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    serve(serve) {
      const path = `/${served.size}.mp3?token=secret`;
      served.set(path, { serve, ranges: [] });
      return `http://${host}${path}`;
    },
    ranges: (address) => served.get(new URL(address).pathname + new URL(address).search)?.ranges ?? [],
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Bytes that begin like an MP3 file and are no others' bytes. */
export function audioOf(bytes: number): Buffer {
  const audio = randomBytes(bytes);
  audio.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0].slice(0, bytes));
  return audio;
}

export type AudioOptions = {
  /** Whether a part may be asked for. */
  ranges?: boolean;
  etag?: string;
  /** Whether the length is told. */
  length?: boolean;
  type?: string;
  /** After how many bytes of its answer the n-th request breaks, and how. */
  breaks?: readonly (number | undefined)[];
  how?: "reset" | "end" | "stall";
  bytesPerSecond?: number;
};

/** Serves these bytes as a recording. */
export function audio(bytes: Buffer, options: AudioOptions = {}): Serve {
  const { ranges = true, etag = '"1"', length = true, type = "audio/mpeg", breaks = [], how = "reset" } = options;
  return async (request, response, nth) => {
    const from = ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
    const part = from > 0 && (request.headers["if-range"] ?? etag) === etag;
    const content = part ? bytes.subarray(from) : bytes;
    response.writeHead(part ? 206 : 200, {
      "content-type": type,
      ...(etag === "" ? {} : { etag }),
      ...(length ? { "content-length": content.length } : {}),
      ...(part ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    const most = breaks[nth - 1] ?? content.length;
    await send(response, content.subarray(0, most), options.bytesPerSecond);
    if (most >= content.length) response.end();
    else if (how === "reset") response.socket?.resetAndDestroy();
    else if (how === "end") response.socket?.end();
  };
}

async function send(response: ServerResponse, bytes: Buffer, bytesPerSecond?: number): Promise<void> {
  const step = bytesPerSecond === undefined ? bytes.length : Math.ceil(bytesPerSecond / 50);
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    // What comes before a break must have left, or it would be lost with the connection.
    await new Promise((sent) => response.write(bytes.subarray(at, at + step), sent));
    if (bytesPerSecond !== undefined) await pause(20);
  }
}
