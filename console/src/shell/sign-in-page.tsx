import { Alert, Button, Center, Code, Paper, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { beginSignIn, pathAskedFor } from "../api/sign-in.ts";
import { defineTexts, useLanguage, useTexts } from "../texts/texts.ts";
import { useTitle } from "../ui/page.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { OtherSiteAt } from "./other-site.tsx";
import type { Session } from "./session.ts";
import { SiteBadge } from "./site-badge.tsx";

const texts = defineTexts("signIn", {
  ja: {
    title: "Hikae 管理コンソール",
    intro: "災害対策（DR）と録音バックアップを管理します。ご自身のアカウントでサインインしてください。",
    signIn: "サインイン",
    expired: "サインインの期限が切れました",
    expiredHint: "もう一度サインインすると、いま開いているページに戻ります。",
    failed: "サインインできませんでした",
    tryAgain: "もう一度お試しください。続くときは、次の内容を運用担当にお伝えください。",
    unreachable: "認証サーバーに接続できません。少し待ってから、もう一度お試しください。",
  },
  en: {
    title: "Hikae console",
    intro: "Manage disaster recovery and recording backup. Sign in with your own account.",
    signIn: "Sign in",
    expired: "Your sign-in has expired",
    expiredHint: "Sign in again to come back to this page.",
    failed: "You could not be signed in",
    tryAgain: "Try again. If that does not help, tell the operator this:",
    unreachable: "The sign-in service does not answer. Wait a moment, then try again.",
  },
});

/** What is shown to somebody who is not signed in. */
export function SignInPage({ session: { users, error, expired } }: { session: Session }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [state, setState] = useState<"idle" | "leaving" | "unreachable">("idle");
  useTitle(t("signIn"));
  const signIn = () => {
    setState("leaving");
    beginSignIn(users, language).catch(() => setState("unreachable"));
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" maw={420} w="100%">
        <Stack>
          <SiteBadge />
          <Title order={1}>{t("title")}</Title>
          <Text>{t("intro")}</Text>
          {state === "unreachable" ? (
            <Alert color="red" role="alert" title={t("failed")}>
              {t("unreachable")}
            </Alert>
          ) : null}
          {error && state === "idle" ? (
            <Alert color="red" role="alert" title={t("failed")}>
              {t("tryAgain")} <Code>{error}</Code>
            </Alert>
          ) : null}
          {expired && state === "idle" ? (
            <Alert color="indigo" variant="outline" role="status" title={t("expired")}>
              {t("expiredHint")}
            </Alert>
          ) : null}
          <Button onClick={signIn} loading={state === "leaving"} size="md">
            {t("signIn")}
          </Button>
          <OtherSiteAt path={pathAskedFor()} />
          <LanguageSwitch />
        </Stack>
      </Paper>
    </Center>
  );
}
