import { Text } from "@mantine/core";
import { $api, every, type Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useNames, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Section } from "../../ui/page.tsx";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import { Shares } from "./shares.tsx";

const texts = defineTexts("telephony", {
  ja: {
    softphones: "ソフトフォンの接続先",
    none: "ソフトフォンは登録されていません。",
    total: "全体",
    primary: "東京",
    secondary: "大阪",
    silent: "報告なし",
    phones: "{{phones}}台",
    reloads: "電話基盤の設定の再読み込み",
    notSupported: "再読み込みは、プラットフォーム3.7.10以降で利用できます。",
    byKind: "種別ごとの直近の再読み込み",
    kind: "種別",
    last: "最後の依頼",
    cause: "きっかけ",
    changed: "変更",
    answer: "結果",
    waiting: "応答待ち",
    reloaded: "完了",
    failed: "失敗",
    never: "まだありません",
    uncounted: "全件",
  },
  en: {
    softphones: "Where the softphones are",
    none: "There are no softphones.",
    total: "All",
    primary: "Tokyo",
    secondary: "Osaka",
    silent: "Not reported",
    phones: "{{phones}}",
    reloads: "Reloads of the telephony",
    notSupported: "Reloads take platform 3.7.10 or later.",
    byKind: "Last reload of each kind",
    kind: "Kind",
    last: "Last asked for",
    cause: "Cause",
    changed: "Changes",
    answer: "Result",
    waiting: "No answer yet",
    reloaded: "Done",
    failed: "Failed",
    never: "Never so far",
    uncounted: "all",
  },
});

const causes = defineTexts("reloadCauses", {
  ja: { schedule: "定期実行", activation: "切り替え", drill: "訓練", failback: "切り戻し" },
  en: { schedule: "Schedule", activation: "Activation", drill: "Drill", failback: "Fail back" },
});

const useTenantPath = () => ({ params: { path: { tenant: useTenant().id } } });

/** How many softphones use which site, by their own report (R21). */
export function SoftphonesSection() {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const query = $api.useQuery("get", "/v1/tenants/{tenant}/dr/softphones", useTenantPath(), {
    refetchInterval: every.fewSeconds,
  });
  const phones = (of: number) => t("phones", { phones: count(of) });
  return (
    <Section title={t("softphones")}>
      <Loaded query={query}>
        {({ total, primary, secondary, silent }) =>
          total === 0 ? (
            <Text c="var(--muted)">{t("none")}</Text>
          ) : (
            <>
              <Shares
                parts={[
                  ["primary", primary],
                  ["secondary", secondary],
                  ["silent", silent],
                ]}
              />
              <Facts
                items={[
                  [t("primary"), phones(primary)],
                  [t("secondary"), phones(secondary)],
                  [t("silent"), phones(silent)],
                  [t("total"), phones(total)],
                ]}
              />
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

type ReloadedKind = { kind: string; label: { ja: string; en: string }; last?: Schema<"Reload"> };

/** What the secondary's telephony was last told to read again, and its answer (R14). */
export function ReloadsSection() {
  const t = useTexts(texts);
  const label = useLabel();
  const cause = useNames(causes);
  const { count } = useNumbers();
  const query = $api.useQuery("get", "/v1/tenants/{tenant}/dr/reloads", useTenantPath());
  const columns: Column<ReloadedKind>[] = [
    { title: t("kind"), cell: (row) => label(row.label) },
    { title: t("last"), cell: ({ last }) => (last ? <Time at={last.requestedAt} seconds /> : t("never")) },
    { title: t("cause"), cell: ({ last }) => last && cause(last.cause) },
    {
      title: t("changed"),
      align: "right",
      cell: ({ last }) => last && (last.changed === null ? t("uncounted") : count(last.changed)),
    },
    { title: t("answer"), cell: ({ last }) => last && <Answer ack={last.ack} /> },
  ];
  return (
    <Section title={t("reloads")}>
      <Loaded query={query}>
        {({ supported, kinds }) =>
          supported ? (
            <DataTable
              label={t("byKind")}
              columns={columns}
              rows={kinds}
              rowKey={({ kind }) => kind}
              empty={t("never")}
            />
          ) : (
            <Text c="var(--muted)">{t("notSupported")}</Text>
          )
        }
      </Loaded>
    </Section>
  );
}

const tones: Record<string, Tone> = { reloaded: "ok", failed: "danger" };

function Answer({ ack }: { ack: Schema<"Reload">["ack"] }) {
  const t = useTexts(texts);
  if (!ack) return <Status tone="muted">{t("waiting")}</Status>;
  return (
    <>
      <Status tone={tones[ack.outcome] ?? "muted"}>{t(ack.outcome)}</Status> <Time at={ack.at} seconds />
      {ack.detail ? <Text size="sm">{ack.detail}</Text> : null}
    </>
  );
}
