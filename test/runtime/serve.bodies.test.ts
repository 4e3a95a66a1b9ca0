import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Shell, serve } from "../../shared/runtime/serve.ts";
import type { Handler } from "../../shared/runtime/triggers.ts";

const seen = vi.fn<(parsed: unknown, raw: unknown) => void>();
const handlers: Record<string, Handler<object>> = {
  "public-function": {
    type: "http",
    async run(_app, request, response) {
      seen(request.body, request.rawBody);
      response.status(404).end();
      return { outcome: "not-found" };
    },
  },
};
let server: Server;

beforeAll(async () => {
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  serve(handlers, () => ({}), {} as Shell, "public-function");
  server = getTestServer("public-function");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  vi.restoreAllMocks();
  server.close();
  server.closeAllConnections();
});

/** A packed body of a kilobyte that would be a megabyte in memory. */
const packed = gzipSync(JSON.stringify({ text: "x".repeat(1024 * 1024) }));

describe("a public function", () => {
  test.each(["/", "/V1", "/V1/tenants", "//v1", "//v1/tenants", "/v1", "/v1/tenants", "/v2?x=/v1", "/%zz"])(
    "reads and unpacks nothing that anybody sends to %s (R46)",
    async (path) => {
      seen.mockClear();
      const { port } = server.address() as AddressInfo;
      const headers = { "content-type": "application/json", "content-encoding": "gzip" };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body: packed });
      expect(answer.status).toBe(404);
      expect(seen).toHaveBeenCalledExactlyOnceWith(undefined, undefined);
    },
  );

  test.each([
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/octet-stream",
    "application/cloudevents+json",
  ])("whatever it is said to be: %s (R46)", async (type) => {
    seen.mockClear();
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers: { "content-type": type }, body: "{}" });
    expect(seen).toHaveBeenCalledExactlyOnceWith(undefined, undefined);
  });
});
