import { $api, every } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Loaded } from "../../../ui/loaded.tsx";
import { Page } from "../../../ui/page.tsx";
import { WithStandby } from "../standby.tsx";
import { DeleteSection } from "./delete.tsx";
import { ExportSection } from "./export.tsx";
import { PreviewSection } from "./preview.tsx";

const texts = defineTexts("purge", {
  ja: {
    title: "大阪の履歴の消去",
    intro:
      "大阪（待機サイト）で通話した間にできた履歴と録音を消去します。東京のデータと、大阪の設定は消去されません。必要な履歴は先に書き出してください。",
  },
  en: {
    title: "Purging Osaka's histories",
    intro:
      "Deletes the histories and recordings that came about in Osaka (the secondary site) while it took the calls. Tokyo's data and Osaka's settings stay. Export first what you need.",
  },
});

/** What is kept in Osaka of the time in which it took the calls: to be exported, then deleted (R26, R27). */
export function PurgePage() {
  const t = useTexts(texts);
  return (
    <Page title={t("title")} intro={t("intro")}>
      <WithStandby>{() => <Purge />}</WithStandby>
    </Page>
  );
}

function Purge() {
  const { id: tenant } = useTenant();
  const preview = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/purge",
    { params: { path: { tenant } } },
    // Counting is dear: it is done anew where something changed, when somebody wishes, or now and then.
    { refetchInterval: ({ state }) => (state.error ? every.slowly : countEveryMilliseconds) },
  );
  return (
    <Loaded query={preview}>
      {(data) => (
        <>
          <PreviewSection
            preview={data}
            at={new Date(preview.dataUpdatedAt)}
            refreshing={preview.isRefetching}
            onRefresh={() => void preview.refetch()}
          />
          <ExportSection preview={data} />
          <DeleteSection preview={data} onEnd={() => void preview.refetch()} />
        </>
      )}
    </Loaded>
  );
}

const countEveryMilliseconds = 60_000;
