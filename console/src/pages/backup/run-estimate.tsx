import { Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { Time, useDuration, useNumbers } from "../../ui/time.tsx";

const texts = defineTexts("runEstimate", {
  ja: {
    period: "通話の開始",
    until: "から",
    recordings: "期間内の録音",
    stored: "保存済み",
    toDo: "これから保存する録音（最大）",
    time: "かかる時間の目安",
    about: "約{{time}}（これまでの実行の速さから）",
    unknown: "まだ実績がないため分かりません。開始すると進み具合が表示されます。",
    undated: "通話日時のない録音",
    undatedHint: "{{count}}件（バックアップできません。運用担当へご連絡ください）",
    amount: "{{count}}件（{{bytes}}）",
    plain: "{{count}}件",
    nothing: "保存していない録音はありません。",
  },
  en: {
    period: "Calls that began",
    until: "to",
    recordings: "Recordings of that time",
    stored: "Stored already",
    toDo: "To be stored, at most",
    time: "How long it may take",
    about: "about {{time}}, at the pace of an earlier run",
    unknown: "Not known yet: there was no run to go by. You see how far it is once it has begun.",
    undated: "Without the time of a call",
    undatedHint: "{{count}}; they cannot be backed up. Please contact the operators.",
    amount: "{{count}} ({{bytes}})",
    plain: "{{count}}",
    nothing: "Every recording of that time is stored already.",
  },
});

/** What a run would have to do, read out when it is known. */
export function RunEstimate({ estimate }: { estimate: Schema<"BackupRunEstimate"> }) {
  const t = useTexts(texts);
  const numbers = useNumbers();
  const duration = useDuration();
  const { since, until, recordings, bytes, alreadyStored, toDo, toDoBytes, expectedSeconds, undated } = estimate;
  const amount = (count: number, size: number) =>
    t("amount", { count: numbers.count(count), bytes: numbers.bytes(size) });
  const time = expectedSeconds === null ? t("unknown") : t("about", { time: duration(Math.max(1, expectedSeconds)) });
  return (
    <div role="status">
      <Facts
        items={[
          [
            t("period"),
            <>
              <Time at={since} /> {t("until")} <Time at={until} />
            </>,
          ],
          [t("recordings"), amount(recordings, bytes)],
          [t("stored"), t("plain", { count: numbers.count(alreadyStored) })],
          [t("toDo"), amount(toDo, toDoBytes)],
          [t("time"), toDo > 0 && time],
          [t("undated"), undated > 0 && t("undatedHint", { count: numbers.count(undated) })],
        ]}
      />
      {toDo === 0 ? (
        <Text size="sm" mt="xs">
          {t("nothing")}
        </Text>
      ) : null}
    </div>
  );
}
