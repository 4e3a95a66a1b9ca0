import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api, type Schema } from "../../api/client.ts";
import { useMay, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Failure } from "../../ui/failure.tsx";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import { Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import type { Standby } from "./standby.tsx";

const texts = defineTexts("proof", {
  ja: {
    title: "最後の突き合わせ",
    never: "まだ一度も突き合わせていません。",
    reconcile: "今すぐ突き合わせる",
    onlySyncing: "突き合わせは、同期中のときだけできます。",
    equal: "両サイトは一致",
    differing: "差分が残っています",
    at: "確認した日時",
    documents: "文書",
    repaired: "直した文書",
    left: "差分が残った文書",
    large: "イベントでは届かない可能性がある大きな文書",
    byKind: "種別ごとの結果",
    kind: "種別",
    nothing: "両サイトとも文書がありません。",
    others: "ほかの{{count}}種別は、両サイトとも文書がありません。",
  },
  en: {
    title: "Last reconciliation",
    never: "The sites have not been compared so far.",
    reconcile: "Reconcile now",
    onlySyncing: "This can be done only while the tenant is syncing.",
    equal: "Both sites are equal",
    differing: "Differences are left",
    at: "Found",
    documents: "Documents",
    repaired: "Repaired",
    left: "Still differing",
    large: "Documents that may be too large for an event",
    byKind: "By kind",
    kind: "Kind",
    nothing: "Neither site has any document.",
    others: "Of the other {{count}} kinds neither site has any document.",
  },
});

/** What the last comparison of both sites found, by kind, and the act of comparing them now (R8). */
export function ProofSection({ standby: { state, proof } }: { standby: Standby }) {
  const t = useTexts(texts);
  const { id } = useTenant();
  const may = useMay("reconcile");
  const [operation, setOperation] = useState<string>();
  const reconcile = $api.useMutation("post", "/v1/tenants/{tenant}/dr/reconcile", {
    onSuccess: (begun) => setOperation(begun.id),
  });
  const act = (
    <Button
      size="xs"
      variant="default"
      disabled={state !== "syncing"}
      loading={reconcile.isPending}
      onClick={() => reconcile.mutate({ params: { path: { tenant: id } } })}
    >
      {t("reconcile")}
    </Button>
  );
  return (
    <Section title={t("title")} actions={may ? act : null}>
      <Stack gap="sm">
        {may && state !== "syncing" ? <Text size="sm">{t("onlySyncing")}</Text> : null}
        {reconcile.error ? <Failure error={reconcile.error} /> : null}
        {operation ? <OperationProgress key={operation} id={operation} /> : null}
        {proof ? <Proof proof={proof} /> : <Text c="var(--muted)">{t("never")}</Text>}
      </Stack>
    </Section>
  );
}

function Proof({ proof: { at, equal, total, large, kinds } }: { proof: Schema<"Proof"> }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  return (
    <>
      <div>
        <Status tone={equal ? "ok" : "warning"}>{t(equal ? "equal" : "differing")}</Status>
      </div>
      <Facts
        items={[
          [t("at"), <Time key="at" at={at} />],
          [t("documents"), count(total.documents)],
          [t("repaired"), count(total.repaired)],
          [t("left"), count(total.differing)],
          [t("large"), large ? count(large) : undefined],
        ]}
      />
      <details>
        <summary>{t("byKind")}</summary>
        <ByKind kinds={kinds} />
      </details>
    </>
  );
}

type KindProof = Schema<"Proof">["kinds"][string];

function ByKind({ kinds }: { kinds: Schema<"Proof">["kinds"] }) {
  const t = useTexts(texts);
  const label = useLabel();
  const { count } = useNumbers();
  const all = Object.entries(kinds);
  const found = all.filter(([, { documents, repaired, differing }]) => documents + repaired + differing > 0);
  const columns: Column<[string, KindProof]>[] = [
    { title: t("kind"), cell: ([, { label: name }]) => label(name) },
    { title: t("documents"), align: "right", cell: ([, { documents }]) => count(documents) },
    { title: t("repaired"), align: "right", cell: ([, { repaired }]) => count(repaired) },
    { title: t("left"), align: "right", cell: ([, { differing }]) => count(differing) },
  ];
  return (
    <>
      <DataTable label={t("byKind")} columns={columns} rows={found} rowKey={([kind]) => kind} empty={t("nothing")} />
      {found.length > 0 && found.length < all.length ? (
        <Text size="sm" c="var(--muted)">
          {t("others", { count: all.length - found.length })}
        </Text>
      ) : null}
    </>
  );
}
