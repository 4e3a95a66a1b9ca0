import { Stack } from "@mantine/core";
import { useState } from "react";
import { $api, every, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import { isEnded } from "../../ui/operation-texts.ts";
import { Page, Section } from "../../ui/page.tsx";
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
  const [started, setStarted] = useState<readonly string[]>([]);
  const runs = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/backup/runs",
    { params: { path: { tenant }, query: { pageSize: 20 } } },
    { ...paged, refetchInterval: every.fewSeconds },
  );
  const list = rowsOf<Schema<"BackupRun">>(runs);
  // What was started here stays in sight when it has ended.
  const open = list.rows.filter(({ operation }) => !isEnded(operation.state)).map(({ operation }) => operation.id);
  const current = [...new Set([...started, ...open])];
  return (
    <Page title={t("title")} intro={<SiteNote />}>
      {may ? <RunForm onStart={(id) => setStarted((before) => [id, ...before])} /> : null}
      {current.length > 0 ? (
        <Section title={t("current")}>
          <Stack gap="lg">
            {current.map((id) => (
              <OperationProgress key={id} id={id} onEnd={() => void runs.refetch()} />
            ))}
          </Stack>
        </Section>
      ) : null}
      <Section title={t("earlier")}>
        <Loaded query={runs}>{() => <RunTable {...list} />}</Loaded>
      </Section>
    </Page>
  );
}
