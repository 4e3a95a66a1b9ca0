import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { OAuth2Client } from "google-auth-library";

/** What a function asked Google's IAM Service Account Credentials API for. */
export type TokenRequest = { path: string; authorization: string | undefined; scope: string[]; lifetime: string };

/** Plays the IAM Service Account Credentials API: tokens `token-1`, `token-2` … of one hour. */
export type CredentialsApi = {
  url: string;
  /** The function's own credentials, whose token is `own`. */
  source: OAuth2Client;
  requests: TokenRequest[];
  /** Answers so instead, until it is told otherwise; 200 gives tokens. */
  answerWith(status: number): void;
  close(): Promise<void>;
};

export async function startCredentialsApi(): Promise<CredentialsApi> {
  const requests: TokenRequest[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { scope, lifetime } = JSON.parse(body) as Pick<TokenRequest, "scope" | "lifetime">;
    requests.push({ path: request.url ?? "", authorization: request.headers.authorization, scope, lifetime });
    const error = { code: status, status: "PERMISSION_DENIED", message: "iam.serviceAccounts.getAccessToken denied" };
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    const answer = status === 200 ? { accessToken: `token-${requests.length}`, expireTime } : { error };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const source = new OAuth2Client();
  source.setCredentials({ access_token: "own", expiry_date: Date.now() + 86_400_000 });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    source,
    requests,
    answerWith: (next) => {
      status = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
