import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { AuthorizationRequest } from "./request.ts";

/** Who signed in. */
export type SignedIn = { email: string; name: string };

const lifetimeMilliseconds = 60_000;

/** A token request as a client sends it, form-encoded (RFC 6749 4.1.3, RFC 7636 4.5). */
const exchange = z.object({
  code: z.string(),
  client_id: z.string(),
  redirect_uri: z.string(),
  code_verifier: z.string().regex(/^[\w.~-]{43,128}$/),
  client_secret: z.string().optional(),
});

export type Redeemed =
  | { granted: true; person: SignedIn; nonce?: string | undefined }
  | { granted: false; error: "unsupported_grant_type" | "invalid_request" | "invalid_client" | "invalid_grant" };

/**
 * The authorization codes of one issuer: each is good for one minute, and for one try. With a secret they are of use to
 * those alone who know it.
 */
export function createCodes(clientId: string, clientSecret?: string, now: () => number = Date.now) {
  const issued = new Map<string, { request: AuthorizationRequest; person: SignedIn; until: number }>();
  return {
    issue(request: AuthorizationRequest, person: SignedIn): string {
      const code = randomBytes(24).toString("base64url");
      issued.set(code, { request, person, until: now() + lifetimeMilliseconds });
      return code;
    },
    redeem(form: URLSearchParams): Redeemed {
      if (form.get("grant_type") !== "authorization_code") return { granted: false, error: "unsupported_grant_type" };
      const asked = exchange.safeParse(Object.fromEntries(form)).data;
      if (asked === undefined) return { granted: false, error: "invalid_request" };
      if (asked.client_id !== clientId || asked.client_secret !== clientSecret) {
        return { granted: false, error: "invalid_client" };
      }
      const found = issued.get(asked.code);
      issued.delete(asked.code);
      const challenge = createHash("sha256").update(asked.code_verifier).digest("base64url");
      const isGood =
        found !== undefined &&
        now() < found.until &&
        found.request.redirectUri === asked.redirect_uri &&
        found.request.codeChallenge === challenge;
      if (!isGood) return { granted: false, error: "invalid_grant" };
      return { granted: true, person: found.person, nonce: found.request.nonce };
    },
  };
}
