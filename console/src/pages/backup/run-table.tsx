import { Text } from "@mantine/core";
import { Link } from "react-router";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { operationStates, toneOf } from "../../ui/operation-texts.ts";
import { Status } from "../../ui/status.tsx";
import { Time, useDuration, useNumbers } from "../../ui/time.tsx";
import { ScopeName } from "./scope-select.tsx";
import { SiteName } from "./site-note.tsx";

type Run = Schema<"BackupRun">;

const texts = defineTexts("runTable", {
  ja: {
    label: "これまでの実行",
    empty: "まだ実行していません。",
    began: "開始",
    scope: "対象",
    since: "通話日",
    until: "から",
    site: "サイト",
    state: "状態",
    result: "結果",
    took: "所要時間",
    noResult: "—",
  },
  en: {
    label: "Earlier runs",
    empty: "There has been no run yet.",
    began: "Began",
    scope: "Recordings of",
    since: "Calls from",
    until: "to",
    site: "Site",
    state: "State",
    result: "Result",
    took: "Took",
    noResult: "—",
  },
});

/** What a run counts, in the order in which it is told; all but the first only where there is any. */
const counts = defineTexts("runCounts", {
  ja: {
    stored: "保存：{{n}}件",
    alreadyStored: "保存済みだった：{{n}}件",
    failed: "失敗：{{n}}件",
    unavailable: "取得不可：{{n}}件",
    waiting: "再試行待ち：{{n}}件",
    parked: "バケットの復旧待ち：{{n}}件",
    pending: "保存待ち：{{n}}件",
    underWay: "別の処理が保存中：{{n}}件",
    skipped: "対象外：{{n}}件",
    notUnderstood: "履歴の内容が不正：{{n}}件",
    undated: "通話日時なし：{{n}}件",
  },
  en: {
    stored: "stored: {{n}}",
    alreadyStored: "stored before: {{n}}",
    failed: "failed: {{n}}",
    unavailable: "unavailable: {{n}}",
    waiting: "to be tried again: {{n}}",
    parked: "waiting for the bucket: {{n}}",
    pending: "waiting to be stored: {{n}}",
    underWay: "under way before: {{n}}",
    skipped: "left out: {{n}}",
    notUnderstood: "history not understood: {{n}}",
    undated: "without the time of a call: {{n}}",
  },
});
const counted = [
  ...(["stored", "alreadyStored", "failed", "unavailable", "waiting", "parked"] as const),
  ...(["pending", "underWay", "skipped", "notUnderstood", "undated"] as const),
];

type RunTableProps = { rows: readonly Run[]; onMore: (() => void) | undefined; loadingMore: boolean };

/** The runs there were, newest first, with what they found and did. */
export function RunTable(list: RunTableProps) {
  const t = useTexts(texts);
  const state = useNames(operationStates);
  const columns: Column<Run>[] = [
    { title: t("began"), cell: ({ operation }) => <BeganCell operation={operation} /> },
    { title: t("scope"), cell: ({ scope, since }) => <ScopeCell scope={scope} since={since} /> },
    { title: t("site"), cell: ({ site }) => <SiteName site={site} /> },
    {
      title: t("state"),
      cell: ({ operation }) => <Status tone={toneOf(operation.state)}>{state(operation.state)}</Status>,
    },
    { title: t("result"), cell: ({ operation }) => <ResultCell operation={operation} /> },
    { title: t("took"), cell: ({ operation }) => <Took operation={operation} /> },
  ];
  return (
    <DataTable
      label={t("label")}
      columns={columns}
      rowKey={({ operation }) => operation.id}
      empty={t("empty")}
      {...list}
    />
  );
}

/** When a job began, which leads to it, and who asked for it. */
function BeganCell({ operation: { id, tenant, createdAt, createdBy } }: { operation: Schema<"Operation"> }) {
  return (
    <div className="cell-medium">
      <Link to={`/tenants/${tenant}/operations/${id}`}>
        <Time at={createdAt} />
      </Link>
      <Text size="sm">{createdBy.id}</Text>
    </div>
  );
}

/** How long a job took; nothing before it has ended. */
function Took({ operation: { createdAt, finishedAt } }: { operation: Schema<"Operation"> }) {
  const duration = useDuration();
  if (!finishedAt) return null;
  return duration((new Date(finishedAt).getTime() - new Date(createdAt).getTime()) / 1000);
}

function ScopeCell({ scope, since }: Pick<Run, "scope" | "since">) {
  const t = useTexts(texts);
  return (
    <div className="cell-medium">
      <ScopeName scope={"all" in scope ? {} : scope} />
      <Text size="sm">
        {t("since")} <Time at={since} />
      </Text>
    </div>
  );
}

function ResultCell({ operation: { result } }: { operation: Schema<"Operation"> }) {
  const t = useTexts(texts);
  const told = useTexts(counts);
  const { count } = useNumbers();
  if (!result) return t("noResult");
  const shown = counted.flatMap((name) => {
    const n = result[name];
    return typeof n === "number" && (n > 0 || name === "stored") ? [{ name, n }] : [];
  });
  return (
    <ul className="plain-list cell-medium">
      {shown.map(({ name, n }) => (
        <li key={name}>{told(name, { n: count(n) })}</li>
      ))}
    </ul>
  );
}
