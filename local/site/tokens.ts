import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";

/** A valid ID token of a service account for an audience. */
export type TokenSource = (email: string, audience: string) => Promise<string>;

const lifetimeSeconds = 3600;
const renewBeforeSeconds = 300;

/** Service-account tokens from the issuer, kept until shortly before they expire. Throws when the issuer does not answer. */
export function createTokenSource(issuer: string): TokenSource {
  const kept = new Map<string, { token: Promise<string>; until: number }>();
  return (email, audience) => {
    const key = `${email} ${audience}`;
    const current = kept.get(key);
    if (current !== undefined && current.until > Date.now()) return current.token;
    const token = fetchToken(issuer, { email, audience, expiresInSeconds: lifetimeSeconds });
    kept.set(key, { token, until: Date.now() + (lifetimeSeconds - renewBeforeSeconds) * 1000 });
    // A failed request must not be remembered, or the site would be mute for an hour.
    token.catch(() => kept.delete(key));
    return token;
  };
}

async function fetchToken(issuer: string, claims: Record<string, unknown>): Promise<string> {
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(claims),
  });
  if (!answer.ok) throw new Error(`the issuer answered ${answer.status}`);
  const { token } = (await answer.json()) as { token: string };
  return token;
}

/** Cloud Run's decision on a caller: 200, 401 (no token, or a bad one) or 403 (nobody with the right to invoke). */
export type InvokerCheck = (authorization: string | undefined, audience: string) => Promise<200 | 401 | 403>;

/** Accepts ID tokens of this issuer for the audience that belong to a service account of the project. */
export function createInvokerCheck(issuer: string, project: string): InvokerCheck {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  // Callers present the same token for an hour; verifying it anew for each event would cost a tenth of the machine.
  const accepted = new Map<string, number>();
  return async (authorization, audience) => {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return 401;
    const key = `${audience} ${token}`;
    if ((accepted.get(key) ?? 0) > Date.now()) return 200;
    try {
      await jwtVerify(token, keys, { issuer, audience, requiredClaims: ["exp", "email"] });
    } catch {
      return 401;
    }
    const { email, exp } = decodeJwt<{ email: string }>(token);
    if (!email.endsWith(`@${project}.iam.gserviceaccount.com`)) return 403;
    if (accepted.size > 1000) accepted.clear();
    accepted.set(key, (exp ?? 0) * 1000);
    return 200;
  };
}
