import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../local/issuer.ts";
import { assignPorts } from "../../local/ports.ts";
import { createInvokerCheck, createTokenSource } from "../../local/site/tokens.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer(`http://127.0.0.1:${(await assignPorts(0)).issuer}`, "console");
});
afterAll(() => issuer.close());

const account = "eventarc@hikae-local.iam.gserviceaccount.com";

describe("startIssuer", () => {
  test("gives tokens that its published keys verify (R46)", async () => {
    const discovery = await (await fetch(`${issuer.url}/.well-known/openid-configuration`)).json();
    const { issuer: name, jwks_uri } = discovery as { issuer: string; jwks_uri: string };
    const token = await issuer.mint({ email: "taro@acme.example", emailVerified: false });
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), { issuer: name });
    expect(payload).toMatchObject({ aud: "console", email: "taro@acme.example", email_verified: false });
  });

  test.each([["{"], ['{"email":"nobody"}'], ['{"email":"a@b.example","role":"operator"}']])(
    "refuses the request %s",
    async (body) => {
      expect((await fetch(`${issuer.url}/token`, { method: "POST", body })).status).toBe(400);
    },
  );
});

describe("createInvokerCheck", () => {
  const audience = "http://127.0.0.1/mirror-config";
  const statusOf = async (token: string | undefined) =>
    createInvokerCheck(issuer.url, "hikae-local")(token === undefined ? undefined : `Bearer ${token}`, audience);

  test("admits the project's service accounts", async () => {
    const token = await createTokenSource(issuer.url)(account, audience);
    expect(await statusOf(token)).toBe(200);
  });

  test("answers 401 without a token, and to one that is broken, expired or for another function (R46)", async () => {
    const expired = await issuer.mint({ email: account, audience, expiresInSeconds: -10 });
    const other = await issuer.mint({ email: account, audience: "http://127.0.0.1/purge" });
    for (const token of [undefined, "x.y.z", expired, other]) expect(await statusOf(token)).toBe(401);
  });

  test("answers 403 to a person", async () => {
    expect(await statusOf(await issuer.mint({ email: "operator@hikae.example", audience }))).toBe(403);
  });
});
