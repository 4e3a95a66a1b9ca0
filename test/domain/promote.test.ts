import { describe, expect, test, vi } from "vitest";
import type { LedgerEntry } from "../../shared/domain/mirror.ts";
import { type PromoteApp, promotable, promoteDocuments } from "../../shared/domain/promote.ts";
import { type Fields, fingerprint, type WireState } from "../../shared/domain/value.ts";
import { text } from "../support/wire-values.ts";

const roots = {
  primary: "projects/p/databases/tokyo/documents/",
  secondary: "projects/p/databases/osaka/documents/",
};
const paths = ["phones/1", "phones/2"];
const [mirrored, edited] = [{ name: text("東京") }, { name: text("大阪") }];

/** What both sites hold of every document; the ledger says what the mirror brought over last. */
function appWith(sides: { ledger: Fields; primary: Fields; secondary: Fields }) {
  const stateOf = (fields: Fields) => ({ fields, updateTime: { seconds: 5 } }) as unknown as WireState;
  const entryOf = (path: string): LedgerEntry => ({
    ...{ path, kind: "phones", rank: { version: 5_000_000, deleted: false }, large: false },
    hash: fingerprint(sides.ledger, roots.secondary).hash,
  });
  const writePrimary = vi.fn<PromoteApp["writePrimary"]>(async () => true);
  const app: PromoteApp = {
    roots,
    readLedger: async (_, asked) =>
      new Map(asked.map((path) => [path, { entry: entryOf(path), document: stateOf(sides.secondary) }])),
    primaryDocuments: async (_, asked) => new Map(asked.map((path) => [path, stateOf(sides.primary)])),
    toFields: (state) => (state.fields ?? {}) as Fields,
    writePrimary,
  };
  return { app, writePrimary };
}

describe("promotion", () => {
  test("carries what is found to be carried (R25)", async () => {
    const { app, writePrimary } = appWith({ ledger: mirrored, primary: mirrored, secondary: edited });
    expect(await promotable(app, "acme", paths)).toStrictEqual(paths);
    expect(writePrimary).not.toHaveBeenCalled();
    expect(await promoteDocuments(app, "acme", paths, new Set(paths))).toStrictEqual(
      paths.map((path) => ({ path, outcome: "promoted" })),
    );
    expect(writePrimary).toHaveBeenCalledTimes(2);
  });

  test("taken up again knows what the mirror has brought back from what nobody edited (R24, R25)", async () => {
    const { app, writePrimary } = appWith({ ledger: edited, primary: edited, secondary: edited });
    expect(await promotable(app, "acme", paths)).toStrictEqual([]);
    expect(await promoteDocuments(app, "acme", paths, new Set(["phones/1"]))).toStrictEqual([
      { path: "phones/1", outcome: "promoted" },
      { path: "phones/2", outcome: "refused", why: "notEdited" },
    ]);
    expect(writePrimary).not.toHaveBeenCalled();
  });
});
