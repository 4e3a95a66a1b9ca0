import { Text } from "@mantine/core";
import { Link } from "react-router";
import type { Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Section } from "../../ui/page.tsx";
import { useNumbers } from "../../ui/time.tsx";
import { recordingStateNames, recordingStates } from "./recording-state.tsx";

const texts = defineTexts("backupCounts", {
  ja: {
    title: "録音の件数",
    none: "録音はまだありません。通話が終わると、その録音がここに加わります。",
    toDo: "保存できなかった録音があります。原因を確認し、再実行してください。",
    well: "保存できなかった録音はありません。",
  },
  en: {
    title: "Recordings",
    none: "There are no recordings yet. Those of a call are added here when it ends.",
    toDo: "Some recordings could not be stored. See why, and run them again.",
    well: "There is none that could not be stored.",
  },
});

type CountsProps = { counts: Schema<"BackupSummary">["counts"]; office: string };

/** How many recordings there are in each state; each leads to its list. */
export function CountsSection({ counts, office }: CountsProps) {
  const t = useTexts(texts);
  const name = useNames(recordingStateNames);
  const { id } = useTenant();
  const { count } = useNumbers();
  const numberOf = (state: string) => counts[state as keyof typeof counts] ?? 0;
  const isEmpty = recordingStates.every((state) => numberOf(state) === 0);
  const isWell = numberOf("failed") + numberOf("unavailable") === 0;
  return (
    <Section title={t("title")}>
      <Text mb="sm" role="status">
        {t(isEmpty ? "none" : isWell ? "well" : "toDo")}
      </Text>
      <ul className="counts">
        {recordingStates.map((state) => (
          <li key={state} data-bad={numberOf(state) > 0 && (state === "failed" || state === "unavailable")}>
            <Link
              to={`/tenants/${id}/backup/recordings?${new URLSearchParams({ status: state, ...(office ? { office } : {}) })}`}
            >
              {name(state)} <strong>{count(numberOf(state))}</strong>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
