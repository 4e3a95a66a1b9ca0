import { z } from "zod";
import { errorCodes } from "../../shared/domain/errors.ts";
import type { Sent } from "./requests.ts";
import { components, type Operation, operations, type Schema } from "./schema.ts";
import type { Answered } from "./send.ts";

const validators = new Map<Schema, z.ZodType>();

/** Checks values by the schema of the published description, not by the ones that the answers were made with. */
function validatorOf(schema: Schema): z.ZodType {
  const known = validators.get(schema);
  if (known) return known;
  const whole = JSON.stringify({ ...schema, $defs: components }).replaceAll("#/components/schemas/", "#/$defs/");
  const made = z.fromJSONSchema(JSON.parse(whole));
  validators.set(schema, made);
  return made;
}

/** What the answer does not keep of what the API's description promises; nothing where all is well. */
export function faultsOf(operation: Operation, sent: Sent, answer: Answered): string[] {
  const { status, headers } = answer;
  const faults: string[] = [];
  if (status >= 500) faults.push(`answered ${status}: ${answer.body.slice(0, 300)}`);
  if (headers["x-injected"] !== undefined) faults.push("a header came in by what was sent");
  if (headers["x-content-type-options"] !== "nosniff") faults.push("the headers for safety are missing");
  if (status >= 300 && status !== 304)
    return [...faults, ...problemFaults(sent, answer), ...unlisted(operation, sent, status)];
  if (sent.isElsewhere || status === 304) return faults;
  return [...faults, ...unlisted(operation, sent, status), ...contentFaults(operation, answer)];
}

function unlisted({ answers }: Operation, { isElsewhere }: Sent, status: number): string[] {
  if (Object.hasOwn(answers, String(status))) return [];
  // Another path or method has a list of its own; to be told that there is none is always right.
  if (isElsewhere && [400, 401, 403, 404, 405, 409, 412, 413].includes(status)) return [];
  return [`${status} is no answer that the description lists`];
}

function problemFaults({ method }: Sent, { status, headers, body }: Answered): string[] {
  if (!String(headers["content-type"]).startsWith("application/problem+json")) return ["the error is no problem+json"];
  if (method === "HEAD") return [];
  const problem = parsed(body);
  const found = validatorOf(components.Problem ?? {}).safeParse(problem);
  if (!found.success) return [`the problem has not its shape: ${found.error.message.slice(0, 200)}`];
  const { code, status: told } = problem as { code: keyof typeof errorCodes; status: number };
  return told === status && errorCodes[code].status === status ? [] : ["code and status of the problem differ"];
}

function contentFaults({ answers }: Operation, { status, headers, body }: Answered): string[] {
  const type = String(headers["content-type"]).split(";")[0] ?? "";
  const content = answers[status]?.[type];
  if (content === undefined) return [`${type} is no content that the description lists`];
  if (type !== "application/json") return [];
  const found = validatorOf(content.schema).safeParse(parsed(body));
  return found.success ? [] : [`the answer has not its shape: ${found.error.message.slice(0, 400)}`];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether such an answer permits that something was written. */
export function mayHaveWritten({ method }: Sent, { status }: Answered): boolean {
  return status < 300 && method !== "GET" && method !== "HEAD";
}

/** How the operations are told apart in a report. */
export const titleOf = ({ method, path }: Operation) => `${method} ${path}`;

/** The operations, by their titles. */
export const titled = operations.map((operation) => ({ title: titleOf(operation), operation }));
