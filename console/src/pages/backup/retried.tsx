import { Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Failure } from "../../ui/failure.tsx";
import type { Retried } from "./retry.ts";

const texts = defineTexts("backupRetried", {
  ja: {
    retried_other: "{{count}}件の再実行を始めました。進み具合は一覧に自動で反映されます。",
    none: "再実行できる録音はありませんでした。",
    unchanged: "処理中、保存済み、または再実行できない{{n}}件はそのままです。",
    unknown: "台帳にない、または担当外の{{n}}件は対象から外れました。",
  },
  en: {
    retried_one: "{{count}} recording is being backed up again. The list follows by itself.",
    retried_other: "{{count}} recordings are being backed up again. The list follows by itself.",
    none: "There was no recording that could be backed up again.",
    unchanged: "{{n}} that are under way, stored or cannot be tried again were left as they are.",
    unknown: "{{n}} that are not in the ledger, or not of your offices, were left out.",
  },
});

/** What became of a wish to try recordings anew, read out when it is known. */
export function RetriedNote({ retry }: { retry: { data: Retried | undefined; error: unknown } }) {
  const t = useTexts(texts);
  const { data, error } = retry;
  return (
    <>
      <div role="status">
        {data ? (
          <Text size="sm" mt="xs">
            {data.retried > 0 ? t("retried", { count: data.retried }) : t("none")}{" "}
            {data.unchanged > 0 ? t("unchanged", { n: data.unchanged }) : ""}{" "}
            {data.unknown > 0 ? t("unknown", { n: data.unknown }) : ""}
          </Text>
        ) : null}
      </div>
      {error ? <Failure error={error} /> : null}
    </>
  );
}
