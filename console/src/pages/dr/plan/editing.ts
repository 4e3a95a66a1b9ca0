import type { NumberOption } from "./number-select.tsx";
import { type PlanDraft, withEntry } from "./plan-draft.ts";

type Numbers = Readonly<Record<string, { display: string } | undefined>>;

/** What the parts of the plan's form share: the draft, how to change it, and what is wrong with each field. */
export type Editing = {
  draft: PlanDraft;
  mayEdit: boolean;
  options: NumberOption[];
  /** How a number is written. */
  display: (number: string) => string;
  set: (field: string, number: string | undefined) => void;
  setMany: (fields: readonly string[], number: string) => void;
  /** What a `NumberSelect` of that field takes. */
  select: (field: string) => {
    options: NumberOption[];
    value: string | undefined;
    onChange: (number: string | undefined) => void;
    error: string | undefined;
    display: string | undefined;
  };
};

type EditingParts = Pick<Editing, "draft" | "mayEdit" | "options"> & {
  numbers: Numbers;
  /** What the API said of fields, by field. */
  faults: ReadonlyMap<string, string>;
  change: (next: (draft: PlanDraft) => PlanDraft) => void;
};

export function editingOf({ draft, mayEdit, options, numbers, faults, change }: EditingParts): Editing {
  const display = (number: string) => numbers[number]?.display ?? number;
  const set: Editing["set"] = (field, number) => change((current) => withEntry(current, field, number));
  return {
    draft,
    mayEdit,
    options,
    display,
    set,
    setMany: (fields, number) =>
      change((current) => fields.reduce((next, field) => withEntry(next, field, number), current)),
    select: (field) => {
      const value = draft.mine[field];
      return {
        options,
        value,
        onChange: (number) => set(field, number),
        error: faults.get(field),
        display: value === undefined ? undefined : display(value),
      };
    },
  };
}
