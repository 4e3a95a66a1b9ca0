import { useLocation } from "react-router";
import { useSite } from "../api/site.ts";
import { defineTexts, useLabel, useTexts } from "../texts/texts.ts";

const texts = defineTexts("otherSite", {
  ja: { open: "{{site}}のコンソールを開く" },
  en: { open: "Open the console in {{site}}" },
});

/** A link to the same page in the other site's console: it works when this site does not. */
export function OtherSite() {
  const t = useTexts(texts);
  const label = useLabel();
  const { site, sites } = useSite();
  const { pathname, search } = useLocation();
  const other = sites[site === "primary" ? "secondary" : "primary"];
  return <a href={`${other.url}${pathname}${search}`}>{t("open", { site: label(other.location) })}</a>;
}
