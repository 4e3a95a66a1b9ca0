import { $api, every, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { CurrentJobs, useCurrentJobs } from "./current-jobs.tsx";
import { RunForm } from "./run-form.tsx";
import { RunTable } from "./run-table.tsx";
import { SiteNote } from "./site-note.tsx";

const texts = defineTexts("runs", {
  ja: { title: "今すぐバックアップ", current: "バックアップの進み具合", earlier: "これまでの実行" },
  en: { title: "Back up now", current: "Progress", earlier: "Earlier runs" },
});

/** Backs up the recordings of the past two years: what there is to do, the run as it goes on, and earlier ones (R42). */
export function RunsPage() {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const may = useMay("backUpNow");
  const runs = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/backup/runs",
    { params: { path: { tenant }, query: { pageSize: 20 } } },
    { ...paged, refetchInterval: every.fewSeconds },
  );
  const list = rowsOf<Schema<"BackupRun">>(runs);
  const current = useCurrentJobs(list.rows);
  return (
    <Page title={t("title")} intro={<SiteNote />}>
      {may ? <RunForm onStart={current.add} /> : null}
      <CurrentJobs title={t("current")} ids={current.ids} onEnd={() => void runs.refetch()} />
      <Section title={t("earlier")}>
        <Loaded query={runs}>{() => <RunTable {...list} />}</Loaded>
      </Section>
    </Page>
  );
}
