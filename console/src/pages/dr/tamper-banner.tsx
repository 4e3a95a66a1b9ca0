import { Text } from "@mantine/core";
import { Link, useLocation } from "react-router";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Time } from "../../ui/time.tsx";
import { useStatus } from "./standby.tsx";

const texts = defineTexts("tamperBanner", {
  ja: {
    title: "大阪のデータが直接変更されたため、同期を停止しています",
    body: "データを守るため、{{count}}件の変更を確認して再開するまで、東京での設定変更は大阪に反映されません。停止した日時：",
    review: "変更内容を確認して再開する",
  },
  en: {
    title: "The sync is stopped: data in Osaka was edited directly",
    body_one:
      "To protect your data, changes made in Tokyo do not reach Osaka until the edit has been reviewed and the sync resumed. Stopped: ",
    body_other:
      "To protect your data, changes made in Tokyo do not reach Osaka until the {{count}} edits have been reviewed and the sync resumed. Stopped: ",
    review: "Review the edits and resume",
  },
});

/** Stands above the DR pages of a tenant whose sync was stopped by an edit on the secondary, and leads to it (R10). */
export function TamperBanner() {
  const t = useTexts(texts);
  const { id } = useTenant();
  const { pathname } = useLocation();
  const standby = useStatus().data?.standby;
  if (standby?.availability !== "available" || standby.stop?.reason !== "tamper" || standby.state !== "stopped") {
    return null;
  }
  const page = `/tenants/${id}/dr/edits`;
  return (
    <div className="tamper-banner" role="alert">
      <Text fw={700}>{t("title")}</Text>
      <Text size="sm">
        {t("body", { count: standby.edits.total })}
        <Time at={standby.stop.at} />
      </Text>
      {pathname === page ? null : <Link to={page}>{t("review")}</Link>}
    </div>
  );
}
