import { Text } from "@mantine/core";
import { Link } from "react-router";
import { $api, every, type Schema } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { operationStates, toneOf } from "../../ui/operation-texts.ts";
import { Page, Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import { CurrentJobs, useCurrentJobs } from "./current-jobs.tsx";
import { findingNames } from "./finding-names.ts";
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
  },
});

/** Compares the ledger with what lies in the buckets, and lists what came of it before (R43). */
export function VerificationsPage() {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const may = useMay("verifyBackups");
  const verifications = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/backup/verifications",
    { params: { path: { tenant }, query: { pageSize: 20 } } },
    { ...paged, refetchInterval: every.fewSeconds },
  );
  const list = rowsOf<Verification>(verifications);
  const current = useCurrentJobs(list.rows);
  return (
    <Page title={t("title")} intro={<SiteNote />}>
      {may ? <VerificationForm onStart={current.add} /> : null}
      <CurrentJobs
        title={t("current")}
        ids={current.ids}
        onEnd={() => void verifications.refetch()}
        below={(id) => <Link to={`/tenants/${tenant}/backup/verifications/${id}`}>{t("findings")}</Link>}
      />
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
  const name = useTexts(findingNames);
  const { count } = useNumbers();
  const figures = (["equal", "missing", "different", "extra"] as const).map(
    (figure): Column<Verification> => ({
      title: name(figure),
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
