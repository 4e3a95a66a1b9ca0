import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import type { Editing } from "./editing.ts";
import { useFieldName } from "./field-name.ts";

const texts = defineTexts("planFaults", {
  ja: {
    title: "大阪では利用できない番号が計画にあります",
    remove: "計画から外す",
    removeOf: "{{field}}を計画から外す",
  },
  en: { title: "The plan has numbers that do not work in Osaka", remove: "Take out", removeOf: "Take out: {{field}}" },
});

type PlanFaultsProps = { editing: Editing; faults: ReadonlyMap<string, string> };

/** Each entry that would not work, why, and a way to take it out, wherever in the plan it stands. */
export function PlanFaults({ editing, faults }: PlanFaultsProps) {
  const t = useTexts(texts);
  const name = useFieldName(editing.display);
  const standing = [...faults].filter(([field]) => editing.draft.mine[field] !== undefined);
  if (standing.length === 0) return null;
  return (
    <Alert color="red" variant="outline" title={t("title")}>
      <Stack gap="xs">
        {standing.map(([field, why]) => (
          <Group key={field} gap="xs">
            <Text size="sm">
              <strong>{name(field)}</strong> {editing.display(editing.draft.mine[field] ?? "")}: {why}
            </Text>
            {editing.mayEdit ? (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={t("removeOf", { field: name(field) })}
                onClick={() => editing.set(field, undefined)}
              >
                {t("remove")}
              </Button>
            ) : null}
          </Group>
        ))}
      </Stack>
    </Alert>
  );
}
