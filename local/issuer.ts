import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { z } from "zod";
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

/** Starts the issuer with a new RS256 key: its discovery document, its keys, and `POST /token` with a `TokenRequest`. */
export async function startIssuer(url: string, defaultAudience: string): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const kid = randomUUID();
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }] };
  const discovery = {
    issuer: url,
    jwks_uri: `${url}/jwks`,
    token_endpoint: `${url}/token`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
  const mint = (request: TokenRequest): Promise<string> => {
    const { email, audience, expiresInSeconds, emailVerified } = tokenRequest.parse(request);
    const expiresAt = Math.floor(Date.now() / 1000) + expiresInSeconds;
    return new SignJWT({ email, email_verified: emailVerified })
      .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
      .setIssuer(url)
      .setSubject(email)
      .setAudience(audience ?? defaultAudience)
      .setIssuedAt(Math.min(expiresAt - 1, Math.floor(Date.now() / 1000)))
      .setExpirationTime(expiresAt)
      .sign(privateKey);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = `${request.method} ${request.url}`;
    if (asked === "GET /.well-known/openid-configuration") sendJson(response, 200, discovery);
    else if (asked === "GET /jwks") sendJson(response, 200, keys);
    else if (asked === "POST /token") await answerToken(request, response, mint);
    else sendJson(response, 404, { error: "not found" });
  };
  const server = await listen(Number(new URL(url).port), (request, response) => void answer(request, response));
  return {
    url,
    mint,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answerToken(request: IncomingMessage, response: ServerResponse, mint: Issuer["mint"]): Promise<void> {
  try {
    sendJson(response, 200, { token: await mint(JSON.parse((await readBody(request)).toString("utf8"))) });
  } catch (error) {
    sendJson(response, 400, { error: String(error) });
  }
}
