import { Text } from "@mantine/core";
import { $api, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { ActorName } from "../../ui/actor.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Time } from "../../ui/time.tsx";
import { auditActs } from "./audit-acts.ts";
import { Changes } from "./changes.tsx";

const texts = defineTexts("audit", {
  ja: {
    title: "監査ログ",
    intro: "だれが、いつ、何をしたかの記録です。新しい順に並び、変更も削除もできません。",
    empty: "記録はまだありません。",
    at: "日時",
    act: "操作",
    by: "実行者",
    from: "接続元 {{from}}",
    changes: "内容",
  },
  en: {
    title: "Audit log",
    intro: "Who did what, and when; newest first. Nobody can change or delete it.",
    empty: "Nothing is recorded yet.",
    at: "Time",
    act: "Act",
    by: "By",
    from: "from {{from}}",
    changes: "Content",
  },
});

type AuditEntry = Schema<"AuditEntry">;

/** Everything that was done to the tenant: who, what, when, from where, before and after. */
export function AuditPage() {
  const t = useTexts(texts);
  const act = useNames(auditActs);
  const { id: tenant } = useTenant();
  const query = $api.useInfiniteQuery("get", "/v1/tenants/{tenant}/audit", { params: { path: { tenant } } }, paged);
  const columns: Column<AuditEntry>[] = [
    { title: t("at"), cell: ({ at }) => <Time at={at} seconds /> },
    { title: t("act"), cell: (entry) => <strong>{act(entry.act)}</strong> },
    { title: t("by"), cell: (entry) => <Caller entry={entry} /> },
    { title: t("changes"), cell: ({ before, after }) => <Changes before={before} after={after} /> },
  ];
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={query}>
        {() => (
          <DataTable
            label={t("title")}
            columns={columns}
            rowKey={({ id }) => id}
            empty={t("empty")}
            {...rowsOf<AuditEntry>(query)}
          />
        )}
      </Loaded>
    </Page>
  );
}

function Caller({ entry: { by, from } }: { entry: AuditEntry }) {
  const t = useTexts(texts);
  return (
    <>
      <ActorName actor={by} />
      {from ? (
        <Text size="xs" c="var(--muted)">
          {t("from", { from })}
        </Text>
      ) : null}
    </>
  );
}
