import { Link, useParams } from "react-router";
import type { Schema } from "../../api/client.ts";
import { NotFoundPage } from "../../shell/error-pages.tsx";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Actor } from "../../ui/actor.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { OperationProgress, useOperation } from "../../ui/operation-progress.tsx";
import { operationTypes } from "../../ui/operation-texts.ts";
import { Page, Section } from "../../ui/page.tsx";
import { Time, useDuration } from "../../ui/time.tsx";
import { Values } from "../../ui/values.tsx";

const texts = defineTexts("operation", {
  ja: {
    title: "処理",
    all: "処理の一覧へ",
    progress: "進み具合",
    result: "結果",
    facts: "この処理について",
    id: "番号",
    by: "実行者",
    began: "開始",
    updated: "最終更新",
    finished: "終了",
    took: "所要時間",
  },
  en: {
    title: "Job",
    all: "All jobs",
    progress: "Progress",
    result: "Result",
    facts: "About this job",
    id: "Id",
    by: "By",
    began: "Began",
    updated: "Last change",
    finished: "Ended",
    took: "Took",
  },
});

/** Everything about one long job, live. */
export function OperationPage() {
  const t = useTexts(texts);
  const type = useNames(operationTypes);
  const { id = "" } = useParams();
  const { id: tenant } = useTenant();
  const operation = useOperation(id);
  if (operation.data && operation.data.tenant !== tenant) return <NotFoundPage />;
  return (
    <Page title={operation.data ? type(operation.data.type) : t("title")}>
      <Link to={`/tenants/${tenant}/operations`}>{t("all")}</Link>
      <Loaded query={operation}>
        {(data) => (
          <>
            <Section title={t("progress")}>
              <OperationProgress id={id} link={false} />
            </Section>
            {data.result ? (
              <Section title={t("result")}>
                <Values values={data.result} />
              </Section>
            ) : null}
            <Section title={t("facts")}>
              <About operation={data} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function About({ operation: { id, createdBy, createdAt, updatedAt, finishedAt } }: { operation: Schema<"Operation"> }) {
  const t = useTexts(texts);
  const duration = useDuration();
  const seconds = finishedAt && (Date.parse(finishedAt) - Date.parse(createdAt)) / 1000;
  return (
    <Facts
      items={[
        [t("id"), id],
        [t("by"), <Actor key="by" by={createdBy} />],
        [t("began"), <Time key="began" at={createdAt} seconds />],
        [t("updated"), finishedAt ? undefined : <Time key="updated" at={updatedAt} seconds />],
        [t("finished"), finishedAt && <Time key="finished" at={finishedAt} seconds />],
        [t("took"), seconds === undefined ? undefined : duration(seconds as number)],
      ]}
    />
  );
}
