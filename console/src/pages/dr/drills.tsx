import { Button } from "@mantine/core";
import { Link } from "react-router";
import { $api, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Actor } from "../../ui/actor.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { Time, useDuration } from "../../ui/time.tsx";
import { activationStates } from "./drills/texts.ts";
import { useStatus } from "./standby.tsx";
import { modes } from "./words.ts";

const texts = defineTexts("drills", {
  ja: {
    title: "訓練と切り替えの記録",
    intro: "訓練と、本番の切り替えの結果です。開くと、手順ごとの時間とチェックリストを確認・印刷できます。",
    begin: "訓練を始める",
    now: "実行中",
    ended: "これまでの記録",
    empty: "まだ記録がありません。訓練を一度行うと、切り替えにかかる時間がわかります。",
    at: "日時",
    mode: "種類",
    by: "実施者",
    state: "状態",
    rto: "切り替えの時間（RTO）",
    rpo: "未反映の変更（RPO）",
    duration: "終了までの時間",
    unknown: "不明",
    open: "経過を見る",
  },
  en: {
    title: "Drills and activations",
    intro: "What drills, and activations in earnest, have measured; each can be opened and printed.",
    begin: "Begin a drill",
    now: "Under way",
    ended: "So far",
    empty: "There are none so far. A drill tells how long switching over takes.",
    at: "When",
    mode: "Kind",
    by: "By",
    state: "State",
    rto: "Time to activate (RTO)",
    rpo: "Changes missing (RPO)",
    duration: "Until the end",
    unknown: "not known",
    open: "See how it goes",
  },
});

type Brief = Schema<"ActivationBrief">;

/** The reports of drills and of activations in earnest, newest first (R28). */
export function DrillsPage() {
  const t = useTexts(texts);
  const { id } = useTenant();
  const mayDrill = useMay("drill");
  const query = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/dr/drills",
    { params: { path: { tenant: id } } },
    paged,
  );
  const begin = mayDrill ? (
    <Button component={Link} to={`/tenants/${id}/dr/activate`} variant="default">
      {t("begin")}
    </Button>
  ) : undefined;
  return (
    <Page title={t("title")} intro={t("intro")} actions={begin}>
      <UnderWay />
      <Section title={t("ended")}>
        <Loaded query={query}>{() => <DrillTable list={rowsOf<Brief>(query)} />}</Loaded>
      </Section>
    </Page>
  );
}

function DrillTable({ list }: { list: ReturnType<typeof rowsOf<Brief>> }) {
  const t = useTexts(texts);
  const mode = useNames(modes);
  const state = useNames(activationStates);
  const duration = useDuration();
  const { id: tenant } = useTenant();
  const took = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : duration(milliseconds / 1000);
  const columns: Column<Brief>[] = [
    {
      title: t("at"),
      cell: ({ id, requestedAt }) => (
        <Link to={`/tenants/${tenant}/dr/drills/${id}`}>
          <Time at={requestedAt} seconds />
        </Link>
      ),
    },
    { title: t("mode"), cell: (row) => mode(row.mode) },
    { title: t("by"), cell: ({ by }) => <Actor by={by} /> },
    {
      title: t("state"),
      cell: (row) => <Status tone={row.state === "ended" ? "muted" : "warning"}>{state(row.state)}</Status>,
    },
    { title: t("rto"), align: "right", cell: ({ rtoMilliseconds }) => took(rtoMilliseconds) },
    {
      title: t("rpo"),
      align: "right",
      cell: ({ rpoSeconds }) => (rpoSeconds === null ? t("unknown") : duration(rpoSeconds)),
    },
    { title: t("duration"), align: "right", cell: ({ durationMilliseconds }) => took(durationMilliseconds) },
  ];
  return <DataTable label={t("ended")} columns={columns} rowKey={({ id }) => id} empty={t("empty")} {...list} />;
}

/** The activation that has not ended: the list has those that were failed back alone. */
function UnderWay() {
  const t = useTexts(texts);
  const mode = useNames(modes);
  const { id } = useTenant();
  const standby = useStatus().data?.standby;
  const activation = standby?.availability === "available" ? standby.activation : undefined;
  if (!activation) return null;
  return (
    <Section title={t("now")}>
      <Facts
        items={[
          [t("mode"), mode(activation.mode)],
          [t("at"), <Time key="at" at={activation.requestedAt} seconds />],
          [t("by"), <Actor key="by" by={activation.by} />],
        ]}
      />
      <Link to={`/tenants/${id}/dr/drills/${activation.operation}`}>{t("open")}</Link>
    </Section>
  );
}
