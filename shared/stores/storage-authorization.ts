import { type AuthClient, GoogleAuth, Impersonated } from "google-auth-library";
import { AppError } from "../domain/errors.ts";
import type { StorageAddress } from "./storage-client.ts";

/** Gives the `authorization` header of a request to Cloud Storage, by the same token for as long as that is valid. */
export type Authorize = () => Promise<string>;

/** How plain calls reach Cloud Storage, and by whose name: the function's own unless told, and nobody's at an `endpoint`. */
export type StorageAccess = Pick<StorageAddress, "endpoint"> & { authorize?: Authorize };

const storageScope = "https://www.googleapis.com/auth/devstorage.read_write";
const platformScope = "https://www.googleapis.com/auth/cloud-platform";
/** A token is asked for up to three times, and each time waited for so long. */
const tokenMilliseconds = 5000;

/** Requests go by the name of the function's own service account. */
export function asOneself(): Authorize {
  const auth = new GoogleAuth({ scopes: storageScope });
  return async () => headerIn(await auth.getRequestHeaders());
}

/** Whose token asks for the other account's, and where; Google's for the function's own account unless told. */
export type Impersonation = { source?: AuthClient; endpoint?: string };

/**
 * Requests go by the name of another service account, the one that customers permit (R33). Callers who come together
 * wait for one token; it is renewed five minutes before it ends.
 * @throws AppError `unavailable`, which says what to grant where the function may not act as that account.
 */
export function actingAs(account: string, { source, endpoint }: Impersonation = {}): Authorize {
  let client: Promise<Impersonated> | undefined;
  const open = async () =>
    new Impersonated({
      sourceClient: source ?? (await ownClient()),
      targetPrincipal: account,
      targetScopes: [storageScope],
      ...(endpoint === undefined ? {} : { endpoint }),
    });

  async function ask(): Promise<string> {
    try {
      client ??= open();
      return headerIn(await (await client).getRequestHeaders());
    } catch (error) {
      client = undefined;
      throw refusedToken(account, error);
    }
  }

  let asked: Promise<string> | undefined;
  return () => {
    // The library asks once more for every caller who comes while it asks.
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

/** How customers' buckets are reached: by the name of the account that they permit, where it is known and Google is asked. */
export function customersAccess(
  account: string | undefined,
  { endpoint }: Pick<StorageAddress, "endpoint">,
): StorageAccess {
  if (endpoint !== undefined) return { endpoint };
  return account === undefined ? {} : { authorize: actingAs(account) };
}

function ownClient(): Promise<AuthClient> {
  const clientOptions = { transporterOptions: { timeout: tokenMilliseconds } };
  return new GoogleAuth({ scopes: platformScope, clientOptions }).getClient();
}

function headerIn(headers: Headers): string {
  return headers.get("authorization") ?? "";
}

/** Whatever the reason, what is to be stored waits for it: an operator's grant takes some minutes to act as well. */
function refusedToken(account: string, cause: unknown): AppError {
  const { status } = (cause as { response?: { status?: number } }).response ?? {};
  const remedy =
    "grant this function's service account roles/iam.serviceAccountTokenCreator on it, and see that it is there";
  const why = status === 403 || status === 404 ? remedy : "the IAM Service Account Credentials API does not answer";
  return new AppError("unavailable", `the function may not act as ${account}: ${why}`, { cause });
}
