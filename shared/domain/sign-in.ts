/** A code that an issuer gave for a sign-in, and the parts of OAuth 2.0 (RFC 6749, RFC 7636) that it is of use with. */
export type CodeGrant = { code: string; code_verifier: string; redirect_uri: string };

/** What an issuer gives for it; `expires_in` in seconds. */
export type Tokens = { id_token: string; access_token: string; token_type: string; expires_in?: number | undefined };

/**
 * Exchanges a code for tokens. @throws AppError `invalid` for a code that the issuer does not take, as when it comes a second
 * time; `unavailable` while the issuer does not answer.
 */
export type CodeExchange = (grant: CodeGrant) => Promise<Tokens>;
