import domain from "node:domain";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AppError, type ErrorCode, errorCodes } from "../../shared/domain/errors.ts";
import { type DeadLetters, type Shell, serve } from "../../shared/runtime/serve.ts";
import type { Handler, RequestReport } from "../../shared/runtime/triggers.ts";

type App = { run(event: unknown): Promise<RequestReport> };
const run = vi.fn<App["run"]>();
const deadLetters = vi.fn<DeadLetters>();
const fire = vi.fn<Shell["fire"]>(async (_, work) => ({ ran: true, report: await work() }));

const handlers: Record<string, Handler<App>> = {
  "on-document": { type: "document", run: (app, event) => app.run(event) },
  "on-message": { type: "message", run: (app, event) => app.run(event) },
  "on-schedule": { type: "schedule", run: (app, event) => app.run(event) },
  "on-request": {
    type: "http",
    run: async (app, request, response, trace) => {
      const report = await app.run(request.method);
      response.status(200).json({ ok: true, trace });
      return report;
    },
  },
};

const servers = new Map<string, Server>();
const lines: string[] = [];

beforeAll(async () => {
  serve(handlers, () => ({ run }), { deadLetters, fire }, "on-message");
  for (const name of Object.keys(handlers)) {
    const server = getTestServer(name);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.set(name, server);
  }
});
afterAll(() => {
  for (const server of servers.values()) server.close();
});

/** One request to a function, and the log lines it led to. */
async function call(
  name: string,
  headers: Record<string, string>,
  body?: Uint8Array<ArrayBuffer> | string,
  path = "/",
) {
  const written = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  // The framework itself prints the stack of what is to be delivered again.
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  lines.length = 0;
  try {
    const { port } = (servers.get(name) as Server).address() as AddressInfo;
    const request = { method: "POST", headers, ...(body === undefined ? {} : { body }) };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, request);
    const text = await answer.text();
    const logged = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    return { status: answer.status, text, logged };
  } finally {
    written.mockRestore();
    printed.mockRestore();
  }
}

const attributes = {
  "ce-specversion": "1.0",
  "ce-id": "event-1",
  "ce-source": "//firestore.googleapis.com/projects/p/databases/tokyo",
  "ce-type": "google.cloud.firestore.document.v1.written",
  "ce-time": "2026-11-21T10:00:00Z",
};
const document = (body: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) =>
  call("on-document", { ...attributes, ...more, "content-type": "application/protobuf" }, body);
const message = (content: Record<string, unknown>) =>
  call(
    "on-message",
    { ...attributes, "ce-type": "google.cloud.pubsub.topic.v1.messagePublished", "content-type": "application/json" },
    JSON.stringify({ message: content, subscription: "s" }),
  );
/** As a push subscription sends it: no attributes of an event, and a token for Cloud Run. */
const push = (content: Record<string, unknown>) =>
  call(
    "on-message",
    { authorization: "Bearer token", "content-type": "application/json" },
    JSON.stringify({ message: { publishTime: attributes["ce-time"], ...content }, subscription: "s" }),
    "/projects/p/topics/t",
  );

const body = Uint8Array.of(10, 0, 255);

describe("serve", () => {
  test("gives a document event as it was delivered: its bytes untouched, and who wrote", async () => {
    run.mockResolvedValueOnce({ outcome: "applied" });
    const { status } = await document(body, { "ce-authtype": "service_account", "ce-authid": "a@example.com" });
    expect(status).toBe(204);
    const event = run.mock.lastCall?.[0];
    expect(event).toMatchObject({
      id: "event-1",
      type: attributes["ce-type"],
      authType: "service_account",
      authId: "a@example.com",
    });
    expect(Buffer.from((event as { body: Uint8Array }).body)).toStrictEqual(Buffer.from(body));
  });

  test("runs in no domain of Node: its hooks around every promise cost more than the work", async () => {
    const within = vi.fn();
    run.mockImplementationOnce(async () => {
      await new Promise(setImmediate);
      const { active } = domain as { active?: unknown };
      within(active instanceof domain.Domain, domain.create() instanceof domain.Domain);
      return { outcome: "done" };
    });
    await document(Uint8Array.of(1));
    expect(within).toHaveBeenCalledExactlyOnceWith(false, false);
  });

  test("gives a message's JSON and attributes", async () => {
    run.mockResolvedValueOnce({ outcome: "done" });
    const data = Buffer.from(JSON.stringify({ a: "電話" })).toString("base64");
    expect((await message({ data, attributes: { k: "v" }, messageId: "1" })).status).toBe(204);
    expect(run.mock.lastCall?.[0]).toMatchObject({ data: { a: "電話" }, attributes: { k: "v" } });
  });

  test.each([
    ["no JSON", { data: Buffer.from("{not json").toString("base64"), messageId: "1" }, "{not json"],
    ["attributes only", { attributes: { a: "b" }, messageId: "1" }, ""],
  ])("leaves a message of %s to the handler, which refuses it", async (_, content, data) => {
    run.mockResolvedValueOnce({ outcome: "done" });
    await message(content);
    expect(run.mock.lastCall?.[0]).toMatchObject({ data });
  });

  const data = Buffer.from(JSON.stringify({ a: "電話" })).toString("base64");
  test.each([
    ["with data", { data, attributes: { k: "v" }, messageId: "17" }, { data: { a: "電話" }, attributes: { k: "v" } }],
    ["with data only", { data, messageId: "17" }, { data: { a: "電話" }, attributes: {} }],
    ["with attributes only", { attributes: { k: "v" }, messageId: "17" }, { data: "", attributes: { k: "v" } }],
  ])("gives a message that Pub/Sub pushed itself the same as one that came as an event: %s", async (_, sent, given) => {
    run.mockResolvedValueOnce({ outcome: "done" });
    expect((await push(sent)).status).toBe(204);
    expect(run.mock.lastCall?.[0]).toMatchObject({ id: "17", ...given });
  });

  test("keeps a pushed message that cannot pass, under its own id and as it was", async () => {
    deadLetters.mockClear();
    run.mockRejectedValueOnce(new AppError("invalid", "never"));
    const content = { attributes: { k: "v" }, messageId: "17" };
    expect((await push(content)).status).toBe(204);
    const [letter] = deadLetters.mock.lastCall ?? [];
    expect(letter).toMatchObject({ function: "on-message", id: "17", code: "invalid" });
    expect(JSON.parse(letter?.body ?? "")).toMatchObject({ message: content });
  });

  test("gives a schedule's name and time, the same for every delivery of one firing", async () => {
    run.mockResolvedValueOnce({ outcome: "done" });
    const headers = {
      "x-cloudscheduler-jobname": "hourly",
      "x-cloudscheduler-scheduletime": "2026-11-21T10:05:00Z",
    };
    expect((await call("on-schedule", headers)).status).toBe(204);
    expect(run.mock.lastCall?.[0]).toStrictEqual({ job: "hourly", scheduleTime: new Date("2026-11-21T10:05:00Z") });
  });

  test("has a firing done by the schedule's own rule: once, and one at a time", async () => {
    run.mockResolvedValueOnce({ outcome: "done" });
    await call("on-schedule", { "x-cloudscheduler-scheduletime": "2026-11-21T10:05:00Z" });
    const firing = { name: "on-schedule", scheduleTime: new Date("2026-11-21T10:05:00Z") };
    expect(fire).toHaveBeenLastCalledWith(firing, expect.any(Function));
  });

  test.each(["skipped", "duplicate"])(
    "accepts a firing whose work is not to be done, and says so: %s",
    async (outcome) => {
      run.mockClear();
      fire.mockResolvedValueOnce({ ran: false, report: { outcome } });
      const { status, text, logged } = await call("on-schedule", {});
      expect([status, JSON.parse(text)]).toEqual([200, { outcome }]);
      expect(logged).toMatchObject([{ severity: "INFO", outcome }]);
      expect(run).not.toHaveBeenCalled();
    },
  );

  test("answers a request with what its handler answers", async () => {
    run.mockResolvedValueOnce({ outcome: "done" });
    const { status, text } = await call("on-request", {});
    expect([status, JSON.parse(text)]).toMatchObject([200, { ok: true }]);
  });

  const codes = Object.keys(errorCodes) as ErrorCode[];
  test.each(codes.filter((code) => errorCodes[code].retry))(
    "has an event delivered again whose error may pass: %s",
    async (code) => {
      deadLetters.mockClear();
      run.mockRejectedValueOnce(new AppError(code, "not now"));
      expect((await document(body)).status).toBeGreaterThanOrEqual(500);
      expect(deadLetters).not.toHaveBeenCalled();
    },
  );

  test.each(codes.filter((code) => !errorCodes[code].retry))(
    "keeps an event that cannot pass with the dead letters and acknowledges it: %s",
    async (code) => {
      deadLetters.mockClear();
      run.mockRejectedValueOnce(new AppError(code, "never"));
      expect((await document(body)).status).toBe(204);
      expect(deadLetters).toHaveBeenCalledExactlyOnceWith({
        function: "on-document",
        id: "event-1",
        code,
        body: Buffer.from(body).toString("base64"),
      });
    },
  );

  test("has an event delivered again that could not be kept with the dead letters: it is not lost", async () => {
    run.mockRejectedValueOnce(new AppError("invalid", "never"));
    deadLetters.mockRejectedValueOnce(new AppError("unavailable", "no Pub/Sub"));
    expect((await document(body)).status).toBeGreaterThanOrEqual(500);
  });

  test("takes an unforeseen error for one that may pass", async () => {
    run.mockRejectedValueOnce(new TypeError("oops"));
    const { status, logged } = await document(body);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(logged).toMatchObject([{ outcome: "internal", error: "oops" }]);
  });

  test.each(codes)("answers a firing that failed with the status of its error: %s", async (code) => {
    run.mockRejectedValueOnce(new AppError(code, "no"));
    expect((await call("on-schedule", {})).status).toBe(errorCodes[code].status);
  });

  test("writes one structured line for each invocation, with nothing of the payload", async () => {
    run.mockResolvedValueOnce({ outcome: "applied" });
    const applied = await document(Buffer.from("a secret"));
    expect(applied.logged).toStrictEqual([
      {
        message: "invocation",
        severity: "INFO",
        function: "on-document",
        durationMilliseconds: expect.any(Number),
        outcome: "applied",
      },
    ]);
    run.mockRejectedValueOnce(new AppError("unavailable", "not now"));
    const failed = await document(Buffer.from("a secret"));
    expect(failed.logged).toMatchObject([{ severity: "WARNING", outcome: "unavailable", error: "not now" }]);
    expect(lines.join("")).not.toContain("secret");
  });

  test("names the trace of a request in its line", async () => {
    run.mockResolvedValueOnce({ outcome: "done" });
    const trace = "0123456789abcdef0123456789abcdef";
    const { logged } = await call("on-request", { "x-cloud-trace-context": `${trace}/1;o=1` });
    expect(logged).toMatchObject([{ "logging.googleapis.com/trace": trace }]);
  });

  test("names route and tenant of a request that failed inside, and the very trace that its caller was told", async () => {
    const failure = new AppError("unavailable", "not now");
    run.mockResolvedValueOnce({ outcome: "unavailable", route: "getStatus", tenant: "acme", failure });
    const { logged, text } = await call("on-request", {});
    expect(logged).toMatchObject([
      { severity: "WARNING", outcome: "unavailable", error: "not now", route: "getStatus", tenant: "acme" },
    ]);
    const { trace } = JSON.parse(text) as { trace: string };
    expect(trace).toMatch(/^[0-9a-f]{32}$/);
    expect(logged[0]).toMatchObject({ "logging.googleapis.com/trace": trace });
  });
});
