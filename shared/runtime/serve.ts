import type { CloudEvent, Request, Response } from "@google-cloud/functions-framework";
import * as framework from "@google-cloud/functions-framework";
import { type AppError, asAppError, errorCodes } from "../domain/errors.ts";
import { runWithoutDomains } from "./domains.ts";
import { halfCharacter, takeBodiesUnparsed } from "./http-body.ts";
import { writeLog } from "./log.ts";
import { traceOf } from "./trace.ts";
import type { DocumentEvent, Handler, MessageEvent, RunReport, ScheduleEvent } from "./triggers.ts";

/** What happens to an event that can never pass: it is kept where a person finds it. */
export type DeadLetters = (event: { function: string; id: string; code: string; body: string }) => Promise<void>;

/** What serving needs besides the functions' own application. */
export type Shell = {
  deadLetters: DeadLetters;
  /** Does the work of one firing of a schedule once, however often it is delivered; `ran` unless another one does it. */
  fire(
    firing: { name: string; scheduleTime: Date },
    work: () => Promise<RunReport>,
  ): Promise<{ ran: boolean; report: RunReport }>;
};

/**
 * Registers every handler with the functions framework under its name. For each invocation: the event is decoded,
 * the handler runs, one log line is written. An error that may pass answers 5xx, so that the event comes again;
 * an event that cannot pass goes to the dead letters and is acknowledged.
 * @param target the one that this process is called for. Where anybody may call it, or it is not known, no body is read
 *   before the caller is.
 */
export function serve<App>(
  handlers: Record<string, Handler<App>>,
  app: () => App,
  shell: Shell,
  target?: string,
): void {
  runWithoutDomains();
  const called = target === undefined ? undefined : handlers[target];
  if (called === undefined || called.type === "http") takeBodiesUnparsed();
  for (const [name, handler] of Object.entries(handlers)) {
    if (handler.type === "http") {
      framework.http(name, (request: Request, response: Response) => onRequest(name, handler, app, request, response));
    } else if (handler.type === "schedule") {
      framework.http(name, (request: Request, response: Response) => {
        const event = scheduleEventOf(name, request);
        const work = () => handler.run(app(), event);
        return onFiring(name, request, response, () => shell.fire({ name, scheduleTime: event.scheduleTime }, work));
      });
    } else {
      // A handler that declares a second parameter would be called in callback style, and would never answer.
      framework.cloudEvent(name, (event: CloudEvent<unknown>) => onEvent(name, handler, app, event, shell.deadLetters));
    }
  }
}

async function onRequest<App>(
  name: string,
  handler: Extract<Handler<App>, { type: "http" }>,
  app: () => App,
  request: Request,
  response: Response,
): Promise<void> {
  const started = performance.now();
  const trace = traceOf(request);
  try {
    const { failure, ...report } = await handler.run(app(), request, response, trace);
    record(name, started, failure ?? report, { ...report, trace });
  } catch (error) {
    const failure = asAppError(error);
    record(name, started, failure, { trace });
    if (!response.headersSent) response.status(errorCodes[failure.code].status).end();
  }
}

/** Answers 204 when the firing's work was done, and 200 with the reason when there was nothing to do. */
async function onFiring(
  name: string,
  request: Request,
  response: Response,
  fire: () => ReturnType<Shell["fire"]>,
): Promise<void> {
  const started = performance.now();
  const trace = traceOf(request);
  try {
    const { ran, report } = await fire();
    if (ran) response.status(204).end();
    else response.status(200).json({ outcome: report.outcome });
    record(name, started, report, { trace });
  } catch (error) {
    const failure = asAppError(error);
    record(name, started, failure, { trace });
    // Cloud Scheduler tries again on any error; what cannot pass is only told to the log.
    response.status(errorCodes[failure.code].status).end();
  }
}

function scheduleEventOf(name: string, request: Request): ScheduleEvent {
  const time = request.get("x-cloudscheduler-scheduletime");
  return { job: request.get("x-cloudscheduler-jobname") ?? name, scheduleTime: time ? new Date(time) : new Date() };
}

async function onEvent<App>(
  name: string,
  handler: Extract<Handler<App>, { type: "document" | "message" }>,
  app: () => App,
  event: CloudEvent<unknown>,
  deadLetters: DeadLetters,
): Promise<void> {
  const started = performance.now();
  try {
    const report =
      handler.type === "document"
        ? await handler.run(app(), documentEventOf(event))
        : await handler.run(app(), messageEventOf(event));
    record(name, started, report);
  } catch (error) {
    const failure = asAppError(error);
    record(name, started, failure, tenantOf(event));
    if (errorCodes[failure.code].retry) throw failure;
    await deadLetters({ function: name, id: idOf(event), code: failure.code, body: bodyOf(event) });
  }
}

function bodyOf(event: CloudEvent<unknown>): string {
  return event.data instanceof Uint8Array
    ? Buffer.from(event.data).toString("base64")
    : JSON.stringify(pushedOf(event));
}

function documentEventOf(event: CloudEvent<unknown>): DocumentEvent {
  const { authtype, authid } = event as { authtype?: string; authid?: string };
  return {
    id: event.id,
    type: event.type,
    body: event.data instanceof Uint8Array ? event.data : new Uint8Array(),
    ...(event.time ? { time: event.time } : {}),
    ...(authtype ? { authType: authtype } : {}),
    ...(authid ? { authId: authid } : {}),
  };
}

type PushedMessage = { message?: { messageId?: string; data?: string; attributes?: Record<string, string> } };

/**
 * What Pub/Sub pushed. Its own requests carry no attributes of an event, and the framework makes an event of those only
 * that have data; of any other it hands over the body as if that were the event.
 */
function pushedOf(event: CloudEvent<unknown>): PushedMessage {
  return (event.data ?? event) as PushedMessage;
}

function idOf(event: CloudEvent<unknown>): string {
  return event.id ?? pushedOf(event).message?.messageId ?? "unknown";
}

function messageEventOf(event: CloudEvent<unknown>): MessageEvent {
  const { message } = pushedOf(event);
  const bytes = Buffer.from(message?.data ?? "", "base64");
  return { id: idOf(event), data: parsed(bytes.toString("utf8")), bytes, attributes: message?.attributes ?? {} };
}

/**
 * What is not JSON is left as text: the handler's schema refuses it with the right name. Half a character becomes the
 * character for what is none: no database keeps it, and nothing else of the message is to be lost for it.
 */
function parsed(text: string): unknown {
  try {
    return halfCharacter.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text);
  } catch {
    return text;
  }
}

const wellFormed = (_name: string, value: unknown) => (typeof value === "string" ? value.toWellFormed() : value);

/** The tenant of a document's event, which the log names even where the event could not be handled. */
function tenantOf(event: CloudEvent<unknown>): { tenant: string | undefined } {
  const { document } = event as { document?: string };
  const [collection, tenant] = document?.split("/") ?? [];
  return { tenant: collection === "tenants" ? tenant : undefined };
}

/** What is told of an invocation however it ended. */
type Known = { trace?: string | undefined; tenant?: string | undefined } & Record<string, unknown>;

function record(name: string, started: number, end: RunReport | AppError, known: Known = {}): void {
  const durationMilliseconds = Math.round((performance.now() - started) * 10) / 10;
  const told = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  const common = { function: name, durationMilliseconds, ...told };
  if ("outcome" in end) {
    writeLog({ severity: end.outcome === "unknownKind" ? "WARNING" : "INFO", ...common, ...end });
    return;
  }
  const severity = errorCodes[end.code].retry ? "WARNING" : "ERROR";
  const cause =
    end.cause instanceof Error ? { cause: end.code === "internal" ? end.cause.stack : end.cause.message } : {};
  writeLog({ severity, ...common, outcome: end.code, error: end.message, ...cause });
}
