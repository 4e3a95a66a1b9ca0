import { Center, Loader, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { RouterProvider } from "react-router/dom";
import { api, every } from "../api/client.ts";
import { pathAskedFor } from "../api/sign-in.ts";
import { readDeployedSites, type SiteConfig, SiteContext } from "../api/site.ts";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { Failure } from "../ui/failure.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { createRouter } from "./router.tsx";
import { SessionContext, useSignIn } from "./session.ts";
import { SignInPage } from "./sign-in-page.tsx";

const texts = defineTexts("start", {
  ja: {
    title: "Hikae 管理コンソール",
    loading: "読み込んでいます",
    primary: "東京のコンソールを開く",
    secondary: "大阪のコンソールを開く",
  },
  en: {
    title: "Hikae console",
    loading: "Loading",
    primary: "Open the console in Tokyo",
    secondary: "Open the console in Osaka",
  },
});

/** The console: first which site this is, then who is there, then the pages. */
export function Start() {
  const t = useTexts(texts);
  const site = useQuery({
    queryKey: ["console"],
    queryFn: async () => {
      const { data, error } = await api.GET("/v1/console");
      if (error) throw error;
      return data;
    },
    refetchInterval: ({ state }) => (state.data ? false : every.fewSeconds),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (site.data) {
    return (
      <SiteContext value={site.data}>
        <SignedIn site={site.data} />
      </SiteContext>
    );
  }
  if (site.error) return <Unreachable error={site.error} onRetry={() => void site.refetch()} />;
  return <Loading label={t("loading")} />;
}

function SignedIn({ site }: { site: SiteConfig }) {
  const t = useTexts(texts);
  const session = useSignIn(site);
  const isSignedIn = session?.user !== undefined;
  const router = useMemo(() => (isSignedIn ? createRouter() : undefined), [isSignedIn]);
  if (!session) return <Loading label={t("loading")} />;
  if (!router) return <SignInPage session={session} />;
  return (
    <SessionContext value={session}>
      <RouterProvider router={router} />
    </SessionContext>
  );
}

/** Hosting serves the page though the site's API is gone: the way to the other site stands in a file beside the page. */
function Unreachable(failure: { error: unknown; onRetry: () => void }) {
  const t = useTexts(texts);
  const { data } = useQuery({ queryKey: ["deployed sites"], queryFn: readDeployedSites });
  const other = data?.site === "primary" ? "secondary" : "primary";
  return (
    <Center component="main" mih="100dvh" p="md">
      <div>
        <LanguageSwitch />
        <Title order={1}>{t("title")}</Title>
        <Failure {...failure} />
        {data ? <a href={`${data.sites[other].url}${pathAskedFor()}`}>{t(other)}</a> : null}
      </div>
    </Center>
  );
}

function Loading({ label }: { label: string }) {
  return (
    <Center component="main" h="100dvh">
      <Loader aria-label={label} role="status" />
    </Center>
  );
}
