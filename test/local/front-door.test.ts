import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../local/issuer.ts";
import { functionsOf, functionUrl, type Plan, planStack, portOf, serviceAccount } from "../../local/plan.ts";
import { assignPorts } from "../../local/ports.ts";
import { frontDoor } from "../../local/site/front-door.ts";
import { listen } from "../../local/site/http.ts";

const site = "secondary";
const nameOf = (isPublic: boolean) =>
  functionsOf(site).find(({ row }) => (row.trigger.type === "http") === isPublic)?.name ?? "";
const [open, closed] = [nameOf(true), nameOf(false)];

let directory: string;
let plan: Plan;
let issuer: Issuer;
let servers: Server[];
const instances = new Map<string, { wanted(): Promise<string | undefined> }>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "hikae-door-"));
  plan = planStack(await assignPorts(0), {
    logDirectory: directory,
    socketDirectory: directory,
    functionsDirectory: directory,
    storageDirectory: directory,
  });
  issuer = await startIssuer(plan.issuer, plan.audience);
  const socket = join(directory, "function.sock");
  const echo = createServer((request, response) => {
    response.setHeader("x-path", request.url ?? "");
    request.pipe(response.writeHead(202));
  });
  await new Promise<void>((listening) => echo.listen(socket, listening));
  for (const name of [open, closed]) instances.set(name, { wanted: async () => socket });
  const door = frontDoor(site, plan, instances);
  const run = await listen(portOf(plan.sites[site].run), (request, response) => void door(request, response));
  servers = [echo, run];
});
afterAll(() => {
  issuer.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(directory, { recursive: true, force: true });
});

const call = (name: string, path = "", headers: Record<string, string> = {}) =>
  fetch(`${functionUrl(plan, site, name)}${path}`, { method: "POST", body: "本文", headers });
const bearer = async (email: string) => ({
  authorization: `Bearer ${await issuer.mint({ email, audience: functionUrl(plan, site, closed) })}`,
});

describe("frontDoor", () => {
  test("passes path, query and body on, and the answer back", async () => {
    const answer = await call(open, "/v1/tenants?pageSize=2");
    expect([answer.status, answer.headers.get("x-path"), await answer.text()]).toEqual([
      202,
      "/v1/tenants?pageSize=2",
      "本文",
    ]);
  });

  test("lets only the project's service accounts call a private function (R46)", async () => {
    expect((await call(closed)).status).toBe(401);
    expect((await call(closed, "", await bearer("operator@hikae.example"))).status).toBe(403);
    expect((await call(closed, "", await bearer(serviceAccount(plan, "eventarc")))).status).toBe(202);
  });

  test("answers 404 for a function that is not deployed on the site", async () => {
    expect((await call("no-such-function")).status).toBe(404);
  });

  test.each([
    ["there is none", undefined],
    ["it has just died", "gone.sock"],
  ])("answers 503 when a function's process is wanted and %s", async (_case, socket) => {
    const before = instances.get(open);
    instances.set(open, { wanted: async () => socket && join(directory, socket) });
    expect((await call(open)).status).toBe(503);
    if (before !== undefined) instances.set(open, before);
  });
});
