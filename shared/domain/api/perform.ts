import { createHash } from "node:crypto";
import { z } from "zod";
import type { Label } from "../../catalogue.ts";
import { authorize, authorizeOperator, type CallerRole, notFound } from "../access.ts";
import { AppError, type FieldFault } from "../errors.ts";
import { idempotencyKey } from "./openapi.ts";
import { type Answer, type ApiApp, type Context, Download, type Route } from "./route.ts";

/** A request as it arrived: nothing in it is checked yet. */
export type ApiRequest = {
  params: Record<string, string>;
  query: Record<string, unknown>;
  /** Reads the body; called only when the caller has the right to the route. */
  body(): Promise<unknown>;
  idempotencyKey: string | undefined;
  accept: string;
  /** Who the token says the caller is; throws `unauthenticated`. */
  authenticate(): Promise<{ email: string }>;
  /** The caller's address, where it is known. */
  from?: string;
};

/**
 * Carries out one request: who asks, whether they may, whether what they send is right, and then the act, once for
 * each Idempotency-Key. Every error is an AppError; who has no right to a tenant is told so before anything else.
 */
export async function perform(route: Route, app: ApiApp, request: ApiRequest): Promise<Answer> {
  const params = route.params.safeParse(request.params);
  if (!params.success) throw notFound();
  const email = route.access === "public" ? "" : (await request.authenticate()).email;
  const roles = await rolesFor(route, app, email, params.data);
  const input = { params: params.data, ...(await checkedInput(route, request)) };
  const context = contextOf(app, email, roles, request, route);
  const run = async (): Promise<Answer> => {
    const output = await (route.run as (context: Context, input: unknown) => Promise<unknown>)(context, input);
    return { status: route.status, body: output instanceof Download ? output : route.response.parse(output) };
  };
  return route.acts ? once(app, `${context.key} ${JSON.stringify(params.data)}`, input, run) : run();
}

async function rolesFor(
  route: Route,
  app: ApiApp,
  email: string,
  params: Record<string, unknown>,
): Promise<readonly CallerRole[]> {
  if (route.access === "public" || route.access === "signedIn") return [];
  if (typeof route.access === "object") return authorizeOperator(app.directory, email, route.access.operator);
  const tenant = await route.tenantOf(app, params);
  if (tenant === undefined) throw notFound();
  return authorize(app.directory, email, route.access, tenant);
}

/** Runs the act unless it was answered already. Each act is safe to repeat, so that a crash between both is harmless. */
async function once(app: ApiApp, scope: string, input: unknown, run: () => Promise<Answer>): Promise<Answer> {
  const key = createHash("sha256").update(scope).digest("base64url");
  const known = await app.requests.claim(key, input);
  if (known) return known;
  const answer = await run();
  await app.requests.settle(key, answer);
  return answer;
}

async function checkedInput(route: Route, request: ApiRequest) {
  const faults: FieldFault[] = [];
  const check = <T>(place: string, schema: z.ZodType<T>, value: unknown): T | undefined => {
    const parsed = schema.safeParse(value, { reportInput: true });
    if (!parsed.success) faults.push(...faultsOf(place, schema, parsed.error));
    return parsed.data;
  };
  const query = check("query", route.query, request.query);
  if (route.acts) check("header", z.object({ "Idempotency-Key": idempotencyKey }), keyOf(request));
  const body = check("body", route.body, await request.body());
  if (faults.length > 0) {
    throw new AppError("invalid", "the request is not right; each field at fault is named", {
      fields: faults.slice(0, 20),
    });
  }
  return { query, body };
}

const keyOf = ({ idempotencyKey: key }: ApiRequest) => ({ "Idempotency-Key": key });

/** Each fault with the field's name and what to do about it. */
function faultsOf(place: string, schema: z.ZodType, error: z.ZodError): FieldFault[] {
  return error.issues.flatMap((issue): FieldFault[] => {
    const field = [place, ...issue.path.map(String)].join(".");
    if (issue.code === "unrecognized_keys") {
      const known = schema instanceof z.ZodObject ? Object.keys(schema.shape).join(", ") : "";
      const problem = `is not known here: leave it out${known ? ` (known: ${known})` : ""}`;
      return issue.keys.map((key) => ({ field: `${field}.${key}`.slice(0, 100), problem }));
    }
    if (issue.input === undefined && issue.code === "invalid_type") {
      return [{ field, problem: `is missing: give a ${issue.expected}` }];
    }
    const label = issue.code === "custom" ? (issue.params?.label as Label | undefined) : undefined;
    return [{ field, problem: issue.message, ...(label ? { label } : {}) }];
  });
}

function contextOf(
  app: ApiApp,
  email: string,
  roles: readonly CallerRole[],
  request: ApiRequest,
  route: Route,
): Context {
  const from = request.from === undefined ? {} : { from: request.from };
  const actor = { type: email.endsWith(".gserviceaccount.com") ? "service" : "user", id: email } as const;
  // Whatever an act writes to the audit log on this caller's behalf says where the caller came from.
  const standbys: ApiApp["standbys"] = {
    ...app.standbys,
    change: (tenant, decide) =>
      app.standbys.change(tenant, (current) => {
        const change = decide(current);
        return change.audit ? { ...change, audit: { ...from, ...change.audit } } : change;
      }),
  };
  return {
    app: { ...app, standbys },
    caller: { email, actor },
    roles,
    accept: request.accept,
    key: route.acts ? `${email} ${route.operationId} ${request.idempotencyKey}` : "",
    auditPlatform: (act, after) => app.platformAudit.append({ ...from, at: app.now(), act, by: actor, after }),
    audit: async (tenant, act, after, before) => {
      const entry = { at: app.now(), act, by: actor, ...(before ? { before } : {}), after };
      const written = await standbys.change(tenant, (current) =>
        current ? { next: current, audit: entry, outcome: true } : { outcome: false },
      );
      if (!written) await app.platformAudit.append({ ...from, ...entry, after: { tenant, ...after } });
    },
  };
}
