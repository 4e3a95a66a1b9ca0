import { z } from "zod";

const answerMilliseconds = 3_000;

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url(), token_endpoint: z.url().optional() });
export type Discovery = z.infer<typeof discoveryDocument>;

export type Fetch = (url: string, options: RequestInit) => Promise<Response>;

/**
 * What an OpenID Connect issuer says of itself. @throws when it does not answer within three seconds, when the document is
 * another issuer's, or when one served by HTTPS names an address that is not.
 */
export async function discover(issuer: string, fetch: Fetch): Promise<Discovery> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const discovery = discoveryDocument.parse(await fetchJson(address, fetch));
  if (discovery.issuer !== issuer) throw new Error("the discovery document is another issuer's");
  const named = [discovery.jwks_uri, discovery.token_endpoint ?? issuer];
  if (new URL(issuer).protocol === "https:" && named.some((url) => new URL(url).protocol !== "https:")) {
    throw new Error("the issuer's keys and tokens are not served by https");
  }
  return discovery;
}

/** Asks an issuer, following no redirect. @throws when it does not answer 2xx within three seconds. */
export async function fetchJson(url: string, fetch: Fetch): Promise<unknown> {
  const answer = await fetch(url, askingIssuer());
  if (!answer.ok) throw new Error(`the issuer answered ${answer.status}`);
  return answer.json();
}

/** How any request to an issuer is made. */
export function askingIssuer(): RequestInit {
  return {
    redirect: "error",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(answerMilliseconds),
  };
}
