import { Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Actor } from "../../ui/actor.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Time } from "../../ui/time.tsx";
import { auditActs } from "./audit-acts.ts";
import { Changes } from "./changes.tsx";

const texts = defineTexts("auditTable", {
  ja: {
    label: "監査ログ",
    empty: "記録はまだありません。",
    at: "日時",
    act: "操作",
    by: "実行者",
    from: "接続元 {{from}}",
    changes: "内容",
  },
  en: {
    label: "Audit log",
    empty: "Nothing is recorded yet.",
    at: "Time",
    act: "Act",
    by: "By",
    from: "from {{from}}",
    changes: "Content",
  },
});

export type AuditEntry = Schema<"AuditEntry">;

type AuditTableProps = { rows: readonly AuditEntry[]; onMore: (() => void) | undefined; loadingMore: boolean };

/** Who did what, when, from where, with before and after. */
export function AuditTable(list: AuditTableProps) {
  const t = useTexts(texts);
  const act = useNames(auditActs);
  const columns: Column<AuditEntry>[] = [
    { title: t("at"), cell: ({ at }) => <Time at={at} seconds /> },
    { title: t("act"), cell: (entry) => <strong>{act(entry.act)}</strong> },
    { title: t("by"), cell: (entry) => <Caller entry={entry} /> },
    { title: t("changes"), cell: ({ before, after }) => <Changes before={before} after={after} /> },
  ];
  return <DataTable label={t("label")} columns={columns} rowKey={({ id }) => id} empty={t("empty")} {...list} />;
}

function Caller({ entry: { by, from } }: { entry: AuditEntry }) {
  const t = useTexts(texts);
  return (
    <>
      <Actor by={by} />
      {from ? (
        <Text size="xs" c="var(--muted)">
          {t("from", { from })}
        </Text>
      ) : null}
    </>
  );
}
