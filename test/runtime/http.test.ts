import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { acts } from "../../shared/domain/access.ts";
import { type Answer, type Route, route } from "../../shared/domain/api/route.ts";
import { routes } from "../../shared/domain/api/routes.ts";
import { nothing, pageQueryOf, tenantPath } from "../../shared/domain/api/schemas.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { HttpApp } from "../../shared/runtime/http.ts";
import { startServedRoutes } from "../support/served-routes.ts";

let served: Awaited<ReturnType<typeof startServedRoutes>>;
let api: string;
let ran: unknown[];
let answers: Map<string, { input: string; isWorkedOn?: boolean; answer?: Answer }>;
/** What the next writing of a note waits for, and whether it fails. */
let writing: () => Promise<void>;

/** Routes of each sort, so that the layer is tested apart from what the API does. */
const common = { params: tenantPath, query: nothing, body: nothing, summary: { ja: "試験", en: "Test" } };
const note = z.strictObject({ text: z.string().min(1).max(20), tags: z.array(z.string()).default([]) });
const tried: Route[] = [
  route({
    ...common,
    operationId: "readNote",
    method: "GET",
    path: "/v1/tenants/{tenant}/note",
    access: "readStatus",
    query: pageQueryOf(/^[a-z]+$/),
    response: z.object({ tenant: z.string(), pageSize: z.number() }),
    run: async (_, { params, query }) => ({ ...params, pageSize: query.pageSize, secret: "never leaves" }),
  }),
  route({
    ...common,
    operationId: "writeNote",
    method: "POST",
    path: "/v1/tenants/{tenant}/note",
    access: "reconcile",
    body: note,
    acts: true,
    status: 202,
    response: z.object({ id: z.string(), text: z.string() }),
    async run(_, { body }) {
      ran.push(body);
      await writing();
      return { id: `note-${ran.length}`, text: body.text };
    },
  }),
  route({
    ...common,
    operationId: "failInside",
    method: "GET",
    path: "/v1/fail/{tenant}",
    access: "public",
    response: nothing,
    async run(_, { params: { tenant } }) {
      if (tenant === "away") throw new AppError("unavailable", "10.0.0.7:8080 refused the connection");
      if (tenant === "faulty") {
        const fields = [{ field: "tenants/faulty.platformVersion", problem: "give a version" }];
        throw new AppError("precondition-failed", "the profile of the tenant faulty is not valid", { fields });
      }
      throw new TypeError("secret of the house");
    },
  }),
  route({
    ...common,
    operationId: "readPlatform",
    method: "GET",
    path: "/v1/platform",
    access: { operator: "runSchedule" },
    params: nothing,
    response: z.object({ ok: z.boolean() }),
    run: async () => ({ ok: true }),
  }),
  route({
    ...common,
    operationId: "readPublic",
    method: "GET",
    path: "/v1/tenants/{tenant}/public",
    access: "public",
    cacheSeconds: 5,
    response: z.object({ tenant: z.string() }),
    run: async (_, { params }) => params,
  }),
];

/** Only what these routes touch; what is not here must not be asked. */
const app = {
  site: "primary",
  now: () => new Date(),
  standbys: {},
  directory: {
    isOperator: async (email: string) => email === "operator@hikae.example",
    member: async (tenant: string, email: string) =>
      tenant === "acme" && email === "viewer@acme.example" ? { email, role: "viewer", offices: [] } : undefined,
  },
  requests: {
    async claim(key: string, asked: unknown) {
      const input = JSON.stringify(asked);
      const known = answers.get(key);
      if (known && known.input !== input) throw new AppError("conflict", "another request");
      if (known?.answer) return { answer: known.answer };
      if (known?.isWorkedOn) throw new AppError("unavailable", "ask again in a moment", { forCaller: true });
      answers.set(key, { input, isWorkedOn: true });
      return {
        at: new Date(),
        settle: async (answer: Answer) => void answers.set(key, { input, answer }),
        release: async () => void answers.set(key, { input }),
      };
    },
  },
  authenticator: {
    async authenticate(header: string | undefined) {
      if (!header?.startsWith("Bearer ")) throw new AppError("unauthenticated", "send a token");
      return { email: header.slice("Bearer ".length) };
    },
  },
} as unknown as HttpApp;

beforeAll(async () => {
  served = await startServedRoutes("http-layer", tried, app);
  api = served.url;
});
afterAll(() => served.stop());
beforeEach(() => {
  ran = [];
  answers = new Map();
  writing = async () => undefined;
});

const operator = { authorization: "Bearer operator@hikae.example" };
const viewer = { authorization: "Bearer viewer@acme.example" };
const get = (path: string, headers: Record<string, string> = operator) => fetch(`${api}${path}`, { headers });
const post = (body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}) =>
  fetch(`${api}/v1/tenants/acme/note`, {
    method: "POST",
    headers: { ...operator, "content-type": "application/json", "idempotency-key": "k1", ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
  } as RequestInit);
const problemOf = async (answer: Response) => {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await answer.json()) as Record<string, unknown> & { fields?: { field: string; problem: string }[] };
  expect(problem).toMatchObject({ status: answer.status, type: `urn:hikae:problem:${problem.code}` });
  expect(problem.trace).toBe(answer.headers.get("x-trace-id"));
  return problem;
};

describe("serveRoutes", () => {
  test("answers in JSON, kept by nobody, with nothing that its schema does not name", async () => {
    const answer = await get("/v1/tenants/acme/note?pageSize=20", viewer);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await answer.json()).toEqual({ tenant: "acme", pageSize: 20 });
  });

  test.each(["/", "/v1", "/v1/nothing", "/v1/tenants/acme/note/", "/v1/tenants/%E0%A4%A/note", "/v1/tenants/A_B/note"])(
    "knows no path %s",
    async (path) => {
      expect(await problemOf(await get(path))).toMatchObject({ status: 404, code: "not-found" });
    },
  );

  test("names the methods that a path takes", async () => {
    const answer = await fetch(`${api}/v1/tenants/acme/note`, { method: "DELETE" });
    expect(answer.headers.get("allow")).toBe("GET, HEAD, POST");
    expect(await problemOf(answer)).toMatchObject({ status: 405, code: "method-not-allowed" });
  });

  test("serves HEAD without a body", async () => {
    const answer = await fetch(`${api}/v1/tenants/acme/note`, { method: "HEAD", headers: operator });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  test("asks for a token (R46)", async () => {
    const answer = await get("/v1/tenants/acme/note", {});
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await problemOf(answer)).toMatchObject({ status: 401, code: "unauthenticated" });
  });

  test("tells of another's tenant nothing, not even that the request is wrong (R47)", async () => {
    const stripped = async (path: string) => {
      const { trace: _, instance: __, ...rest } = await problemOf(await get(path, viewer));
      return rest;
    };
    expect(await stripped("/v1/tenants/globex/note?wrong=1")).toEqual(await stripped("/v1/tenants/none/note?wrong=1"));
  });

  test("refuses a role that may not, before it reads the body (R47)", async () => {
    const answer = await post("{ not json", viewer);
    expect(await problemOf(answer)).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("lets operators only do what concerns no one tenant (R47)", async () => {
    expect(await (await get("/v1/platform")).json()).toEqual({ ok: true });
    expect(await problemOf(await get("/v1/platform", viewer))).toMatchObject({ status: 403, code: "forbidden" });
    expect((await get("/v1/platform", {})).status).toBe(401);
  });

  test("names every unknown field of query and body, and what to do", async () => {
    const { fields: inQuery } = await problemOf(await get("/v1/tenants/acme/note?pageSize=900&colour=red"));
    expect(inQuery?.map(({ field }) => field)).toEqual(["query.pageSize", "query.colour"]);
    expect(inQuery?.[1]?.problem).toBe("is not known here: leave it out (known: pageSize, pageToken)");
    const { fields: inBody } = await problemOf(await post('{"txt":"a","tags":[1]}'));
    expect(inBody?.map(({ field }) => field)).toEqual(["body.text", "body.tags.0", "body.txt"]);
    expect(inBody?.[0]?.problem).toBe("is missing: give a string");
  });

  test("refuses a page token that it did not give", async () => {
    const { fields } = await problemOf(await get("/v1/tenants/acme/note?pageToken=..%2F..%2Fsecrets"));
    expect(fields?.[0]?.field).toBe("query.pageToken");
  });

  test.each([
    ["internal", "secret of the house"],
    ["away", "10.0.0.7"],
  ])("keeps to itself what went wrong inside: %s", async (tenant, secret) => {
    const answer = await get(`/v1/fail/${tenant}`);
    const problem = await problemOf(answer);
    expect(answer.status).toBe(tenant === "away" ? 503 : 500);
    expect(JSON.stringify(problem)).not.toContain(secret);
  });

  test("tells the public nothing of what is stored, not even which field is at fault (R31)", async () => {
    const answer = await get("/v1/fail/faulty", {});
    expect(answer.status).toBe(412);
    const problem = await problemOf(answer);
    expect(problem).not.toHaveProperty("fields");
    expect(JSON.stringify(problem)).not.toMatch(/platformVersion|profile/);
  });

  test("lets caches keep what may be kept, and knows it again", async () => {
    const first = await get("/v1/tenants/acme/public", {});
    expect(first.headers.get("cache-control")).toBe("public, max-age=5");
    const again = await get("/v1/tenants/acme/public", { "if-none-match": first.headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test("carries the front end's trace", async () => {
    const trace = "0123456789abcdef0123456789abcdef";
    const answer = await get("/v1/nothing", { "x-cloud-trace-context": `${trace}/1;o=1` });
    expect((await problemOf(answer)).trace).toBe(trace);
  });
});

describe("bodies", () => {
  test.each(["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])(
    "of type %s are read",
    async (type) => {
      const answer = await post('{"text":"控え"}', { "content-type": type });
      expect(answer.status).toBe(202);
      expect(answer.headers.get("location")).toBe("/v1/operations/note-1");
      expect(ran).toEqual([{ text: "控え", tags: [] }]);
    },
  );

  test.each(['{"text":', "[", '{"text":"a"} x', "\u{feff}{", new Uint8Array([0x22, 0xff, 0x22])])(
    "that are not JSON are refused as a problem, not as a page (%#)",
    async (body) => {
      const problem = await problemOf(await post(body));
      expect(problem).toMatchObject({ status: 400, code: "invalid", fields: [{ field: "body" }] });
    },
  );

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=shift_jis",
    "multipart/form-data; boundary=x",
  ])("of type %s are refused", async (type) => {
    const problem = await problemOf(await post("text=a", { "content-type": type }));
    expect(problem).toMatchObject({ status: 400, fields: [{ field: "header.Content-Type" }] });
  });

  test.each(["null", "[]", '"text"', "1"])("that are not an object are refused: %s", async (body) => {
    expect(await problemOf(await post(body))).toMatchObject({ status: 400, fields: [{ field: "body" }] });
  });

  test("over 1 MiB are refused, announced or not", async () => {
    const large = JSON.stringify({ text: "x".repeat(2 * 1024 * 1024) });
    expect(await problemOf(await post(large))).toMatchObject({ status: 413, code: "too-large" });
    const streamed = new Blob([large]).stream();
    expect(await problemOf(await post(streamed))).toMatchObject({ status: 413, code: "too-large" });
    expect(ran).toEqual([]);
  });

  test("of just 1 MiB are read", async () => {
    const text = `{"text":"a"${" ".repeat(1024 * 1024 - 12)}}`;
    expect((await post(text)).status).toBe(202);
  });

  test("that break off leave the server well", async () => {
    const socket = connect(Number(new URL(api).port), "127.0.0.1");
    const head = [
      "POST /v1/tenants/acme/note HTTP/1.1",
      "host: x",
      "authorization: Bearer operator@hikae.example",
      "idempotency-key: k",
      "content-type: application/json",
      "content-length: 100",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n{"text"`, () => socket.destroy());
    await once(socket, "close");
    expect((await post('{"text":"a"}')).status).toBe(202);
  });
});

describe("Idempotency-Key", () => {
  test.each([undefined, "", "has space", "x".repeat(129)])("is asked for: %s", async (key) => {
    const headers = {
      ...operator,
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    const answer = await fetch(`${api}/v1/tenants/acme/note`, { method: "POST", headers, body: '{"text":"a"}' });
    expect(await problemOf(answer)).toMatchObject({ status: 400, fields: [{ field: "header.Idempotency-Key" }] });
  });

  test("of the same request acts once and answers the same", async () => {
    const [first, second] = [await post('{"text":"a"}'), await post('{ "tags": [], "text": "a" }')];
    expect(await second.json()).toEqual(await first.json());
    expect([second.status, second.headers.get("location")]).toEqual([202, "/v1/operations/note-1"]);
    expect(ran).toHaveLength(1);
  });

  test("of a request that is being worked on acts once: who asks meanwhile is told to ask again (R18)", async () => {
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    writing = () => {
      begin();
      return mayEnd;
    };
    const first = post('{"text":"a"}');
    await begun;
    const meanwhile = await post('{"text":"a"}');
    expect(meanwhile.headers.get("retry-after")).toBe("5");
    expect(await problemOf(meanwhile)).toMatchObject({ status: 503, detail: "ask again in a moment" });
    end();
    expect((await first).status).toBe(202);
    expect(await (await post('{"text":"a"}')).json()).toEqual({ id: "note-1", text: "a" });
    expect(ran).toHaveLength(1);
  });

  test("of a request that failed may be used again at once", async () => {
    writing = () => Promise.reject(new AppError("unavailable", "not now"));
    expect((await post('{"text":"a"}')).status).toBe(503);
    writing = async () => undefined;
    expect((await post('{"text":"a"}')).status).toBe(202);
  });

  test("of another request is a conflict", async () => {
    await post('{"text":"a"}');
    expect(await problemOf(await post('{"text":"b"}'))).toMatchObject({ status: 409, code: "conflict" });
  });
});

describe("GET /v1/openapi.json", () => {
  type Described = {
    operationId: string;
    summary: string;
    security?: object[];
    parameters: object[];
    responses: object;
  };
  type Document = {
    openapi: string;
    paths: Record<string, Record<string, Described>>;
    components: { schemas: object };
  };
  const read = async () => {
    const own = routes.find(({ operationId }) => operationId === "getDescription") as Route;
    const description = (await own.run({} as never, {} as never)) as Document;
    return JSON.parse(JSON.stringify(description)) as Document;
  };

  test("describes every route", async () => {
    const { openapi, paths } = await read();
    expect(openapi).toMatch(/^3\.1\./);
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(
      routes.map(({ operationId, method, path }) => `${operationId} ${method.toLowerCase()} ${path}`).toSorted(),
    );
    expect(new Set(routes.map(({ operationId }) => operationId)).size).toBe(routes.length);
  });

  test.each(routes.map((route) => [route.operationId, route] as const))(
    "%s is whole",
    async (_, { method, path, acts: keyed, access, form }) => {
      const described = (await read()).paths[path]?.[method.toLowerCase()] as Described & { "x-summary-ja": string };
      expect(described.summary).not.toBe("");
      expect(described["x-summary-ja"]).not.toBe("");
      expect(described.responses).toHaveProperty("400");
      expect(JSON.stringify(described.parameters).includes("IdempotencyKey")).toBe(keyed);
      expect(described.security).toEqual(access === "public" ? [] : undefined);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true }));
      for (const parameter of inPath) expect(described.parameters).toContainEqual(expect.objectContaining(parameter));
      const act = typeof access === "object" ? access.operator : access;
      expect(["public", "signedIn", ...Object.keys(acts)]).toContain(act);
      // A form is OAuth's own request, which has no header of ours.
      expect(keyed).toBe(method === "POST" && !form);
    },
  );

  test("refers to nothing that is not there", async () => {
    const document = await read();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
    expect(references.length).toBeGreaterThan(routes.length);
    for (const reference of references) expect(document).toHaveProperty(reference.split("/"));
  });
});
