import { NativeSelect } from "@mantine/core";
import { useSearchParams } from "react-router";
import { $api, every } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { CountsSection } from "./overview-counts.tsx";
import { DestinationsSection } from "./overview-destinations.tsx";
import { FreshnessSection } from "./overview-freshness.tsx";
import { SetupSection } from "./overview-setup.tsx";
import { usePlaces } from "./places.ts";
import { SiteNote } from "./site-note.tsx";

const texts = defineTexts("backupOverview", {
  ja: { title: "録音バックアップの状況", office: "拠点", all: "すべての拠点", allOwn: "ご担当の拠点すべて" },
  en: { title: "Recording backup", office: "Office", all: "all offices", allOwn: "all your offices" },
});

/** How recording backup does on this site: what is stored, how soon, and what stands in the way (R38, R39, R43b). */
export function BackupOverviewPage() {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const [search] = useSearchParams();
  const office = search.get("office") ?? "";
  const summary = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/backup",
    { params: { path: { tenant }, query: office ? { office } : {} } },
    { refetchInterval: every.fewSeconds },
  );
  return (
    <Page title={t("title")} intro={<SiteNote />} actions={<OfficeSelect office={office} />}>
      <SetupSection />
      <Loaded query={summary}>
        {({ counts, freshness, destinations }) => (
          <>
            <CountsSection counts={counts} office={office} />
            <FreshnessSection freshness={freshness} />
            <DestinationsSection destinations={destinations} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** One office of those that the person may see, or all; the page's address has it. */
function OfficeSelect({ office }: { office: string }) {
  const t = useTexts(texts);
  const { offices: own } = useTenant();
  const [, setSearch] = useSearchParams();
  const offices = usePlaces().places.filter(({ type }) => type === "office");
  if (offices.length < 2 && office === "") return null;
  const isListed = office === "" || offices.some(({ id }) => id === office);
  return (
    <NativeSelect
      label={t("office")}
      value={office}
      onChange={({ currentTarget: { value } }) => setSearch(value ? { office: value } : {}, { replace: true })}
      data={[
        { value: "", label: t(own ? "allOwn" : "all") },
        ...(isListed ? [] : [{ value: office, label: office }]),
        ...offices.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
}
