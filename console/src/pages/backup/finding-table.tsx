import { Checkbox, Code, Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { useMay } from "../../shell/tenant.ts";
import { defineTexts, useList, useNames, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Status, type Tone } from "../../ui/status.tsx";
import { Time, useNumbers } from "../../ui/time.tsx";
import { toggled } from "../../ui/toggled.ts";
import { findingNames } from "./finding-names.ts";
import { PlaceCell, type Selection } from "./recording-table.tsx";

export type Finding = Schema<"BackupFinding">;

const texts = defineTexts("findingTable", {
  ja: {
    label: "見つかった違い",
    empty: "違いは見つかりませんでした。",
    select: "選択",
    selectOne: "{{name}} を選ぶ",
    finding: "種類",
    file: "ファイル",
    call: "通話",
    ledger: "台帳",
    bucket: "バケット",
    nothing: "—",
    storedAt: "保存：",
    createdAt: "作成：",
    differs: "異なる項目：",
  },
  en: {
    label: "Findings",
    empty: "There is nothing to report.",
    select: "Select",
    selectOne: "Select {{name}}",
    finding: "Kind",
    file: "File",
    call: "Call",
    ledger: "Ledger",
    bucket: "Bucket",
    nothing: "—",
    storedAt: "Stored: ",
    createdAt: "Made: ",
    differs: "Not the same: ",
  },
});

const tones: Record<string, Tone> = { missing: "danger", different: "warning" };

const differences = defineTexts("findingDifferences", {
  ja: { bytes: "サイズ", crc32c: "チェックサム", generation: "世代（書き直された）" },
  en: { bytes: "size", crc32c: "checksum", generation: "generation (written anew)" },
});

type FindingTableProps = Selection & {
  rows: readonly Finding[];
  onMore: (() => void) | undefined;
  loadingMore: boolean;
  /** Whether findings can be chosen, to be stored again. */
  canSelect: boolean;
};

/** What is not as the ledger has it, with what both say. */
export function FindingTable({ selected, onSelect, canSelect, ...list }: FindingTableProps) {
  const t = useTexts(texts);
  const may = useMay("handleFailedBackups") && canSelect && list.rows.some(isStorable);
  const toggle = (id: string) => onSelect(toggled(selected, id));
  const select: Column<Finding> = {
    title: t("select"),
    cell: (finding) => {
      const id = finding.recordingId;
      if (id === undefined || !isStorable(finding)) return null;
      const label = t("selectOne", { name: finding.name });
      return <Checkbox aria-label={label} checked={selected.has(id)} onChange={() => toggle(id)} />;
    },
  };
  const columns: Column<Finding>[] = [
    ...(may ? [select] : []),
    { title: t("finding"), cell: (finding) => <KindCell finding={finding} /> },
    { title: t("file"), cell: ({ bucket, name }) => <div className="cell-wide">{`gs://${bucket}/${name}`}</div> },
    { title: t("call"), cell: (finding) => <CallCell finding={finding} /> },
    {
      title: t("ledger"),
      cell: ({ receipt }) => receipt && <Copy copy={receipt} when={t("storedAt")} at={receipt.storedAt} />,
    },
    {
      title: t("bucket"),
      cell: ({ object }) =>
        object ? <Copy copy={object} when={t("createdAt")} at={object.createdAt} /> : t("nothing"),
    },
  ];
  const rowKey = ({ bucket, name }: Finding) => `${bucket}/${name}`;
  return <DataTable label={t("label")} columns={columns} rowKey={rowKey} empty={t("empty")} {...list} />;
}

const isStorable = ({ finding, recordingId }: Finding) => finding !== "extra" && recordingId !== undefined;

function KindCell({ finding: { finding, differs = [] } }: { finding: Finding }) {
  const t = useTexts(texts);
  const kind = useNames(findingNames);
  const difference = useNames(differences);
  const list = useList();
  return (
    <div className="cell-medium">
      <Status tone={tones[finding] ?? "muted"}>{kind(finding)}</Status>
      {differs.length > 0 ? (
        <Text size="sm">
          {t("differs")}
          {list(differs.map(difference))}
        </Text>
      ) : null}
    </div>
  );
}

function CallCell({ finding: { startedAt, office, unit } }: { finding: Finding }) {
  if (!startedAt || office === undefined) return null;
  return (
    <>
      <Time at={startedAt} />
      <PlaceCell office={office} {...(unit ? { unit } : {})} />
    </>
  );
}

type CopyProps = { copy: NonNullable<Finding["object"] | Finding["receipt"]>; when: string; at: string };

function Copy({ copy: { bytes, crc32c }, when, at }: CopyProps) {
  const numbers = useNumbers();
  return (
    <div className="cell-medium">
      {numbers.bytes(bytes)} {crc32c === undefined ? null : <Code>{crc32c}</Code>}
      <Text size="sm">
        {when}
        <Time at={at} seconds />
      </Text>
    </div>
  );
}
