import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { largeDocumentBytes } from "../../shared/domain/mirror.ts";
import { type StandbyState, standbyStates } from "../../shared/domain/standby.ts";
import type { Fields } from "../../shared/domain/value.ts";
import { content, deliveriesOf, history, path, paths, type Step } from "../support/histories.ts";
import { contents, PrimaryModel, SecondaryModel, type Told } from "../support/mirrored-pair.ts";
import { int, reference, roots, text } from "../support/wire-values.ts";

const runs = { numRuns: 1500 };

describe("planChanges", () => {
  test("brings the secondary to the primary's state, whatever the order, repetition and batching of events (R5)", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const [primary, secondary] = [new PrimaryModel(), new SecondaryModel()];
        for (const { look, events } of deliveriesOf(steps, primary)) secondary.apply(events, { look });
        expect(contents(secondary.documents)).toStrictEqual(contents(primary.documents, roots.primary));
        for (const { path } of primary.events) expect(secondary.isOwn(path)).toBe(true);
      }),
      runs,
    );
  });

  test("never goes back to an older state on the way (R5)", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const secondary = new SecondaryModel();
        const seen = new Map<string, number>();
        for (const { look, events } of deliveriesOf(steps, new PrimaryModel())) {
          secondary.apply(events, { look });
          for (const [path, { rank }] of secondary.entries) {
            const height = rank.version * 2 + (rank.deleted ? 1 : 0);
            expect(height).toBeGreaterThanOrEqual(seen.get(path) ?? 0);
            seen.set(path, height);
          }
        }
      }),
      runs,
    );
  });

  test("changes nothing when everything is delivered again (R5)", () => {
    fc.assert(
      fc.property(history, fc.boolean(), (steps, look) => {
        const [primary, secondary] = [new PrimaryModel(), new SecondaryModel()];
        const batches = deliveriesOf(steps, primary);
        for (const batch of batches) secondary.apply(batch.events, batch);
        const before = secondary.snapshot();
        const outcomes = batches.flatMap((batch) => secondary.apply(batch.events, { look }));
        expect(outcomes.filter((outcome) => outcome !== "stale")).toStrictEqual([]);
        expect(secondary.snapshot()).toStrictEqual(before);
      }),
      runs,
    );
  });

  const closed = (Object.keys(standbyStates) as StandbyState[]).filter((state) => !standbyStates[state].mirror);

  test("changes nothing once the fence is raised, however late a write comes (R6)", () => {
    const raised = fc.record({ after: fc.nat(20), state: fc.constantFrom(...closed), look: fc.boolean() });
    fc.assert(
      fc.property(history, raised, (steps, { after, state, look }) => {
        const secondary = new SecondaryModel();
        const batches = deliveriesOf(steps, new PrimaryModel());
        for (const batch of batches.slice(0, after)) secondary.apply(batch.events, batch);
        secondary.gate = { state, fence: { number: 2, id: "second" } };
        const before = secondary.snapshot();
        const outcomes = batches.flatMap(({ events }) => secondary.apply(events, { look, overwrite: "all" }));
        expect(outcomes.every((outcome) => outcome === "fenced")).toBe(true);
        expect(secondary.snapshot()).toStrictEqual(before);
      }),
      runs,
    );
  });

  test("lets nobody through who began under an earlier fence, though the state is syncing again (R6)", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const secondary = new SecondaryModel();
        const fence = { number: 1, id: "another" };
        for (const { events } of deliveriesOf(steps, new PrimaryModel())) {
          expect(new Set(secondary.apply(events, { fence }))).toStrictEqual(new Set(["fenced"]));
        }
        expect(secondary.snapshot()).toStrictEqual({ documents: new Map(), entries: new Map() });
      }),
      { numRuns: 200 },
    );
  });

  test("writes nothing for a tenant without a stand-by", () => {
    const secondary = new SecondaryModel();
    secondary.gate = undefined;
    expect(secondary.apply([{ path: "accounts/a", version: 1, fields: {} }])).toStrictEqual(["unknownTenant"]);
    expect(secondary.documents.size + secondary.entries.size).toBe(0);
  });

  test("takes a restored secondary for what it is: one comparison notes the new update times, and writes nothing", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const [primary, secondary] = [new PrimaryModel(), new SecondaryModel()];
        for (const batch of deliveriesOf(steps, primary)) secondary.apply(batch.events, batch);
        secondary.restore();
        const { documents } = secondary.snapshot();
        const present = primary.states(primary.documents.keys());
        for (const outcome of secondary.apply(present, { look: true }, "reconcile")) expect(outcome).toBe("stale");
        expect(secondary.documents).toStrictEqual(documents);
        for (const [path, { updateTime }] of documents)
          expect(secondary.entries.get(path)?.documentTime).toBe(updateTime);
      }),
      { numRuns: 200 },
    );
  });

  test("keeps a tombstone and no document when the deletion comes before the creation (R7)", () => {
    const secondary = new SecondaryModel();
    expect(secondary.apply([{ path: "accounts/a", version: 5 }])).toStrictEqual(["applied"]);
    expect(secondary.apply([{ path: "accounts/a", version: 5, fields: { n: int(1) } }])).toStrictEqual(["stale"]);
    expect(secondary.documents.size).toBe(0);
    expect(secondary.entries.get("accounts/a")?.rank).toStrictEqual({ version: 5, deleted: true });
  });

  test("marks a document that may not fit in its next event (R8)", () => {
    const secondary = new SecondaryModel();
    const told = (bytes: number): Told => ({
      path: "accounts/a",
      version: bytes,
      fields: { text: text("x".repeat(bytes)) },
    });
    secondary.apply([told(largeDocumentBytes)]);
    expect(secondary.entries.get("accounts/a")?.large).toBe(true);
    secondary.apply([{ ...told(1000), version: largeDocumentBytes + 1 }]);
    expect(secondary.entries.get("accounts/a")?.large).toBe(false);
  });
});

/** A history in which somebody else writes on the secondary too, between the batches. */
const tamper = fc.record({ path, fields: fc.option(content, { nil: undefined }), after: fc.nat(30) });
const tampers = fc.array(tamper, { minLength: 1, maxLength: 8 });
type Tamper = Parameters<Parameters<typeof tampers.map>[0]>[0][number];

/** As the fields of a document on the secondary, whose references lead into the secondary. */
const onSecondary = (fields: Fields | undefined): Fields | undefined =>
  fields && { ...fields, ref: reference(roots.secondary, "tenants/t/accounts/1") };

function runTampered(
  steps: readonly Step[],
  edits: readonly Tamper[],
  check: (secondary: SecondaryModel, apply: () => void) => void,
): { primary: PrimaryModel; secondary: SecondaryModel } {
  const [primary, secondary] = [new PrimaryModel(), new SecondaryModel()];
  for (const [index, batch] of deliveriesOf(steps, primary).entries()) {
    for (const edit of edits.filter(({ after }) => after === index))
      secondary.tamper(edit.path, onSecondary(edit.fields));
    check(secondary, () => secondary.apply(batch.events, batch));
  }
  for (const edit of edits) secondary.tamper(edit.path, onSecondary(edit.fields));
  return { primary, secondary };
}

describe("documents that somebody else wrote on the secondary", () => {
  test("are never overwritten without permission (R10)", () => {
    fc.assert(
      fc.property(history, tampers, (steps, edits) => {
        const { primary, secondary } = runTampered(steps, edits, (model, apply) => {
          const foreign = paths.filter((path) => !model.isOwn(path));
          const before = model.snapshot().documents;
          apply();
          for (const path of foreign) expect(model.documents.get(path)).toStrictEqual(before.get(path));
        });
        const foreign = paths.filter((path) => !secondary.isOwn(path));
        const before = secondary.snapshot().documents;
        const outcomes = secondary.apply(primary.states(paths), { look: true }, "reconcile");
        for (const [index, path] of paths.entries()) {
          if (!foreign.includes(path)) continue;
          expect(secondary.documents.get(path)).toStrictEqual(before.get(path));
          expect(secondary.isOwn(path) || outcomes[index] === "tampered").toBe(true);
        }
      }),
      runs,
    );
  });

  test("are always overwritten with permission, and only those permitted (R10b, R24)", () => {
    fc.assert(
      fc.property(history, tampers, fc.subarray(paths), (steps, edits, permitted) => {
        const { primary, secondary } = runTampered(steps, edits, (_, apply) => apply());
        const expected = contents(primary.documents, roots.primary);
        const states = primary.states(paths);

        const foreign = paths.filter((path) => !secondary.isOwn(path));
        const before = secondary.snapshot().documents;
        const outcomes = secondary.apply(states, { look: true, overwrite: new Set(permitted) }, "reconcile");
        for (const [index, path] of paths.entries()) {
          if (outcomes[index] !== "tampered") continue;
          expect(permitted).not.toContain(path);
          expect(foreign).toContain(path);
          expect(secondary.documents.get(path)).toStrictEqual(before.get(path));
        }

        secondary.apply(states, { look: true, overwrite: "all" }, "reconcile");
        expect(contents(secondary.documents)).toStrictEqual(expected);
        for (const path of paths) expect(secondary.isOwn(path)).toBe(true);
        for (const { path, version, fields } of states) {
          expect(secondary.apply([{ path, version, ...(fields ? { fields } : {}) }], { look: true })).toStrictEqual([
            "stale",
          ]);
        }
      }),
      runs,
    );
  });

  test("follow a primary that went back, as from a back-up, with permission alone (R11, R24)", () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.boolean(), (steps, kept, look) => {
        const [primary, secondary, restored] = [new PrimaryModel(), new SecondaryModel(), new PrimaryModel()];
        for (const { events } of deliveriesOf(steps, primary)) secondary.apply(events);
        deliveriesOf(steps.slice(0, kept % (steps.length + 1)), restored);
        const today = 100_000_000;
        const states = paths.map((path): Told => {
          const found = restored.documents.get(path);
          return found ? { path, version: found.updateTime, fields: found.fields } : { path, version: today };
        });
        const older = new Map([...secondary.entries].map(([path, { rank }]) => [path, rank]));
        const unchanged = new Map(older).set("elsewhere", { version: 1, deleted: false });
        for (const path of paths) unchanged.set(path, { version: today * 2, deleted: false });

        secondary.apply(
          states.filter(({ fields }) => fields === undefined),
          { look },
          "reconcile",
        );
        const before = secondary.snapshot();
        secondary.apply(states, { look, overwrite: "all", older: unchanged }, "reconcile");
        expect(secondary.snapshot().documents, "the entries are not those that were read").toStrictEqual(
          before.documents,
        );
        secondary.apply(states, { look, overwrite: "all", older }, "reconcile");
        expect(contents(secondary.documents)).toStrictEqual(contents(restored.documents, roots.primary));
        for (const path of paths) expect(secondary.isOwn(path)).toBe(true);
      }),
      runs,
    );
  });

  test("that are the very change to be copied are taken as they are", () => {
    const secondary = new SecondaryModel();
    const fields = { n: int(1) };
    secondary.tamper("accounts/a", fields);
    const updateTime = secondary.documents.get("accounts/a")?.updateTime;
    expect(secondary.apply([{ path: "accounts/a", version: 3, fields }])).toStrictEqual(["applied"]);
    expect(secondary.documents.get("accounts/a")?.updateTime).toBe(updateTime);
    expect(secondary.entries.get("accounts/a")).toMatchObject({ documentTime: updateTime, rank: { version: 3 } });
  });
});
