import { useLocation } from "react-router";
import { type SiteConfig, useSite } from "../api/site.ts";
import { defineTexts, useLabel, useTexts } from "../texts/texts.ts";

const texts = defineTexts("otherSite", {
  ja: { open: "{{site}}のコンソールを開く" },
  en: { open: "Open the console in {{site}}" },
});

/** The site that this console is not of. */
export function useOtherSite(): SiteConfig["sites"]["primary"] {
  const { site, sites } = useSite();
  return sites[site === "primary" ? "secondary" : "primary"];
}

/** A link to a page in the other site's console: it works when this site does not. */
export function OtherSiteAt({ path }: { path: string }) {
  const t = useTexts(texts);
  const label = useLabel();
  const { url, location } = useOtherSite();
  return <a href={`${url}${path}`}>{t("open", { site: label(location) })}</a>;
}

/** The same for the page that is shown. */
export function OtherSite() {
  const { pathname, search } = useLocation();
  return <OtherSiteAt path={`${pathname}${search}`} />;
}
