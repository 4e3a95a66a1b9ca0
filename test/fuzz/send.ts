import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { textOfBody } from "./hostile.ts";
import type { Sent } from "./requests.ts";

/** An answer as it came. */
export type Answered = { status: number; headers: IncomingHttpHeaders; body: string };

const patienceMilliseconds = 70_000;

/** Sends requests to one address exactly as they are: no path is tidied up, no header left out. */
export function createSender(address: string, token: (sent: Sent) => Promise<string | undefined>) {
  const { hostname, port } = new URL(address);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const send = async (sent: Sent): Promise<Answered> => {
    const bearer = await token(sent);
    const carries = sent.body !== undefined && !["GET", "HEAD", "TRACE"].includes(sent.method);
    const body = carries ? Buffer.from(textOfBody(sent.body ?? "")) : undefined;
    const headers = {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...sent.headers,
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
    };
    return new Promise((resolve, reject) => {
      const { method, path } = sent;
      const asked = request({ agent, hostname, port, method, path, headers, timeout: patienceMilliseconds });
      asked.once("response", (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.once("error", reject);
        answer.once("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
        });
      });
      asked.once("timeout", () => asked.destroy(new Error("no answer in time")));
      asked.once("error", reject);
      asked.end(body);
    });
  };
  return { send, close: () => agent.destroy() };
}
