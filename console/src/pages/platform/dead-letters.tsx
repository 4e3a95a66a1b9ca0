import { Code, Select, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { $api, every, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useTenants } from "../../shell/tenants.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import { Replay } from "./replay.tsx";

const texts = defineTexts("deadLetters", {
  ja: {
    title: "デッドレター",
    intro:
      "関数が処理できなかったメッセージです。内容は機密を含むことがあるため表示しません。原因を取り除いてから送り直してください。",
    function: "関数",
    all: "すべて",
    empty: "処理できなかったメッセージはありません。",
    emptyFiltered: "この関数が処理できなかったメッセージはありません。",
    receivedAt: "受信",
    expires: "削除予定：",
    message: "メッセージ",
    code: "エラー",
    undeliverable: "繰り返し配信できませんでした",
    act: "送り直し",
  },
  en: {
    title: "Dead letters",
    intro:
      "Messages that a function could not handle. What they say may hold secrets and is not shown. Remove the cause, then send them again.",
    function: "Function",
    all: "All",
    empty: "There is no message that could not be handled.",
    emptyFiltered: "There is no message that this function could not handle.",
    receivedAt: "Received",
    expires: "Deleted at: ",
    message: "Message",
    code: "Error",
    undeliverable: "could not be delivered, however often",
    act: "Send again",
  },
});

type DeadLetter = Schema<"DeadLetter">;

/** What could not be handled, newest first, of all functions or of one; each can be sent again. */
export function DeadLettersPage() {
  const t = useTexts(texts);
  const [search, setSearch] = useSearchParams();
  const chosen = search.get("function");
  const query = useDeadLetters(chosen);
  const columns = useColumns();
  return (
    <Page title={t("title")} intro={t("intro")}>
      <FunctionFilter
        chosen={chosen}
        onChoose={(name) => setSearch(name ? { function: name } : {}, { replace: true })}
      />
      <Loaded query={query}>
        {() => (
          <DataTable
            label={t("title")}
            columns={columns}
            rowKey={({ id }) => id}
            empty={t(chosen ? "emptyFiltered" : "empty")}
            {...rowsOf<DeadLetter>(query)}
          />
        )}
      </Loaded>
    </Page>
  );
}

function useDeadLetters(name: string | null) {
  return $api.useInfiniteQuery(
    "get",
    "/v1/dead-letters",
    { params: { query: name === null ? {} : { function: name } } },
    { ...paged, refetchInterval: every.fewSeconds },
  );
}

/** Chooses among the functions of which there is a dead letter. */
function FunctionFilter({ chosen, onChoose }: { chosen: string | null; onChoose: (name: string | null) => void }) {
  const t = useTexts(texts);
  const { rows } = rowsOf<DeadLetter>(useDeadLetters(null));
  const names = new Set([...rows.map((row) => row.function), ...(chosen ? [chosen] : [])]);
  return (
    <Select
      label={t("function")}
      data={[{ value: "", label: t("all") }, ...[...names].sort()]}
      value={chosen ?? ""}
      onChange={(name) => onChoose(name || null)}
      maw={320}
    />
  );
}

function useColumns(): Column<DeadLetter>[] {
  const t = useTexts(texts);
  const { bytes } = useNumbers();
  return [
    {
      title: t("receivedAt"),
      cell: ({ receivedAt, expireAt }) => (
        <>
          <Time at={receivedAt} seconds />
          <Text size="xs" c="var(--muted)">
            {t("expires")}
            <Time at={expireAt} />
          </Text>
        </>
      ),
    },
    { title: t("function"), cell: (row) => <strong>{row.function}</strong> },
    { title: t("code"), cell: ({ code }) => (code === "undeliverable" ? t("undeliverable") : <Code>{code}</Code>) },
    {
      title: t("message"),
      cell: (row) => (
        <>
          {row.tenant ? <TenantLink id={row.tenant} /> : null}
          <Text size="sm">{row.document ?? row.topic}</Text>
          <Text size="xs" c="var(--muted)">
            {bytes(row.bytes)}
          </Text>
        </>
      ),
    },
    { title: t("act"), cell: (row) => <Replay letter={row} /> },
  ];
}

function TenantLink({ id }: { id: string }) {
  const tenant = useTenants().find(id);
  return tenant ? <Link to={`/tenants/${id}/dr`}>{tenant.name}</Link> : id;
}
