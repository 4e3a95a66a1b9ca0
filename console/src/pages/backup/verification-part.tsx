import { Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Time } from "../../ui/time.tsx";
import { ScopeName } from "./scope-select.tsx";

const texts = defineTexts("verificationPart", {
  ja: {
    allBuckets: "すべてのバケット",
    bucket: "バケット：{{bucket}}",
    from: "通話日（から）：",
    to: "通話日（まで）：",
  },
  en: { allBuckets: "all buckets", bucket: "Bucket: {{bucket}}", from: "Calls from: ", to: "Calls until: " },
});

/** Which part of the recordings a verification is about. */
export function AskedPart({ asked }: Pick<Schema<"BackupVerification">, "asked">) {
  const t = useTexts(texts);
  const { bucket, from, to } = asked;
  return (
    <div className="cell-medium">
      <ScopeName scope={asked} />
      <Text size="sm">{bucket === undefined ? t("allBuckets") : t("bucket", { bucket })}</Text>
      {from ? (
        <Text size="sm">
          {t("from")}
          <Time at={from} />
        </Text>
      ) : null}
      {to ? (
        <Text size="sm">
          {t("to")}
          <Time at={lastMomentBefore(to)} />
        </Text>
      ) : null}
    </div>
  );
}

/** A period ends with the beginning of the next day; people name its last one. */
function lastMomentBefore(end: string): string {
  return new Date(Date.parse(end) - 1).toISOString();
}
