import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultsOf, titled } from "./judge.ts";
import { hostileRequest, nearlyValidRequest, type Sent, validRequest } from "./requests.ts";
import type { Operation } from "./schema.ts";
import type { Answered } from "./send.ts";
import { written } from "./world.ts";

const operationOf = (wanted: string) => titled.find(({ title }) => title === wanted)?.operation as Operation;
const health = operationOf("GET /v1/health");
const stop = operationOf("POST /v1/tenants/{tenant}/dr/stop");

const sent: Sent = {
  kind: "valid",
  caller: "operator",
  method: "GET",
  path: "/v1/health",
  headers: {},
  isElsewhere: false,
};
const answer = (
  status: number,
  body: unknown,
  type = status < 300 ? "application/json" : "application/problem+json",
): Answered => ({
  status,
  headers: { "content-type": type, "x-content-type-options": "nosniff" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const problem = {
  ...{ type: "urn:hikae:problem:invalid", title: "Bad Request", status: 400, detail: "why", instance: "/v1/health" },
  ...{ code: "invalid", trace: "1" },
};

describe("faultsOf", () => {
  test("finds nothing wrong with an answer as described, or an error in its form", () => {
    expect(faultsOf(health, sent, answer(400, problem))).toStrictEqual([]);
  });

  test.each<[string, Answered]>([
    ["a server's error", answer(500, { ...problem, status: 500, code: "internal" })],
    ["a status that is not listed", answer(418, { ...problem, status: 418 })],
    ["another status in the problem than the answer's", answer(404, problem)],
    ["a page of HTML", answer(400, "<html></html>", "text/html")],
    ["a problem without its code", answer(400, { ...problem, code: undefined })],
    ["an answer without its fields", answer(200, {})],
    ["no JSON", answer(200, "{")],
    ["content of another type", answer(200, "a,b", "text/csv")],
    [
      "a header that was sent",
      { ...answer(400, problem), headers: { ...answer(400, problem).headers, "x-injected": "1" } },
    ],
    ["no headers for safety", { ...answer(400, problem), headers: { "content-type": "application/problem+json" } }],
  ])("finds %s", (_, found) => {
    expect(faultsOf(health, sent, found)).not.toStrictEqual([]);
  });
});

describe("requests", () => {
  test("are the same for the same seed", () => {
    const known = { tenant: ["acme"] };
    for (const made of [validRequest, nearlyValidRequest, hostileRequest]) {
      const draw = () => fc.sample(made(stop, known), { seed: 7, numRuns: 20 });
      expect(draw()).toStrictEqual(draw());
    }
  });

  test("can be made for every route, of every kind", () => {
    for (const { operation } of titled) {
      for (const made of [validRequest, nearlyValidRequest, hostileRequest]) {
        expect(fc.sample(made(operation, {}), { seed: 1, numRuns: 5 })).toHaveLength(5);
      }
    }
  }, 30_000);
});

test("a digest tells what was written, made and deleted", () => {
  const before = new Map(Object.entries({ a: "1", b: "1", c: "1" }));
  expect(written(before, new Map(Object.entries({ a: "1", b: "2", d: "1" })))).toStrictEqual(["b", "c", "d"]);
});
