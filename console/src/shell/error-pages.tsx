import { Button, Code, Text } from "@mantine/core";
import { Link, useRouteError } from "react-router";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { Page } from "../ui/page.tsx";

const texts = defineTexts("errorPages", {
  ja: {
    notFound: "ページが見つかりません",
    notFoundIntro: "アドレスが変わったか、入力が違っているようです。",
    crashed: "表示中に問題が起きました",
    crashedIntro:
      "データには影響ありません。接続が切れたか、コンソールが新しくなった可能性があります。再読み込みしてください。",
    reload: "再読み込み",
    home: "テナント一覧へ",
  },
  en: {
    notFound: "There is no such page",
    notFoundIntro: "The address has changed, or was not typed right.",
    crashed: "Something went wrong while showing this page",
    crashedIntro: "No data is affected. The connection was lost, or the console is newer now. Load the page again.",
    reload: "Load again",
    home: "To the tenants",
  },
});

export function NotFoundPage() {
  const t = useTexts(texts);
  return (
    <Page title={t("notFound")} intro={t("notFoundIntro")}>
      <Link to="/">{t("home")}</Link>
    </Page>
  );
}

/** In place of a page that could not be loaded or shown; the navigation around it stays. */
export function CrashPage() {
  const t = useTexts(texts);
  const error = useRouteError();
  return (
    <Page title={t("crashed")} intro={t("crashedIntro")}>
      <Text size="sm">
        <Code>{error instanceof Error ? error.message : String(error)}</Code>
      </Text>
      <Button onClick={() => location.reload()} w="fit-content">
        {t("reload")}
      </Button>
    </Page>
  );
}

/** In place of everything, when what surrounds the pages could not be shown. */
export function CrashedShell() {
  return (
    <main className="shell-main">
      <CrashPage />
    </main>
  );
}
