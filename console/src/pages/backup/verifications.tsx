import { Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { $api, every, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import { isEnded, operationStates, toneOf } from "../../ui/operation-texts.ts";
import { Page, Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import { SiteName, SiteNote } from "./site-note.tsx";
import { VerificationForm } from "./verification-form.tsx";
import { AskedPart } from "./verification-part.tsx";

type Verification = Schema<"BackupVerification">;

const texts = defineTexts("verifications", {
  ja: {
    title: "バックアップの照合",
    current: "照合の進み具合",
    earlier: "これまでの照合",
    empty: "まだ照合していません。",
    began: "開始",
    findings: "結果を見る",
    part: "対象",
    site: "サイト",
    state: "状態",
    equal: "一致",
    missing: "欠落",
    different: "相違",
    extra: "余分",
  },
  en: {
    title: "Verification of backups",
    current: "Progress",
    earlier: "Earlier verifications",
    empty: "There has been no verification yet.",
    began: "Began",
    findings: "See what it found",
    part: "Recordings of",
    site: "Site",
    state: "State",
    equal: "Equal",
    missing: "Missing",
    different: "Different",
    extra: "Extra",
  },
});

/** Compares the ledger with what lies in the buckets, and lists what came of it before (R43). */
export function VerificationsPage() {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const may = useMay("verifyBackups");
  const [started, setStarted] = useState<readonly string[]>([]);
  const verifications = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/backup/verifications",
    { params: { path: { tenant }, query: { pageSize: 20 } } },
    { ...paged, refetchInterval: every.fewSeconds },
  );
  const list = rowsOf<Verification>(verifications);
  const open = list.rows.filter(({ operation }) => !isEnded(operation.state)).map(({ operation }) => operation.id);
  const current = [...new Set([...started, ...open])];
  return (
    <Page title={t("title")} intro={<SiteNote />}>
      {may ? <VerificationForm onStart={(id) => setStarted((before) => [id, ...before])} /> : null}
      {current.length > 0 ? (
        <Section title={t("current")}>
          <Stack gap="lg">
            {current.map((id) => (
              <Stack key={id} gap="xs">
                <OperationProgress id={id} onEnd={() => void verifications.refetch()} />
                <Link to={`/tenants/${tenant}/backup/verifications/${id}`}>{t("findings")}</Link>
              </Stack>
            ))}
          </Stack>
        </Section>
      ) : null}
      <Section title={t("earlier")}>
        <Loaded query={verifications}>{() => <VerificationTable {...list} />}</Loaded>
      </Section>
    </Page>
  );
}

type TableProps = { rows: readonly Verification[]; onMore: (() => void) | undefined; loadingMore: boolean };

function VerificationTable(list: TableProps) {
  const t = useTexts(texts);
  const state = useNames(operationStates);
  const { count } = useNumbers();
  const figures = (["equal", "missing", "different", "extra"] as const).map(
    (figure): Column<Verification> => ({
      title: t(figure),
      align: "right",
      cell: ({ [figure]: n }) => (n === undefined ? "—" : count(n)),
    }),
  );
  const columns: Column<Verification>[] = [
    {
      title: t("began"),
      cell: ({ operation: { id, tenant, createdAt, createdBy } }) => (
        <div className="cell-medium">
          <Link to={`/tenants/${tenant}/backup/verifications/${id}`}>
            <Time at={createdAt} />
          </Link>
          <Text size="sm">{createdBy.id}</Text>
        </div>
      ),
    },
    { title: t("part"), cell: ({ asked }) => <AskedPart asked={asked} /> },
    { title: t("site"), cell: ({ site }) => <SiteName site={site} /> },
    {
      title: t("state"),
      cell: ({ operation }) => <Status tone={toneOf(operation.state)}>{state(operation.state)}</Status>,
    },
    ...figures,
  ];
  return (
    <DataTable
      label={t("earlier")}
      columns={columns}
      rowKey={({ operation }) => operation.id}
      empty={t("empty")}
      {...list}
    />
  );
}
