import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as framework from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { decodeJwt } from "jose";
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from "oidc-client-ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../local/issuer.ts";
import { assignPorts } from "../../local/ports.ts";
import { consoleRoutes } from "../../shared/domain/api/console.ts";
import { createCodeExchange } from "../../shared/runtime/code-exchange.ts";
import { type HttpApp, serveRoutes } from "../../shared/runtime/http.ts";
import { takeBodiesUnparsed } from "../../shared/runtime/http-body.ts";

const client = { clientId: "hikae-console", clientSecret: "known to the site alone" };
const email = "hanako@acme.example";

let issuer: Issuer;
let server: Server;
let site: string;
let app: HttpApp;

beforeAll(async () => {
  const url = `http://127.0.0.1:${(await assignPorts(0)).issuer}`;
  issuer = await startIssuer(url, client.clientId, [], client.clientSecret);
  const exchangeCode = createCodeExchange({ issuer: url, ...client }, fetch);
  takeBodiesUnparsed(({ url }) => url?.startsWith("/v1/") ?? false);
  const serve = serveRoutes(consoleRoutes);
  framework.http("code-exchange", async (request, response) => void (await serve(app, request, response, "trace")));
  server = getTestServer("code-exchange");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urls = { primary: "https://tokyo.hikae.example", secondary: site };
  const signIn = { issuer: url, clientId: client.clientId };
  app = { site: "secondary", consoleSettings: { urls, signIn, exchangeCode } } as unknown as HttpApp;
});
afterAll(() => {
  server.close();
  issuer.close();
});

/** A browser's client as the console has it where the site exchanges its codes; or with the issuer's own address. */
function newClient({ bySite = true } = {}) {
  return new OidcClient({
    authority: issuer.url,
    client_id: client.clientId,
    redirect_uri: `${site}/signed-in`,
    scope: "openid email profile",
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    ...(bySite ? { metadataSeed: { token_endpoint: `${site}/v1/console/token` } } : {}),
  });
}

/** Signs in at the issuer; resolves to where it sends the browser back to. */
async function comeBack(from: OidcClient): Promise<string> {
  const { url } = await from.createSigninRequest({});
  const form = { method: "POST", body: new URLSearchParams({ email }), redirect: "manual" } as const;
  return (await fetch(url, form)).headers.get("location") ?? "";
}

describe("the exchange of a sign-in's code", () => {
  test("gives a browser without the secret its tokens, and the issuer alone would not (R49)", async () => {
    const own = newClient();
    const signedIn = await own.processSigninResponse(await comeBack(own));
    expect(decodeJwt(signedIn.id_token ?? "")).toMatchObject({ email, aud: client.clientId });
    const alone = newClient({ bySite: false });
    await expect(alone.processSigninResponse(await comeBack(alone))).rejects.toThrow(/invalid_client/);
  });

  test("takes no code without its verifier, and says to sign in again", async () => {
    const own = newClient();
    const code = new URL(await comeBack(own)).searchParams.get("code") ?? "";
    const answer = await exchange({ code });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "invalid", detail: expect.stringContaining("sign in again") });
  });

  test("lends its secret to nobody else's sign-in", async () => {
    const answer = await exchange({ redirect_uri: "https://elsewhere.example/signed-in" });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ fields: [{ field: "body.redirect_uri" }] });
  });

  test("takes a form, and nothing else", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${site}/v1/console/token`, { method: "POST", headers, body: "{}" });
    expect(await answer.json()).toMatchObject({ status: 400, fields: [{ field: "header.Content-Type" }] });
  });

  test("is not there where the issuer itself gives tokens to a browser; the console is told which it is", async () => {
    const { exchangeCode, ...plain } = app.consoleSettings;
    const tokenPath = async () => ((await (await fetch(`${site}/v1/console`)).json()) as { signIn: object }).signIn;
    expect(await tokenPath()).toMatchObject({ tokenPath: "/v1/console/token" });
    app.consoleSettings = plain;
    expect(await tokenPath()).not.toHaveProperty("tokenPath");
    expect((await exchange({})).status).toBe(404);
    if (exchangeCode) app.consoleSettings = { ...plain, exchangeCode };
  });

  test("does not blame its user for a wrong secret: operators are told why (R49)", async () => {
    const wrong = createCodeExchange({ issuer: issuer.url, clientId: client.clientId, clientSecret: "wrong" }, fetch);
    const own = newClient();
    const code = new URL(await comeBack(own)).searchParams.get("code") ?? "";
    const grant = { code, code_verifier: "v".repeat(43), redirect_uri: `${site}/signed-in` };
    const refusal = await wrong(grant).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "unavailable",
      cause: { message: expect.stringMatching(/^invalid_client/) },
    });
  });

  test("says that the issuer is away, and never the secret", async () => {
    const away = createCodeExchange({ issuer: "http://127.0.0.1:1", ...client }, fetch);
    const grant = { code: "c", code_verifier: "v".repeat(43), redirect_uri: `${site}/signed-in` };
    const refusal = await away(grant).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "unavailable" });
    expect(String(refusal)).not.toContain(client.clientSecret);
  });
});

function exchange(more: Record<string, string>): Promise<Response> {
  const grant = { grant_type: "authorization_code", code: "c", code_verifier: "v".repeat(43) };
  const body = new URLSearchParams({ ...grant, redirect_uri: `${site}/signed-in`, ...more });
  return fetch(`${site}/v1/console/token`, { method: "POST", body });
}
