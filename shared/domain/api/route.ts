import type { z } from "zod";
import type { Label } from "../../catalogue.ts";
import type { Act, CallerRole } from "../access.ts";
import type { RequestActivationApp } from "../activate-tenant.ts";
import type { ActivationRecords } from "../activation-record.ts";
import type { BackupSettingsApp } from "../backup/look-at-bucket.ts";
import type { RetryApp } from "../backup/rerun.ts";
import type { VerifyApp } from "../backup/verify-bucket.ts";
import type { ViewsApp } from "../backup/views.ts";
import type { Checklists } from "../checklist.ts";
import type { ReplayApp } from "../dead-letters.ts";
import type { Exports } from "../export.ts";
import type { DiffApp } from "../failback-diff.ts";
import type { RequestFailbackApp } from "../failback-request.ts";
import type { Operation } from "../operation.ts";
import type { Directory, Page, PageRequest } from "../ports.ts";
import type { PurgeStores } from "../purge-tenant.ts";
import type { Reloads } from "../reload.ts";
import type { SchedulesApp } from "../schedules.ts";
import type { CodeExchange } from "../sign-in.ts";
import type { Site } from "../sites.ts";
import type { Softphones } from "../softphones.ts";
import type { Actor, AuditEntry } from "../standby.ts";
import type { Syncs } from "../syncs.ts";
import type { TenantData } from "../tenant-data.ts";

/** What was answered to a request that acts, kept so that the same request again gets the same answer. */
export type Answer = { status: number; body: unknown };

/** An answer that is not JSON: text that is sent as it is made, under a file's name of plain ASCII. */
export class Download {
  readonly type: string;
  readonly fileName: string;
  readonly pieces: AsyncIterable<string>;

  constructor(type: string, fileName: string, pieces: AsyncIterable<string>) {
    this.type = type;
    this.fileName = fileName;
    this.pieces = pieces;
  }
}

/** The right to act upon a request, which nobody else has meanwhile. Its methods throw AppError `unavailable`. */
export type Claim = {
  /** When the request came first; the same however often it comes again. */
  at: Date;
  /** Keeps the answer for 24 hours. */
  settle(answer: Answer): Promise<void>;
  /** Gives the right back without an answer; nothing if it is somebody else's by now. */
  release(): Promise<void>;
};

/** The requests that acted, by their key; they live on the secondary like all that is acted upon. */
export type Requests = {
  /**
   * Claims the key for this input, unless it was answered already. A claim whose process has given no sign of life for three
   * seconds is taken over.
   * @throws AppError `conflict` when the key was used with another input; `unavailable`, also while somebody else is
   *   working on the same request: asked again, it is answered.
   */
  claim(key: string, input: unknown): Promise<{ answer: Answer } | Claim>;
};

/** What the routes need. */
export type ApiApp = RequestActivationApp &
  BackupSettingsApp &
  RequestFailbackApp &
  DiffApp &
  SchedulesApp &
  ViewsApp &
  RetryApp &
  ReplayApp &
  Pick<VerifyApp, "receipts" | "findings"> &
  PurgeStores & {
    exports: Pick<Exports, "holds" | "link">;
    /** The site this API runs on. */
    site: Site;
    /** Tenants and people of the running site. */
    directory: Directory;
    /** Tenants as the secondary has them, whichever site runs. */
    secondaryDirectory: Pick<Directory, "tenant" | "place">;
    requests: Requests;
    reloads: Pick<Reloads, "list">;
    softphones: Pick<Softphones, "count">;
    syncs: Pick<Syncs, "read">;
    /** The tenants' mirrored data as each site has it. */
    tenantData: Record<Site, TenantData>;
    checklists: Checklists;
    /** Whom customers permit to write to their buckets; undefined where it is not told. */
    backupServiceAccount?: string;
    /** The base of each site's address, without a slash at its end, and whom the console lets people sign in with. */
    consoleSettings: {
      urls: Record<Site, string>;
      signIn: { issuer: string; clientId: string };
      /** Where the issuer gives tokens only to those who know the client's secret. */
      exchangeCode?: CodeExchange;
    };
    /** Buckets of the platform's own, which no tenant may name. */
    platformBuckets: readonly string[];
    records: Pick<ActivationRecords, "read" | "list">;
    /** The log of acts that concern no one tenant, newest first (R30). */
    platformAudit: {
      append(entry: AuditEntry): Promise<void>;
      list(page: PageRequest): Promise<Page<AuditEntry & { id: string }>>;
    };
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
  /** The request's Accept header; empty where there is none. */
  accept: string;
  /**
   * The app for an act upon an operation: starting or controlling one writes this to the audit log of its tenant, in the
   * commit that does it (R30). `after` is what the entry says besides the operation's id.
   */
  audited(act: string, after?: (operation: Operation) => Record<string, unknown>): ApiApp;
  /** The entry of a change that this caller makes, for who writes both in one commit (R30). */
  changeEntry(act: string, after: Record<string, unknown>): AuditEntry;
  /**
   * Writes that this was done to the tenant's audit log (R30); to the platform's where the tenant has no stand-by. Once for a
   * request that takes an Idempotency-Key, and once for a change that is named with its time.
   */
  audit(tenant: string, act: string, what: Audited): Promise<void>;
  /** Writes that this was done to the platform's own audit log (R30), once for a request: an act that concerns no one tenant. */
  auditPlatform(act: string, after: Record<string, unknown>): Promise<void>;
};

/** What an entry of the audit log says; `change`: which one it tells of, where no Idempotency-Key names the request. */
export type Audited = {
  after: Record<string, unknown>;
  before?: Record<string, unknown> | undefined;
  change?: { name: string; at: Date };
};

/**
 * Who may: those to whom the role table permits the act for the tenant, operators where it concerns no one tenant,
 * every signed-in person, or everybody.
 */
type Access = Act | { operator: Act } | "signedIn" | "public";

/** One route of the API. */
export type Route = {
  operationId: string;
  method: "GET" | "POST" | "PUT";
  /** With `{name}` for each part of `params`. */
  path: string;
  summary: Label;
  access: Access;
  params: z.ZodObject;
  query: z.ZodObject;
  body: z.ZodObject;
  /** Whether its body is a form, as OAuth has it, and not JSON. */
  form?: boolean;
  /** Whether it acts, and so takes an Idempotency-Key. */
  acts: boolean;
  status: 200 | 202;
  response: z.ZodType;
  /** The content type of the download that the route may answer with instead. */
  download?: string;
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
} & Partial<Pick<Route, "form" | "acts" | "status" | "cacheSeconds" | "download">> & {
    tenantOf?(app: ApiApp, params: z.output<P>): Promise<string | undefined>;
    run(
      context: Context,
      input: { params: z.output<P>; query: z.output<Q>; body: z.output<B> },
    ): Promise<z.input<R> | Download>;
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
