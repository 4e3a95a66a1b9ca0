import { $api, every } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { type AuditEntry, AuditTable } from "../records/audit-table.tsx";

const texts = defineTexts("platformAudit", {
  ja: {
    title: "プラットフォームの監査ログ",
    intro: "一括切り替え、定期処理の実行、デッドレターの送り直しなど、特定のテナントによらない操作の記録です。",
  },
  en: {
    title: "Platform audit log",
    intro: "Acts that concern no one tenant: activations of many, runs of schedules, dead letters sent again.",
  },
});

/** Everything that was done to the platform as a whole. */
export function PlatformAuditPage() {
  const t = useTexts(texts);
  const query = $api.useInfiniteQuery("get", "/v1/audit", {}, { ...paged, refetchInterval: every.fewSeconds });
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={query}>{() => <AuditTable {...rowsOf<AuditEntry>(query)} />}</Loaded>
    </Page>
  );
}
