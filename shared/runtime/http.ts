import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Request, Response } from "@google-cloud/functions-framework";
import { notFound } from "../domain/access.ts";
import { perform } from "../domain/api/perform.ts";
import { type Answer, type ApiApp, Download, type Route } from "../domain/api/route.ts";
import type { Problem } from "../domain/api/schemas.ts";
import { AppError, asAppError, errorCodes } from "../domain/errors.ts";
import type { Authenticator } from "./authentication.ts";
import { callerAddress } from "./caller-address.ts";
import { readBody } from "./http-body.ts";
import { matchRoute } from "./match-route.ts";
import type { Handler, RequestReport } from "./triggers.ts";

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
};

/** What may be said to a caller of an error that is not theirs. */
const serverErrors = {
  internal: "something unexpected went wrong; quote the trace when you ask for help",
  unavailable: "a part that this needs does not answer now; try again in a moment",
};

/** The app a served route runs with. */
export type HttpApp = ApiApp & { authenticator: Authenticator };

/**
 * Serves these routes: every answer is JSON or a download, every error problem+json. Never rejects: what answered 5xx is
 * the report's `failure`. A process that serves routes must take bodies unparsed.
 */
export function serveRoutes(
  routes: readonly Route[],
): (app: HttpApp, request: Request, response: Response, trace: string) => Promise<RequestReport> {
  return async (app, request, response, trace) => {
    for (const [name, value] of Object.entries({ ...securityHeaders, "x-trace-id": trace })) {
      response.setHeader(name, value);
    }
    const report: Record<string, string> = {};
    let isPublic = false;
    try {
      const { route, params } = routeOf(routes, request, response);
      report.route = route.operationId;
      isPublic = route.access === "public";
      if (params.tenant !== undefined) report.tenant = params.tenant;
      const answer = await perform(route, app, {
        params,
        query: request.query,
        body: () => readBody(request, route.form ? "form" : "json"),
        idempotencyKey: request.get("idempotency-key"),
        accept: request.get("accept") ?? "",
        authenticate: () => app.authenticator.authenticate(request.get("authorization")),
        ...callerAddress(request),
      });
      if (answer.body instanceof Download) await sendDownload(request, response, answer.body);
      else sendAnswer(request, response, route, answer);
      return { outcome: "answered", status: response.statusCode, ...report };
    } catch (caught) {
      const error = asAppError(caught);
      sendProblem(request, response, isPublic ? withoutInside(error) : error, trace);
      const failure = errorCodes[error.code].status >= 500 ? { failure: error } : {};
      return { outcome: error.code, status: response.statusCode, ...report, ...failure };
    }
  };
}

/** An HTTP function that serves these routes. */
export function httpHandler(routes: readonly Route[]): Handler<HttpApp> {
  return { type: "http", run: serveRoutes(routes) };
}

function routeOf(routes: readonly Route[], request: Request, response: Response) {
  const match = matchRoute(routes, request.method, request.path);
  if ("route" in match) return match;
  if (match.allowed.length === 0) throw notFound();
  const allowed = match.allowed.join(", ");
  response.setHeader("allow", allowed);
  throw new AppError("method-not-allowed", `this path takes ${allowed}`);
}

function sendAnswer(request: Request, response: Response, route: Route, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  if (status === 202) response.setHeader("location", `/v1/operations/${(body as { id: string }).id}`);
  if (route.cacheSeconds !== undefined) {
    const tag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
    response.setHeader("cache-control", `public, max-age=${route.cacheSeconds}`);
    response.setHeader("etag", tag);
    if (request.get("if-none-match")?.includes(tag)) {
      response.status(304).end();
      return;
    }
  }
  send(response, status, "application/json; charset=utf-8", text);
}

/** Sends text as it is made, at the speed of the reader. Its first piece is awaited, so that an early error is told. */
async function sendDownload(request: Request, response: Response, { type, fileName, pieces }: Download): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  response.status(200);
  response.setHeader("content-type", type);
  response.setHeader("content-disposition", `attachment; filename="${fileName}"`);
  if (request.method === "HEAD") {
    await iterator.return?.();
    response.end();
    return;
  }
  const body = (async function* () {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  try {
    await pipeline(Readable.from(body), response);
  } catch (error) {
    // Whoever reads a broken answer must not take it for a whole one: the connection is cut. A reader that left is no error.
    if ((error as { code?: string }).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}

/** The error for somebody who has not said who they are: the faults of their own request, and of nothing that is stored. */
function withoutInside(error: AppError): AppError {
  if (error.code === "invalid" || error.fields.length === 0) return error;
  return new AppError(error.code, "what this needs is not as it must be; its operators see why", { cause: error });
}

function sendProblem(request: Request, response: Response, error: AppError, trace: string): void {
  const { status } = errorCodes[error.code];
  if (response.headersSent) return;
  if (error.code === "unauthenticated") response.setHeader("www-authenticate", 'Bearer realm="hikae"');
  if (error.code === "unavailable") response.setHeader("retry-after", "5");
  const hidden = (error.code === "internal" || error.code === "unavailable") && !error.forCaller;
  const own = hidden ? serverErrors[error.code as keyof typeof serverErrors] : undefined;
  const problem: Problem = {
    type: `urn:hikae:problem:${error.code}`,
    title: STATUS_CODES[status] ?? error.code,
    status,
    detail: own ?? error.message,
    instance: request.path,
    code: error.code,
    trace,
    ...(error.fields.length > 0 && own === undefined ? { fields: [...error.fields] } : {}),
  };
  send(response, status, "application/problem+json", JSON.stringify(problem));
}

function send(response: Response, status: number, type: string, text: string): void {
  response.status(status);
  response.setHeader("content-type", type);
  response.setHeader("content-length", Buffer.byteLength(text));
  response.end(text);
}
