import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { send } from "../../console/src/api/fetch.ts";

type Answer = { status: number; type?: string; body?: string };
const rateExceeded: Answer = { status: 429, type: "text/plain", body: "Rate exceeded." };
const done: Answer = { status: 200, type: "application/json", body: "{}" };

let answers: Answer[];
let keys: (string | string[] | undefined)[];
let server: Server;

/** Gives the answers in turn, the last one from then on. */
beforeAll(async () => {
  server = createServer((request, response) => {
    keys.push(request.headers["idempotency-key"]);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    const { status, type, body = "" } = answer ?? done;
    response.writeHead(status, type ? { "content-type": type } : {}).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function ask(method: string, ...given: Answer[]): Promise<number> {
  answers = given;
  keys = [];
  const { port } = server.address() as AddressInfo;
  return (await send(new Request(`http://127.0.0.1:${port}/v1/x`, { method }))).status;
}

describe("send", () => {
  test("sends an act again under its key until the API itself answers (R49)", async () => {
    expect(await ask("POST", rateExceeded, { status: 502, type: "text/html" }, done)).toBe(200);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toEqual(expect.any(String));
  });

  test.each([
    ["what Cloud Run answers by itself", rateExceeded],
    ["an error without a word", { status: 500 }],
    ["a gateway's error in JSON", { status: 503, type: "application/json", body: "{}" }],
    ["a page in place of an error", { status: 404, type: "text/html", body: "<!doctype html>" }],
  ])("takes for no answer: %s (R49)", async (_what, answer) => {
    await expect(ask("GET", answer)).rejects.toThrow(`${answer.status}`);
  });

  test("hands on what the API says is wrong (R49)", async () => {
    const problem = { status: 409, type: "application/problem+json", body: '{"code":"conflict"}' };
    expect(await ask("POST", problem)).toBe(409);
    expect(keys).toHaveLength(1);
  });
});
