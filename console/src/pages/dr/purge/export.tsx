import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../../../api/client.ts";
import type { operations } from "../../../api/schema.gen.d.ts";
import { useLatestOperation } from "../../../shell/latest-operation.ts";
import { useMay, useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Failure } from "../../../ui/failure.tsx";
import { OperationProgress } from "../../../ui/operation-progress.tsx";
import { isEnded } from "../../../ui/operation-texts.ts";
import { Section } from "../../../ui/page.tsx";
import { useNumbers } from "../../../ui/time.tsx";
import { recordingObjects, useExportName } from "./export-name.ts";
import { ExportedFiles } from "./exported-files.tsx";
import type { Preview } from "./preview.tsx";

const texts = defineTexts("export", {
  ja: {
    title: "履歴の書き出し",
    intro: "選んだ履歴をCSVファイルに書き出します。録音ファイルそのものは含まれません（一覧だけを書き出せます）。",
    kinds: "書き出す履歴",
    counted: "{{name}}（{{entries}}件）",
    all: "すべて選ぶ",
    none: "選択を解除",
    act: "書き出す",
    latest: "最新の書き出し",
  },
  en: {
    title: "Exporting histories",
    intro: "Writes the chosen histories as CSV files. The recordings themselves are not among them, only their list.",
    kinds: "Histories to export",
    counted: "{{name}} ({{entries}})",
    all: "Choose all",
    none: "Choose none",
    act: "Export",
    latest: "Latest export",
  },
});

type ExportBody = NonNullable<operations["exportHistories"]["requestBody"]>["content"]["application/json"];
type ExportKind = NonNullable<ExportBody["kinds"]>[number];

/** Exports histories as CSV, and offers the files of the latest export (R27). */
export function ExportSection({ preview }: { preview: Preview }) {
  const t = useTexts(texts);
  const latest = useLatestOperation("export");
  const running = latest !== undefined && !isEnded(latest.state);
  if (!useMay("export")) return null;
  return (
    <Section title={t("title")}>
      <Stack>
        <Text size="sm">{t("intro")}</Text>
        <ExportForm preview={preview} blocked={running} />
        {latest ? (
          <section aria-label={t("latest")}>
            <Stack>
              <OperationProgress key={latest.id} id={latest.id} />
              {latest.state === "succeeded" ? <ExportedFiles id={latest.id} /> : null}
            </Stack>
          </section>
        ) : null}
      </Stack>
    </Section>
  );
}

/** Which histories are exported; at first all that there are. */
function ExportForm({ preview: { kinds }, blocked }: { preview: Preview; blocked: boolean }) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const name = useExportName();
  const { count } = useNumbers();
  const all = [...Object.keys(kinds), recordingObjects];
  const [chosen, setChosen] = useState<readonly string[]>(all);
  const start = $api.useMutation("post", "/v1/tenants/{tenant}/dr/export");
  const titleOf = (kind: string) => {
    const entries = kinds[kind];
    return entries === undefined ? name(kind) : t("counted", { name: name(kind), entries: count(entries) });
  };
  return (
    <Stack align="flex-start">
      <Checkbox.Group className="full-width" label={t("kinds")} value={[...chosen]} onChange={setChosen}>
        <div className="choices">
          {all.map((kind) => (
            <Checkbox key={kind} value={kind} label={titleOf(kind)} />
          ))}
        </div>
      </Checkbox.Group>
      <Group gap="xs">
        <Button size="xs" variant="default" disabled={chosen.length === all.length} onClick={() => setChosen(all)}>
          {t("all")}
        </Button>
        <Button size="xs" variant="default" disabled={chosen.length === 0} onClick={() => setChosen([])}>
          {t("none")}
        </Button>
      </Group>
      {start.error ? <Failure error={start.error} /> : null}
      <Button
        disabled={blocked || chosen.length === 0}
        loading={start.isPending}
        onClick={() => start.mutate({ params: { path: { tenant } }, body: { kinds: [...chosen] as ExportKind[] } })}
      >
        {t("act")}
      </Button>
    </Stack>
  );
}
