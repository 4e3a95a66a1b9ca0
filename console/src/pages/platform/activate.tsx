import { useSearchParams } from "react-router";
import { useTenants } from "../../shell/tenants.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { ManyForm } from "./activate/many-form.tsx";
import { ManyProgress } from "./activate/many-progress.tsx";

const texts = defineTexts("activateMany", {
  ja: {
    title: "一括切り替え",
    intro:
      "東京が失われたときなどに、多くのテナントをまとめて大阪に切り替えます。1社の失敗はほかのテナントを妨げません。",
    forbidden: "この画面は運用担当が使います。",
  },
  en: {
    title: "Activate many tenants",
    intro: "Switches many tenants over to Osaka, as when Tokyo is lost. None holds up the others.",
    forbidden: "This page is for operators.",
  },
});

/** Activates many tenants at once and follows them; the job stands in the address, so that a reload shows it again (R19). */
export function ActivateManyPage() {
  const t = useTexts(texts);
  const { query, isOperator } = useTenants();
  const [search, setSearch] = useSearchParams();
  const operation = search.get("operation");
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={query}>
        {() => {
          if (!isOperator) return <p>{t("forbidden")}</p>;
          if (operation) return <ManyProgress id={operation} onAgain={() => setSearch({})} />;
          return <ManyForm onStarted={(id) => setSearch({ operation: id })} />;
        }}
      </Loaded>
    </Page>
  );
}
