import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Page } from "../../ui/page.tsx";
import { Freshness } from "./freshness.tsx";
import { ProofSection } from "./proof.tsx";
import { SitesSection } from "./sites-section.tsx";
import { Situation } from "./situation.tsx";
import { useStatus, WithStandby } from "./standby.tsx";
import { StopAct } from "./stop-act.tsx";
import { SyncsSection } from "./syncs.tsx";
import { ReloadsSection, SoftphonesSection } from "./telephony.tsx";

const texts = defineTexts("status", {
  ja: { title: "DRの状況" },
  en: { title: "DR status" },
});

/** All that is known of a tenant's stand-by, live, and what to do next (R16). */
export function StatusPage() {
  const t = useTexts(texts);
  const { data, dataUpdatedAt } = useStatus();
  const standby = data?.standby.availability === "available" ? data.standby : undefined;
  return (
    <Page title={t("title")} actions={standby ? <StopAct state={standby.state} /> : null}>
      <WithStandby>
        {(shown, status) => (
          <>
            <Situation standby={shown} status={status} />
            <div className="dr-tiles">
              <Freshness standby={shown} at={dataUpdatedAt} />
              <ProofSection standby={shown} />
              <SoftphonesSection />
              <SyncsSection syncs={shown.syncs} />
              <SitesSection status={status} />
            </div>
            <ReloadsSection />
          </>
        )}
      </WithStandby>
      {data && !standby ? <SitesSection status={data} /> : null}
    </Page>
  );
}
