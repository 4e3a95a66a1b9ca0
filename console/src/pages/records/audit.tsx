import { $api, every } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { type AuditEntry, AuditTable } from "./audit-table.tsx";

const texts = defineTexts("audit", {
  ja: {
    title: "監査ログ",
    intro: "だれが、いつ、何をしたかの記録です。新しい順に並び、Hikaeからは変更も削除もできません。",
  },
  en: {
    title: "Audit log",
    intro: "Who did what, and when; newest first. Nobody can change or delete it through Hikae.",
  },
});

/** Everything that was done to the tenant. */
export function AuditPage() {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const query = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/audit",
    { params: { path: { tenant } } },
    { ...paged, refetchInterval: every.fewSeconds },
  );
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={query}>{() => <AuditTable {...rowsOf<AuditEntry>(query)} />}</Loaded>
    </Page>
  );
}
