import { Stack, Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Section } from "../../../ui/page.tsx";
import { BucketCard } from "./bucket-card.tsx";
import { type Bucket, isUnsettled, type Level, type Settings } from "./levels.ts";

const texts = defineTexts("backupBuckets", {
  ja: { title: "保存先のバケット", empty: "指定されているバケットはありません。" },
  en: { title: "Buckets", empty: "No bucket is named yet." },
});

type BucketsProps = { buckets: readonly Bucket[]; grant: Settings["grant"]; levels: readonly Level[] };

/** Every bucket that the settings name; first those for which something is to be done. */
export function BucketsSection({ buckets, grant, levels }: BucketsProps) {
  const t = useTexts(texts);
  const sorted = buckets.toSorted((a, b) => Number(isUnsettled(b)) - Number(isUnsettled(a)));
  return (
    <Section title={t("title")}>
      {buckets.length === 0 ? <Text c="var(--muted)">{t("empty")}</Text> : null}
      <Stack gap="lg">
        {sorted.map((bucket) => (
          <BucketCard
            key={bucket.name}
            bucket={bucket}
            grant={grant}
            naming={levels.filter(({ saved, inForce }) => [saved?.bucket, inForce.bucket].includes(bucket.name))}
            units={levels.filter((level) => isStoredIn(level, bucket.name)).length}
          />
        ))}
      </Stack>
    </Section>
  );
}

/** Offices and the company have no recordings of their own. */
function isStoredIn({ level, effective }: Level, bucket: string): boolean {
  return (
    (level.type === "callCenter" || level.type === "coachingTeam") &&
    !("why" in effective) &&
    effective.bucket === bucket
  );
}
