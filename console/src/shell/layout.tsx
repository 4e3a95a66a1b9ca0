import { Button, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link, Outlet, useLocation, useParams } from "react-router";
import { beginSignIn, signOut } from "../api/sign-in.ts";
import { defineTexts, useLanguage, useTexts } from "../texts/texts.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { Navigation } from "./navigation.tsx";
import { useSession } from "./session.ts";
import { SiteBadge } from "./site-badge.tsx";

const texts = defineTexts("layout", {
  ja: {
    skip: "本文へ移動",
    menu: "メニュー",
    signOut: "サインアウト",
    expiring: "まもなくサインインの期限が切れます。",
    signInAgain: "もう一度サインイン",
  },
  en: {
    skip: "Skip to the content",
    menu: "Menu",
    signOut: "Sign out",
    expiring: "Your sign-in is about to expire.",
    signInAgain: "Sign in again",
  },
});

/** What surrounds every page. */
export function Layout() {
  const t = useTexts(texts);
  const language = useLanguage();
  const { users, user, expiring } = useSession();
  const { pathname } = useLocation();
  const { tenant } = useParams();
  const [open, setOpen] = useState(false);
  const main = useFocusOnNewPage(pathname);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu
  useEffect(() => setOpen(false), [pathname]);
  return (
    <>
      <a className="skip-link" href="#main">
        {t("skip")}
      </a>
      <ConnectionBanner />
      {expiring ? (
        <div className="connection-lost" role="alert">
          {t("expiring")}{" "}
          <Button size="compact-sm" variant="white" onClick={() => void beginSignIn(users, language)}>
            {t("signInAgain")}
          </Button>
        </div>
      ) : null}
      <div className="shell">
        <header className="shell-header">
          <Button
            className="menu-button"
            variant="default"
            size="compact-md"
            aria-expanded={open}
            aria-controls="navigation"
            onClick={() => setOpen(!open)}
          >
            {t("menu")}
          </Button>
          <Link to="/" className="brand">
            控え <span className="brand-romanised">Hikae</span>
          </Link>
          <SiteBadge />
          <div className="shell-header-end">
            <LanguageSwitch />
            <Text size="sm" className="shell-email" title={user?.profile.email}>
              {user?.profile.email}
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => void signOut(users)}>
              {t("signOut")}
            </Button>
          </div>
        </header>
        <nav className="shell-nav" id="navigation" data-open={open} aria-label={t("menu")}>
          <Navigation tenant={tenant} />
        </nav>
        <main className="shell-main" id="main" tabIndex={-1} ref={main}>
          <Outlet />
        </main>
      </div>
    </>
  );
}

/** Moves the focus to the content when another page is gone to, so that it is read out, but not at the first one. */
function useFocusOnNewPage(pathname: string) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current !== pathname) main.current?.focus();
    shown.current = pathname;
  }, [pathname]);
  return main;
}
