import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  beginDraft,
  changesBetween,
  entriesOf,
  isOutdated,
  observePlan,
  planOf,
  type ReadPlan,
  rebasedDraft,
  storedDraft,
  withEntry,
} from "../../console/src/pages/dr/plan/plan-draft.ts";

const [osaka, ip, free] = ["+81661234567", "+815012345678", "+81120123456"];
const read = (version: string | null, more: Partial<ReadPlan> = {}): ReadPlan => ({
  version,
  defaultCallerNumber: osaka,
  phones: { "phone.1": ip },
  tollFree: { [free]: osaka },
  ...more,
});
const first = read("v1");

describe("the draft of a switch-over plan (R20)", () => {
  test("keeps every entry, whatever the ids of phones hold", () => {
    const id = fc.string({ minLength: 1 }).filter((name) => !["__proto__"].includes(name));
    const numbers = fc.dictionary(id, fc.constantFrom(osaka, ip), { noNullPrototype: true });
    const plans = fc.record({
      defaultCallerNumber: fc.option(fc.constantFrom(osaka, ip)),
      phones: numbers,
      tollFree: numbers,
    });
    fc.assert(
      fc.property(plans, (plan) => {
        expect(planOf(entriesOf(plan))).toEqual(plan);
      }),
    );
  });

  test("follows the stored plan until something is changed here", () => {
    const newer = read("v2", { defaultCallerNumber: ip });
    const followed = observePlan(beginDraft(first), newer);
    expect(followed).toEqual(beginDraft(newer));
    const changed = withEntry(beginDraft(first), "phones.p2", osaka);
    expect(observePlan(changed, newer)).toBe(changed);
    expect(isOutdated(changed, newer)).toBe(true);
  });

  test("is not outdated by the old plan that the secondary still shows after it was stored", () => {
    const changed = withEntry(beginDraft(first), "phones.p2", osaka);
    const stored = read("v2", planOf(changed.mine));
    const after = storedDraft(changed, stored);
    expect(changesBetween(after.base, after.mine)).toEqual([]);
    expect(isOutdated(after, first)).toBe(false);
    expect(observePlan(after, first)).toBe(after);
    const arrived = observePlan(after, stored);
    expect(arrived).not.toHaveProperty("replaced");
    // From now on, the first plan again is somebody's change.
    expect(observePlan(arrived, first)).toEqual(beginDraft(first));
  });

  test("is the stored plan once that holds all its changes, as after a save whose answer was lost", () => {
    const changed = withEntry(beginDraft(first), "phones.p2", osaka);
    const stored = read("v2", planOf(changed.mine));
    expect(observePlan(changed, stored)).toEqual(beginDraft(stored));
    const others = read("v2", { ...planOf(changed.mine), defaultCallerNumber: ip });
    expect(observePlan(changed, others)).toBe(changed);
  });

  test("is not waiting for anything when what was stored is what was there", () => {
    const draft = beginDraft(first);
    expect(storedDraft(draft, first)).not.toHaveProperty("replaced");
  });

  test("brings its own changes to a newer plan, and leaves the other's", () => {
    const mine = withEntry(withEntry(beginDraft(first), "phones.p2", ip), `tollFree.${free}`, undefined);
    const newer = read("v2", { defaultCallerNumber: ip, phones: { "phone.1": osaka, p2: osaka } });
    const rebased = rebasedDraft(mine, newer);
    expect(rebased.version).toBe("v2");
    expect(planOf(rebased.mine)).toEqual({
      defaultCallerNumber: ip,
      phones: { "phone.1": osaka, p2: ip },
      tollFree: {},
    });
  });

  test("names each entry that differs, with both sides", () => {
    const other = read("v2", { defaultCallerNumber: null, phones: { "phone.1": osaka } });
    expect(changesBetween(entriesOf(first), entriesOf(other))).toEqual([
      { field: "defaultCallerNumber", before: osaka },
      { field: "phones.phone.1", before: ip, after: osaka },
    ]);
  });
});
