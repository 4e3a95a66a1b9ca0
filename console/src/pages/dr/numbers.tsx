import { Text } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useNames, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import type { TenantNumber } from "./plan/tenant-numbers.ts";

const texts = defineTexts("numbers", {
  ja: {
    title: "電話番号",
    intro: "登録されている番号と、大阪で使えるかどうかです。フリーダイヤルなどは、切り替え計画の着信先で判定します。",
    plan: "切り替え計画を開く",
    number: "番号",
    type: "種類",
    connection: "回線",
    primary: "東京",
    secondary: "大阪",
    usable: "利用できます",
    unusable: "利用できません",
    unreadable: "読み取れません（{{path}}）",
    empty: "番号は登録されていません。",
  },
  en: {
    title: "Numbers",
    intro: "The numbers, and whether each works in Osaka; toll-free ones are judged by the plan's destination.",
    plan: "Open the switch-over plan",
    number: "Number",
    type: "Type",
    connection: "Line",
    primary: "Tokyo",
    secondary: "Osaka",
    usable: "Works",
    unusable: "Does not work",
    unreadable: "Cannot be understood ({{path}})",
    empty: "There are no numbers.",
  },
});

const types = defineTexts("numberTypes", {
  ja: {
    osaka: "06番号",
    ip: "050番号",
    tollFree: "0120・0800・0570",
    geographic: "その他の市外局番",
    mobile: "携帯電話",
  },
  en: { osaka: "06", ip: "050", tollFree: "0120, 0800, 0570", geographic: "other area code", mobile: "mobile" },
});

const connections = defineTexts("numberConnections", {
  ja: { dedicated: "専用", customerGateway: "お客様設置ゲートウェイ", homeLine: "自宅回線" },
  en: { dedicated: "dedicated", customerGateway: "customer's gateway", homeLine: "home line" },
});

/** Every number of the tenant, marked usable or not on each site (R22). */
export function NumbersPage() {
  const t = useTexts(texts);
  const label = useLabel();
  const type = useNames(types);
  const connection = useNames(connections);
  const { id } = useTenant();
  const query = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/dr/numbers",
    { params: { path: { tenant: id }, query: { pageSize: 50 } } },
    paged,
  );
  const usability = (usable: boolean) => (
    <Status tone={usable ? "ok" : "danger"}>{t(usable ? "usable" : "unusable")}</Status>
  );
  const columns: Column<TenantNumber>[] = [
    {
      title: t("number"),
      cell: ({ display, path }) => (display ? <span className="nowrap">{display}</span> : t("unreadable", { path })),
    },
    { title: t("type"), cell: (row) => row.type && type(row.type) },
    { title: t("connection"), cell: (row) => row.connection && connection(row.connection) },
    { title: t("primary"), cell: ({ primary }) => usability(primary.usable) },
    {
      title: t("secondary"),
      cell: ({ secondary }) => (
        <>
          {usability(secondary.usable)}
          <Text size="sm">{label(secondary.label)}</Text>
        </>
      ),
    },
  ];
  return (
    <Page title={t("title")} intro={t("intro")} actions={<Link to={`/tenants/${id}/dr/plan`}>{t("plan")}</Link>}>
      <Loaded query={query}>
        {() => (
          <DataTable
            label={t("title")}
            columns={columns}
            rowKey={({ path }) => path}
            empty={t("empty")}
            {...rowsOf<TenantNumber>(query)}
          />
        )}
      </Loaded>
    </Page>
  );
}
