import { createHash } from "node:crypto";
import { z } from "zod";
import type { Label } from "../../catalogue.ts";
import { authorize, authorizeOperator, type CallerRole, notFound } from "../access.ts";
import { AppError, type FieldFault } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { AuditOf } from "../ports.ts";
import { idempotencyKey } from "./openapi.ts";
import { type Answer, type ApiApp, type Claim, type Context, Download, type Route } from "./route.ts";

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
  /** The caller's address, and the one that called for it, where they are known. */
  from?: string;
  via?: string;
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
  const run = async (claim?: KnownRequest): Promise<Answer> => {
    const context = contextOf(app, email, roles, request, route, claim);
    const output = await (route.run as (context: Context, input: unknown) => Promise<unknown>)(context, input);
    return { status: route.status, body: output instanceof Download ? output : route.response.parse(output) };
  };
  return route.acts ? once(app, `${keyOf(email, route, request)} ${JSON.stringify(params.data)}`, input, run) : run();
}

/** A request that acts: its name, and when it came first. */
type KnownRequest = { id: string } & Pick<Claim, "at">;

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

/**
 * Runs the act unless it was answered already, or somebody else is at it. Each act is safe to repeat, so that a crash
 * between act and answer is harmless.
 */
async function once(
  app: ApiApp,
  scope: string,
  input: unknown,
  run: (request: KnownRequest) => Promise<Answer>,
): Promise<Answer> {
  const id = createHash("sha256").update(scope).digest("base64url");
  const claim = await app.requests.claim(id, input);
  if ("answer" in claim) return claim.answer;
  try {
    const answer = await run({ id, at: claim.at });
    await claim.settle(answer);
    return answer;
  } catch (error) {
    // There is no answer to be repeated: who asks again need not wait.
    await claim.release().catch(() => undefined);
    throw error;
  }
}

async function checkedInput(route: Route, request: ApiRequest) {
  const faults: FieldFault[] = [];
  const check = <T>(place: string, schema: z.ZodType<T>, value: unknown): T | undefined => {
    const parsed = schema.safeParse(value, { reportInput: true });
    if (!parsed.success) faults.push(...faultsOf(place, schema, parsed.error));
    return parsed.data;
  };
  const query = check("query", route.query, request.query);
  if (route.acts) check("header", z.object({ "Idempotency-Key": idempotencyKey }), headerOf(request));
  const body = check("body", route.body, await request.body());
  if (faults.length > 0) {
    throw new AppError("invalid", "the request is not right; each field at fault is named", {
      fields: faults.slice(0, 20),
    });
  }
  return { query, body };
}

const headerOf = ({ idempotencyKey: key }: ApiRequest) => ({ "Idempotency-Key": key });

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

const keyOf = (email: string, { operationId }: Route, { idempotencyKey: key }: ApiRequest) =>
  `${email} ${operationId} ${key}`;

function contextOf(
  app: ApiApp,
  email: string,
  roles: readonly CallerRole[],
  request: ApiRequest,
  route: Route,
  known?: KnownRequest,
): Context {
  const { from, via } = request;
  const place = { ...(from === undefined ? {} : { from }), ...(via === undefined ? {} : { via }) };
  const actor = { type: email.endsWith(".gserviceaccount.com") ? "service" : "user", id: email } as const;
  // Whatever an act writes to the audit log on this caller's behalf says where the caller came from.
  const standbys: ApiApp["standbys"] = {
    ...app.standbys,
    change: (tenant, decide) =>
      app.standbys.change(tenant, (current) => {
        const change = decide(current);
        return change.audit ? { ...change, audit: { ...place, ...change.audit } } : change;
      }),
  };
  const own = { ...app, standbys };
  const changeEntry: Context["changeEntry"] = (act, after) => {
    return { ...place, at: known?.at ?? app.now(), act, by: actor, after };
  };
  const occasion = known ? { occasion: known.id } : {};
  return {
    app: own,
    caller: { email, actor },
    roles,
    accept: request.accept,
    key: route.acts ? keyOf(email, route, request) : "",
    audited: (act, after) => ({ ...own, operations: auditing(app.operations, act, changeEntry, after) }),
    changeEntry,
    auditPlatform: (act, after) => app.platformAudit.append({ ...changeEntry(act, after), ...occasion }),
    audit: async (tenant, act, { after, before, change }) => {
      const named = change ? { occasion: change.name, at: change.at } : occasion;
      const entry = { ...changeEntry(act, after), ...(before ? { before } : {}), ...named };
      const written = await app.standbys.change(tenant, (current) =>
        current ? { audit: entry, outcome: true } : { outcome: false },
      );
      if (!written) await app.platformAudit.append({ ...entry, after: { tenant, ...after } });
    },
  };
}

/** Operations whose changes stand in the audit log as this act. */
function auditing(
  operations: ApiApp["operations"],
  act: string,
  changeEntry: Context["changeEntry"],
  after: (operation: Operation) => Record<string, unknown> = () => ({}),
): ApiApp["operations"] {
  const audit: AuditOf = (operation) => changeEntry(act, { operation: operation.id, ...after(operation) });
  return {
    ...operations,
    start: (asked) => operations.start(asked, audit),
    control: (id, control) => operations.control(id, control, audit),
  };
}
