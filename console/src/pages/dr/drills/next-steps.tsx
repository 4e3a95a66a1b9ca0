import { Button, Group, Progress, Text } from "@mantine/core";
import { Link } from "react-router";
import { $api, every } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Loaded } from "../../../ui/loaded.tsx";
import { Section } from "../../../ui/page.tsx";
import { useNumbers } from "../../../ui/time.tsx";
import type { Report } from "../drill.tsx";

const texts = defineTexts("nextSteps", {
  ja: {
    title: "次にすること",
    softphones: "大阪に移ったソフトフォン",
    moved: "{{moved}} / {{total}}台",
    noSoftphones: "ソフトフォンは登録されていません。",
    checklist: "チェックリストを進める",
    failback: "切り戻しに進む",
    end: "訓練を終える（切り戻し）",
  },
  en: {
    title: "What to do next",
    softphones: "Softphones moved to Osaka",
    moved: "{{moved}} of {{total}}",
    noSoftphones: "There are no softphones.",
    checklist: "Go through the checklist",
    failback: "Go on to the fail back",
    end: "End the drill (fail back)",
  },
});

/** What is left while the secondary is in charge: softphones as they move, the checklist, and the way back. */
export function NextSteps({ report: { mode, requestedAt } }: { report: Report }) {
  const t = useTexts(texts);
  const { id } = useTenant();
  return (
    <Section title={t("title")}>
      <Softphones since={requestedAt} />
      <Group gap="xs" mt="sm">
        <Button component={Link} to={`/tenants/${id}/dr/checklist`}>
          {t("checklist")}
        </Button>
        <Button component={Link} to={`/tenants/${id}/dr/failback`} variant="default">
          {t(mode === "drill" ? "end" : "failback")}
        </Button>
      </Group>
    </Section>
  );
}

/** How many softphones have reported from the secondary since the activation, live. */
export function Softphones({ since }: { since: string }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const { id } = useTenant();
  const query = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/softphones",
    { params: { path: { tenant: id }, query: { since } } },
    { refetchInterval: every.fewSeconds },
  );
  return (
    <Loaded query={query}>
      {({ total, secondary }) => {
        if (total === 0) return <Text size="sm">{t("noSoftphones")}</Text>;
        const said = t("moved", { moved: count(secondary), total: count(total) });
        return (
          <>
            <Text size="sm">
              {t("softphones")}: {said}
            </Text>
            <Progress.Root size="lg">
              <Progress.Section value={(100 * secondary) / total} aria-label={t("softphones")} aria-valuetext={said} />
            </Progress.Root>
          </>
        );
      }}
    </Loaded>
  );
}
