import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { Request } from "@google-cloud/functions-framework";
import { AppError } from "../domain/errors.ts";

/** The largest body that is read. */
export const bodyLimitBytes = 1024 * 1024;

const originalType = "x-original-content-type";

let taken = false;

/**
 * Keeps the functions framework from reading the bodies of all requests to this process, whatever their path. It would take
 * up to a gigabyte, inflate it, and answer malformed JSON with a page of HTML before the function runs. It reads no body
 * without a content type, so the header is moved aside as the request begins. To be called before the first request, where a
 * function is public: events and messages need the framework's reading. Repeating is safe.
 * @param isOurs which requests to this process are the function's; a deployed one has no other server.
 */
export function takeBodiesUnparsed(isOurs: (request: IncomingMessage) => boolean = () => true): void {
  if (taken) return;
  taken = true;
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    if (!isOurs(request)) return;
    const { headers, url = "" } = request;
    // Its router answers a broken escape with a page too, and a stack trace on it.
    if (!isDecodable(url)) request.url = url.replaceAll("%", "%25");
    const type = headers["content-type"];
    delete headers["content-type"];
    if (type === undefined) delete headers[originalType];
    else headers[originalType] = type;
  });
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

const types = {
  json: { pattern: /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i, name: "application/json" },
  form: {
    pattern: /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?$/i,
    name: "application/x-www-form-urlencoded",
  },
} as const;

/**
 * The request's JSON, or a form's fields by their names; an empty body is an empty object.
 * @throws AppError `too-large` past 1 MiB, without reading on; `invalid` for another content type, another encoding,
 *   malformed JSON or text that is not well-formed Unicode.
 */
export async function readBody(request: Request, as: keyof typeof types): Promise<unknown> {
  if (Number(request.headers["content-length"] ?? 0) > bodyLimitBytes) throw tooLarge();
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {};
  const type = String(request.headers[originalType] ?? "");
  const { pattern, name } = types[as];
  if (!pattern.test(type.trim())) throw unreadable("header.Content-Type", `send ${name} in UTF-8`);
  if (request.headers["content-encoding"]) throw unreadable("header.Content-Encoding", "send the body as it is");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (as === "form") return Object.fromEntries(new URLSearchParams(text));
    return halfCharacter.test(text) ? JSON.parse(text, refuseHalfCharacters) : JSON.parse(text);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable("body", "is not JSON in UTF-8: check brackets, quotes and commas");
  }
}

/** The escape of half a character, with or without its other half: text without it need not be looked at value by value. */
export const halfCharacter = /\\ud[89a-f]/i;

/** No database keeps half a character, so it would refuse the whole document, over and over. */
function refuseHalfCharacters(name: string, value: unknown): unknown {
  if (name.isWellFormed() && (typeof value !== "string" || value.isWellFormed())) return value;
  throw unreadable("body", "has half a character (a surrogate without its pair): leave it out");
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimitBytes) chunks.push(chunk);
      // What still comes is let go by; to break the connection would lose the answer too.
      else reject(tooLarge());
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("close", () => reject(unreadable("body", "ended before it was whole")));
    request.once("error", reject);
  });
}

function unreadable(field: string, problem: string): AppError {
  return new AppError("invalid", "the request's body cannot be read", { fields: [{ field, problem }] });
}

function tooLarge(): AppError {
  return new AppError("too-large", "the body is larger than 1 MiB");
}
