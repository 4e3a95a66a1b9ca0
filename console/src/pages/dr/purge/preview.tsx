import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import type { Schema } from "../../../api/client.ts";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { useKindName } from "../../../ui/kind-name.ts";
import { Section } from "../../../ui/page.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";

const texts = defineTexts("purgePreview", {
  ja: {
    preview: "消去の対象",
    refused: "いまは消去できません",
    kind: "種別",
    entries: "件数",
    objects: "{{objects}}件（{{bytes}}）",
    atLeast: "{{objects}}件以上（{{bytes}}以上）",
    total: "履歴 {{entries}}件、録音ファイル {{recordings}}",
    nothing: "大阪に履歴はありません。",
    asOf: "確認：",
    refresh: "最新の状態に更新",
  },
  en: {
    preview: "What would be deleted",
    refused: "A purge is not possible now",
    kind: "Kind",
    entries: "Entries",
    objects: "{{objects}} ({{bytes}})",
    atLeast: "{{objects}} or more ({{bytes}} or more)",
    total: "History entries: {{entries}}; recording files: {{recordings}}",
    nothing: "There is no history in Osaka.",
    asOf: "As of ",
    refresh: "Count again",
  },
});

export type Preview = Schema<"PurgePreview">;

type PreviewProps = { preview: Preview; at: Date; refreshing: boolean; onRefresh(): void };

/** How much there is, by kind. */
export function PreviewSection({ preview, at, refreshing, onRefresh }: PreviewProps) {
  const t = useTexts(texts);
  const label = useLabel();
  const name = useKindName();
  const { count } = useNumbers();
  const recordings = useRecordings(preview);
  const columns: Column<[string, number]>[] = [
    { title: t("kind"), cell: ([kind]) => name(kind) },
    { title: t("entries"), cell: ([, entries]) => count(entries), align: "right" },
  ];
  const { allowed, refusal, refusalLabel, kinds, entries } = preview;
  return (
    <Section title={t("preview")}>
      <Stack>
        {allowed ? null : (
          <Alert color="orange" variant="outline" role="status" title={t("refused")}>
            {refusalLabel ? label(refusalLabel) : refusal}
          </Alert>
        )}
        <Text fw={600} role="status">
          {t("total", { entries: count(entries), recordings })}
        </Text>
        <DataTable
          label={t("preview")}
          columns={columns}
          rows={Object.entries(kinds).filter(([, each]) => each > 0)}
          rowKey={([kind]) => kind}
          empty={t("nothing")}
        />
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={onRefresh} loading={refreshing}>
            {t("refresh")}
          </Button>
          <Text size="sm" c="var(--muted)">
            {t("asOf")}
            <Time at={at.toISOString()} seconds />
          </Text>
        </Group>
      </Stack>
    </Section>
  );
}

/** The recordings in words: how many, how large, and whether all could be counted. */
export function useRecordings({ recordings }: Preview): string {
  const t = useTexts(texts);
  const { count, bytes } = useNumbers();
  const counted = { objects: count(recordings.objects), bytes: bytes(recordings.bytes) };
  return t(recordings.complete ? "objects" : "atLeast", counted);
}
