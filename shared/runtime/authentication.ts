import { errors, type JWTPayload, jwtVerify } from "jose";
import { AppError } from "../domain/errors.ts";
import { createIssuerKeys, type KeptKeys } from "./issuer-keys.ts";

/** Who a caller is; the address in lower case. */
export type Identity = { email: string };

/** Says who the caller is, from the request's Authorization header. */
export type Authenticator = {
  /**
   * @throws AppError `unauthenticated` without a good token; `unavailable` while the issuer's keys are not to be had.
   */
  authenticate(authorizationHeader: string | undefined): Promise<Identity>;
};

const toleranceSeconds = 30;

/**
 * Accepts the ID tokens of one OpenID Connect issuer for one audience (R46): signed with RS256 or ES256, not expired,
 * of a verified mail address. Nothing is fetched before the first token.
 */
export function createAuthenticator(
  oidc: { issuer: string; audience: string },
  outside: { kept: KeptKeys; fetch?: typeof fetch; now?(): Date },
): Authenticator {
  const now = outside.now ?? (() => new Date());
  const keys = createIssuerKeys(oidc.issuer, outside.fetch ?? fetch, now, outside.kept);
  return {
    async authenticate(header) {
      const token = /^Bearer +([\w-]+\.[\w-]*\.[\w-]*)$/i.exec(header ?? "")?.[1];
      if (token === undefined) throw refused("send an ID token as `Authorization: Bearer …`");
      try {
        const { payload } = await jwtVerify(token, keys, {
          ...oidc,
          algorithms: ["RS256", "ES256"],
          requiredClaims: ["exp", "email"],
          clockTolerance: toleranceSeconds,
          currentDate: now(),
        });
        return identityOf(payload);
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw refused("the token has expired: sign in again", error);
        if (error instanceof errors.JOSEError) throw refused("the token is not valid here: sign in again", error);
        throw error;
      }
    },
  };
}

function identityOf({ email, email_verified: verified }: JWTPayload): Identity {
  if (typeof email !== "string" || email === "") throw refused("the token names no mail address");
  if (verified !== true) throw refused("the token's mail address is not verified");
  return { email: email.toLowerCase() };
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError("unauthenticated", message, { cause });
}
