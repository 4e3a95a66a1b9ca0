import { useLocation } from "react-router";
import { useSite } from "../../api/site.ts";
import { useOtherSite } from "../../shell/other-site.tsx";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";

const texts = defineTexts("backupSiteNote", {
  ja: {
    here: "{{site}}で終わった通話の録音を扱います。",
    other: "{{site}}で終わった通話の録音を見る",
  },
  en: {
    here: "This is about recordings of calls that ended in {{site}}.",
    other: "See those of calls that ended in {{site}}",
  },
});

/** Says that each site backs up its own calls, and leads to the other one's page. */
export function SiteNote() {
  const t = useTexts(texts);
  const label = useLabel();
  const { pathname } = useLocation();
  const { location } = useSite();
  const other = useOtherSite();
  return (
    <>
      {t("here", { site: label(location) })}{" "}
      <a href={`${other.url}${pathname}`}>{t("other", { site: label(other.location) })}</a>
    </>
  );
}

/** A site by the name of its place. */
export function SiteName({ site }: { site: "primary" | "secondary" }) {
  const label = useLabel();
  return label(useSite().sites[site].location);
}
