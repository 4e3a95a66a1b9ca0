import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { SiteConfig } from "./site.ts";

/** Where the issuer sends people back to; the path they came from is kept beside. */
export const callbackPath = "/signed-in";

/** That somebody has signed in in this tab, so that a reload may do it again without a question; no token. */
const signedInKey = "hikae.signedIn";

/**
 * Sign-in by OpenID Connect, code flow with PKCE. Tokens are kept in memory alone; while the browser is at the issuer,
 * the session storage holds the verifier and the path to come back to.
 */
export function createUserManager({ signIn }: SiteConfig): UserManager {
  return new UserManager({
    authority: signIn.issuer,
    client_id: signIn.clientId,
    redirect_uri: `${location.origin}${callbackPath}`,
    silent_redirect_uri: `${location.origin}${callbackPath}`,
    post_logout_redirect_uri: `${location.origin}/`,
    response_type: "code",
    scope: "openid email profile",
    // Where the issuer gives tokens only against a secret, the API exchanges the code: it has the secret, we do not.
    ...(signIn.tokenPath ? { metadataSeed: { token_endpoint: `${location.origin}${signIn.tokenPath}` } } : {}),
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: true,
    accessTokenExpiringNotificationTimeInSeconds: 120,
    silentRequestTimeoutInSeconds: 5,
    monitorSession: false,
  });
}

/** In the hidden frame of a silent sign-in, hands the answer to the page around it. Resolves to whether it was one. */
export async function finishSilentSignIn(): Promise<boolean> {
  if (window.parent === window || location.pathname !== callbackPath) return false;
  // The frame's own manager only passes the address on: it needs to know nothing of the issuer.
  const settings = { authority: location.origin, client_id: "frame", redirect_uri: location.href };
  await new UserManager(settings).signinSilentCallback();
  return true;
}

/**
 * Ends a sign-in that has come back, or repeats one of this tab without a question. Resolves to the path to go on at,
 * undefined to stay. @throws when the issuer refused.
 */
export async function resumeSignIn(users: UserManager): Promise<string | undefined> {
  if (location.pathname === callbackPath) {
    const { state } = await users.signinRedirectCallback();
    sessionStorage.setItem(signedInKey, "yes");
    return typeof state === "string" && state.startsWith("/") && !state.startsWith("//") ? state : "/";
  }
  // Who has no session at the issuer any more is asked on the page.
  if (sessionStorage.getItem(signedInKey)) await users.signinSilent().catch(() => undefined);
  return undefined;
}

/** The page that was asked for, as an address of any site's console. */
export function pathAskedFor(): string {
  return location.pathname === callbackPath ? "/" : `${location.pathname}${location.search}`;
}

/** Goes to the issuer, and back to where we are. */
export async function beginSignIn(users: UserManager, language: string): Promise<void> {
  await users.signinRedirect({ state: pathAskedFor(), ui_locales: language });
}

export async function signOut(users: UserManager): Promise<void> {
  sessionStorage.removeItem(signedInKey);
  // Whoever wants to leave is let go, were the issuer not to answer.
  const end = await users.metadataService.getEndSessionEndpoint().catch(() => undefined);
  if (end !== undefined) return users.signoutRedirect();
  await users.removeUser();
}
