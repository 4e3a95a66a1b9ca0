import type { User, UserManager } from "oidc-client-ts";
import { createContext, useContext, useEffect, useState } from "react";
import { queryClient } from "../api/client.ts";
import { onTokenRefused, setToken } from "../api/fetch.ts";
import { createUserManager, resumeSignIn } from "../api/sign-in.ts";
import type { SiteConfig } from "../api/site.ts";

/**
 * Who is signed in. `expiring`: the sign-in could not be renewed, and must be repeated by hand soon; `expired`: it was not.
 */
export type Session = {
  users: UserManager;
  user: User | undefined;
  expiring: boolean;
  expired: boolean;
  error: string | undefined;
};

/** One for the page, however often it is mounted: it alone has the tokens. */
let manager: UserManager | undefined;

/** The sign-in of this page; undefined while an earlier one is being looked for. */
export function useSignIn(site: SiteConfig): Session | undefined {
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    manager ??= createUserManager(site);
    const users = manager;
    const show = (user: User | null | undefined, more: Partial<Session> = {}) => {
      const current = user && !user.expired ? user : undefined;
      setToken(current?.id_token);
      setSession({ users, user: current, expiring: false, expired: false, error: undefined, ...more });
    };
    const expiring = () => setSession((current) => current && { ...current, expiring: true });
    const renew = renewalOf(users, () => show(undefined, { expired: true }));
    onTokenRefused(renew);
    users.startSilentRenew();
    const forget = [
      users.events.addUserLoaded(show),
      users.events.addUserUnloaded(() => show(undefined)),
      users.events.addAccessTokenExpired(renew),
      users.events.addSilentRenewError(expiring),
    ];
    void begin(users, show);
    return () => {
      users.stopSilentRenew();
      for (const each of forget) each();
    };
  }, [site]);
  return session;
}

/** A token that is refused so soon after it was renewed is refused for another reason. */
const renewedAtMostEveryMilliseconds = 60_000;

/** Signs in again without a question, as after the computer slept; calls `expired` where that is not to be had. */
function renewalOf(users: UserManager, expired: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  let running = false;
  return () => {
    if (running) return;
    if (Date.now() - last < renewedAtMostEveryMilliseconds) return expired();
    running = true;
    last = Date.now();
    users
      .signinSilent()
      .then((user) => (user ? void queryClient.invalidateQueries() : expired()), expired)
      .finally(() => {
        running = false;
      });
  };
}

let begun: Promise<string | undefined> | undefined;

async function begin(users: UserManager, show: (user: User | null, more?: Partial<Session>) => void): Promise<void> {
  try {
    // An answer of the issuer's can be used once, though React mounts twice while developing.
    begun ??= resumeSignIn(users);
    const path = await begun;
    if (path !== undefined) history.replaceState(undefined, "", path);
    show(await users.getUser());
  } catch (error) {
    history.replaceState(undefined, "", "/");
    show(null, { error: error instanceof Error ? error.message : String(error) });
  }
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** The sign-in below which a page is shown. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("pages are shown to people who are signed in");
  return session;
}
