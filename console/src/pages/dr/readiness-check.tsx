import { Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { Status, type Tone } from "../../ui/status.tsx";
import { CheckDetails } from "./check-details.tsx";

const texts = defineTexts("readinessCheck", {
  ja: {
    pass: "問題なし",
    warning: "注意",
    blocker: "妨げる問題",
    final: "理由を添えても切り替えられません",
    remedy: "対処：",
    status: "DRの状況を見る",
    plan: "切り替え計画を開く",
    schedules: "定期処理を開く",
    features: "機能ごとの対応を見る",
  },
  en: {
    pass: "Passed",
    warning: "To note",
    blocker: "In the way",
    final: "No reason overrides this",
    remedy: "What to do: ",
    status: "See the DR status",
    plan: "Open the switch-over plan",
    schedules: "Open the schedules",
    features: "See what each feature takes",
  },
});

const tones: Record<Check["result"], Tone> = { pass: "ok", warning: "warning", blocker: "danger" };

/** The pages on which what a check found can be seen to. */
const pages: Record<string, { text: "status" | "plan" | "features"; path: string }> = {
  state: { text: "status", path: "dr" },
  freshness: { text: "status", path: "dr" },
  reconciliation: { text: "status", path: "dr" },
  plan: { text: "plan", path: "dr/plan" },
  planNumbers: { text: "plan", path: "dr/plan" },
  tollFree: { text: "plan", path: "dr/plan" },
  phones: { text: "plan", path: "dr/plan" },
  features: { text: "features", path: "dr/features" },
};

/** What is brought over by a schedule, which operators may run. */
const scheduled = new Set(["guidance", "accessRules"]);

type Check = Schema<"ReadinessCheck">;

/** One check: what was found, why, what to do, and where. */
export function ReadinessCheck({
  check: { name, label, result, overridable, why, remedy, details },
}: {
  check: Check;
}) {
  const t = useTexts(texts);
  const said = useLabel();
  const { id, may } = useTenant();
  const page = result === "pass" ? undefined : pages[name];
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <Title order={3}>{said(label)}</Title>
        <Status tone={tones[result]}>{t(result)}</Status>
      </Group>
      <Text size="sm">{said(why)}</Text>
      {remedy ? (
        <Text size="sm">
          <strong>{t("remedy")}</strong>
          {said(remedy)}
        </Text>
      ) : null}
      {result === "blocker" && !overridable ? (
        <Text size="sm" fw={600}>
          {t("final")}
        </Text>
      ) : null}
      {result !== "pass" && scheduled.has(name) && may.includes("runSchedule") ? (
        <Link to="/schedules">{t("schedules")}</Link>
      ) : null}
      {page ? <Link to={`/tenants/${id}/${page.path}`}>{t(page.text)}</Link> : null}
      {details ? <CheckDetails details={details} /> : null}
    </Stack>
  );
}
