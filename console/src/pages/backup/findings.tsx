import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { $api, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useSite } from "../../api/site.ts";
import { OtherSite, useOtherSite } from "../../shell/other-site.tsx";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { Failure } from "../../ui/failure.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Section } from "../../ui/page.tsx";
import { findingNames } from "./finding-names.ts";
import { FindingRetry } from "./finding-retry.tsx";
import { type Finding, FindingTable } from "./finding-table.tsx";
import { StateButtons } from "./state-buttons.tsx";
import { useFindingsCsv } from "./use-findings-csv.ts";

type FindingType = Finding["finding"];

const texts = defineTexts("findings", {
  ja: {
    title: "見つかった違い",
    types: "種類で絞り込む",
    all: "すべて",
    csv: "CSVをダウンロード",
    explained:
      "「欠落」は台帳にあってバケットにないもの、「相違」は内容が台帳と異なるもの、「余分」は台帳にないものです。お客様のライフサイクル ルールで削除された録音も「欠落」になります。自動で保存し直すことはありません。",
    elsewhere: "{{site}}の台帳の照合です。もう一度保存するには、{{site}}のコンソールを開いてください。",
  },
  en: {
    title: "Findings",
    types: "By kind",
    all: "All",
    csv: "Download as CSV",
    explained:
      "Missing is what the ledger has and the bucket has not; different, what is not as the ledger has it; extra, what is not in the ledger. What your own lifecycle rules removed is missing as well. Nothing is stored again by itself.",
    elsewhere: "This is about the ledger of {{site}}. To store recordings again, open the console there.",
  },
});

const types = ["missing", "different", "extra"] as const satisfies FindingType[];

/** What a verification that has ended found, by kind, with a download and storing chosen ones again. */
export function Findings({ verification }: { verification: Schema<"BackupVerificationFindings"> }) {
  const t = useTexts(texts);
  const name = useTexts(findingNames);
  const { site } = useSite();
  const { id: tenant } = useTenant();
  const { id } = verification.operation;
  const [type, setType] = useState<FindingType>();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const csv = useFindingsCsv(id);
  const findings = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/backup/verifications/{id}",
    { params: { path: { tenant, id }, query: type ? { finding: type } : {} } },
    // What it found does not change any more.
    { ...paged, refetchInterval: false, staleTime: Number.POSITIVE_INFINITY },
  );
  const list = rowsOf<Finding>(findings);
  const isHere = verification.site === site;
  const all = types.reduce((sum, each) => sum + (verification[each] ?? 0), 0);
  const choices = [
    { value: undefined, name: t("all"), count: all },
    ...types.map((each) => ({ value: each, name: name(each), count: verification[each] ?? 0 })),
  ];
  const download = (
    <Button size="xs" variant="default" loading={csv.isPending} onClick={() => csv.mutate(type)}>
      {t("csv")}
    </Button>
  );
  return (
    <Section title={t("title")} actions={all > 0 ? download : null}>
      <Text size="sm" mb="sm">
        {t("explained")}
      </Text>
      {csv.error ? <Failure error={csv.error} /> : null}
      <StateButtons<FindingType> label={t("types")} choices={choices} chosen={type} onChoose={setType} />
      {isHere ? <FindingRetry verification={verification} selected={selected} onSelect={setSelected} /> : <Elsewhere />}
      <Loaded query={findings}>
        {() => <FindingTable {...list} selected={selected} onSelect={setSelected} canSelect={isHere} />}
      </Loaded>
    </Section>
  );
}

function Elsewhere() {
  const t = useTexts(texts);
  const label = useLabel();
  return (
    <Group gap="xs" mb="sm">
      <Text size="sm">{t("elsewhere", { site: label(useOtherSite().location) })}</Text>
      <OtherSite />
    </Group>
  );
}
