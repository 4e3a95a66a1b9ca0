import { randomUUID } from "node:crypto";
import { asAppError } from "./errors.ts";
import {
  address,
  claimed,
  failed,
  faultOf,
  isDue,
  type Letter,
  type MailRequest,
  type OutboxRecord,
  postponed,
  sent,
} from "./outbox.ts";
import type { Directory } from "./ports.ts";
import { type Rendered, renderMail } from "./render-mail.ts";

/** A letter as the mail server gets it. The id is the same at every attempt. */
export type Message = Rendered & { id: string; to: string; language: string; tenant: string; template: string };

/** What the mail server said. `refused` is for good and for this letter; `unreachable` concerns all letters. */
export type Delivery = { outcome: "sent" | "refused" | "postponed" | "unreachable"; problem?: string };

export type MailApp = {
  /** The outbox of the running site. */
  outbox: {
    read(id: string): Promise<OutboxRecord | undefined>;
    /**
     * Reads, decides and writes as one atomic step; `letters` are written with it. `decide` may run several times.
     * @throws AppError `unavailable`.
     */
    change<T>(
      id: string,
      decide: (current: OutboxRecord | undefined) => { next?: OutboxRecord; letters?: Letter[]; outcome: T },
    ): Promise<T>;
    /** The ids of records that are due, the longest due first. */
    due(now: Date, most: number): Promise<string[]>;
  };
  directory: Directory;
  /** Hands one letter to the mail server; never throws, and answers in less time than a letter's lease lasts. */
  post(message: Message): Promise<Delivery>;
  consoleUrl: string;
  now(): Date;
};

export type MailOutcome = Delivery["outcome"] | "addressed" | "failed" | "notDue" | "taken" | "unknown";
export type MailReport = { outcome: MailOutcome; tenant?: string; template?: string; letters?: number };

/**
 * Carries one record of the outbox forward: finds the recipients of a mail that was asked for, or sends the letter to
 * one of them. Safe to repeat and to run at once: a letter is sent by whoever holds its lease. Only a process that dies
 * between the mail server's acceptance and the record of it lets a letter go twice, with the same Message-ID.
 * @throws AppError `unavailable` when the site's database does not answer.
 */
export async function sendMail(app: MailApp, id: string): Promise<MailReport> {
  const record = await app.outbox.read(id);
  if (!record) return { outcome: "unknown" };
  const { tenant, template } = record;
  if (!isDue(record, app.now())) return { outcome: "notDue", tenant, template };
  const report = record.type === "request" ? await addressRequest(app, record) : await sendLetter(app, id);
  return { tenant, template, ...report };
}

type Step = Omit<MailReport, "tenant" | "template">;

/** Replaces a request by a letter to each of its recipients, all in one step. */
async function addressRequest(app: MailApp, request: MailRequest): Promise<Step> {
  const fault = faultOf(request);
  const readers = fault ? undefined : await readersOf(app, request);
  return app.outbox.change<Step>(request.id, (current) => {
    const now = app.now();
    if (current?.type !== "request" || !isDue(current, now)) return { outcome: { outcome: "taken" } };
    const tried = { ...current, attempts: current.attempts + 1 };
    if (readers) {
      const { request: next, letters } = address(tried, readers.recipients, readers.tenantName, now);
      const outcome = next.state === "failed" ? "failed" : "addressed";
      return { next, letters, outcome: { outcome, letters: letters.length } };
    }
    const next = (fault?.mayPass ? postponed : failed)(tried, fault?.problem ?? "", now);
    return { next, outcome: { outcome: next.state === "failed" ? "failed" : "postponed" } };
  });
}

async function readersOf({ directory }: MailApp, { tenant, to }: MailRequest) {
  const office = typeof to === "object" ? to.office : undefined;
  const [recipients, tenantName] = await Promise.all([
    to === "operators" ? directory.operators() : directory.administrators(tenant, office),
    directory.tenant(tenant).then(
      (profile) => profile?.name ?? tenant,
      (error: unknown) => {
        // A profile that is not valid must not hold up a mail about its tenant.
        if (asAppError(error).code === "precondition-failed") return tenant;
        throw error;
      },
    ),
  ]);
  return { recipients, tenantName };
}

async function sendLetter(app: MailApp, id: string): Promise<Step> {
  const owner = randomUUID();
  const letter = await app.outbox.change(id, (current) => {
    const next = current?.type === "letter" ? claimed(current, owner, app.now()) : undefined;
    return { ...(next ? { next } : {}), outcome: next };
  });
  if (!letter) return { outcome: "taken" };
  const delivery = await deliver(app, letter);
  await app.outbox.change(id, (current) => {
    if (current?.type !== "letter") return { outcome: undefined };
    // A letter that was accepted is sent, whoever has taken it over meanwhile.
    if (delivery.outcome === "sent") return { next: sent(current, app.now()), outcome: undefined };
    if (current.owner !== owner) return { outcome: undefined };
    const settle = delivery.outcome === "refused" ? failed : postponed;
    return { next: settle(current, delivery.problem ?? delivery.outcome, app.now()), outcome: undefined };
  });
  return { outcome: delivery.outcome };
}

async function deliver(app: MailApp, letter: Letter): Promise<Delivery> {
  const { recipient, tenant, template, data, operators, tenantName } = letter;
  let rendered: Rendered;
  try {
    const addressee = { tenant: { id: tenant, name: tenantName }, operators };
    rendered = renderMail(template, data, recipient.language, addressee, app.consoleUrl);
  } catch (error) {
    // A release that does not know the template may stand beside a newer one that does.
    return { outcome: "postponed", problem: asAppError(error).message };
  }
  const { address: to, language } = recipient;
  return app.post({ ...rendered, id: letter.id, to, language, tenant, template });
}

const sweptAtOnce = 5;
const sweptMost = 200;

/**
 * Sends what is due: records whose event was lost, whose process died, or whose time to be tried again has come. Stops
 * at `until`, and as soon as the mail server cannot be reached, so that its loss costs few letters an attempt. Safe to
 * repeat and to run at once.
 * @throws AppError `unavailable` when the site's database does not answer; one record's failure holds up no other.
 */
export async function sweepOutbox(
  app: MailApp,
  until: Date,
): Promise<{ outcome: string; swept: number; sent: number; givenUp: number }> {
  const seen = new Set<string>();
  const failures: unknown[] = [];
  const counts = { swept: 0, sent: 0, givenUp: 0 };
  let reachable = true;
  const goesOn = () => reachable && app.now() < until;
  while (goesOn()) {
    const due = (await app.outbox.due(app.now(), sweptMost)).filter((id) => !seen.has(id));
    if (due.length === 0) break;
    const sweep = async () => {
      for (let id = due.shift(); id !== undefined && goesOn(); id = due.shift()) {
        seen.add(id);
        const { outcome } = await sendMail(app, id).catch((error: unknown) => {
          failures.push(error);
          return { outcome: "postponed" as const };
        });
        counts.swept++;
        if (outcome === "sent") counts.sent++;
        if (outcome === "refused" || outcome === "failed") counts.givenUp++;
        if (outcome === "unreachable") reachable = false;
      }
    };
    await Promise.all(Array.from({ length: sweptAtOnce }, sweep));
  }
  if (failures.length > 0) throw failures[0];
  return { outcome: reachable ? "swept" : "unreachable", ...counts };
}
