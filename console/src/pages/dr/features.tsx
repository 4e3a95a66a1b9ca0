import { Text } from "@mantine/core";
import { $api, type Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { WithStandby } from "./standby.tsx";

const texts = defineTexts("features", {
  ja: {
    title: "大阪で使える機能",
    intro: "ここにない機能は、大阪で稼働している間も東京と同じようにお使いいただけます。",
    stops: "使えなくなる機能",
    stopsHint: "大阪で稼働している間は止まります。代わりの手段をご準備ください。",
    conditional: "条件を満たせば使える機能",
    conditionalHint: "お使いの機能は、切り替える前に条件を確かめておいてください。",
    feature: "機能",
    condition: "条件・代わりの手段",
    use: "ご利用",
    used: "利用中",
    unused: "利用なし",
    unknown: "不明",
    list: "{{effect}}の一覧",
    empty: "該当する機能はありません。",
  },
  en: {
    title: "What works in Osaka",
    intro: "What is not listed here works while Osaka is in charge as it does in Tokyo.",
    stops: "What stops",
    stopsHint: "These stop while Osaka is in charge. Keep another way at hand.",
    conditional: "What works under conditions",
    conditionalHint: "Make sure beforehand that the conditions are met for what you use.",
    feature: "Feature",
    condition: "What it takes, or what to do instead",
    use: "Your use",
    used: "in use",
    unused: "not in use",
    unknown: "not known",
    list: "List: {{effect}}",
    empty: "There are none.",
  },
});

type Feature = Schema<"Feature">;

/** What stops on the secondary, and what works there under conditions; what the tenant uses first (R23). */
export function FeaturesPage() {
  const t = useTexts(texts);
  return (
    <Page title={t("title")} intro={t("intro")}>
      <WithStandby>{() => <Features />}</WithStandby>
    </Page>
  );
}

function Features() {
  const { id } = useTenant();
  const query = $api.useQuery("get", "/v1/tenants/{tenant}/dr/features", { params: { path: { tenant: id } } });
  return (
    <Loaded query={query}>
      {({ items }) => (
        <>
          <Effect effect="stops" features={items} />
          <Effect effect="conditional" features={items} />
        </>
      )}
    </Loaded>
  );
}

const byUse = (a: Feature, b: Feature) => Number(b.used ?? 0.5) - Number(a.used ?? 0.5);

function Effect({ effect, features }: { effect: Feature["effect"]; features: readonly Feature[] }) {
  const t = useTexts(texts);
  const said = useLabel();
  const columns: Column<Feature>[] = [
    { title: t("feature"), cell: ({ label }) => <strong>{said(label)}</strong> },
    { title: t("use"), cell: ({ used }) => <Use used={used} /> },
    { title: t("condition"), cell: ({ condition }) => said(condition) },
  ];
  return (
    <Section title={t(effect)}>
      <Text size="sm" mb="sm">
        {t(`${effect}Hint`)}
      </Text>
      <DataTable
        label={t("list", { effect: t(effect) })}
        columns={columns}
        rows={features.filter((feature) => feature.effect === effect).toSorted(byUse)}
        rowKey={({ name }) => name}
        empty={t("empty")}
      />
    </Section>
  );
}

function Use({ used }: { used: Feature["used"] }) {
  const t = useTexts(texts);
  if (used === null) return t("unknown");
  return used ? <Status tone="warning">{t("used")}</Status> : t("unused");
}
