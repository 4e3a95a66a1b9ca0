import { useSite } from "../api/site.ts";
import { defineTexts, useLabel, useTexts } from "../texts/texts.ts";

const texts = defineTexts("siteBadge", {
  ja: { primary: "{{location}}（本番サイト）", secondary: "{{location}}（待機サイト）" },
  en: { primary: "{{location}} (primary site)", secondary: "{{location}} (secondary site)" },
});

/** Which site this console is served by: nobody should take one for the other. */
export function SiteBadge() {
  const t = useTexts(texts);
  const label = useLabel();
  const { site, location } = useSite();
  return (
    <span className="site-badge" data-site={site}>
      {t(site, { location: label(location) })}
    </span>
  );
}
