import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from "node:http";

const agent = new Agent({ keepAlive: true });

/** The whole body of a request. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
}

/** A server on 127.0.0.1 that accepts connections once this resolves. */
export function listen(port: number, listener: RequestListener): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(listener);
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Posts the body and returns the answer's status, or 0 when there was no answer in time. Never throws. */
export function post(
  url: string,
  headers: Record<string, string>,
  body: Buffer,
  timeoutSeconds: number,
): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, method: "POST", headers: { ...headers, "content-length": body.length } });
    outgoing.setTimeout(timeoutSeconds * 1000, () => outgoing.destroy());
    outgoing.once("response", (answer) => {
      answer.resume();
      answer.once("close", () => resolve(answer.complete ? (answer.statusCode ?? 0) : 0));
    });
    outgoing.once("error", () => resolve(0));
    outgoing.end(body);
  });
}

/** Where `forward` sends a request: another address, or a socket of this machine. */
export type ForwardTarget = { socketPath: string } | { host: string; port: number };

/**
 * Sends the request on and the answer back, both streamed. Answers 503 when the target is not there and
 * 504 when it has not begun to answer in time.
 */
export function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  to: ForwardTarget & { path: string; headers: NodeJS.Dict<string | string[]>; timeoutSeconds: number },
): void {
  const { headers, timeoutSeconds, ...target } = to;
  // A connection of its own: a kept one may have been closed by the other side, and a request cannot be sent twice.
  // Kept open by the server nevertheless: one that answers before it has read the body would close under it.
  const own = { ...endToEnd(headers), connection: "keep-alive" };
  const outgoing = request({ ...target, agent: false, method: incoming.method ?? "GET", headers: own });
  const fail = (status: number) => {
    outgoing.destroy();
    if (response.headersSent) response.destroy();
    else sendJson(response, status, { error: status === 504 ? "the function did not answer in time" : "no function" });
  };
  const timer = setTimeout(() => fail(504), timeoutSeconds * 1000);
  outgoing.once("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.pipe(response);
    answer.once("error", () => response.destroy());
  });
  outgoing.once("error", () => {
    if (!response.writableEnded) fail(503);
  });
  response.once("close", () => {
    clearTimeout(timer);
    outgoing.destroy();
  });
  incoming.pipe(outgoing);
}

/** The header X-Forwarded-For with the address of whoever called, as Hosting and Cloud Run each add it to what they were sent. */
export function forwardedFor({ headers, socket }: IncomingMessage): string {
  const earlier = headers["x-forwarded-for"];
  const caller = socket.remoteAddress ?? "unknown";
  return earlier === undefined ? caller : `${earlier}, ${caller}`;
}

/** Headers that concern one connection only are not passed on. */
function endToEnd(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const { connection: _connection, "keep-alive": _keepAlive, ...rest } = headers;
  return rest;
}
