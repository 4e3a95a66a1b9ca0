import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import type { CodeExchange } from "../domain/sign-in.ts";
import { askingIssuer, discover, type Fetch } from "./discovery.ts";

const tokens = z.object({
  id_token: z.string(),
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.number().optional(),
});
/** OAuth's words for a client whose id, secret or rights are wrong. */
const refusesClient = new Set(["invalid_client", "unauthorized_client"]);
const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

/**
 * Exchanges the code of a sign-in for tokens, for issuers that give none to a browser without a secret (Google's do not). The
 * code is of use only with the verifier that the browser kept, and the secret stays here.
 * @throws AppError `invalid` for a code that the issuer refuses; `unavailable` when it does not answer, or refuses the
 *   client, which no user can put right.
 */
export function createCodeExchange(
  client: { issuer: string; clientId: string; clientSecret: string },
  fetch: Fetch,
): CodeExchange {
  return async ({ code, code_verifier, redirect_uri }) => {
    const form = new URLSearchParams({
      grant_type: "authorization_code",
      ...{ code, code_verifier, redirect_uri },
      client_id: client.clientId,
      client_secret: client.clientSecret,
    });
    const answer = await post(client.issuer, form, fetch).catch((cause: unknown) => {
      throw new AppError("unavailable", "the issuer of the tokens does not answer", { cause });
    });
    const said: unknown = await answer.json().catch(() => undefined);
    const given = tokens.safeParse(said);
    if (answer.ok && given.success) return given.data;
    const { error = "", error_description: detail } = refusal.safeParse(said).data ?? {};
    if (refusesClient.has(error)) {
      const cause = new Error(detail ? `${error}: ${detail}` : error);
      throw new AppError("unavailable", "the issuer of the tokens refuses this client: look at its id and its secret", {
        cause,
      });
    }
    if (answer.status < 500 && error) {
      throw new AppError("invalid", `the issuer refuses: ${detail ?? error}; sign in again`);
    }
    throw new AppError("unavailable", `the issuer of the tokens answered ${answer.status}`);
  };
}

async function post(issuer: string, form: URLSearchParams, fetch: Fetch): Promise<Response> {
  const { token_endpoint: endpoint } = await discover(issuer, fetch);
  if (endpoint === undefined) throw new Error("the issuer names no token endpoint");
  return fetch(endpoint, { ...askingIssuer(), method: "POST", body: form });
}
