import { Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { Section } from "../../ui/page.tsx";
import { useDuration, useNumbers } from "../../ui/time.tsx";

const texts = defineTexts("backupFreshness", {
  ja: {
    title: "通話の終了から保存までの時間",
    window: "直近24時間に保存した録音について計算しています。過去分のバックアップは含みません。",
    sample: "件数が多いため、新しいものから計算しています。",
    median: "半数がこの時間以内（p50）",
    most: "99%がこの時間以内（p99）",
    noneStored: "直近24時間に保存した録音はありません",
    stored: "保存した録音",
    oldest: "保存を待っている最も古い録音",
    age: "{{age}}前の通話",
    noneOpen: "待っている録音はありません",
    parked: "バケットの復旧待ち",
    n: "{{n}}件",
  },
  en: {
    title: "From a call's end until its recording is stored",
    window: "Of the recordings stored in the last 24 hours, without those of the past that were backed up on demand.",
    sample: "There are many: these are the newest.",
    median: "Half of them within (p50)",
    most: "99% of them within (p99)",
    noneStored: "Nothing was stored in the last 24 hours",
    stored: "Stored",
    oldest: "The oldest one waiting",
    age: "of a call that ended {{age}} ago",
    noneOpen: "None is waiting",
    parked: "Waiting for a bucket",
    n: "{{n}}",
  },
});

/** How soon recordings are stored, and how old the oldest is that is not (R43b). */
export function FreshnessSection({ freshness }: { freshness: Schema<"BackupFreshness"> }) {
  const t = useTexts(texts);
  const duration = useDuration();
  const { count } = useNumbers();
  const { p50Seconds, p99Seconds, oldestPendingSeconds, stored, isSample, parked } = freshness;
  const within = (seconds: number | null) => (seconds === null ? t("noneStored") : duration(seconds));
  return (
    <Section title={t("title")}>
      <Facts
        items={[
          [t("median"), within(p50Seconds)],
          [t("most"), p99Seconds === null ? null : within(p99Seconds)],
          [t("stored"), stored > 0 ? t("n", { n: count(stored) }) : null],
          [
            t("oldest"),
            oldestPendingSeconds === null ? t("noneOpen") : t("age", { age: duration(oldestPendingSeconds) }),
          ],
          [t("parked"), parked > 0 ? t("n", { n: count(parked) }) : null],
        ]}
      />
      <Text size="sm" c="var(--muted)" mt="sm">
        {t("window")} {isSample ? t("sample") : null}
      </Text>
    </Section>
  );
}
