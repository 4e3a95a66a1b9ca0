import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { smoke, type Target } from "../../infra/smoke.ts";

type Answer = { status: number; headers: Record<string, string>; body: string };

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" },
  body: JSON.stringify(body),
});
const refused = json(401, { code: "unauthenticated" });
const page: Answer = {
  status: 200,
  headers: {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'self'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  },
  body: '<script type="module" src="/assets/index-1.js"></script><div id="root"></div>',
};
const program = { status: 200, headers: { "cache-control": "public, max-age=31536000, immutable" }, body: "" };

/** A site on which everything is right. */
const right: Record<string, Answer> = {
  "GET /v1/health": json(200, { status: "ok", site: "secondary" }),
  "GET /v1/openapi.json": json(200, { openapi: "3.1.0", paths: { "/v1/tenants": {} } }),
  "GET /v1/tenants": refused,
  "GET /v1/tenants as token": json(200, { items: [] }),
  "GET /": page,
  "GET /tenants/any": page,
  "GET /assets/index-1.js": program,
  "GET /assets/gone-0.js": json(404, {}),
  "GET /sites.json": json(200, {
    site: "secondary",
    sites: { primary: { url: "https://tokyo.example" }, secondary: { url: "https://osaka.example" } },
  }),
  "POST /v1/dr/activate": refused,
  "POST /v1/tenants/any/dr/activate": refused,
  "GET /v1/tenants/any/dr/failback/diff": refused,
  "POST /v1/tenants/any/dr/purge": refused,
};

let answers: Record<string, Answer>;
let asked: string[];
let server: Server;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { authorization } = request.headers;
  const key = `${request.method} ${request.url}${authorization ? ` as ${authorization.slice("Bearer ".length)}` : ""}`;
  asked.push(key);
  const { status, headers, body } = answers[key] ?? json(404, {});
  response.writeHead(status, headers).end(body);
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void server.close());
beforeEach(() => {
  answers = { ...right };
  asked = [];
});

/** The checks that did not hold, by the first word of their names. */
async function faults(more: Partial<Target> = {}): Promise<string[]> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const findings = await smoke({ site: "secondary", url, part: "site", patienceSeconds: 0, ...more });
  return findings.flatMap(({ name, fault }) => (fault === undefined ? [] : [name.split(/[:,]/)[0] ?? ""]));
}

/** What can be wrong with a site after a roll-out, and which check says so. */
const wrong: [string, string, Answer, string][] = [
  ["its database is out of reach", "GET /v1/health", json(503, { code: "unavailable" }), "health"],
  ["it takes itself for the other one", "GET /v1/health", json(200, { status: "ok", site: "primary" }), "health"],
  ["the console answers for the API", "GET /v1/openapi.json", page, "description"],
  ["it lets anybody in", "GET /v1/tenants", json(200, { items: [] }), "access"],
  ["Cloud Run itself refuses its callers", "POST /v1/dr/activate", { ...refused, headers: {} }, "activation"],
  [
    "a function of its path is not there",
    "POST /v1/tenants/any/dr/purge",
    json(404, { code: "not-found" }),
    "activation",
  ],
  ["its page has no policy", "GET /tenants/any", { ...page, headers: {} }, "console"],
  ["its page is kept by browsers", "GET /tenants/any", withHeader("cache-control", "max-age=3600"), "console"],
  ["its program is gone", "GET /assets/index-1.js", json(404, {}), "console"],
  ["a program that is gone is answered with a page", "GET /assets/gone-0.js", page, "console"],
  ["nothing tells where the sites are", "GET /sites.json", page, "console"],
  ["it tells the other console's", "GET /sites.json", json(200, { site: "primary", sites: {} }), "console"],
  ["the operator's list is refused", "GET /v1/tenants as token", json(403, { code: "forbidden" }), "tenants"],
];

function withHeader(name: string, value: string): Answer {
  return { ...page, headers: { ...page.headers, [name]: value } };
}

describe("smoke", () => {
  test("finds no fault with a site on which everything is right", async () => {
    expect(await faults({ token: "token" })).toStrictEqual([]);
  });

  test.each(wrong)("finds that %s", async (_, path, broken, check) => {
    answers[path] = broken;
    expect(await faults({ token: "token" })).toStrictEqual([check]);
  });

  test("asks of the API's own address nothing of the console, and without a token nothing in anybody's name", async () => {
    expect(await faults({ part: "api" })).toStrictEqual([]);
    expect(asked.sort()).toStrictEqual(["GET /v1/health", "GET /v1/openapi.json", "GET /v1/tenants"]);
  });

  test("waits for a site that is still starting", async () => {
    answers["GET /v1/health"] = json(503, {});
    setTimeout(() => {
      answers = { ...right };
    }, 50);
    expect(await faults({ patienceSeconds: 10 })).toStrictEqual([]);
  });

  test("tells of a site that does not answer at all, in every check", async () => {
    const { length } = await faults({ url: "http://127.0.0.1:1" });
    expect(length).toBe(7);
  });
});
