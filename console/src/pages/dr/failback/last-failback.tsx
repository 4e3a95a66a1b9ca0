import { Code, Stack, Text, Title } from "@mantine/core";
import { $api, type Schema } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { Loaded } from "../../../ui/loaded.tsx";
import { OperationProgress } from "../../../ui/operation-progress.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status } from "../../../ui/status.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";
import { modes, promotionFaults } from "../words.ts";

const texts = defineTexts("lastFailback", {
  ja: {
    title: "前回の切り戻し",
    none: "切り戻しの記録はまだありません。",
    mode: "切り替えの種類",
    by: "実行者",
    began: "開始",
    ended: "終了",
    reason: "省略した理由",
    documents: "文書",
    overwritten: "東京の内容で上書き",
    promoted: "東京へ反映",
    refused: "反映できなかった変更",
    counted: "{{n}}件",
    promotions: "東京へ反映するよう選んだ変更",
    path: "文書",
    outcome: "結果",
    done: "反映しました",
    undone: "反映できませんでした",
    why: "理由",
  },
  en: {
    title: "The last fail back",
    none: "There has been no fail back so far.",
    mode: "Kind of activation",
    by: "By",
    began: "Began",
    ended: "Ended",
    reason: "Reason for overriding",
    documents: "Documents",
    overwritten: "Overwritten with Tokyo's content",
    promoted: "Carried over to Tokyo",
    refused: "Could not be carried over",
    counted: "{{n}}",
    promotions: "Changes chosen to be carried over to Tokyo",
    path: "Document",
    outcome: "Outcome",
    done: "Carried over",
    undone: "Not carried over",
    why: "Why",
  },
});

type Report = Schema<"ActivationReport">;
type Failback = NonNullable<Report["failback"]>;

/** What the last fail back did; `operation` is the newest one's job, if any (R24, R25). */
export function LastFailback({ operation }: { operation: string | undefined }) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const drills = $api.useQuery("get", "/v1/tenants/{tenant}/dr/drills", {
    params: { path: { tenant }, query: { pageSize: 1 } },
  });
  return (
    <Section title={t("title")}>
      <Stack>
        {operation ? <OperationProgress key={operation} id={operation} /> : null}
        <Loaded query={drills}>
          {({ items: [last] }) => (last ? <Result id={last.id} /> : <Text c="var(--muted)">{t("none")}</Text>)}
        </Loaded>
      </Stack>
    </Section>
  );
}

function Result({ id }: { id: string }) {
  const { id: tenant } = useTenant();
  const report = $api.useQuery("get", "/v1/tenants/{tenant}/dr/drills/{id}", { params: { path: { tenant, id } } });
  return (
    <Loaded query={report}>
      {({ failback, mode }) => (failback ? <Counts failback={failback} mode={mode} /> : null)}
    </Loaded>
  );
}

function Counts({ failback, mode }: { failback: Failback; mode: Report["mode"] }) {
  const t = useTexts(texts);
  const modeName = useNames(modes);
  const { count } = useNumbers();
  const { by, startedAt, finishedAt, override, counts, promotions } = failback;
  const counted = (n: number | undefined) => n !== undefined && t("counted", { n: count(n) });
  return (
    <>
      <Facts
        items={[
          [t("mode"), modeName(mode)],
          [t("by"), <Actor key="by" by={by} />],
          [t("began"), <Time key="began" at={startedAt} seconds />],
          [t("ended"), finishedAt && <Time key="ended" at={finishedAt} seconds />],
          [t("reason"), override?.reason],
          [t("documents"), counted(counts?.documents)],
          [t("overwritten"), counted(counts?.overwritten)],
          [t("promoted"), counted(counts?.promoted)],
          [t("refused"), counted(counts?.refused)],
        ]}
      />
      {promotions.length > 0 ? <Promotions promotions={promotions} /> : null}
    </>
  );
}

function Promotions({ promotions }: Pick<Failback, "promotions">) {
  const t = useTexts(texts);
  const fault = useNames(promotionFaults);
  const columns: Column<Failback["promotions"][number]>[] = [
    { title: t("path"), cell: ({ path }) => <Code>{path}</Code> },
    {
      title: t("outcome"),
      cell: ({ outcome }) => (
        <Status tone={outcome === "promoted" ? "ok" : "danger"}>{t(outcome === "promoted" ? "done" : "undone")}</Status>
      ),
    },
    { title: t("why"), cell: ({ why }) => why && fault(why) },
  ];
  return (
    <>
      <Title order={3}>{t("promotions")}</Title>
      <DataTable
        label={t("promotions")}
        columns={columns}
        rows={promotions}
        rowKey={({ path }) => path}
        empty={t("none")}
      />
    </>
  );
}
