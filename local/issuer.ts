import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { z } from "zod";
import { createBrowserPages } from "./issuer/browser.ts";
import { createCodes } from "./issuer/codes.ts";
import type { Person } from "./issuer/page.ts";
import { isLocal } from "./issuer/request.ts";
import { listen, readBody, sendJson } from "./site/http.ts";

const tokenRequest = z.strictObject({
  email: z.email(),
  audience: z.string().min(1).optional(),
  /** May be negative: a token that has expired. */
  expiresInSeconds: z.number().int().default(3600),
  emailVerified: z.boolean().default(true),
});
export type TokenRequest = z.input<typeof tokenRequest>;

/** An OpenID Connect issuer that gives anybody a token for anyone; for one machine only. */
export type Issuer = {
  url: string;
  /** An ID token; valid for one hour, of a verified address, for the issuer's own audience unless asked otherwise. */
  mint(request: TokenRequest): Promise<string>;
  close(): void;
};

type Mint = (request: TokenRequest, more?: { name: string; nonce?: string | undefined }) => Promise<string>;

/** How long the tokens of a browser's sign-in are good for. */
const signInSeconds = 3600;

/**
 * Starts the issuer with a new RS256 key. Browsers sign in with an authorization code and PKCE, as the client that is called
 * like the audience, and choose among these people; `POST /token` with a `TokenRequest` in JSON gives a token at once.
 */
export async function startIssuer(
  url: string,
  defaultAudience: string,
  people: readonly Person[] = [],
  clientSecret?: string,
): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const kid = randomUUID();
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }] };
  const mint: Mint = (request, more) => {
    const { email, audience, expiresInSeconds, emailVerified } = tokenRequest.parse(request);
    const expiresAt = Math.floor(Date.now() / 1000) + expiresInSeconds;
    return new SignJWT({ email, email_verified: emailVerified, ...more })
      .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
      .setIssuer(url)
      .setSubject(email)
      .setAudience(audience ?? defaultAudience)
      .setIssuedAt(Math.min(expiresAt - 1, Math.floor(Date.now() / 1000)))
      .setExpirationTime(expiresAt)
      .sign(privateKey);
  };
  const codes = createCodes(defaultAudience, clientSecret);
  const pages = createBrowserPages(defaultAudience, people, codes);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const visit = { request, response, url: new URL(request.url ?? "/", url) };
    permitBrowsers(request, response);
    switch (`${request.method} ${visit.url.pathname}`) {
      case "GET /.well-known/openid-configuration":
        return sendJson(response, 200, describeIssuer(url));
      case "GET /jwks":
        return sendJson(response, 200, keys);
      case "GET /authorize":
      case "POST /authorize":
        return pages.authorize(visit);
      case "POST /token":
        return isForm(request) ? exchangeCode(request, response, codes, mint) : giveToken(request, response, mint);
      case "GET /end-session":
        return pages.endSession(visit);
      case "GET /favicon.ico":
        // Asked for by every browser; a 404 would stand in its console as an error.
        return void response.writeHead(204).end();
      default:
        return sendJson(response, 404, { error: "not found" });
    }
  };
  const server = await listen(Number(new URL(url).port), (request, response) => {
    answer(request, response).catch((error) => sendJson(response, 400, { error: String(error) }));
  });
  return {
    url,
    mint: (request) => mint(request),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The discovery document: all that a browser's client reads. */
function describeIssuer(url: string) {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    end_session_endpoint: `${url}/end-session`,
    jwks_uri: `${url}/jwks`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid", "email", "profile"],
    claims_supported: ["iss", "sub", "aud", "exp", "iat", "nonce", "email", "email_verified", "name"],
    prompt_values_supported: ["none", "login", "select_account"],
    ui_locales_supported: ["ja", "en"],
  };
}

/** Pages of this machine may read the answers; those of any other place must not get hold of tokens. */
function permitBrowsers({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  response.setHeader("vary", "origin");
  if (origin !== undefined && isLocal(origin)) response.setHeader("access-control-allow-origin", origin);
}

function isForm({ headers }: IncomingMessage): boolean {
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
}

async function exchangeCode(
  request: IncomingMessage,
  response: ServerResponse,
  codes: ReturnType<typeof createCodes>,
  mint: Mint,
): Promise<void> {
  const redeemed = codes.redeem(new URLSearchParams((await readBody(request)).toString("utf8")));
  response.setHeader("cache-control", "no-store");
  if (!redeemed.granted) return sendJson(response, 400, { error: redeemed.error });
  const { person, nonce } = redeemed;
  const { email, name } = person;
  sendJson(response, 200, {
    id_token: await mint({ email, expiresInSeconds: signInSeconds }, { name, nonce }),
    access_token: randomUUID(),
    token_type: "Bearer",
    expires_in: signInSeconds,
    scope: "openid email profile",
  });
}

async function giveToken(request: IncomingMessage, response: ServerResponse, mint: Mint): Promise<void> {
  sendJson(response, 200, { token: await mint(JSON.parse((await readBody(request)).toString("utf8"))) });
}
