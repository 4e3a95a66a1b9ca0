import { Link } from "react-router";
import type { TenantInView } from "../shell/tenant.ts";
import { useTenants } from "../shell/tenants.ts";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { Status } from "../ui/status.tsx";

const texts = defineTexts("tenants", {
  ja: {
    title: "テナント一覧",
    empty: "ご覧になれるテナントがありません。貴社の全社管理者に、このメールアドレスの登録をご依頼ください。",
    name: "名称",
    id: "ID",
    role: "ご自身の役割",
    version: "プラットフォームの版",
    dr: "DRオプション",
    on: "あり",
    off: "なし",
    invalid: "設定に誤りがあります",
    operator: "運用担当",
    companyAdmin: "全社管理者",
    officeAdmin: "拠点管理者",
    viewer: "閲覧者",
  },
  en: {
    title: "Tenants",
    empty: "There is no tenant for you to see. Ask your company's administrator to register this mail address.",
    name: "Name",
    id: "ID",
    role: "Your role",
    version: "Platform version",
    dr: "DR option",
    on: "yes",
    off: "no",
    invalid: "its profile is not valid",
    operator: "operator",
    companyAdmin: "company administrator",
    officeAdmin: "office administrator",
    viewer: "viewer",
  },
});

/** The tenants one may see; the first page after sign-in. */
export function TenantsPage() {
  const t = useTexts(texts);
  const { query, list } = useTenants();
  const columns: Column<TenantInView>[] = [
    { title: t("name"), cell: ({ id, name }) => <Link to={`/tenants/${id}/dr`}>{name}</Link> },
    { title: t("id"), cell: ({ id }) => id },
    { title: t("role"), cell: ({ role }) => t(role) },
    { title: t("version"), cell: ({ platformVersion }) => platformVersion },
    {
      title: t("dr"),
      cell: ({ profileIsValid, disasterRecovery }) => {
        if (!profileIsValid) return <Status tone="danger">{t("invalid")}</Status>;
        return <Status tone={disasterRecovery ? "ok" : "muted"}>{t(disasterRecovery ? "on" : "off")}</Status>;
      },
    },
  ];
  return (
    <Page title={t("title")}>
      <Loaded query={query}>
        {() => <DataTable label={t("title")} columns={columns} rowKey={({ id }) => id} empty={t("empty")} {...list} />}
      </Loaded>
    </Page>
  );
}
