import { describe, expect, test } from "vitest";
import { type Failback, reportOf } from "../../shared/domain/activation-record.ts";
import type { ChecklistItem } from "../../shared/domain/checklist.ts";
import type { Activation, Actor } from "../../shared/domain/standby.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 10, 0, second));
const admin: Actor = { type: "user", id: "admin@acme.example" };
const operator: Actor = { type: "user", id: "operator@example.com" };

const activation: Activation = {
  operation: "activation",
  mode: "drill",
  by: admin,
  reason: "秋の訓練",
  overridden: ["lag"],
  requestedAt: at(0),
  fencedAt: at(1),
  activeAt: at(4),
  rpoSeconds: 42,
  steps: [{ name: "applyPlan", startedAt: at(1), finishedAt: at(3), complete: true, detail: "12 phones" }],
  resumeRequest: { at: at(40), by: admin },
};
const item = (id: string, order: number, more: Partial<ChecklistItem> = {}): ChecklistItem => ({
  id,
  order,
  label: { ja: id, en: id },
  state: "open",
  ...more,
});
const failback: Failback = {
  operation: "failback",
  by: operator,
  startedAt: at(50),
  finishedAt: at(55),
  promotions: [{ path: "phones/1", outcome: "promoted" }],
  counts: { documents: 9, overwritten: 3, promoted: 1, refused: 0 },
};

describe("reportOf", () => {
  test("measures RTO, RPO, steps, checklist and the whole from the request on (R28)", () => {
    const done = item("second", 2, { state: "done", done: { how: "person", by: admin, at: at(30) } });
    const report = reportOf({ activation, failback, checklist: [done, item("first", 1)] });
    expect(report).toMatchObject({
      id: "activation",
      mode: "drill",
      reason: "秋の訓練",
      state: "ended",
      rtoMilliseconds: 4000,
      rpoSeconds: 42,
      durationMilliseconds: 55_000,
      overridden: ["lag"],
      steps: [{ name: "applyPlan", milliseconds: 2000, complete: true, detail: "12 phones" }],
      failback: { counts: { overwritten: 3, promoted: 1 } },
    });
    expect(report.checklist.map(({ id, afterMilliseconds }) => [id, afterMilliseconds])).toStrictEqual([
      ["first", undefined],
      ["second", 30_000],
    ]);
    expect(report.timeline.map(({ name, afterMilliseconds }) => [name, afterMilliseconds])).toStrictEqual([
      ["requested", 0],
      ["fenced", 1000],
      ["active", 4000],
      ["resumeRequest", 40_000],
      ["failback", 50_000],
      ["failedBack", 55_000],
    ]);
  });

  test("of an activation that has not ended tells what there is, and no durations that are not known (R28)", () => {
    const { activeAt: _activeAt, ...activating } = activation;
    const report = reportOf({ activation: activating });
    expect(report.state).toBe("active");
    expect(report).not.toHaveProperty("rtoMilliseconds");
    expect(report).not.toHaveProperty("durationMilliseconds");
    const { finishedAt: _finishedAt, ...underWay } = failback;
    expect(reportOf({ activation, failback: underWay })).toMatchObject({ state: "failingBack" });
  });
});
