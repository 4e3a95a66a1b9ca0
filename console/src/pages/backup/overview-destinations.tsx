import { Code, Stack, Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Section } from "../../ui/page.tsx";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";

type Destination = Schema<"BackupSummary">["destinations"][number];

const texts = defineTexts("backupDestinations", {
  ja: {
    title: "バケットの障害",
    empty: "書き込めなくなったバケットはありません。",
    bucket: "バケット",
    state: "状態",
    inService: "復旧済み",
    draining: "復旧（待っていた録音を保存中）",
    outOfService: "保存を保留中",
    problem: "原因と対処",
    since: "発生",
    next: "次の確認",
    none: "ありません",
  },
  en: {
    title: "Incidents of buckets",
    empty: "No bucket has refused recordings.",
    bucket: "Bucket",
    state: "State",
    inService: "Back in service",
    draining: "Back; what waited is being stored",
    outOfService: "Out of service; recordings wait",
    problem: "Cause and remedy",
    since: "Since",
    next: "Looked at next",
    none: "None",
  },
});

/** Each bucket that ever refused recordings: the incident while it goes on, and that it is back (R39). */
export function DestinationsSection({ destinations }: { destinations: readonly Destination[] }) {
  const t = useTexts(texts);
  const columns: Column<Destination>[] = [
    { title: t("bucket"), cell: ({ bucket }) => <Code>{bucket}</Code> },
    { title: t("state"), cell: (row) => <Status tone={toneOf(row)}>{t(wordOf(row))}</Status> },
    { title: t("problem"), cell: ({ incident }) => (incident ? <Incident incident={incident} /> : t("none")) },
    { title: t("since"), cell: ({ incident }) => (incident ? <Time at={incident.since} /> : "–") },
    { title: t("next"), cell: ({ incident }) => (incident ? <Time at={incident.nextProbeAt} /> : "–") },
  ];
  const sorted = destinations.toSorted((a, b) => Number(Boolean(b.incident)) - Number(Boolean(a.incident)));
  return (
    <Section title={t("title")}>
      <DataTable
        label={t("title")}
        columns={columns}
        rows={sorted}
        rowKey={({ bucket }) => bucket}
        empty={t("empty")}
      />
    </Section>
  );
}

function wordOf({ state, draining }: Destination): "outOfService" | "draining" | "inService" {
  return state === "inService" && draining ? "draining" : state;
}

function toneOf(destination: Destination): Tone {
  return ({ inService: "ok", draining: "warning", outOfService: "danger" } as const)[wordOf(destination)];
}

function Incident({ incident: { label, remedy } }: { incident: NonNullable<Destination["incident"]> }) {
  const text = useLabel();
  return (
    <Stack gap={2} className="cell-wide">
      <Text size="sm">{text(label)}</Text>
      <Text size="sm" c="var(--muted)">
        {text(remedy)}
      </Text>
    </Stack>
  );
}
