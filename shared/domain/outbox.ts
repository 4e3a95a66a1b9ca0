import { createHash } from "node:crypto";
import type { Audience, NewMail } from "./mail.ts";
import type { Language } from "./mail-template.ts";
import { dataFaults, templateOf } from "./render-mail.ts";

/** Somebody who gets mail, and the language they read. */
export type Recipient = { address: string; language: Language };

/**
 * What both records of the outbox, the documents `outbox/{id}`, have in common. `dueAt` is there while something is
 * still to be done, and says when it is to be taken up next; `expireAt` comes instead of it when nothing is.
 */
type Entry = {
  id: string;
  tenant: string;
  template: string;
  data: Record<string, unknown>;
  attempts: number;
  createdAt: Date;
  dueAt?: Date;
  expireAt?: Date;
  /** Why the last attempt did not succeed. */
  problem?: string;
};

/** A mail that was asked for; once its recipients are known it is replaced by a letter to each. */
export type MailRequest = Entry & {
  type: "request";
  state: "pending" | "addressed" | "failed";
  key: string;
  to: Audience;
};

/** A mail to one person. The lease of a `sending` one ends at `dueAt`. */
export type Letter = Entry & {
  type: "letter";
  state: "pending" | "sending" | "sent" | "failed";
  /** The request's id. */
  request: string;
  recipient: Recipient;
  /** Whether operators are addressed, about the tenant. */
  operators: boolean;
  tenantName: string;
  owner?: string;
  sentAt?: Date;
};

export type OutboxRecord = MailRequest | Letter;

const dayMilliseconds = 86_400_000;
const keptDays = 30;
/** As long as a mail server tries by custom; what was to be said is of no use any more. */
const triedDays = 5;
/** Longer than sending can take: a letter is taken over only from a process that died. */
export const leaseSeconds = 180;
/** The sweep comes each minute; after the last of these the pause stays the same. */
const pausesSeconds = [30, 60, 120, 300, 600, 900];

/** The record of a mail that is asked for: the same key of the same tenant is the same record. */
export function requestOf(mail: NewMail, now: Date): MailRequest {
  const { key, template, tenant, to, data } = mail;
  const id = `${tenant}.${hashOf(key)}`;
  return {
    id,
    type: "request",
    state: "pending",
    key,
    tenant,
    template,
    to,
    data,
    attempts: 0,
    createdAt: now,
    dueAt: now,
  };
}

/** An id begins with its tenant, which has no dot. */
function hashOf(...parts: string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}

/** Whether somebody should take the record up now. A record just made is due whatever the clocks of two machines say. */
export function isDue({ dueAt, attempts }: OutboxRecord, now: Date): boolean {
  return dueAt !== undefined && (attempts === 0 || dueAt <= now);
}

type Ended<T extends OutboxRecord> = Omit<T, "dueAt" | "owner">;

function ended<T extends OutboxRecord>(record: T, now: Date): Ended<T> {
  const { dueAt: _dueAt, ...rest } = record;
  const { owner: _owner, ...free } = rest as typeof rest & { owner?: string };
  return { ...free, expireAt: new Date(now.getTime() + keptDays * dayMilliseconds) } as Ended<T>;
}

/** The record given up for good. */
export function failed<T extends OutboxRecord>(record: T, problem: string, now: Date): T {
  return { ...ended(record, now), state: "failed", problem: shortened(problem) } as T;
}

/** The record to be tried again later, or given up when it has been tried for days. */
export function postponed<T extends OutboxRecord>(record: T, problem: string, now: Date): T {
  if (now.getTime() - record.createdAt.getTime() > triedDays * dayMilliseconds) return failed(record, problem, now);
  const { owner: _owner, ...free } = record as T & { owner?: string };
  const pause = pausesSeconds[Math.min(record.attempts, pausesSeconds.length) - 1] ?? 30;
  const dueAt = new Date(now.getTime() + pause * 1000);
  return { ...free, state: "pending", dueAt, problem: shortened(problem) } as T;
}

/** Why a request can never be sent, or that only a newer release knows its template. */
export function faultOf(request: MailRequest): { problem: string; mayPass: boolean } | undefined {
  const template = templateOf(request.template);
  if (!template) return { problem: `there is no mail template ${request.template}`, mayPass: true };
  const faults = dataFaults(template, request.data);
  if (faults.length === 0) return undefined;
  return { problem: faults.map(({ field, problem }) => `${field}: ${problem}`).join("; "), mayPass: false };
}

/** The request with its recipients known, and a letter to each: the same people get the same letters, and each one only. */
export function address(
  request: MailRequest,
  recipients: readonly Recipient[],
  tenantName: string,
  now: Date,
): { request: MailRequest; letters: Letter[] } {
  if (recipients.length === 0) return { request: failed(request, "there is nobody to send it to", now), letters: [] };
  const letters = new Map<string, Letter>();
  for (const recipient of recipients) {
    const id = `${request.tenant}.${hashOf(request.id, recipient.address.toLowerCase())}`;
    if (!letters.has(id)) letters.set(id, letterTo(recipient, id, request, tenantName, now));
  }
  const addressed = { ...ended(request, now), state: "addressed" } as MailRequest;
  return { request: addressed, letters: [...letters.values()] };
}

function letterTo(recipient: Recipient, id: string, request: MailRequest, tenantName: string, now: Date): Letter {
  const letter: Letter = {
    id,
    type: "letter",
    state: "pending",
    request: request.id,
    tenant: request.tenant,
    template: request.template,
    data: request.data,
    recipient,
    operators: request.to === "operators",
    tenantName,
    attempts: 0,
    createdAt: now,
    dueAt: now,
  };
  return isAddress(recipient.address) ? letter : failed(letter, "this is not a mail address", now);
}

/** One address and nothing else: no list, no second header, no display name. */
function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>()[\],;:"\\\p{Cc}]+@[^\s@<>()[\],;:"\\\p{Cc}]+$/u.test(text);
}

/** The letter in the hands of one process, if nobody else has it and it is due. */
export function claimed(letter: Letter, owner: string, now: Date): Letter | undefined {
  if (!isDue(letter, now)) return undefined;
  const dueAt = new Date(now.getTime() + leaseSeconds * 1000);
  return { ...letter, state: "sending", owner, attempts: letter.attempts + 1, dueAt };
}

/** The mail server has taken the letter over. */
export function sent(letter: Letter, now: Date): Letter {
  const { problem: _problem, ...rest } = ended(letter, now) as Letter;
  return { ...rest, state: "sent", sentAt: now };
}

function shortened(problem: string): string {
  return problem.slice(0, 500);
}
