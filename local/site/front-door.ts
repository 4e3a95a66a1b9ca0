import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FunctionRow } from "../../functions/manifest.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { functionsOf, functionUrl, type Plan } from "../plan.ts";
import type { FunctionProcess } from "./function-process.ts";
import { forward, forwardedFor, sendJson } from "./http.ts";
import { createInvokerCheck } from "./tokens.ts";

/**
 * Cloud Run's front door of one site: `/{function}/…` reaches that function as `/…`. All but HTTP functions
 * are private: a caller without a token of the project's service accounts gets 401 or 403. A function that nobody
 * wanted so far is started first, one whose process has died answers 503, and one that does not begin to answer within its time-out 504.
 */
export function frontDoor(site: Site, plan: Plan, processes: ReadonlyMap<string, Pick<FunctionProcess, "wanted">>) {
  const rows = new Map<string, FunctionRow>(functionsOf(site).map(({ name, row }) => [name, row]));
  const check = createInvokerCheck(plan.issuer, plan.project);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, name = "", rest = ""] = /^\/([a-z0-9-]+)(.*)$/.exec(request.url ?? "") ?? [];
    const row = rows.get(name);
    if (row === undefined) {
      sendJson(response, 404, { error: "no such function" });
      return;
    }
    if (row.trigger.type !== "http") {
      const status = await check(request.headers.authorization, functionUrl(plan, site, name));
      if (status !== 200) {
        sendJson(response, status, { error: "the caller may not invoke this function" });
        return;
      }
    }
    const socketPath = await processes.get(name)?.wanted();
    if (socketPath === undefined) {
      sendJson(response, 503, { error: "no instance" });
      return;
    }
    const path = rest.startsWith("/") ? rest : `/${rest}`;
    const headers = {
      "x-cloud-trace-context": newTrace(),
      ...request.headers,
      "x-forwarded-for": forwardedFor(request),
    };
    forward(request, response, { socketPath, path, headers, timeoutSeconds: row.timeoutSeconds });
  };
}

function newTrace(): string {
  return `${randomBytes(16).toString("hex")}/1`;
}
