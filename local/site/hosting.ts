import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { matchesGlob } from "node:path";
import { z } from "zod";
import { locations, type Site, sites } from "../../shared/domain/sites.ts";
import { type Plan, portOf } from "../plan.ts";
import { forward, sendJson } from "./http.ts";

const hostingFile = z.object({
  hosting: z.array(
    z.object({
      target: z.enum(sites),
      rewrites: z.array(
        z.object({ source: z.string(), function: z.object({ functionId: z.string(), region: z.string() }) }),
      ),
    }),
  ),
});

/** Hosting gives up on a function after this time, whatever the function's own time-out. */
const timeoutSeconds = 60;

/** Firebase Hosting of one site: the rewrites of `firebase.json`, first match first. */
export function hosting(site: Site, plan: Plan) {
  const file = new URL("../../firebase.json", import.meta.url);
  const configured = hostingFile.parse(JSON.parse(readFileSync(file, "utf8"))).hosting;
  const rewrites = configured.find(({ target }) => target === site)?.rewrites ?? [];

  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = request.url ?? "/";
    const path = url.replace(/[?#].*$/, "");
    const rewrite = rewrites.find(({ source }) => matchesGlob(path, source));
    const target = sites.find((name) => locations[name].region === rewrite?.function.region);
    if (rewrite === undefined || target === undefined) {
      sendJson(response, 404, { error: "nothing is hosted here" });
      return;
    }
    forward(request, response, {
      host: "127.0.0.1",
      port: portOf(plan.sites[target].run),
      path: `/${rewrite.function.functionId}${url}`,
      headers: { ...request.headers, ...forwarded(request) },
      timeoutSeconds,
    });
  };
}

/** What Google's front end adds about the caller. */
function forwarded(request: IncomingMessage): Record<string, string> {
  const earlier = request.headers["x-forwarded-for"];
  const caller = request.socket.remoteAddress ?? "unknown";
  return {
    "x-forwarded-for": earlier === undefined ? caller : `${earlier}, ${caller}`,
    "x-forwarded-host": request.headers.host ?? "",
    "x-forwarded-proto": "http",
  };
}
