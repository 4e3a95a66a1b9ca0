import { Alert, Text } from "@mantine/core";
import { Link } from "react-router";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Page } from "../../ui/page.tsx";
import { ActivateForm } from "./activate/activate-form.tsx";
import { Concerns } from "./activate/concerns.tsx";
import { type Standby, WithStandby } from "./standby.tsx";
import { modes } from "./words.ts";

const texts = defineTexts("activatePage", {
  ja: {
    title: "大阪への切り替え",
    intro: "大阪（待機サイト）を稼働させます。東京が失われていても、大阪だけで完了します。",
    mayNot: "切り替えは、全社管理者または運用担当が行います。お急ぎの場合はご連絡ください。",
    activating: "切り替えを実行中です（{{mode}}）",
    active: "すでに大阪で稼働しています（{{mode}}）",
    live: "経過を見る",
    checklist: "チェックリストを開く",
    takeOver: "計画的な移行の途中で東京が失われた場合は、災害時の切り替えで引き継げます。",
  },
  en: {
    title: "Activate Osaka",
    intro: "Puts Osaka, the secondary site, in charge. It works with Tokyo gone altogether.",
    mayNot: "A company administrator or an operator activates. Call them if it is urgent.",
    activating: "It is being activated now ({{mode}})",
    active: "Osaka is in charge already ({{mode}})",
    live: "See how it goes",
    checklist: "Open the checklist",
    takeOver: "If Tokyo is lost during a planned move, an activation for a disaster takes over.",
  },
});

/** Puts the secondary in charge, in earnest or as a drill, with what stands in the way beside it (R18, R28, R29). */
export function ActivatePage() {
  const t = useTexts(texts);
  const may = useMay("activate");
  return (
    <Page title={t("title")} intro={t("intro")}>
      <WithStandby>
        {(standby) => (
          <>
            {standby.state === "active" || standby.state === "activating" ? <UnderWay standby={standby} /> : null}
            {mayBegin(standby) ? (
              <div className="beside">
                {may ? <ActivateForm standby={standby} /> : <Text>{t("mayNot")}</Text>}
                <Concerns />
              </div>
            ) : null}
          </>
        )}
      </WithStandby>
    </Page>
  );
}

/** A planned move that is still under way gives way to a disaster; nothing else is begun twice. */
function mayBegin({ state, activation }: Standby): boolean {
  return state === "activating" ? activation?.mode === "planned" : state !== "active";
}

function UnderWay({ standby: { state, activation } }: { standby: Standby }) {
  const t = useTexts(texts);
  const mode = useNames(modes);
  const { id } = useTenant();
  if (!activation) return null;
  const title = t(state === "active" ? "active" : "activating", { mode: mode(activation.mode) });
  return (
    <Alert color="orange.9" variant="outline" role="status" title={title}>
      <Link to={`/tenants/${id}/dr/drills/${activation.operation}`}>{t("live")}</Link>{" "}
      <Link to={`/tenants/${id}/dr/checklist`}>{t("checklist")}</Link>
      {state === "activating" && activation.mode === "planned" ? <Text size="sm">{t("takeOver")}</Text> : null}
    </Alert>
  );
}
