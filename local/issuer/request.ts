import { z } from "zod";

/** What a client asks for when it sends a browser to the issuer (OpenID Connect Core 3.1.2.1, PKCE with S256 only). */
export type AuthorizationRequest = {
  redirectUri: string;
  state?: string | undefined;
  nonce?: string | undefined;
  codeChallenge: string;
  isSilent: boolean;
  loginHint?: string | undefined;
};

/** `refused` may not be answered by a redirect: nobody knows whose address it would be. `error` goes to the client. */
export type ReadRequest =
  | { type: "request"; request: AuthorizationRequest }
  | { type: "error"; error: string; description: string; redirectUri: string; state?: string | undefined }
  | { type: "refused"; field: "client_id" | "redirect_uri" | "post_logout_redirect_uri" };

const parameters = z.object({
  response_type: z.literal("code"),
  response_mode: z.literal("query").optional(),
  scope: z.string().regex(/(^| )openid( |$)/, "must name openid"),
  code_challenge_method: z.literal("S256"),
  code_challenge: z.string().regex(/^[\w-]{43}$/, "must be the SHA-256 of the verifier in base64url"),
  nonce: z.string().optional(),
  prompt: z.string().optional(),
  login_hint: z.string().optional(),
});

const errorOf: Record<string, string> = { response_type: "unsupported_response_type", scope: "invalid_scope" };

/** Reads the request of the only client there is; parameters that are not known are left out, as the standard asks. */
export function readAuthorizationRequest(query: URLSearchParams, clientId: string): ReadRequest {
  if (query.get("client_id") !== clientId) return { type: "refused", field: "client_id" };
  const redirectUri = query.get("redirect_uri");
  if (!isLocal(redirectUri)) return { type: "refused", field: "redirect_uri" };
  const state = query.get("state") ?? undefined;
  const parsed = parameters.safeParse(Object.fromEntries(query));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = String(issue?.path[0]);
    const description = `${field}: ${issue?.message}`;
    return { type: "error", error: errorOf[field] ?? "invalid_request", description, redirectUri, state };
  }
  const { code_challenge: codeChallenge, login_hint: loginHint, nonce, prompt } = parsed.data;
  const isSilent = prompt === "none";
  return { type: "request", request: { redirectUri, state, nonce, codeChallenge, isSilent, loginHint } };
}

/** Whether it is an address on this machine that a browser may be sent to: whoever is elsewhere gets no tokens. */
export function isLocal(uri: string | null): uri is string {
  const url = URL.parse(uri ?? "");
  return url !== null && /^https?:$/.test(url.protocol) && ["127.0.0.1", "localhost"].includes(url.hostname);
}

/** The address with these parameters besides its own. */
export function withParameters(uri: string, more: Record<string, string | undefined>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(more)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

/** The language to show a page in: the first of those asked for that there is, else English. */
export function languageOf(uiLocales: string | null, acceptLanguage: string | undefined): "ja" | "en" {
  const asked = `${uiLocales ?? ""} ${acceptLanguage ?? ""}`.toLowerCase().match(/(?<![\w-])(ja|en)(?!\w)/);
  return asked?.[1] === "ja" ? "ja" : "en";
}
