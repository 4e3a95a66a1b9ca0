import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { FunctionName, FunctionRow } from "../../functions/manifest.ts";
import { locations, type Site } from "../../shared/domain/sites.ts";
import { microseconds } from "../../shared/domain/value.ts";
import { decodeDocumentEvent } from "../../shared/stores/document-event.ts";
import { ask } from "../emulators.ts";
import { deployments, functionUrl, type Plan, serviceAccount } from "../plan.ts";
import { EventQueue, type Faults, type QueueCounts, type QueuedEvent } from "./event-queue.ts";
import { post } from "./http.ts";
import type { TokenSource } from "./tokens.ts";

/** Which events a fault befalls: of one function's trigger, of one tenant, or all. */
export type FaultScope = { trigger?: string | undefined; tenant?: string | undefined };

/** Counts by function. */
export type EventarcCounts = Record<string, QueueCounts>;

const deliveryTimeoutMarginSeconds = 5;
const flushTrigger = "local-flush";
const flushDatabase = "flush";
const flushTimeoutMs = 30_000;

/**
 * Eventarc for the triggers on one site's own database: registers them with the emulator, which delivers
 * each event once, one at a time and without retry, and delivers them on as Eventarc does.
 */
export class Eventarc {
  readonly #site: Site;
  readonly #plan: Plan;
  readonly #triggers: { id: string; type: string; document: string; queue: EventQueue }[] = [];
  readonly #queues = new Map<string, EventQueue>();
  readonly #faults = new Map<string, Faults>();
  readonly #flushes = new Map<string, () => void>();

  constructor(site: Site, plan: Plan, token: TokenSource) {
    this.#site = site;
    this.#plan = plan;
    for (const { name, row, site: target } of deployments()) {
      if (row.trigger.type !== "document") continue;
      const { database } = row.trigger;
      if ((database === "own" ? target : database) !== site) continue;
      const queue = new EventQueue({
        deliver: deliverer(plan, target, name, row, token),
        concurrency: row.concurrency,
        faultsFor: ({ tenant }) => this.#faultsOf(name, tenant),
      });
      this.#queues.set(row.sites.length === 1 || database === "own" ? name : `${name}@${target}`, queue);
      for (const event of row.trigger.events) {
        const type = `google.cloud.firestore.document.v1.${event}${row.trigger.authContext ? ".withAuthContext" : ""}`;
        this.#triggers.push({ id: `${name}-${target}-${event}`, type, document: row.trigger.document, queue });
      }
    }
  }

  /** Registers all triggers with the emulator, which forgets them when it ends. Safe to repeat. */
  async register(): Promise<void> {
    const database = this.#plan.sites[this.#site].database;
    for (const { id, type, document } of this.#triggers) await this.#registerOne(id, type, database, document);
    const created = "google.cloud.firestore.document.v1.created";
    await this.#registerOne(flushTrigger, created, flushDatabase, `${flushDatabase}/{id}`);
  }

  /** Takes over one delivery of the emulator; unknown triggers are ignored. */
  receive(id: string, headers: IncomingHttpHeaders, body: Buffer): void {
    const document = single(headers["ce-document"]);
    if (id === flushTrigger) {
      this.#flushes.get(document)?.();
      return;
    }
    const queue = this.#triggers.find((trigger) => trigger.id === id)?.queue;
    const tenant = tenantIn(document);
    // The emulator sends the protobuf as base64 text; production sends the bytes.
    const bytes = Buffer.from(body.toString("latin1"), "base64");
    if (changesNothing(bytes)) return;
    queue?.push({ headers: eventHeaders(headers, locations[this.#site].region), body: bytes, tenant });
  }

  setFaults(scope: FaultScope, faults: Faults): void {
    this.#faults.set(scopeKey(scope.trigger, scope.tenant), faults);
  }

  /** Removes the faults of that very scope, or all of them. */
  clearFaults(scope?: FaultScope): void {
    if (scope === undefined) this.#faults.clear();
    else this.#faults.delete(scopeKey(scope.trigger, scope.tenant));
  }

  counts(tenant?: string): EventarcCounts {
    return Object.fromEntries([...this.#queues].map(([name, queue]) => [name, queue.counts(tenant)]));
  }

  /**
   * Resolves when every event of writes committed before the call has been received, or the database is down:
   * the emulator delivers in the order of commits over all of its databases, so a write of our own comes last.
   * @throws when the emulator answers but delivers nothing.
   */
  async flush(): Promise<void> {
    const { project, sites } = this.#plan;
    const document = `${flushDatabase}/${randomUUID()}`;
    const url = `http://${sites[this.#site].firestore}/v1/projects/${project}/databases/${flushDatabase}/documents/${document}`;
    const received = Promise.withResolvers<void>();
    this.#flushes.set(document, received.resolve);
    const timer = setTimeout(() => received.reject(new Error("the emulator delivers no events")), flushTimeoutMs);
    try {
      const written = await ask(url, "PATCH", { fields: {} }).then(
        () => true,
        () => false,
      );
      if (!written) return;
      await received.promise;
      await ask(url, "DELETE");
    } finally {
      clearTimeout(timer);
      this.#flushes.delete(document);
    }
  }

  #faultsOf(trigger: string, tenant: string | undefined): Faults | undefined {
    if (this.#faults.size === 0) return undefined;
    const keys = [[trigger, tenant], [undefined, tenant], [trigger], []].map(([t, owner]) => scopeKey(t, owner));
    return keys.map((key) => this.#faults.get(key)).find((faults) => faults !== undefined);
  }

  async #registerOne(id: string, eventType: string, database: string, document: string): Promise<void> {
    const matchType = /[{*]/.test(document) ? "PATH_PATTERN" : "EXACT";
    const url = `http://${this.#plan.sites[this.#site].firestore}/emulator/v1/projects/${this.#plan.project}/eventarcTrigger?eventarcTriggerId=${id}`;
    await ask(url, "POST", { eventType, database, namespace: "(default)", document: { value: document, matchType } });
  }
}

function deliverer(plan: Plan, target: Site, name: FunctionName, row: FunctionRow, token: TokenSource) {
  const url = functionUrl(plan, target, name);
  return async ({ headers, body }: QueuedEvent): Promise<number> => {
    const authorization = `Bearer ${await token(serviceAccount(plan, "eventarc"), url)}`;
    return post(url, { ...headers, authorization }, body, row.timeoutSeconds + deliveryTimeoutMarginSeconds);
  };
}

/** The emulator tells of writes that leave a document as it was; Firestore itself does not. */
function changesNothing(event: Buffer): boolean {
  try {
    const { before, after } = decodeDocumentEvent(event);
    if (!before?.updateTime || !after?.updateTime) return false;
    return microseconds(before.updateTime) === microseconds(after.updateTime);
  } catch {
    // What cannot be understood is for the function to refuse.
    return false;
  }
}

/** The CloudEvent's attributes as production sends them: percent-encoded, and without the emulator's slips. */
function eventHeaders(received: IncomingHttpHeaders, region: string): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "application/protobuf" };
  for (const [name, value] of Object.entries(received)) {
    if (name.startsWith("ce-")) headers[name] = encodeURI(single(value));
  }
  headers["ce-source"] = (headers["ce-source"] ?? "").replace("/projects/projects/", "/projects/");
  headers["ce-location"] = region;
  return headers;
}

/** The emulator writes raw UTF-8 into headers, which Node reads as Latin-1. */
function single(value: string | string[] | undefined): string {
  return Buffer.from(String(value ?? ""), "latin1").toString("utf8");
}

/** Whose document it is, for counts and faults; mails and letters have ids that begin with their tenant's. */
function tenantIn(document: string): string | undefined {
  return /^(?:(?:tenants|standbys)\/([^/]+)|outbox\/([^./]+)\.)/.exec(document)?.slice(1).find(Boolean);
}

function scopeKey(trigger: string | undefined, tenant: string | undefined): string {
  return `${trigger ?? "*"} ${tenant ?? "*"}`;
}
