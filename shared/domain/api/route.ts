import type { z } from "zod";
import type { Label } from "../../catalogue.ts";
import type { Act, CallerRole } from "../access.ts";
import type { Directory } from "../ports.ts";
import type { RecoveryApp } from "../recovery.ts";
import type { Site } from "../sites.ts";
import type { Actor } from "../standby.ts";

/** What was answered to a request that acts, kept so that the same request again gets the same answer. */
export type Answer = { status: number; body: unknown };

/** The requests that acted, by their key; they live on the secondary like all that is acted upon. */
export type Requests = {
  /**
   * Claims the key for this input. Returns the answer already given, or nothing when there is none yet.
   * @throws AppError `conflict` when the key was used with another input; `unavailable`.
   */
  claim(scope: string, input: unknown): Promise<Answer | undefined>;
  /** Keeps the answer for 24 hours. */
  settle(scope: string, answer: Answer): Promise<void>;
};

/** What the routes need. */
export type ApiApp = RecoveryApp & {
  /** The site this API runs on. */
  site: Site;
  /** Tenants and people of the running site. */
  directory: Directory;
  /** Tenants as the secondary has them, whichever site runs. */
  secondaryDirectory: Pick<Directory, "tenant">;
  requests: Requests;
  /** Resolves when this site's own parts answer. @throws AppError `unavailable`. */
  health(): Promise<void>;
};

/** One request as a route gets it: who asks, and what they are to the tenant. */
export type Context = {
  app: ApiApp;
  caller: { email: string; actor: Actor };
  roles: readonly CallerRole[];
  /** The request's Idempotency-Key made unique to caller and route; empty where the route does not act. */
  key: string;
  /** Writes that this was done to the tenant's audit log (R30). */
  audit(tenant: string, act: string, after: Record<string, unknown>): Promise<void>;
};

/** One route of the API. `access` is who may: an act of the role table, every signed-in person, or everybody. */
export type Route = {
  operationId: string;
  method: "GET" | "POST" | "PUT";
  /** With `{name}` for each part of `params`. */
  path: string;
  summary: Label;
  access: Act | "signedIn" | "public";
  params: z.ZodObject;
  query: z.ZodObject;
  body: z.ZodObject;
  /** Whether it acts, and so takes an Idempotency-Key. */
  acts: boolean;
  status: 200 | 202;
  response: z.ZodType;
  /** How long an answer may be kept by caches; without it, not at all. */
  cacheSeconds?: number;
  /** The tenant that the caller must have the right to; the path's own unless said otherwise. */
  tenantOf(app: ApiApp, params: Record<string, unknown>): Promise<string | undefined>;
  run(context: Context, input: never): Promise<unknown>;
};

type Declared<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, R extends z.ZodType> = Pick<
  Route,
  "operationId" | "method" | "path" | "summary" | "access"
> & {
  params: P;
  query: Q;
  body: B;
  response: R;
} & Partial<Pick<Route, "acts" | "status" | "cacheSeconds">> & {
    tenantOf?(app: ApiApp, params: z.output<P>): Promise<string | undefined>;
    run(context: Context, input: { params: z.output<P>; query: z.output<Q>; body: z.output<B> }): Promise<z.input<R>>;
  };

/** Declares a route; its schemas type what it gets and what it must answer. */
export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, R extends z.ZodType>(
  declared: Declared<P, Q, B, R>,
): Route {
  return {
    acts: false,
    status: 200,
    tenantOf: async (_app: ApiApp, params: Record<string, unknown>) => params.tenant as string | undefined,
    ...declared,
  } as Route;
}
