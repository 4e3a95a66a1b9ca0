import { useMemo, useState } from "react";
import { $api, isProblem } from "../../../api/client.ts";
import { useMay, useTenant } from "../../../shell/tenant.ts";
import { useLabel } from "../../../texts/texts.ts";
import type { PlanView } from "../plan.tsx";
import { useStatus } from "../standby.tsx";
import { type Editing, editingOf } from "./editing.ts";
import { useNumberOptions } from "./number-select.tsx";
import {
  beginDraft,
  changesBetween,
  isOutdated,
  observePlan,
  type PlanDraft,
  planOf,
  rebasedDraft,
  storedDraft,
} from "./plan-draft.ts";
import { useEveryNumber } from "./tenant-numbers.ts";

export type PlanFormState = ReturnType<typeof usePlanForm>;

/** The plan's form: its draft, which follows what is stored until it is changed, and how it is saved. */
export function usePlanForm(read: PlanView) {
  const { id } = useTenant();
  const mayEdit = useMay("editPlan");
  const label = useLabel();
  const [held, setDraft] = useState<PlanDraft>(() => beginDraft(read));
  const draft = observePlan(held, read);
  if (draft !== held) setDraft(draft);
  const { query, numbers } = useEveryNumber();
  const options = useNumberOptions(numbers);
  const displays = useMemo(() => displaysOf(numbers, read.numbers), [numbers, read.numbers]);
  const save = $api.useMutation("put", "/v1/tenants/{tenant}/dr/plan", {
    onSuccess: (stored) => setDraft((current) => storedDraft(current, stored)),
  });
  const refused = isProblem(save.error) ? (save.error.fields ?? []) : [];
  const faults = new Map([
    ...read.faults
      .filter(({ field, number }) => draft.mine[field] === number)
      .map(({ field, why }) => [field, label(why)] as const),
    ...refused.map(
      (fault) => [fault.field.replace(/^body\./, ""), fault.label ? label(fault.label) : fault.problem] as const,
    ),
  ]);
  const change = (next: (current: PlanDraft) => PlanDraft) => {
    save.reset();
    setDraft(next);
  };
  const editing: Editing = editingOf({ draft, mayEdit, options, numbers: displays, faults, change });
  const status = useStatus().data?.standby;
  // Of the API's answer only what no field and no comparison shows is left to say.
  const failure = faultsShown(save.error) ? undefined : save.error;
  return {
    editing,
    numbers,
    numbersError: query.error,
    retryNumbers: () => void query.refetch(),
    faults,
    failure,
    inSecondary: status?.availability === "available" && status.state === "active",
    changes: changesBetween(draft.base, draft.mine).length,
    newer: isOutdated(draft, read) ? read : undefined,
    arriving: draft.replaced !== undefined,
    saving: save.isPending,
    saved: save.isSuccess,
    save: () =>
      save.mutate({ params: { path: { tenant: id } }, body: { ...planOf(draft.mine), version: draft.version } }),
    discard: () => change(() => beginDraft(read)),
    rebase: () => change((current) => rebasedDraft(current, read)),
  };
}

/** Whether the form itself shows what is at fault: the fields, or that the plan has been changed meanwhile. */
function faultsShown(error: unknown): boolean {
  return isProblem(error) && error.code === "invalid" && (error.fields ?? []).length > 0;
}

type Displayed = Readonly<Record<string, { display: string }>>;

/** How each number is written, as far as it is known. */
function displaysOf(
  numbers: readonly { number: string | null; display: string | null }[],
  named: Displayed,
): Displayed {
  const known = numbers.flatMap(({ number, display }) => (number && display ? [[number, { display }] as const] : []));
  return { ...Object.fromEntries(known), ...named };
}
