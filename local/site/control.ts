import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { Eventarc } from "./eventarc.ts";
import type { FunctionProcess } from "./function-process.ts";
import { readBody, sendJson } from "./http.ts";
import type { Push } from "./push.ts";
import type { Subscriptions } from "./subscriptions.ts";

const chance = z.number().min(0).max(1).default(0);
const faultRequest = z.strictObject({
  duplicate: chance,
  drop: chance,
  delayMs: z.number().min(0).default(0),
  shuffle: z.boolean().default(false),
  trigger: z.string().optional(),
  tenant: z.string().optional(),
});
/** Faults to put on deliveries; what is left out is off. */
export type FaultRequest = z.input<typeof faultRequest>;

type Parts = {
  eventarc: Eventarc;
  push: Push;
  subscriptions: Subscriptions;
  processes: ReadonlyMap<string, FunctionProcess>;
};
type Call = { parts: Parts; argument: string; url: URL; request: IncomingMessage; response: ServerResponse };

/** What the site's inner server answers: deliveries of the emulators, and the switches for tests. */
const routes: { method: string; path: RegExp; answer: (call: Call) => Promise<void> | void }[] = [
  { method: "POST", path: /^\/functions\/projects\/[^/]+\/triggers\/([^/]+)$/, answer: receiveEvent },
  { method: "POST", path: /^\/push\/([^/]+)$/, answer: receiveMessage },
  { method: "PUT", path: /^\/triggers$/, answer: registerTriggers },
  { method: "PUT", path: /^\/subscriptions$/, answer: openSubscriptions },
  { method: "GET", path: /^\/eventarc$/, answer: showCounts },
  { method: "POST", path: /^\/eventarc\/flush$/, answer: flush },
  { method: "PUT", path: /^\/eventarc\/faults$/, answer: setFaults },
  { method: "DELETE", path: /^\/eventarc\/faults$/, answer: clearFaults },
  { method: "GET", path: /^\/functions$/, answer: showFunctions },
];

/** The inner server of one site: never reachable in production, for the emulators and for tests only. */
export function control(parts: Parts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    for (const { method, path, answer } of routes) {
      const match = request.method === method ? path.exec(url.pathname) : null;
      if (match === null) continue;
      try {
        await answer({ parts, argument: match[1] ?? "", url, request, response });
      } catch (error) {
        sendJson(response, error instanceof z.ZodError ? 400 : 500, { error: String(error) });
      }
      return;
    }
    sendJson(response, 404, { error: "no such switch" });
  };
}

async function receiveEvent({ parts, argument, request, response }: Call): Promise<void> {
  const body = await readBody(request);
  // The emulator delivers one event at a time, so it must never wait for a function.
  response.writeHead(204).end();
  parts.eventarc.receive(argument, request.headers, body);
}

async function receiveMessage({ parts, argument, request, response }: Call): Promise<void> {
  response.writeHead(await parts.push(argument, await readBody(request))).end();
}

async function registerTriggers({ parts, response }: Call): Promise<void> {
  await parts.eventarc.register();
  response.writeHead(204).end();
}

function openSubscriptions({ parts, response }: Call): void {
  parts.subscriptions.open();
  response.writeHead(204).end();
}

function showCounts({ parts, url, response }: Call): void {
  sendJson(response, 200, parts.eventarc.counts(url.searchParams.get("tenant") ?? undefined));
}

async function flush(call: Call): Promise<void> {
  await call.parts.eventarc.flush();
  showCounts(call);
}

async function setFaults({ parts, request, response }: Call): Promise<void> {
  const { trigger, tenant, ...faults } = faultRequest.parse(JSON.parse((await readBody(request)).toString()));
  parts.eventarc.setFaults({ trigger, tenant }, faults);
  response.writeHead(204).end();
}

function clearFaults({ parts, url, response }: Call): void {
  const [trigger, tenant] = ["trigger", "tenant"].map((name) => url.searchParams.get(name) ?? undefined);
  if (trigger === undefined && tenant === undefined) parts.eventarc.clearFaults();
  else parts.eventarc.clearFaults({ trigger, tenant });
  response.writeHead(204).end();
}

function showFunctions({ parts, response }: Call): void {
  sendJson(response, 200, Object.fromEntries([...parts.processes].map(([name, { pid }]) => [name, pid ?? null])));
}
