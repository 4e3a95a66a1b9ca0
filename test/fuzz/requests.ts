import fc from "fast-check";
import { hostileBody, hostileHeader, hostileQuery, hostileSegment, type LargeBody, textOfBody } from "./hostile.ts";
import type { Operation } from "./schema.ts";
import { type Known, nearlyValid, valid } from "./values.ts";

/** Whose name a request is sent in. */
export const callers = ["operator", "companyAdmin", "officeAdmin", "viewer", "nobody"] as const;
export type Caller = (typeof callers)[number];

/** A request as it is sent; `route`: to whatever its path leads to, as the operation's own path was changed. */
export type Sent = {
  kind: "valid" | "nearlyValid" | "hostile";
  caller: Caller;
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string | LargeBody;
  isElsewhere: boolean;
};

type Parts = {
  segments: Record<string, string>;
  query: [string, string][];
  body?: unknown;
  key: string;
  caller: Caller;
};

const keys = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/);
const senders = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Caller[]>("operator", "companyAdmin") },
  { weight: 2, arbitrary: fc.constantFrom(...callers) },
);

/** Requests that the description of that operation admits, of the tenant to which the known values belong. */
function validParts(operation: Operation, known: Known): fc.Arbitrary<Parts> {
  // A page token is no client's to make; the requests that are not right try it.
  const named = (place: "path" | "query") =>
    operation.parameters.filter((parameter) => parameter.in === place && parameter.name !== "pageToken");
  const texts = (place: "path" | "query") =>
    fc.record(
      Object.fromEntries(
        named(place).map(({ name, schema }) => [name, valid(schema, known, name).map((value) => String(value))]),
      ),
      { requiredKeys: named(place).flatMap(({ name, required }) => (required ? [name] : [])), noNullPrototype: true },
    );
  return fc.record({
    segments: texts("path"),
    query: texts("query").map((query) => Object.entries(query).map(([name, value]): [string, string] => [name, value])),
    body: operation.body ? valid(operation.body.schema, known) : fc.constant(undefined),
    key: keys,
    caller: senders,
  }) as fc.Arbitrary<Parts>;
}

/** The request with these parts. */
function sentOf(operation: Operation, parts: Parts, kind: Sent["kind"]): Sent {
  const { segments, query, body, key, caller } = parts;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => inUrl(segments[name] ?? ""));
  const text = query.map((pair) => pair.map(inUrl).join("=")).join("&");
  const isForm = operation.body?.type.includes("form") ?? false;
  return {
    ...{ kind, caller, method: operation.method, path: text === "" ? path : `${path}?${text}`, isElsewhere: false },
    headers: {
      ...(operation.body ? { "content-type": operation.body.type } : {}),
      ...(operation.keyed ? { "idempotency-key": key } : {}),
    },
    ...(body === undefined ? {} : { body: isForm ? formOf(body) : JSON.stringify(body) }),
  };
}

/** Hosting itself answers where a part of the path is empty or begins with a point: it sends nothing of that kind on. */
function reachesApi({ path }: Sent): boolean {
  const [, , ...parts] = path.replace(/[?#].*/, "").split("/");
  return parts.every((part) => part !== "" && !part.startsWith("."));
}

/** A server reads no more than some thousand bytes of a request's first line. */
function inUrl(text: string): string {
  return encodeURIComponent(text.slice(0, 400).toWellFormed());
}

function formOf(body: unknown): string {
  const fields = typeof body === "object" && body !== null ? Object.entries(body) : [];
  return new URLSearchParams(fields.map(([name, value]) => [name, String(value)])).toString();
}

export function validRequest(operation: Operation, known: Known): fc.Arbitrary<Sent> {
  return validParts(operation, known)
    .map((parts) => sentOf(operation, parts, "valid"))
    .filter(reachesApi);
}

/** As the description has it but for one value. */
export function nearlyValidRequest(operation: Operation, known: Known): fc.Arbitrary<Sent> {
  const parts = validParts(operation, known);
  const wrong = operation.parameters.map(({ name, in: place, schema }) =>
    fc.tuple(parts, nearlyValid(schema, known, name)).map(([right, value]): Parts => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (place === "path") return { ...right, segments: { ...right.segments, [name]: text } };
      return { ...right, query: [...right.query.filter(([other]) => other !== name), [name, text]] };
    }),
  );
  const { body } = operation;
  const wrongBody = body
    ? fc.tuple(parts, nearlyValid(body.schema, known)).map(([right, value]): Parts => ({ ...right, body: value }))
    : undefined;
  const extra = parts.map((right): Parts => ({ ...right, query: [...right.query, ["unheardOf", "1"]] }));
  return fc
    .oneof(extra, ...wrong, ...(wrongBody ? [{ weight: 4, arbitrary: wrongBody }] : []))
    .map((parts) => sentOf(operation, parts, "nearlyValid"))
    .filter(reachesApi);
}

/** A valid request with one part of it replaced by what no client sends. */
export function hostileRequest(operation: Operation, known: Known): fc.Arbitrary<Sent> {
  const request = validRequest(operation, known).map((sent): Sent => ({ ...sent, kind: "hostile" }));
  const segments = operation.path.split("/").flatMap((part, index) => (index > 1 ? [{ part, index }] : []));
  const inPath = fc
    .tuple(request, hostileSegment, fc.constantFrom(...segments))
    .map(([sent, hostile, { part, index }]): Sent => {
      const [path = "", ...query] = sent.path.split("?");
      const parts = path.split("/");
      parts[index] = hostile;
      // A fixed part that is another leads elsewhere; so does what breaks the path where it stands.
      const isElsewhere = !part.startsWith("{") || /^\.{0,2}$|[/?#]|%2e%2e|^%$/i.test(hostile);
      return { ...sent, path: [parts.join("/"), ...query].join("?"), isElsewhere };
    });
  const inQuery = fc.tuple(request, hostileQuery).map(([sent, query]): Sent => {
    return { ...sent, path: `${sent.path}${sent.path.includes("?") ? "&" : "?"}${query}` };
  });
  const inHeader = fc.tuple(request, hostileHeader).map(([sent, [name, value]]): Sent => {
    return { ...sent, headers: { ...sent.headers, [name]: value } };
  });
  const inMethod = fc
    .tuple(request, fc.constantFrom("PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND"))
    .map(([sent, method]): Sent => ({ ...sent, method, isElsewhere: true }));
  const inBody = fc.tuple(request, hostileBody).map(([sent, body]): Sent => ({ ...sent, body }));
  const takesBody = operation.method !== "GET";
  return fc
    .oneof(inPath, inQuery, inHeader, inMethod, ...(takesBody ? [{ weight: 3, arbitrary: inBody }] : []))
    .filter(reachesApi);
}

/** How a request reads in a report. */
export function shown({ kind, caller, method, path, headers, body }: Sent): string {
  const text = body === undefined ? "" : textOfBody(body);
  const short = text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
  return `${kind} ${caller}: ${method} ${path.slice(0, 500)} ${JSON.stringify(headers).slice(0, 300)} ${short}`;
}
