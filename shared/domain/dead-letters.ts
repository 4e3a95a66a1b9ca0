import { createHash } from "node:crypto";
import { z } from "zod";
import { notFound } from "./access.ts";
import { unknownTopic, whyNotReplayed } from "./dead-letter-remedies.ts";
import { AppError, asAppError, errorCodes } from "./errors.ts";
import type { Page, PageRequest } from "./ports.ts";
import type { TopicName } from "./sites.ts";
import { tenantId } from "./tenant.ts";

/** An event that could not be handled, the document `deadLetters/{id}` of the secondary. */
export type DeadLetter = {
  id: string;
  /** Which function could not handle it; `unknown` where nothing says so. */
  function: string;
  /** The topic that it came from; without one it was a change of a document, or nobody knows. */
  topic?: TopicName;
  /** The error, or `undeliverable` for what was refused or not answered too often. */
  code: string;
  tenant?: string;
  /** The document that changed, by its path. */
  document?: string;
  /** The message as it was published; absent where it is too large to be kept. It may hold secrets. */
  body?: Uint8Array;
  bytes: number;
  attributes: Record<string, string>;
  receivedAt: Date;
  /** When it was sent again, and by whom; the last twenty times. */
  replays: Replay[];
  expireAt: Date;
};
export type Replay = { at: Date; by: string };

/** What is listed of a dead letter: all but what it says. */
export type DeadLetterSummary = Omit<DeadLetter, "body" | "attributes"> & { isWhole: boolean };

/** The dead letters kept. Every method throws AppError `unavailable` when the database does not answer. */
export type DeadLetterRecords = {
  /** Keeps it unless it is kept already; whether it was new. */
  keep(letter: DeadLetter): Promise<boolean>;
  /** Newest first. */
  list(filter: { function?: string }, page: PageRequest): Promise<Page<DeadLetterSummary>>;
  read(id: string): Promise<DeadLetter | undefined>;
  noteReplay(id: string, replay: Replay): Promise<void>;
};

export type DeadLettersApp = {
  deadLetterRecords: DeadLetterRecords;
  /** The topic whose messages a function takes, by the function's name. */
  functionTopics: Readonly<Record<string, TopicName>>;
  /** The functions that take changes of documents. */
  documentFunctions: readonly string[];
  now(): Date;
};
type KnownFunctions = Pick<DeadLettersApp, "functionTopics" | "documentFunctions">;

export type ReplayApp = Pick<DeadLettersApp, "deadLetterRecords" | "now"> & {
  /** Publishes a message as it was. @throws AppError `unavailable`. */
  publishAgain(topic: TopicName, body: Uint8Array, attributes: Record<string, string>): Promise<void>;
};

/** A message of the topic of dead letters. */
export type DeadMessage = { id: string; data: unknown; bytes: Uint8Array; attributes: Record<string, string> };

/** A document takes 1 MiB with everything. */
const mostBytes = 900_000;
const keptDays = 30;
const mostReplays = 20;

/** Hikae's own form: what a function refused for good. */
const refused = z.object({
  function: z.string().max(200),
  id: z.string().max(1000),
  code: z.string().max(100),
  body: z.string(),
});
/** A pushed message, as a function got it. */
const pushed = z.object({
  message: z.object({
    data: z.string().default(""),
    attributes: z.record(z.string(), z.string()).default({}),
  }),
});
/** What Pub/Sub adds to a message that was refused too often. */
const forwarded = "CloudPubSubDeadLetterSource";

type Read = Pick<DeadLetter, "function" | "code" | "body" | "bytes" | "attributes"> & {
  key: string[];
  isMessage: boolean;
};

/**
 * Keeps one dead letter, in Hikae's own form or in Pub/Sub's; what has neither is kept as it is. Safe to repeat. Never
 * refuses: a dead letter that could not be handled would come back as another one.
 * @param documentNamed the path of the document in the body of a change event
 * @throws AppError `unavailable`.
 */
export async function recordDeadLetter(
  app: DeadLettersApp,
  message: DeadMessage,
  documentNamed: (body: Uint8Array) => string | undefined,
): Promise<{ outcome: "kept" | "repeated"; of: string; code: string; tenant?: string }> {
  const letter = deadLetterOf(message, app, documentNamed, app.now());
  const isNew = await app.deadLetterRecords.keep(letter).catch(toComeAgain);
  const { function: of, code, tenant } = letter;
  return { outcome: isNew ? "kept" : "repeated", of, code, ...(tenant ? { tenant } : {}) };
}

/** What the database can never take comes again and is seen to wait: refused, it would be another dead letter, for ever. */
function toComeAgain(error: unknown): never {
  const failure = asAppError(error);
  if (errorCodes[failure.code].retry) throw failure;
  throw new AppError("unavailable", `it cannot be kept: ${failure.message}`, { cause: error });
}

/** The record of a dead letter; the same one is the same record. */
export function deadLetterOf(
  message: DeadMessage,
  { functionTopics, documentFunctions }: KnownFunctions,
  documentNamed: (body: Uint8Array) => string | undefined,
  now: Date,
): DeadLetter {
  const { key, isMessage, body, ...read } =
    ownForm(message) ?? pubsubForm(message, { functionTopics, documentFunctions });
  const known = Object.hasOwn(functionTopics, read.function) ? functionTopics[read.function] : undefined;
  const topic = isMessage ? known : undefined;
  const document = isMessage || !body ? undefined : documentNamed(body);
  const tenant = isMessage ? tenantIn(body, read.attributes) : tenantOf(document);
  return {
    id: createHash("sha256").update(JSON.stringify(key)).digest("base64url").slice(0, 22),
    ...read,
    attributes: storableAttributes(read.attributes),
    ...(topic ? { topic } : {}),
    ...(document ? { document } : {}),
    ...(tenant ? { tenant } : {}),
    ...(body && body.length <= mostBytes ? { body } : {}),
    receivedAt: now,
    replays: [],
    expireAt: new Date(now.getTime() + keptDays * 86_400_000),
  };
}

/** Without the names that no database keeps: a letter that could not be kept for one of them would come for ever. */
function storableAttributes(attributes: Record<string, string>): Record<string, string> {
  const entries = Object.entries(attributes).map((pair) => pair.map((text) => text.toWellFormed()) as [string, string]);
  const kept = entries.filter(([name]) => name !== "" && !/^__.*__$/s.test(name) && Buffer.byteLength(name) <= 1500);
  return Object.fromEntries(kept);
}

function ownForm({ data, attributes }: DeadMessage): Read | undefined {
  const letter = refused.safeParse(data).data;
  // Pub/Sub's own mark: then it is a message of some topic, whatever it looks like.
  if (!letter || Object.hasOwn(attributes, `${forwarded}Subscription`)) return undefined;
  const { function: name, id, code } = letter;
  const message = pushed.safeParse(parsed(letter.body)).data?.message;
  const body = Buffer.from(message?.data ?? letter.body, "base64");
  return {
    ...{ function: name, code, key: [name, id], isMessage: message !== undefined },
    ...{ body, bytes: body.length, attributes: message?.attributes ?? {} },
  };
}

function pubsubForm({ id, bytes, attributes }: DeadMessage, known: KnownFunctions): Read {
  const subscription = attributes[`${forwarded}Subscription`]?.split("/").at(-1) ?? "";
  // A subscription of ours is called by its function and its site.
  const taker = Object.keys(known.functionTopics).find((each) => subscription.replace(/-[a-z]+$/, "") === each);
  const listener = taker ? undefined : known.documentFunctions.find((each) => isOfEventarc(subscription, each));
  const own = Object.entries(attributes).filter(([attribute]) => !attribute.startsWith(forwarded));
  return {
    ...{ function: taker ?? listener ?? "unknown", code: "undeliverable", key: ["message", id] },
    ...{ isMessage: listener === undefined, body: bytes, bytes: bytes.length, attributes: Object.fromEntries(own) },
  };
}

/** Eventarc names the subscription of a trigger itself, by its place and the trigger, which is a function and an event. */
function isOfEventarc(subscription: string, name: string): boolean {
  return subscription.startsWith("eventarc-") && new RegExp(`-${name}-[a-z]+-sub-`).test(subscription);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const named = z.object({ tenantId: tenantId.optional(), tenant: tenantId.optional() });

/** The tenant that a message names, in its attributes or in its JSON. */
function tenantIn(body: Uint8Array | undefined, attributes: Record<string, string>): string | undefined {
  const inAttributes = named.safeParse(attributes).data;
  const inBody = body ? named.safeParse(parsed(Buffer.from(body).toString("utf8"))).data : undefined;
  return [inAttributes, inBody].map((found) => found?.tenantId ?? found?.tenant).find(Boolean);
}

function tenantOf(document: string | undefined): string | undefined {
  const found = /^(?:tenants|standbys)\/([^/]+)|^outbox\/([^./]+)\./.exec(document ?? "");
  return found?.slice(1).find(Boolean);
}

/**
 * Sends a dead letter to its topic again, as it was published. Repeating sends it once more, which every function takes.
 * @throws AppError `not-found`; `conflict`, saying what to do instead, for what is no message; `unavailable`.
 */
export async function replayDeadLetter(app: ReplayApp, id: string, by: string): Promise<DeadLetterSummary> {
  const letter = await app.deadLetterRecords.read(id);
  if (!letter) throw notFound();
  const { body, attributes, ...rest } = letter;
  const summary = { ...rest, isWhole: body !== undefined };
  const why = whyNotReplayed(summary);
  if (why || !letter.topic || !body) throw new AppError("conflict", (why ?? unknownTopic).en);
  const replay = { at: app.now(), by };
  await app.publishAgain(letter.topic, body, attributes);
  await app.deadLetterRecords.noteReplay(id, replay);
  return { ...summary, replays: withReplay(letter.replays, replay) };
}

/** The replays with one more; the oldest are forgotten. */
export function withReplay(replays: readonly Replay[], replay: Replay): Replay[] {
  return [...replays, replay].slice(-mostReplays);
}
