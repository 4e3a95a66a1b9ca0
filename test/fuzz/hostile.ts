import fc from "fast-check";

/** Texts that have broken programs: reserved names, half characters, what nobody sees, other people's syntax. */
export const hostileTexts = [
  "__proto__",
  "constructor",
  "..",
  ".",
  "../../etc/passwd",
  "..\\..\\x",
  "a/b",
  "__x__",
  "\uD800",
  "\uDC00a",
  "a\u0000b",
  "\r\nX-Injected: 1",
  "\u202Egpj.exe",
  "\u200B",
  "\uFEFF",
  "\u2028",
  "İ",
  "ﷺ".repeat(20),
  "=cmd|'/c calc'!A1",
  "' OR 1=1 --",
  "<script>alert(1)</script>",
  ["$", "{jndi:ldap://x}"].join(""),
  "%00",
  "%2e%2e%2f",
  "NaN",
  "1e309",
  "-0",
  "9007199254740993",
  "0x10",
  "null",
  "undefined",
  "true",
  " ",
  "",
] as const;

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("x".repeat(1501), "あ".repeat(6000)),
);

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: [nested(depth - 1)] });

/** Values of JSON that nobody expects. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown[]>(-1, 1e308, -1e308, 2 ** 53, 0.1, null, true, [], {}, nested(50)),
  fc.constantFrom<unknown[]>(JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"constructor":{"prototype":1}}')),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A body too large to be written out here: so many times that letter, in a JSON string. */
export type LargeBody = { letters: number };

/** Bodies that are no JSON, or JSON that no client writes. */
export const hostileBody: fc.Arbitrary<string | LargeBody> = fc.oneof(
  fc.constantFrom<(string | LargeBody)[]>(
    "{",
    "[]",
    "null",
    "0",
    '""',
    "{'a':1}",
    '{"a":1,}',
    "{}{}",
    "\uFEFF{}",
    "NaN",
    '{"a":1e999999}',
    '{"__proto__":{"confirm":"x"}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"reason":"\\ud800"}',
    '{"confirm":"a","confirm":"b"}',
    '{"scope":"edited","scope":"all"}',
    `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
    "a=1&b[c]=2&__proto__[x]=1",
    { letters: 1024 * 1024 - 20 },
    { letters: 2 * 1024 * 1024 },
  ),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.json(),
);

/** The text of a body as it is sent. */
export function textOfBody(body: string | LargeBody): string {
  return typeof body === "string" ? body : JSON.stringify({ reason: "x".repeat(body.letters) });
}

/** Parts of a path: percent-encoded as they should be, or not. */
export const hostileSegment: fc.Arbitrary<string> = fc.oneof(
  hostileText.map((text) => encodeURIComponent(text.slice(0, 400).toWellFormed())),
  fc.constantFrom(
    "..",
    ".",
    "%2e%2e",
    "..%2f..%2fv1",
    "%2F",
    "%5c",
    "%00",
    "%0d%0aX-Injected:%201",
    "%ED%A0%80",
    "%ff%fe",
    "%C0%AE",
    "%",
    "%zz",
    "%u0041",
    "a;b",
    "a//b",
    "",
    "*",
    "{tenant}",
    "~",
    "a#b",
    "a?b",
  ),
);

/** Where a page could have ended, had a list such items; in the form that page tokens hide. */
const forgedPlaces = [
  `999999999999999.${"x".repeat(22)}`,
  `0.${"x".repeat(22)}`,
  ..."a .. . __x__ a//b ../.. phones/__x__ phones/.. a/b a/b/c 000000000 999999999 a@b.example".split(" "),
  "x".repeat(128),
  "phones/\uFFFD\u0000",
];

/** Queries that no client writes. */
export const hostileQuery: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "pageSize=1&pageSize=2",
    "pageSize[]=1",
    "pageSize[a]=1",
    "__proto__[x]=1",
    "constructor.prototype.x=1",
    "pageToken=",
    "pageToken=AAAA",
    "pageToken=%00",
    "pageSize=1e2",
    "pageSize=0x10",
    "pageSize=%20%20",
    "pageSize=-1",
    "&&&=&=",
    "%",
    "%zz=%ff",
    "x",
    "toString=1",
    "site=primary&site=secondary",
    "from=0000-01-01T00:00:00Z",
    "from=9999-12-31T23:59:59-23:59",
    `x=${"x".repeat(5000)}`,
    Array.from({ length: 500 }, (_, index) => `a${index}=1`).join("&"),
  ),
  fc.constantFrom(...forgedPlaces).map((place) => `pageToken=${Buffer.from(place).toString("base64url")}`),
  fc
    .tuple(fc.constantFrom("pageSize", "pageToken", "kind", "status", "since", "office", "format"), hostileText)
    .map(([name, text]) => `${name}=${encodeURIComponent(text.slice(0, 400).toWellFormed())}`),
);

/** Headers that say what is not so, or say it in a way that nobody does. They stand in place of those of the same name. */
export const hostileHeader: fc.Arbitrary<readonly [name: string, value: string]> = fc.constantFrom(
  ...([
    ["content-type", "text/plain"],
    ["content-type", "application/json; charset=utf-16"],
    ["content-type", "application/x-www-form-urlencoded"],
    ["content-type", "multipart/form-data; boundary=x"],
    ["content-type", "application/json, text/html"],
    ["content-type", ""],
    ["content-encoding", "gzip"],
    ["content-encoding", "br, br, br"],
    ["idempotency-key", ""],
    ["idempotency-key", "x".repeat(129)],
    ["idempotency-key", "a b"],
    ["idempotency-key", "\u00FF"],
    ["idempotency-key", "../x"],
    ["idempotency-key", "__proto__"],
    ["authorization", ""],
    ["authorization", "Bearer"],
    ["authorization", "Bearer ."],
    ["authorization", "Bearer a.b.c"],
    ["authorization", "Basic YTpi"],
    ["authorization", `Bearer ${"a".repeat(7000)}`],
    ["authorization", "Bearer eyJhbGciOiJub25lIn0.eyJlbWFpbCI6Im9wZXJhdG9yQGhpa2FlLmV4YW1wbGUifQ."],
    ["accept", "text/csv"],
    ["accept", "*/*;q=0, \u00E9"],
    ["accept", "x".repeat(3000)],
    ["x-forwarded-for", "not an address, ::1"],
    ["x-forwarded-for", ",".repeat(500)],
    ["x-cloud-trace-context", "../../x/1"],
    ["traceparent", "00-zz-zz-zz"],
    ["if-none-match", "*"],
    ["if-none-match", '"x'.repeat(900)],
    ["x-http-method-override", "DELETE"],
    ["x-original-content-type", "application/json"],
    ["range", "bytes=0-1"],
    ["cookie", "__session=x; a=b"],
    ["host", "evil.example"],
  ] as const),
);
