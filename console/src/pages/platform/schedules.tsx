import { Alert, Text } from "@mantine/core";
import { $api, every, type Schema } from "../../api/client.ts";
import { useSite } from "../../api/site.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { Time } from "../../ui/time.tsx";
import { Cron } from "./cron.tsx";
import { LastRun } from "./last-run.tsx";
import { RunNow } from "./run-now.tsx";

const texts = defineTexts("schedules", {
  ja: {
    title: "定期処理",
    intro: "両サイトの定期処理と、前回と次回の実行です。",
    primary: "{{location}}（本番サイト）",
    secondary: "{{location}}（待機サイト）",
    unavailable: "このサイトから応答がありません",
    unavailableHint: "予定だけを表示しています。実行結果は、応答が戻ると表示されます。",
    empty: "定期処理はありません。",
    name: "定期処理",
    when: "周期",
    last: "前回の実行",
    next: "次回",
    act: "操作",
    paused: "一時停止中",
    disabled: "無効",
    missing: "Cloud Schedulerに登録されていません",
    unknown: "不明",
  },
  en: {
    title: "Schedules",
    intro: "What both sites do by schedule, with the last run and the next.",
    primary: "{{location}} (primary site)",
    secondary: "{{location}} (secondary site)",
    unavailable: "This site does not answer",
    unavailableHint: "Only the plan is shown. What was run is shown again as soon as the site answers.",
    empty: "There are no schedules.",
    name: "Schedule",
    when: "When",
    last: "Last run",
    next: "Next",
    act: "Act",
    paused: "paused",
    disabled: "disabled",
    missing: "Cloud Scheduler does not have it",
    unknown: "unknown",
  },
});

type Schedule = Schema<"Schedule">;

/** What is done by schedule on both sites; a site that does not answer is shown as such. */
export function SchedulesPage() {
  const t = useTexts(texts);
  const { site } = useSite();
  const query = $api.useQuery("get", "/v1/schedules", {}, { refetchInterval: every.fewSeconds });
  const order = site === "primary" ? (["primary", "secondary"] as const) : (["secondary", "primary"] as const);
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={query}>
        {({ items }) =>
          order.map((each) => <SiteSection key={each} site={each} rows={items.filter((row) => row.site === each)} />)
        }
      </Loaded>
    </Page>
  );
}

function SiteSection({ site, rows }: { site: Schedule["site"]; rows: Schedule[] }) {
  const t = useTexts(texts);
  const label = useLabel();
  const columns = useColumns();
  const title = t(site, { location: label(useSite().sites[site].location) });
  return (
    <Section title={title}>
      {rows.some(({ availability }) => availability === "unavailable") ? (
        <Alert color="red" variant="outline" role="status" title={t("unavailable")} mb="sm">
          {t("unavailableHint")}
        </Alert>
      ) : null}
      <DataTable label={title} columns={columns} rows={rows} rowKey={({ name }) => name} empty={t("empty")} />
    </Section>
  );
}

function useColumns(): Column<Schedule>[] {
  const t = useTexts(texts);
  const label = useLabel();
  return [
    {
      title: t("name"),
      cell: ({ name, purpose }) => (
        <>
          <strong>{name}</strong>
          <Text size="sm" c="var(--muted)">
            {label(purpose)}
          </Text>
        </>
      ),
    },
    { title: t("when"), cell: ({ cron }) => <Cron cron={cron} /> },
    { title: t("last"), cell: (schedule) => <LastRun schedule={schedule} /> },
    { title: t("next"), cell: (schedule) => <NextRun schedule={schedule} /> },
    { title: t("act"), cell: (schedule) => <RunNow schedule={schedule} /> },
  ];
}

function NextRun({ schedule: { availability, state, nextRun } }: { schedule: Schedule }) {
  const t = useTexts(texts);
  if (availability === "unavailable") return t("unknown");
  if (state !== undefined && state !== "enabled") return t(state);
  return nextRun ? <Time at={nextRun} seconds /> : t("unknown");
}
