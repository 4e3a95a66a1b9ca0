import { Button, Group, Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { useNumbers } from "../../../ui/time.tsx";
import type { DiffRow } from "./use-diff.ts";

const texts = defineTexts("failbackChoosing", {
  ja: {
    chooseAll: "表示中の反映できる変更をすべて選ぶ",
    clear: "選択を解除",
    chosen: "東京へ反映する変更：{{chosen}}件（最大{{most}}件）",
  },
  en: {
    chooseAll: "Choose all shown that can be carried over",
    clear: "Clear the choice",
    chosen: "Changes to carry over to Tokyo: {{chosen}} (at most {{most}})",
  },
});

/** As many documents as one fail back may carry to the primary. */
const mostChosen = 500;

type ChoosingProps = {
  rows: readonly DiffRow[];
  chosen: ReadonlySet<string>;
  onChoose(chosen: ReadonlySet<string>): void;
};

/** How many changes are chosen, and all or none at once. */
export function Choosing({ rows, chosen, onChoose }: ChoosingProps) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const promotable = rows.filter((row) => row.promotable).map(({ path }) => path);
  return (
    <Group gap="sm">
      <Text size="sm" role="status">
        {t("chosen", { chosen: count(chosen.size), most: count(mostChosen) })}
      </Text>
      <Button
        size="xs"
        variant="default"
        disabled={promotable.every((path) => chosen.has(path))}
        onClick={() => onChoose(new Set([...chosen, ...promotable].slice(0, mostChosen)))}
      >
        {t("chooseAll")}
      </Button>
      <Button size="xs" variant="default" disabled={chosen.size === 0} onClick={() => onChoose(new Set())}>
        {t("clear")}
      </Button>
    </Group>
  );
}
