import { lookup as lookUp } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import { isPublicAddress } from "../domain/backup/source-address.ts";
import type { StorageConnection } from "./storage-connection.ts";
import { failed } from "./try-end.ts";

/** From where on, as long as the recording is the one that had this validator. */
export type Part = { from: number; validator: string };

/**
 * Asks for a recording, or for a part of it, and gives the answer before its content is read. Rejects when there is none;
 * @throws TryEnd when nothing may be fetched.
 */
export type OpenRecording = (silenceMilliseconds: number, part?: Part) => Promise<http.IncomingMessage>;

class PrivateAddress extends Error {}

/**
 * Looks a host up for the connection that is about to be made, so that the addresses that are checked are those that are
 * connected to, whatever the name server says next time. One private address among them is enough to refuse all.
 */
const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || first === undefined) callback(error ?? new Error("the host has no address"), "", 0);
    else if (!addresses.every(({ address }) => isPublicAddress(address))) callback(new PrivateAddress(), "", 0);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

/** Opens recordings on the web, over kept connections; redirections are not followed. */
export function createWebSources({ insecure }: { insecure: boolean }): (url: URL) => OpenRecording {
  const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };
  return (url) => (silenceMilliseconds, part) => {
    const { request } = url.protocol === "http:" ? http : https;
    const outgoing = request(url, {
      agent: agents[url.protocol as keyof typeof agents],
      headers: { accept: "audio/*, application/octet-stream;q=0.9", "accept-encoding": "identity", ...ranged(part) },
      ...(insecure ? {} : { lookup: lookUpPublic }),
    });
    return answered(outgoing, silenceMilliseconds);
  };
}

/** A recording in one of the platform's own buckets, by the path of its object with its generation. */
export function openObject(connection: StorageConnection, object: string): OpenRecording {
  return (silenceMilliseconds, part) =>
    connection.download({
      method: "GET",
      path: `${object}&alt=media`,
      // As it is stored, even if it is packed; its generation says which recording it is, so no validator is needed.
      headers: { "accept-encoding": "gzip", ...(part === undefined ? {} : { range: `bytes=${part.from}-` }) },
      silenceMilliseconds,
    });
}

function ranged(part: Part | undefined): http.OutgoingHttpHeaders {
  return part === undefined ? {} : { range: `bytes=${part.from}-`, "if-range": part.validator };
}

async function answered(outgoing: http.ClientRequest, silenceMilliseconds: number): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const timer = setTimeout(() => outgoing.destroy(new Error("the source is silent")), silenceMilliseconds);
  outgoing.once("response", resolve).on("error", reject).end();
  try {
    return await promise;
  } catch (error) {
    if (error instanceof PrivateAddress) throw failed("sourceForbidden", "the source's host has a private address");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What proves that a later answer is of the same recording: a strong ETag or the generation of an object, or nothing. */
export function validatorOf({ headers }: http.IncomingMessage): string | undefined {
  const { etag, "x-goog-generation": generation } = headers;
  if (etag !== undefined && /^"[^"]*"$/.test(etag)) return etag;
  return generation === undefined ? undefined : `"${generation}"`;
}

/** The length of the whole recording, by the answer to a question for it or for a part of it. */
export function totalOf({ statusCode, headers }: http.IncomingMessage): number | undefined {
  if (statusCode === 206) {
    const total = /^bytes \d+-\d+\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
    return total === undefined ? undefined : Number(total);
  }
  return headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);
}

/** Where the content of the answer begins within the recording. */
export function startOf({ statusCode, headers }: http.IncomingMessage): number | undefined {
  if (statusCode !== 206) return 0;
  const start = /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1];
  return start === undefined ? undefined : Number(start);
}
