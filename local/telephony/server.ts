import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { Site } from "../../shared/domain/sites.ts";
import { type Plan, portOf } from "../plan.ts";
import { listen, readBody, sendJson } from "../site/http.ts";
import { callsRequest, placeCalls } from "./calls.ts";
import { askEndpoint } from "./endpoints.ts";
import { historiesRequest, writeHistories } from "./histories.ts";
import { subscribe } from "./pubsub.ts";
import { faultScope, RecordingFaults, recordingFault } from "./recording-faults.ts";
import { serveRecordings } from "./recording-server.ts";
import { playReloads, reloadBehaviour } from "./reloads.ts";
import { playSoftphones, softphonesRequest } from "./softphones.ts";

const faultRequest = z.strictObject({ scope: faultScope, fault: recordingFault });

/**
 * The telephony of both sites: reloads settings when it is told to, moves softphones to the site in charge, takes
 * calls, serves their recordings. Resolves when it hears of reloads.
 */
export async function startTelephony(plan: Plan): Promise<void> {
  const pubsub = await subscribe(plan, "reload");
  const reloads = playReloads(pubsub);
  const softphones = playSoftphones(plan, pubsub);
  const faults = new RecordingFaults();
  const recordings = serveRecordings(plan.recordings, faults);
  const exchange = { plan, pubsub, faults };
  const siteFor = async ({ site, tenant }: { site?: Site | undefined; tenant: string }) =>
    site ?? (await askEndpoint(plan, tenant, softphones.known(tenant)))?.site;
  const routes: Record<string, (body: unknown, tenant: string) => unknown> = {
    "GET /reloads": (_, tenant) => reloads.received(tenant),
    "PUT /reloads/behaviour": (body) => reloads.behave(reloadBehaviour.parse(body)),
    "GET /softphones": (_, tenant) => softphones.view(tenant),
    "PUT /softphones": (body) => softphones.switchOn(softphonesRequest.parse(body)),
    "POST /calls": (body) => {
      const asked = callsRequest.parse(body);
      return placeCalls(exchange, asked, () => siteFor(asked));
    },
    "POST /histories": async (body) => {
      const asked = historiesRequest.parse(body);
      return writeHistories(exchange, asked, (await siteFor(asked)) ?? "primary");
    },
    "PUT /recordings/fault": (body) => {
      const { scope, fault } = faultRequest.parse(body);
      faults.put(scope, fault);
    },
    "DELETE /recordings/fault": (body) => faults.clear(faultScope.parse(body)),
    "GET /recordings/fetches": (_, tenant) => recordings.fetches.of(tenant),
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", plan.telephony);
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route) return sendJson(response, 404, { error: "no such switch" });
    try {
      const text = (await readBody(request)).toString("utf8");
      const body: unknown = text === "" ? {} : JSON.parse(text);
      sendJson(response, 200, (await route(body, url.searchParams.get("tenant") ?? "")) ?? {});
    } catch (error) {
      sendJson(response, error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 500, {
        error: String(error),
      });
    }
  };
  await listen(portOf(plan.recordings), recordings.listener);
  await listen(portOf(plan.telephony), (request, response) => void answer(request, response));
}
