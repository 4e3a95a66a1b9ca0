import * as http from "node:http";
import * as https from "node:https";
import { asOneself, type StorageAccess } from "./storage-authorization.ts";

/** One request to Cloud Storage. The path goes out as it stands: a URL would take names such as `..` for steps. */
export type StorageRequest = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  headers?: http.OutgoingHttpHeaders;
  /** So long the connection may be silent before it is given up. */
  silenceMilliseconds: number;
};

export type StorageAnswer = { status: number; headers: http.IncomingHttpHeaders; body: Buffer };

/** A request whose content is sent bit by bit. */
export type StreamedRequest = {
  /** Sends more, and waits until there is room for yet more; false when the answer or a break has come already. */
  write(chunk: Buffer): Promise<boolean>;
  /** Ends the content. Rejects when the connection broke. */
  end(): Promise<StorageAnswer>;
  /** Gives the request up. Safe to repeat. */
  abort(): void;
};

/**
 * Kept connections to Cloud Storage, with Google's token where Google is asked. Opens none before the first request.
 * Nothing is tried again here; all methods reject when a connection breaks or is silent for too long.
 */
export type StorageConnection = {
  exchange(request: StorageRequest, content?: readonly Buffer[]): Promise<StorageAnswer>;
  stream(request: StorageRequest): Promise<StreamedRequest>;
  /** The answer before its content is read. */
  download(request: StorageRequest): Promise<http.IncomingMessage>;
  close(): void;
};

const connectionsAtMost = 64;

export function createStorageConnection({
  endpoint,
  authorize = endpoint === undefined ? asOneself() : undefined,
}: StorageAccess): StorageConnection {
  const base = new URL(endpoint ?? "https://storage.googleapis.com");
  const { request, Agent } = base.protocol === "http:" ? http : https;
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsAtMost });

  async function open({ method, path, headers, silenceMilliseconds }: StorageRequest): Promise<http.ClientRequest> {
    const authorization = await authorize?.();
    const outgoing = request({
      host: base.hostname,
      port: base.port,
      method,
      path,
      headers: { ...(authorization ? { authorization } : {}), ...headers },
      agent,
      timeout: silenceMilliseconds,
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("Cloud Storage is silent")));
    return outgoing;
  }

  return {
    async exchange(asked, content = []) {
      const outgoing = await open({ ...asked, headers: { ...asked.headers, ...lengthOf(asked, content) } });
      const answer = answerTo(outgoing);
      for (const chunk of content) outgoing.write(chunk);
      outgoing.end();
      return await answer;
    },
    stream: async (asked) => streamed(await open(asked)),
    async download(asked) {
      const outgoing = await open(asked);
      const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
      outgoing.once("response", resolve).on("error", reject).end();
      return await promise;
    },
    close: () => agent.destroy(),
  };
}

function lengthOf({ method }: StorageRequest, content: readonly Buffer[]): http.OutgoingHttpHeaders {
  if (method !== "POST" && method !== "PUT") return {};
  return { "content-length": content.reduce((sum, { length }) => sum + length, 0) };
}

/** The whole answer. What goes wrong after it, such as content that nobody wanted any more, does not matter. */
function answerTo(outgoing: http.ClientRequest): Promise<StorageAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<StorageAnswer>();
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", reject);
    const { statusCode: status = 0, headers } = incoming;
    incoming.on("end", () => resolve({ status, headers, body: Buffer.concat(chunks) }));
  });
  return promise;
}

function streamed(outgoing: http.ClientRequest): StreamedRequest {
  const answer = answerTo(outgoing);
  let over = false;
  let wake: (() => void) | undefined;
  const end = () => {
    over = true;
    wake?.();
  };
  answer.then(end, end);
  outgoing.on("drain", () => wake?.());
  return {
    async write(chunk) {
      if (over || outgoing.write(chunk)) return !over;
      // One waiter, not one more reaction to the answer for each piece of a recording of any size.
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
      return !over;
    },
    end() {
      outgoing.end();
      return answer;
    },
    abort: () => outgoing.destroy(),
  };
}
