import { useState } from "react";
import { $api, every } from "../../api/client.ts";
import { paged, rowsOf } from "../../api/paged.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { choiceOf, FilterFields, type RecordingState, useRecordingFilter } from "./recording-filter.tsx";
import { RecordingRetry } from "./recording-retry.tsx";
import { recordingStateNames, recordingStates } from "./recording-state.tsx";
import { type Recording, RecordingTable } from "./recording-table.tsx";
import { SiteNote } from "./site-note.tsx";
import { StateButtons } from "./state-buttons.tsx";

const texts = defineTexts("recordings", {
  ja: { title: "録音の一覧", list: "録音", all: "すべて", states: "状態で絞り込む" },
  en: { title: "Recordings", list: "Recordings", all: "All", states: "By state" },
});

/** The recordings of the site's ledger, live, and trying them anew (R41). */
export function RecordingsPage() {
  const t = useTexts(texts);
  const [filter, setFilter] = useRecordingFilter();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { counts, list } = useRecordings();
  const show = (next: typeof filter) => {
    setSelected(new Set());
    setFilter(next);
  };
  const rows = rowsOf<Recording>(list);
  return (
    <Page title={t("title")} intro={<SiteNote />}>
      <Section title={t("list")}>
        <StateChoice
          counts={counts.data?.counts}
          chosen={filter.status}
          onChoose={(status) => show({ ...withoutStatus(filter), ...(status ? { status } : {}) })}
        />
        <FilterFields filter={filter} onChange={show} />
        <RecordingRetry
          filter={filter}
          counts={counts.data?.counts}
          rows={rows.rows}
          selected={selected}
          onSelect={setSelected}
        />
        <Loaded query={list}>{() => <RecordingTable {...rows} selected={selected} onSelect={setSelected} />}</Loaded>
      </Section>
    </Page>
  );
}

const withoutStatus = <F extends { status?: unknown }>({ status: _status, ...rest }: F) => rest;

/** So many are counted every few seconds; more of them less often, for it takes the database a while. */
const manyRecordings = 10_000;
/** So many pages are asked for again every few seconds; more of them less often. */
const fewPages = 2;

function useRecordings() {
  const { id: tenant } = useTenant();
  const [{ status, ...rest }] = useRecordingFilter();
  const choice = choiceOf(rest);
  const counts = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/backup/recordings/counts",
    { params: { path: { tenant }, query: choice } },
    { refetchInterval: ({ state }) => (sumOf(state.data?.counts) > manyRecordings ? every.slowly : every.fewSeconds) },
  );
  const list = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/backup/recordings",
    { params: { path: { tenant }, query: { ...choice, ...(status ? { status } : {}) } } },
    {
      ...paged,
      refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > fewPages ? every.slowly : every.fewSeconds),
    },
  );
  return { counts, list };
}

function sumOf(counts: Record<string, number> = {}): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

type StateChoiceProps = {
  counts: Record<string, number> | undefined;
  chosen: RecordingState | undefined;
  onChoose(status: RecordingState | undefined): void;
};

function StateChoice({ counts, chosen, onChoose }: StateChoiceProps) {
  const t = useTexts(texts);
  const name = useNames(recordingStateNames);
  const all = counts && sumOf(counts);
  const choices = [
    { value: undefined, name: t("all"), count: all },
    ...recordingStates.map((state) => ({ value: state, name: name(state), count: counts?.[state] })),
  ];
  return <StateButtons label={t("states")} choices={choices} chosen={chosen} onChoose={onChoose} />;
}
