import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { healthRoutes } from "../../shared/domain/api/health.ts";
import { tenantRoutes } from "../../shared/domain/api/tenants.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { HttpApp } from "../../shared/runtime/http.ts";
import { startServedRoutes } from "../support/served-routes.ts";

let served: Awaited<ReturnType<typeof startServedRoutes>>;
let api: string;

/** Nobody is signed in, and the site is well. */
const app = {
  site: "primary",
  health: async () => undefined,
  authenticator: { authenticate: () => Promise.reject(new AppError("unauthenticated", "send a token")) },
} as unknown as HttpApp;

beforeAll(async () => {
  served = await startServedRoutes("cross-origin", [...healthRoutes, ...tenantRoutes], app);
  api = served.url;
});
afterAll(() => served.stop());

const foreign = { origin: "https://evil.example", cookie: "session=x", "sec-fetch-site": "cross-site" };
const permissions = (answer: Response) =>
  [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));

describe("a page of another origin", () => {
  test("is given no answer that its script may read, and no leave to send a token (R46)", async () => {
    const asked = {
      ...foreign,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    };
    for (const path of ["/v1/health", "/v1/tenants"]) {
      expect(permissions(await fetch(api + path, { headers: foreign }))).toStrictEqual([]);
      const preflight = await fetch(api + path, { method: "OPTIONS", headers: asked });
      expect(preflight.ok).toBe(false);
      expect(permissions(preflight)).toStrictEqual([]);
    }
  });

  test("cannot act by what a browser sends of itself: a cookie is no token (R46)", async () => {
    expect((await fetch(`${api}/v1/tenants`, { headers: foreign })).status).toBe(401);
  });

  test("cannot show an answer in a frame, nor have it run (R49)", async () => {
    const { headers } = await fetch(`${api}/v1/health`, { headers: foreign });
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("set-cookie")).toBeNull();
  });
});
