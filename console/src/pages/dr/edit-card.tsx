import { Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { Actor } from "../../ui/actor.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";

const texts = defineTexts("editCard", {
  ja: {
    created: "追加",
    updated: "変更",
    deleted: "削除",
    by: "変更した人",
    at: "日時",
    path: "文書",
    fields: "{{path}}の変更内容",
    field: "項目",
    before: "変更前（東京の内容）",
    after: "変更後（大阪の内容）",
    absent: "なし",
    same: "内容は東京と同じに戻っています。",
  },
  en: {
    created: "Created",
    updated: "Updated",
    deleted: "Deleted",
    by: "By",
    at: "At",
    path: "Document",
    fields: "What was changed in {{path}}",
    field: "Field",
    before: "Before (as in Tokyo)",
    after: "After (as in Osaka)",
    absent: "none",
    same: "It is the same as in Tokyo again.",
  },
});

type Edit = Schema<"Edit">;
type Field = Edit["fields"][number];

const tones: Record<Edit["change"], Tone> = { created: "warning", updated: "warning", deleted: "danger" };

/** One document that was edited on the secondary: who did it, when, and what was changed, field by field (R10b). */
export function EditCard({ edit: { path, label: kind, change, by, at, fields } }: { edit: Edit }) {
  const t = useTexts(texts);
  const label = useLabel();
  const columns: Column<Field>[] = [
    { title: t("field"), cell: ({ field }) => <Code>{field}</Code> },
    { title: t("before"), cell: ({ before }) => <Shown side="before" value={before} /> },
    { title: t("after"), cell: ({ after }) => <Shown side="after" value={after} /> },
  ];
  return (
    <Paper component="article" withBorder p="md" aria-label={path}>
      <Stack gap="sm">
        <Group gap="sm">
          <Title order={3}>{label(kind)}</Title>
          <Status tone={tones[change]}>{t(change)}</Status>
        </Group>
        <Facts
          items={[
            [t("path"), <Code key="path">{path}</Code>],
            [t("by"), <Actor key="by" by={by} />],
            [t("at"), <Time key="at" at={at} seconds />],
          ]}
        />
        <DataTable
          label={t("fields", { path })}
          columns={columns}
          rows={fields}
          rowKey={({ field }) => field}
          empty={t("same")}
        />
      </Stack>
    </Paper>
  );
}

function Shown({ side, value }: { side: "before" | "after"; value: string | undefined }) {
  const t = useTexts(texts);
  if (value === undefined) return <Text c="var(--muted)">{t("absent")}</Text>;
  return <span className={`${side} edit-values`}>{value}</span>;
}
