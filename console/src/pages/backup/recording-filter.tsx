import { Button, Group, TextInput } from "@mantine/core";
import { useSearchParams } from "react-router";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { beginningOf } from "./days.ts";
import { type Scope, scopeTypes } from "./places.ts";
import { recordingStates } from "./recording-state.tsx";
import { ScopeSelect } from "./scope-select.tsx";

const texts = defineTexts("recordingFilter", {
  ja: { from: "通話日（から）", to: "通話日（まで）", clear: "条件をクリア" },
  en: { from: "Calls from", to: "Calls until", clear: "Clear" },
});

export type RecordingState = (typeof recordingStates)[number];

/** Which recordings are shown; days are `YYYY-MM-DD`, both included. */
export type RecordingFilter = Scope & { status?: RecordingState; from?: string; to?: string };

/** The filter as the page's address has it, and how to change it. Mails lead here with a `status`. */
export function useRecordingFilter(): [RecordingFilter, (next: RecordingFilter) => void] {
  const [search, setSearch] = useSearchParams();
  const filter: RecordingFilter = {};
  for (const name of [...scopeTypes, "from", "to"] as const) {
    const value = search.get(name);
    if (value) filter[name] = value;
  }
  if (filter.callCenter) delete filter.coachingTeam;
  const status = recordingStates.find((state) => state === search.get("status"));
  if (status) filter.status = status;
  const change = ({ ...next }: RecordingFilter) => {
    const given = Object.entries(next).filter(([, value]) => value !== undefined && value !== "");
    // At once, for the next change is made of what is shown: else one of two quick ones would be lost.
    setSearch(new URLSearchParams(given as [string, string][]), { replace: true, flushSync: true });
  };
  return [filter, change];
}

/** The filter as the API takes it, without the state. */
export function choiceOf({ status: _status, from = "", to = "", ...scope }: RecordingFilter) {
  const [begin, end] = [beginningOf(from), beginningOf(to, 1)];
  return { ...scope, ...(begin ? { from: begin } : {}), ...(end ? { to: end } : {}) };
}

/** The fields of the filter but the state. */
export function FilterFields({ filter, onChange }: { filter: RecordingFilter; onChange(next: RecordingFilter): void }) {
  const t = useTexts(texts);
  const { status, from, to, ...scope } = filter;
  const rest = { ...(status ? { status } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) };
  const day = (name: "from" | "to") => (
    <TextInput
      type="date"
      label={t(name)}
      value={filter[name] ?? ""}
      onChange={({ currentTarget }) => onChange({ ...filter, [name]: currentTarget.value })}
    />
  );
  return (
    <Group align="flex-end" mb="md">
      <ScopeSelect value={scope} onChange={(next) => onChange({ ...rest, ...next })} />
      {day("from")}
      {day("to")}
      {Object.keys(choiceOf(filter)).length > 0 ? (
        <Button variant="default" onClick={() => onChange(status ? { status } : {})}>
          {t("clear")}
        </Button>
      ) : null}
    </Group>
  );
}
