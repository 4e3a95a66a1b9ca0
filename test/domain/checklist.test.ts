import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ChecklistFacts,
  type ChecklistItem,
  howTo,
  type Mark,
  markItem,
  openChecklist,
  shownChecklist,
  summaryOf,
} from "../../shared/domain/checklist.ts";
import type { Actor } from "../../shared/domain/standby.ts";

const now = new Date("2026-11-21T10:00:00Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const plan = {
  defaultCallerNumber: "+81661234567",
  phones: { p1: "+81661234567" },
  tollFree: { "+81120123456": "+81661234567", "+81570123456": "+81661234567" },
};
const facts = (more: Partial<ChecklistFacts> = {}): ChecklistFacts => ({
  plan,
  applied: { defaultCallerNumber: true, phones: true },
  forwarding: true,
  openCti: true,
  ...more,
});
const ids = (items: readonly ChecklistItem[], state?: string) =>
  items.filter((item) => state === undefined || item.state === state).map(({ id }) => id);

describe("howTo", () => {
  test("says for every item how and why it is done, in both languages (R21)", () => {
    const items = shownChecklist(openChecklist(facts(), now), { moved: 0, total: 0 });
    expect(items.filter(({ how }) => !how?.ja || !how.en)).toEqual([]);
    expect(new Set(items.map(({ how }) => how?.ja)).size).toBe(items.length - 1);
    expect(howTo("of-another-release")).toBeUndefined();
  });
});

describe("openChecklist", () => {
  test("has every item in order, and has done what the activation did (R21)", () => {
    const items = openChecklist(facts(), now);
    expect(ids(items)).toEqual([
      "default-caller-number",
      "softphones",
      "phone-caller-numbers",
      "toll-free-0120123456",
      "toll-free-0570123456",
      "carrier-forwarding",
      "open-cti",
      "test-incoming",
      "test-outgoing",
      "test-caller-number",
    ]);
    expect(ids(items, "done")).toEqual(["default-caller-number", "phone-caller-numbers"]);
    expect(items[0]?.done).toEqual({ how: "automatic", by: { type: "hikae", id: "hikae" }, at: now });
    expect(items[3]?.label.ja).toBe("0120-123-456の着信先を06-6123-4567に変更する");
  });

  test("leaves to people what could not be applied (R21)", () => {
    const items = openChecklist(facts({ applied: { defaultCallerNumber: true, phones: false } }), now);
    expect(ids(items, "done")).toEqual(["default-caller-number"]);
  });

  test("leaves out what does not concern the tenant, and has all to do without a plan (R21)", () => {
    const { plan: _plan, ...without } = facts({ forwarding: false, openCti: false });
    const items = openChecklist(without, now);
    expect(ids(items, "done")).toEqual([]);
    expect(ids(items)).toEqual([
      "default-caller-number",
      "softphones",
      "phone-caller-numbers",
      "test-incoming",
      "test-outgoing",
      "test-caller-number",
    ]);
    expect(summaryOf(items)).toEqual({ total: 6, open: 6 });
  });
});

const person = (id: string): Actor => ({ type: "user", id });
const mark = (more: Partial<Mark> = {}): Mark => ({ done: true, how: "person", by: person("a"), at: now, ...more });
const open: ChecklistItem = { id: "test-incoming", order: 7, label: { ja: "着信", en: "incoming" }, state: "open" };

describe("markItem", () => {
  test("keeps who did it, when, and the note (R21)", () => {
    expect(markItem(open, mark({ note: "3番で確認" }))).toEqual({
      ...open,
      state: "done",
      done: { how: "person", by: person("a"), at: now, note: "3番で確認" },
    });
  });

  test("lets the first of two people stand (R21)", () => {
    const first = markItem(open, mark());
    expect(markItem(first, mark({ by: person("b"), at: later(1), note: "me too" }))).toBe(first);
  });

  test("lets the same person change the note, and nothing else", () => {
    const first = markItem(open, mark());
    const noted = markItem(first, mark({ at: later(9), note: "twice" }));
    expect(noted.done).toEqual({ ...first.done, note: "twice" });
  });

  test("opens what is done, by anyone, and forgets the completion", () => {
    const first = markItem(open, mark());
    expect(markItem(first, mark({ done: false, by: person("b") }))).toEqual(open);
    expect(markItem(open, mark({ done: false }))).toBe(open);
  });

  test("changes nothing when repeated, whatever came before (R21)", () => {
    const anyMark = fc.record({
      done: fc.boolean(),
      how: fc.constant("person" as const),
      by: fc.constantFrom("a", "b").map(person),
      at: fc.nat(1000).map(later),
      note: fc.constantFrom("x", "y"),
    });
    fc.assert(
      fc.property(fc.array(anyMark), anyMark, (before, last) => {
        const item = markItem(before.reduce(markItem, open), last);
        expect(markItem(item, last)).toBe(item);
        expect(item.state === "done").toBe(item.done !== undefined);
      }),
    );
  });
});

describe("shownChecklist", () => {
  const items = openChecklist(facts(), now).toReversed();
  const softphones = (moved: number, total: number, from = items) =>
    shownChecklist(from, { moved, total }).find(({ id }) => id === "softphones");

  test("shows the items in order", () => {
    expect(ids(shownChecklist(items, { moved: 0, total: 0 }))).toEqual(ids(items.toReversed()));
  });

  test.each([
    [0, 0, "open"],
    [0, 3, "open"],
    [2, 3, "open"],
    [3, 3, "done"],
  ])("%i of %i softphones moved: %s (R21)", (moved, total, state) => {
    expect(softphones(moved, total)).toMatchObject({ state, progress: { moved, total } });
  });

  test("takes a person's word that the rest is switched off (R21)", () => {
    const marked = items.map((item) => (item.id === "softphones" ? markItem(item, mark()) : item));
    expect(softphones(2, 3, marked)).toMatchObject({ state: "done", done: { how: "person" }, progress: { moved: 2 } });
  });
});
