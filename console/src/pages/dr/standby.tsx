import { Alert } from "@mantine/core";
import type { ReactNode } from "react";
import { $api, every, isProblem, type Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";

const texts = defineTexts("standby", {
  ja: {
    unavailable: "大阪（待機サイト）が応答していません",
    unavailableHint: "同期の状態を確認できません。応答があり次第、自動で表示します。",
    none: "このテナントには大阪の待機データがありません",
    drOptionOff: "DRオプションが契約されていません。ご利用には、DRオプションをお申し込みください。",
    outboundDialler: "アウトバウンドダイヤラーオプションはDRと併用できません。契約内容をご確認ください。",
    notEnrolled:
      "まだ登録されていません。プラットフォーム3.6.10以降で、DRオプションと同期設定が有効になると、自動で始まります。",
    tooOld: "この画面は、お使いのプラットフォームでは利用できません",
    tooOldHint:
      "DRの状況は、プラットフォーム3.7.0以降でご覧になれます（現在は{{version}}）。バージョンアップまでは、同期の状態を運用担当にお問い合わせください。",
    unknownVersion: "不明",
  },
  en: {
    unavailable: "Osaka (the secondary site) does not answer",
    unavailableHint: "The state of the sync cannot be known. It appears by itself as soon as there is an answer.",
    none: "This tenant has no stand-by in Osaka",
    drOptionOff: "The DR option has not been ordered. Order it to be protected.",
    outboundDialler: "The outbound-dialler option excludes DR. Please look at your contract.",
    notEnrolled:
      "It has not been enrolled so far. That happens by itself with platform 3.6.10 or later, the DR option, and the sync setting on.",
    tooOld: "Your platform does not have this page",
    tooOldHint:
      "The DR status is there from platform 3.7.0 on; yours is {{version}}. Until you upgrade, ask the operator for the state of the sync.",
    unknownVersion: "not known",
  },
});

export type Status = Schema<"Status">;
/** A stand-by whose state is known. */
export type Standby = Extract<Status["standby"], { availability: "available" }>;

/** The status of the tenant in view, live; the pages that show it share one query. */
export function useStatus() {
  const { id } = useTenant();
  return $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr",
    { params: { path: { tenant: id } } },
    { refetchInterval: every.fewSeconds },
  );
}

type WithStandbyProps = { children: (standby: Standby, status: Status) => ReactNode };

/** What is shown of a tenant's stand-by; where there is none, or nothing can be known of it, says why. */
export function WithStandby({ children }: WithStandbyProps) {
  const query = useStatus();
  if (isTooOld(query.error)) return <TooOld />;
  return (
    <Loaded query={query}>
      {(status) => {
        const { standby } = status;
        return standby.availability === "available" ? children(standby, status) : <WhyNot standby={standby} />;
      }}
    </Loaded>
  );
}

/** Platforms before 3.7.0 have no status page (R17). */
function isTooOld(error: unknown): boolean {
  return (
    isProblem(error) &&
    error.code === "precondition-failed" &&
    (error.fields ?? []).some(({ field }) => field === "platformVersion")
  );
}

function TooOld() {
  const t = useTexts(texts);
  const { platformVersion } = useTenant();
  return (
    <Alert color="orange" variant="outline" title={t("tooOld")}>
      {t("tooOldHint", { version: platformVersion ?? t("unknownVersion") })}
    </Alert>
  );
}

function WhyNot({ standby }: { standby: Exclude<Status["standby"], Standby> }) {
  const t = useTexts(texts);
  const silent = standby.availability === "unavailable";
  return (
    <Alert
      color={silent ? "red" : "gray"}
      variant="outline"
      role={silent ? "alert" : "status"}
      title={t(silent ? "unavailable" : "none")}
    >
      {silent ? t("unavailableHint") : t(standby.reason)}
    </Alert>
  );
}
