import { useConnection } from "../api/connection.ts";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { Time } from "../ui/time.tsx";
import { OtherSite } from "./other-site.tsx";

const texts = defineTexts("connection", {
  ja: {
    lost: "このサイトから応答がありません。表示は古い可能性があります。自動で再接続しています。最後の応答：",
  },
  en: {
    lost: "This site does not answer; what you see may be out of date. Reconnecting. Last answer: ",
  },
});

/** Says that the site does not answer, since when, and where the other one is. */
export function ConnectionBanner() {
  const t = useTexts(texts);
  const { lost, lastAnswerAt } = useConnection();
  if (!lost) return null;
  return (
    <div className="connection-lost" role="alert">
      {t("lost")}
      <Time at={lastAnswerAt.toISOString()} seconds /> <OtherSite />
    </div>
  );
}
