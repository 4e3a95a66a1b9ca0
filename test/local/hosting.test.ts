import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plan, planStack, portOf } from "../../local/plan.ts";
import { assignPorts } from "../../local/ports.ts";
import { hosting } from "../../local/site/hosting.ts";
import { listen } from "../../local/site/http.ts";
import type { Site } from "../../shared/domain/sites.ts";

const firebaseFile = fileURLToPath(new URL("../../firebase.json", import.meta.url));
let directory: string;
let plan: Plan;
const servers: Server[] = [];

/** Hosting of the secondary as `firebase.json` has it, with functions that only tell how they were called. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "hikae-hosting-"));
  cpSync(firebaseFile, join(directory, "firebase.json"));
  plan = planStack(await assignPorts(0), {
    logDirectory: directory,
    socketDirectory: directory,
    functionsDirectory: directory,
    storageDirectory: directory,
  });
  const hosted = hosting("secondary", plan, directory);
  const run = (site: Site) =>
    listen(portOf(plan.sites[site].run), (request, response) => {
      request.pipe(response.writeHead(200, { "x-called": `${site} ${request.method} ${request.url}` }));
    });
  const front = listen(portOf(plan.sites.secondary.api), (request, response) => void hosted(request, response));
  servers.push(...(await Promise.all([run("primary"), run("secondary"), front])));
  build();
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(directory, { recursive: true, force: true });
});

function build(): void {
  mkdirSync(join(directory, "console/dist/assets"), { recursive: true });
  for (const [file, content] of Object.entries({ "index.html": "<!doctype html>start", "assets/app-1.js": "0;" })) {
    writeFileSync(join(directory, "console/dist", file), content);
  }
}
const get = (path: string, init: RequestInit = {}) => fetch(`${plan.sites.secondary.api}${path}`, init);

describe("hosting", () => {
  test.each(["/", "/index.html", "/tenants/acme/dr", "/v2/x"])("answers %s with the console (R49)", async (path) => {
    const answer = await get(path);
    expect([answer.status, await answer.text()]).toEqual([200, "<!doctype html>start"]);
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  });

  test("lets browsers keep what is under a name of its own, and nothing else", async () => {
    const answer = await get("/assets/app-1.js");
    expect(answer.headers.get("content-type")).toMatch(/^text\/javascript/);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const tag = (await get("/")).headers.get("etag") ?? "";
    const again = await get("/", { headers: { "if-none-match": tag, "cache-control": "max-age=0" } });
    expect(again.status).toBe(304);
  });

  test("gives no page for an asset that is gone, which a browser would keep for good", async () => {
    const answer = await get("/assets/app-0.js");
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([404, null]);
  });

  test("protects the console by headers, and permits the local issuer besides Google's sign-in (R46)", async () => {
    const { headers } = await get("/tenants");
    const policy = new Map(
      headers
        .get("content-security-policy")
        ?.split("; ")
        .map((directive) => directive.split(/ (.*)/) as [string, string]),
    );
    expect(policy.get("default-src")).toBe("'none'");
    expect(policy.get("script-src")).toBe("'self'");
    expect(policy.get("style-src")).toBe("'self'");
    expect(policy.get("frame-ancestors")).toBe("'self'");
    for (const name of ["connect-src", "frame-src", "form-action"]) {
      const sources = policy.get(name)?.split(" ");
      expect(sources).toEqual(expect.arrayContaining(["'self'", plan.issuer, "https://accounts.google.com"]));
    }
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
  });

  test.each([
    ["/v1/tenants?pageSize=2", "GET", "secondary GET /admin/v1/tenants?pageSize=2"],
    ["/v1/no-such-path", "GET", "secondary GET /admin/v1/no-such-path"],
    ["/v1/tenants/%zz/x", "GET", "secondary GET /admin/v1/tenants/%zz/x"],
    ["/v1/tenants/acme/dr/activate", "POST", "secondary POST /activate/v1/tenants/acme/dr/activate"],
  ])("leads %s to its function, not to the console", async (path, method, called) => {
    const answer = await get(path, { method, ...(method === "POST" ? { body: "本文" } : {}) });
    expect(answer.headers.get("x-called")).toBe(called);
    expect(await answer.text()).toBe(method === "POST" ? "本文" : "");
    expect(answer.headers.get("cache-control")).toBeNull();
  });

  test("names both sites, for a console whose API is gone (R49)", async () => {
    const answer = await get("/sites.json");
    const { primary, secondary } = plan.sites;
    expect(await answer.json()).toEqual({
      site: "secondary",
      sites: { primary: { url: primary.api }, secondary: { url: secondary.api } },
    });
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  });

  test("serves nothing from outside the console's folder", async () => {
    for (const path of [
      "/..%2f..%2ffirebase.json",
      "/%2e%2e/%2e%2e/firebase.json",
      "/assets/..%2f..%2f../firebase.json",
    ]) {
      expect(await (await get(path)).text()).not.toContain("rewrites");
    }
  });

  test("takes no POST for the console", async () => {
    expect((await get("/tenants", { method: "POST" })).status).toBe(404);
  });

  test("says how to build the console while there is none, and serves it as soon as there is", async () => {
    rmSync(join(directory, "console"), { recursive: true });
    const answer = await get("/tenants/acme");
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([503, "no-store"]);
    expect(await answer.text()).toContain("npm run build:console");
    expect((await get("/v1/health")).headers.get("x-called")).toContain("/admin/v1/health");
    build();
    expect((await get("/tenants/acme")).status).toBe(200);
  });
});

test("both sites' targets differ in nothing but where the API is", async () => {
  const { hosting: targets } = (await import(firebaseFile, { with: { type: "json" } })).default;
  const [primary, secondary] = targets.map(
    ({ target: _target, rewrites: _rewrites, ...same }: Record<string, unknown>) => same,
  );
  expect(primary).toStrictEqual(secondary);
});
