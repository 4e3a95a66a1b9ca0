import { connection } from "./connection.ts";

const attempts = 4;

/** Who signs the requests; undefined while nobody is signed in. */
let token: string | undefined;

let refused: () => void = () => undefined;

/** What to do when the API no longer takes the token, as when it has expired while the computer slept. */
export function onTokenRefused(then: () => void): void {
  refused = then;
}

/** From now on requests carry this ID token. It is kept in memory alone. */
export function setToken(next: string | undefined): void {
  token = next;
}

/**
 * Sends a request as the person signed in. A POST carries a key, and is sent again under the same key when no answer came
 * or the site could not take it: it is done once. Whether anything answers is told to `connection`.
 * @throws when there is no answer of the API's: nothing at all, or an error that it does not describe.
 */
export async function send(request: Request): Promise<Response> {
  const signed = token;
  if (signed) request.headers.set("authorization", `Bearer ${signed}`);
  const acts = request.method === "POST";
  if (acts) request.headers.set("idempotency-key", crypto.randomUUID());
  for (let attempt = 1; ; attempt++) {
    const last = !acts || attempt === attempts;
    try {
      const response = await fetch(request.clone());
      if (!isAnswer(response)) throw new Error(`no answer of the API's, but ${response.status}`);
      connection.answered();
      if (response.status === 401 && signed !== undefined && signed === token) refused();
      if (last || response.status !== 503) return response;
    } catch (error) {
      if (request.signal.aborted) throw error;
      connection.failed();
      if (last) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
  }
}

/** The API describes each of its errors; what stands before it says no more than that it was not reached. */
function isAnswer({ ok, headers }: Response): boolean {
  return ok || (headers.get("content-type") ?? "").startsWith("application/problem+json");
}
