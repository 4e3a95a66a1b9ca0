import { Checkbox, Code, Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { useMay } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Time, useDuration, useNumbers } from "../../ui/time.tsx";
import { toggled } from "../../ui/toggled.ts";
import { usePlaces } from "./places.ts";
import { RecordingStateCell } from "./recording-state.tsx";

export type Recording = Schema<"RecordingBackup">;
export type Selection = { selected: ReadonlySet<string>; onSelect(next: ReadonlySet<string>): void };

const texts = defineTexts("recordingTable", {
  ja: {
    label: "録音の一覧",
    empty: "条件に合う録音はありません。",
    select: "選択",
    selectOne: "{{agent}}の録音を選ぶ（通話 {{call}}）",
    call: "通話",
    place: "拠点・センター",
    state: "状態",
    destination: "保存先",
    noDestination: "未定",
    callId: "通話ID",
    recordingId: "録音ID",
    receipt: "受領証",
    details: "詳細",
    size: "サイズ",
    generation: "世代",
    storedAt: "保存日時",
    delay: "通話終了から",
    noUnit: "所属なし",
  },
  en: {
    label: "Recordings",
    empty: "No recording matches.",
    select: "Select",
    selectOne: "Select the recording of {{agent}} (call {{call}})",
    call: "Call",
    place: "Office and centre",
    state: "State",
    destination: "Destination",
    noDestination: "not decided yet",
    callId: "Call",
    recordingId: "Recording",
    receipt: "Receipt",
    details: "Details",
    size: "Size",
    generation: "Generation",
    storedAt: "Stored at",
    delay: "After the call’s end",
    noUnit: "no centre or team",
  },
});

const directions = defineTexts("callDirections", {
  ja: { inbound: "着信", outbound: "発信", internal: "内線" },
  en: { inbound: "incoming", outbound: "outgoing", internal: "internal" },
});

/** Whether trying it anew can be of use; the API decides in the end. */
export function mayRetry({ state, error }: Recording): boolean {
  return state !== "stored" && state !== "pending" && error?.class !== "badEvent";
}

type RecordingTableProps = Selection & {
  rows: readonly Recording[];
  onMore: (() => void) | undefined;
  loadingMore: boolean;
};

/** The recordings, each with its state, its place and its receipt; those that may be tried anew can be selected. */
export function RecordingTable({ selected, onSelect, ...list }: RecordingTableProps) {
  const t = useTexts(texts);
  const may = useMay("handleFailedBackups");
  const toggle = (id: string) => onSelect(toggled(selected, id));
  const select: Column<Recording> = {
    title: t("select"),
    cell: (recording) =>
      mayRetry(recording) ? (
        <Checkbox
          aria-label={t("selectOne", { agent: recording.agentName, call: recording.callId })}
          checked={selected.has(recording.recordingId)}
          onChange={() => toggle(recording.recordingId)}
        />
      ) : null,
  };
  const columns: Column<Recording>[] = [
    ...(may && list.rows.some(mayRetry) ? [select] : []),
    { title: t("call"), cell: (recording) => <CallCell recording={recording} /> },
    { title: t("place"), cell: (recording) => <PlaceCell {...recording} /> },
    { title: t("state"), cell: (recording) => <RecordingStateCell recording={recording} /> },
    { title: t("destination"), cell: (recording) => <DestinationCell recording={recording} /> },
  ];
  return (
    <DataTable
      label={t("label")}
      columns={columns}
      rowKey={({ recordingId }) => recordingId}
      empty={t("empty")}
      {...list}
    />
  );
}

function CallCell({ recording: { startedAt, agentName, direction } }: { recording: Recording }) {
  const name = useNames(directions);
  return (
    <div className="cell-medium">
      <Time at={startedAt} />
      <Text size="sm">{[name(direction), agentName].filter(Boolean).join(" · ")}</Text>
    </div>
  );
}

/** An office, and the centre or team of it, by name. */
export function PlaceCell({ office, unit }: Pick<Schema<"BackupFinding">, "office" | "unit">) {
  const t = useTexts(texts);
  const { nameOf } = usePlaces();
  return (
    <div className="cell-medium">
      {office === undefined ? null : nameOf("office", office)}
      <Text size="sm">{unit ? nameOf(unit.type, unit.id) : t("noUnit")}</Text>
    </div>
  );
}

function DestinationCell({ recording }: { recording: Recording }) {
  const t = useTexts(texts);
  const duration = useDuration();
  const { bytes } = useNumbers();
  const { destination, receipt, callId, recordingId } = recording;
  return (
    <div className="cell-wide">
      <Text size="sm">{destination ? `gs://${destination.bucket}/${destination.name}` : t("noDestination")}</Text>
      <details>
        <summary>{t(receipt ? "receipt" : "details")}</summary>
        <Facts
          items={[
            [t("size"), receipt && bytes(receipt.bytes)],
            [t("storedAt"), receipt && <Time at={receipt.storedAt} seconds />],
            [t("delay"), receipt && duration(receipt.delaySeconds)],
            ["CRC32C", receipt && <Code>{receipt.crc32c}</Code>],
            [t("generation"), receipt?.generation],
            [t("callId"), callId],
            [t("recordingId"), recordingId],
          ]}
        />
      </details>
    </div>
  );
}
