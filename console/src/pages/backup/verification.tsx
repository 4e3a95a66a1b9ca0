import { Divider } from "@mantine/core";
import { Link, useParams } from "react-router";
import { $api, every, type Schema } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import { isEnded } from "../../ui/operation-texts.ts";
import { Page, Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { useNumbers } from "../../ui/time.tsx";
import { findingNames } from "./finding-names.ts";
import { Findings } from "./findings.tsx";
import { SiteName } from "./site-note.tsx";
import { AskedPart } from "./verification-part.tsx";

type Verification = Schema<"BackupVerificationFindings">;
type Bucket = Verification["buckets"][number];

const texts = defineTexts("verification", {
  ja: {
    title: "照合の結果",
    back: "照合の一覧へ戻る",
    about: "照合の内容",
    site: "サイト",
    part: "対象",
    buckets: "バケットごとの結果",
    noBuckets: "保存先のバケットはありません。",
    bucket: "バケット",
    outcome: "結果",
    looked: "照合済み",
    notLooked: "照合できません",
  },
  en: {
    title: "What a verification found",
    back: "Back to the verifications",
    about: "The verification",
    site: "Site",
    part: "Recordings of",
    buckets: "By bucket",
    noBuckets: "Recordings are stored in no bucket yet.",
    bucket: "Bucket",
    outcome: "Outcome",
    looked: "compared",
    notLooked: "could not be compared",
  },
});

/** One verification: how far it is, what it found in each bucket, and each finding (R43). */
export function VerificationPage() {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const { id = "" } = useParams();
  const verification = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/backup/verifications/{id}",
    { params: { path: { tenant, id }, query: { pageSize: 1 } } },
    { refetchInterval: ({ state }) => (state.data && isEnded(state.data.operation.state) ? false : every.fewSeconds) },
  );
  return (
    <Page title={t("title")} intro={<Link to={`/tenants/${tenant}/backup/verifications`}>{t("back")}</Link>}>
      <Loaded query={verification}>
        {(data) => (
          <>
            <Section title={t("about")}>
              <Facts
                items={[
                  [t("part"), <AskedPart key="part" asked={data.asked} />],
                  [t("site"), <SiteName key="site" site={data.site} />],
                ]}
              />
              <Divider my="sm" />
              <OperationProgress id={id} onEnd={() => void verification.refetch()} />
            </Section>
            {data.operation.state === "succeeded" ? (
              <>
                <Section title={t("buckets")}>
                  <BucketTable buckets={data.buckets} />
                </Section>
                <Findings verification={data} />
              </>
            ) : null}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function BucketTable({ buckets }: { buckets: readonly Bucket[] }) {
  const t = useTexts(texts);
  const name = useTexts(findingNames);
  const { count } = useNumbers();
  const figures = (["equal", "missing", "different", "extra", "newer", "underWay"] as const).map(
    (figure): Column<Bucket> => ({
      title: name(figure),
      align: "right",
      cell: ({ [figure]: n }) => (n === undefined ? "—" : count(n)),
    }),
  );
  const columns: Column<Bucket>[] = [
    { title: t("bucket"), cell: ({ bucket }) => <div className="cell-medium">{bucket}</div> },
    { title: t("outcome"), cell: ({ problem }) => <Outcome problem={problem} /> },
    ...figures,
  ];
  return (
    <DataTable
      label={t("buckets")}
      columns={columns}
      rows={buckets}
      rowKey={({ bucket }) => bucket}
      empty={t("noBuckets")}
    />
  );
}

function Outcome({ problem }: { problem: Bucket["problem"] | undefined }) {
  const t = useTexts(texts);
  const label = useLabel();
  if (!problem) return <Status tone="ok">{t("looked")}</Status>;
  return (
    <div className="cell-wide">
      <Status tone="danger">{t("notLooked")}</Status>
      <p className="cell-text">
        {label(problem.label)} {label(problem.remedy)}
      </p>
    </div>
  );
}
