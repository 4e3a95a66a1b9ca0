import { StorageError } from "./errors.ts";

/** One part's headers (names in small letters) and its bytes. */
export type Part = { headers: Record<string, string>; body: Buffer };

/** A `multipart/related` upload: what is said of the object, and then its bytes as they come. */
export type RelatedUpload = { metadata: unknown; contentType: string | undefined; bytes: AsyncIterable<Buffer> };

const longestHeadBytes = 1024 * 1024;

/** The boundary that a request's `Content-Type` names, in quotes of either kind or none. @throws StorageError */
export function boundaryOf(contentType: string | undefined): string {
  const found = /boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType ?? "");
  const boundary = found?.[1] ?? found?.[2] ?? found?.[3];
  if (boundary === undefined) throw new StorageError("invalid", "A multipart request needs a boundary.");
  return boundary;
}

/**
 * Reads a multipart upload up to the object's bytes, which are streamed in constant memory.
 * @throws StorageError when it is not in two parts.
 */
export async function readRelated(chunks: AsyncIterable<Buffer>, boundary: string): Promise<RelatedUpload> {
  const source = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const parsed = parseHead(head, boundary);
    if (parsed !== undefined) {
      const { metadata, contentType, rest, delimiter } = parsed;
      return { metadata, contentType, bytes: untilDelimiter(rest, source, delimiter) };
    }
    const next = await source.next();
    if (next.done === true || head.length > longestHeadBytes) throw malformed();
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
}

/** The first part and the second part's headers, when they have come. */
function parseHead(head: Buffer, boundary: string) {
  const { delimiter, lineEnd } = styleOf(head, boundary);
  const second = head.indexOf(delimiter, 1);
  const end = second < 0 ? -1 : head.indexOf(lineEnd + lineEnd, second);
  if (end < 0) return undefined;
  const { body } = parsePart(head.subarray(0, second), lineEnd);
  const rest = head.subarray(end + 2 * lineEnd.length);
  const contentType = parseHeaders(head.subarray(second, end).toString())["content-type"];
  try {
    return { metadata: JSON.parse(body.toString()) as unknown, contentType, rest, delimiter };
  } catch {
    throw new StorageError("invalid", "The metadata are not JSON.");
  }
}

/** Lines end with CRLF or LF; which one shows after the first boundary. */
function styleOf(body: Buffer, boundary: string): { delimiter: string; lineEnd: string } {
  const first = body.indexOf(`--${boundary}`);
  const lineEnd = body[first + boundary.length + 2] === 10 ? "\n" : "\r\n";
  return { delimiter: `${lineEnd}--${boundary}`, lineEnd };
}

/** What may follow the last delimiter: two hyphens and a line's end. */
const longestEndBytes = 8;

/**
 * Passes bytes on until the delimiter, which is looked for at the end only: two parts are all there are, and looking through
 * everything would cost more than all the rest.
 */
async function* untilDelimiter(rest: Buffer, source: AsyncIterator<Buffer>, delimiter: string): AsyncGenerator<Buffer> {
  const heldBytes = Buffer.byteLength(delimiter) + longestEndBytes;
  let held: Buffer = rest;
  for (;;) {
    const next = await source.next();
    if (next.done === true) break;
    if (next.value.length < heldBytes) {
      held = Buffer.concat([held, next.value]);
    } else {
      if (held.length > 0) yield held;
      held = next.value;
    }
    const sure = held.length - heldBytes;
    if (sure <= 0) continue;
    yield held.subarray(0, sure);
    held = held.subarray(sure);
  }
  const end = held.lastIndexOf(delimiter);
  if (end < 0) throw malformed();
  if (end > 0) yield held.subarray(0, end);
}

/** All parts of a multipart body that is small. */
export function partsOf(body: Buffer, boundary: string): Part[] {
  const { delimiter, lineEnd } = styleOf(body, boundary);
  const parts: Part[] = [];
  let at = body.indexOf(`--${boundary}`);
  for (let next = body.indexOf(delimiter, at + 1); at >= 0 && next > 0; next = body.indexOf(delimiter, at + 1)) {
    parts.push(parsePart(body.subarray(at, next), lineEnd));
    at = next + lineEnd.length;
  }
  return parts;
}

/** A part from its delimiter to the next one. */
function parsePart(part: Buffer, lineEnd: string): Part {
  const end = part.indexOf(lineEnd + lineEnd);
  if (end < 0) throw malformed();
  return { headers: parseHeaders(part.subarray(0, end).toString()), body: part.subarray(end + 2 * lineEnd.length) };
}

/** The headers in these lines; a line without a colon, such as the delimiter, is none. */
export function parseHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function malformed(): StorageError {
  return new StorageError("invalid", "Malformed multipart body.");
}
