import { $api, every, type Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { PlanForm } from "./plan/plan-form.tsx";

const texts = defineTexts("plan", {
  ja: {
    title: "切り替え計画",
    intro:
      "大阪に切り替えたときに使う番号を、あらかじめ決めておきます。発信者番号は自動で変わり、着信先の変更はチェックリストに載ります。",
  },
  en: {
    title: "Switch-over plan",
    intro:
      "Decides beforehand which numbers are used once Osaka is active. Caller numbers are switched by themselves; destinations go to the checklist.",
  },
});

export type PlanView = Schema<"SwitchoverPlan">;

/** The numbers for the worst day: seen by everybody, changed by those who may (R20). */
export function PlanPage() {
  const t = useTexts(texts);
  const { id } = useTenant();
  const plan = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/plan",
    { params: { path: { tenant: id } } },
    { refetchInterval: every.fewSeconds },
  );
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={plan}>{(read) => <PlanForm read={read} />}</Loaded>
    </Page>
  );
}
