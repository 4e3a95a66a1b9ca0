import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join, matchesGlob } from "node:path";
import { fileURLToPath } from "node:url";
import send from "send";
import { z } from "zod";
import { locations, type Site, sites } from "../../shared/domain/sites.ts";
import { type Plan, portOf } from "../plan.ts";
import { forward, forwardedFor, sendJson } from "./http.ts";

const regions = [locations.primary.region, locations.secondary.region] as const;
const rewriteRow = z.union([
  z.object({ source: z.string(), function: z.object({ functionId: z.string(), region: z.enum(regions) }) }),
  z.object({ source: z.string(), destination: z.string() }),
]);
type CalledFunction = { functionId: string; region: (typeof regions)[number] };
const hostingFile = z.object({
  hosting: z.array(
    z.object({
      target: z.enum(sites),
      public: z.string(),
      headers: z.array(
        z.object({ source: z.string(), headers: z.array(z.object({ key: z.string(), value: z.string() })) }),
      ),
      rewrites: z.array(rewriteRow),
    }),
  ),
});

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Hosting gives up on a function after this time, whatever the function's own time-out. */
const timeoutSeconds = 60;

/**
 * Firebase Hosting of one site, as the `firebase.json` of this folder says: a file if there is one, else the first rewrite that
 * matches. Its headers go with what Hosting itself answers; functions set their own.
 */
export function hosting(site: Site, plan: Plan, root = repository) {
  const file = hostingFile.parse(JSON.parse(readFileSync(join(root, "firebase.json"), "utf8")));
  const configured = file.hosting.find(({ target }) => target === site);
  if (configured === undefined) throw new Error(`firebase.json has no target ${site}`);
  const folder = join(root, configured.public);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? "/";
    const path = url.replace(/[?#].*$/, "");
    const matching = <T extends { source: string }>(row: T) => matches(path, row.source);
    const headers = configured.headers.filter(matching).flatMap((row) => row.headers);
    const reads = request.method === "GET" || request.method === "HEAD";
    if (reads && path === "/sites.json") return sendSites(response, site, plan, headers);
    if (reads && (await sendFile(request, response, { folder, path, headers, plan }))) return;
    const rewrite = configured.rewrites.find(matching);
    if (rewrite !== undefined && "function" in rewrite) {
      callFunction(request, response, plan, rewrite.function);
    } else if (rewrite === undefined || !reads) {
      sendJson(response, 404, { error: "nothing is hosted here" });
    } else if (!(await sendFile(request, response, { folder, path: rewrite.destination, headers, plan }))) {
      response
        .writeHead(503, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" })
        .end(notBuilt);
    }
  };
}

/** The file that a deployment adds to the console's: where both sites are, for when the site's functions are gone. */
function sendSites(response: ServerResponse, site: Site, plan: Plan, headers: readonly Header[]): void {
  for (const { key, value } of headers) response.setHeader(key, localValue(key, value, plan));
  const urlOf = (name: Site) => ({ url: plan.sites[name].api });
  sendJson(response, 200, { site, sites: { primary: urlOf("primary"), secondary: urlOf("secondary") } });
}

/** With a `!` before it, a pattern means every other path. */
function matches(path: string, source: string): boolean {
  return source.startsWith("!") ? !matchesGlob(path, source.slice(1)) : matchesGlob(path, source);
}

/** What it says of a path that no file can have, one that leads out of the folder, and one that has none. */
const noFile = [400, 403, 404];

type Header = { key: string; value: string };
type Wanted = { folder: string; path: string; headers: readonly Header[]; plan: Plan };

/** Sends the file, or of a folder its `index.html`. Resolves to false when there is none, and nothing is sent then. */
function sendFile(request: IncomingMessage, response: ServerResponse, wanted: Wanted): Promise<boolean> {
  const { folder, path, headers, plan } = wanted;
  return new Promise((resolve) => {
    const sent = send(request, path, { root: folder, dotfiles: "ignore", cacheControl: false });
    sent.once("headers", () => {
      for (const { key, value } of headers) response.setHeader(key, localValue(key, value, plan));
    });
    sent.once("directory", () => resolve(false));
    sent.once("error", ({ status }: { status: number }) => {
      if (noFile.includes(status)) return resolve(false);
      if (response.headersSent) response.destroy();
      else response.writeHead(status).end();
    });
    response.once("close", () => resolve(true));
    sent.pipe(response);
  });
}

/** The local issuer stands in for Google's sign-in, whose addresses are the ones that `firebase.json` permits. */
function localValue(key: string, value: string, plan: Plan): string {
  if (key !== "Content-Security-Policy") return value;
  return value.replace(/\b(connect-src|frame-src|form-action) /g, `$1 ${plan.issuer} `);
}

const notBuilt = `<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3"><title>Hikae</title></head>
<body><h1>コンソールはまだビルドされていません</h1>
<p><code>npm run build:console</code> でビルドできます。終わればこのページに表示されます。</p>
<h1 lang="en">The console is not built yet</h1>
<p lang="en"><code>npm run build:console</code> builds it. It shows here as soon as that is done.</p></body></html>
`;

function callFunction(
  request: IncomingMessage,
  response: ServerResponse,
  plan: Plan,
  { functionId, region }: CalledFunction,
): void {
  const target = region === locations.primary.region ? "primary" : "secondary";
  forward(request, response, {
    host: "127.0.0.1",
    port: portOf(plan.sites[target].run),
    path: `/${functionId}${request.url}`,
    headers: { ...request.headers, ...forwarded(request) },
    timeoutSeconds,
  });
}

/** What Google's front end adds about the caller. */
function forwarded(request: IncomingMessage): Record<string, string> {
  return {
    "x-forwarded-for": forwardedFor(request),
    "x-forwarded-host": request.headers.host ?? "",
    "x-forwarded-proto": "http",
  };
}
