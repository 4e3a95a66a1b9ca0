import { Checkbox } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { $api, every, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Actor } from "../../ui/actor.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { isEnded, operationStates, operationTypes, toneOf } from "../../ui/operation-texts.ts";
import { Page } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { Time, useDuration, useNumbers } from "../../ui/time.tsx";

const texts = defineTexts("operations", {
  ja: {
    title: "処理の一覧",
    intro: "切り替え、切り戻し、突き合わせ、バックアップなど、時間のかかる処理の履歴と進み具合です。",
    openOnly: "終わっていないものだけ",
    empty: "処理はまだありません。",
    emptyOpen: "終わっていない処理はありません。",
    type: "処理",
    state: "状態",
    progress: "進み具合",
    by: "実行者",
    began: "開始",
    took: "所要時間",
    counted: "{{done}} / {{total}}",
  },
  en: {
    title: "Jobs",
    intro: "Activations, fail backs, reconciliations, backups: what takes a while, and how far it is.",
    openOnly: "Only those that have not ended",
    empty: "There has been no job yet.",
    emptyOpen: "Every job has ended.",
    type: "Job",
    state: "State",
    progress: "Progress",
    by: "By",
    began: "Began",
    took: "Took",
    counted: "{{done}} of {{total}}",
  },
});

type Operation = Schema<"Operation">;

/** A tenant's long jobs, newest first. */
export function OperationsPage() {
  const t = useTexts(texts);
  const columns = useColumns();
  const [search, setSearch] = useSearchParams();
  const openOnly = search.get("state") === "open";
  const { id: tenant } = useTenant();
  const query = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/operations",
    { params: { path: { tenant }, query: openOnly ? { state: "open" } : {} } },
    { ...paged, refetchInterval: every.fewSeconds },
  );
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Checkbox
        label={t("openOnly")}
        checked={openOnly}
        onChange={({ currentTarget: { checked } }) => setSearch(checked ? { state: "open" } : {}, { replace: true })}
      />
      <Loaded query={query}>
        {() => (
          <DataTable
            label={t("title")}
            columns={columns}
            rowKey={({ id }) => id}
            empty={t(openOnly ? "emptyOpen" : "empty")}
            {...rowsOf<Operation>(query)}
          />
        )}
      </Loaded>
    </Page>
  );
}

function useColumns(): Column<Operation>[] {
  const t = useTexts(texts);
  const type = useNames(operationTypes);
  const state = useNames(operationStates);
  const duration = useDuration();
  return [
    { title: t("began"), cell: ({ createdAt }) => <Time at={createdAt} seconds /> },
    { title: t("type"), cell: (row) => <Link to={row.id}>{type(row.type)}</Link> },
    { title: t("state"), cell: (row) => <Status tone={toneOf(row.state)}>{state(row.state)}</Status> },
    { title: t("progress"), cell: (row) => <Progress operation={row} />, align: "right" },
    { title: t("by"), cell: ({ createdBy }) => <Actor by={createdBy} /> },
    {
      title: t("took"),
      align: "right",
      cell: ({ createdAt, finishedAt }) =>
        finishedAt ? duration((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000) : null,
    },
  ];
}

function Progress({ operation: { state, progress } }: { operation: Operation }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const { done, total } = progress;
  if (state === "succeeded" || (done === 0 && total === undefined)) return null;
  if (total === undefined) return count(done);
  return isEnded(state) && done >= total ? count(done) : t("counted", { done: count(done), total: count(total) });
}
