import { describe, expect, test } from "vitest";
import type { Change, LedgerEntry } from "../../shared/domain/mirror.ts";
import { changeOf } from "../../shared/domain/mirror-change.ts";
import type { Standbys } from "../../shared/domain/ports.ts";
import { type ReportEditsApp, reportEdits } from "../../shared/domain/report-edits.ts";
import type { Edit, Standby } from "../../shared/domain/standby.ts";
import { type Fields, fingerprint } from "../../shared/domain/value.ts";
import { text } from "../support/wire-values.ts";

const root = "projects/p/databases/d/documents/";
const roots = { primary: root, secondary: root };
const now = new Date("2026-11-21T10:00:00Z");

const changeTo = (path: string, value: string): Change =>
  changeOf(roots, { path, kind: "phones" }, { name: text(value) }, 5_000_000, "reconcile");

/** A syncing tenant whose documents have that content, each mirrored with the content "mirrored". */
class Tenant {
  standby = { tenant: "acme", state: "syncing", fence: { number: 1, id: "first" } } as Standby;
  commits: Edit[][] = [];
  stops = 0;
  readonly documents: Map<string, string>;

  constructor(documents: Record<string, string>) {
    this.documents = new Map(Object.entries(documents));
  }

  app(meanwhile: () => void = () => undefined): ReportEditsApp {
    const change: Standbys["change"] = async (_tenant, decide) => {
      const { next, edits, outcome } = decide(this.standby);
      if (next) {
        this.standby = next;
        this.stops++;
      }
      if (edits) this.commits.push(edits);
      return outcome;
    };
    return {
      roots,
      standbys: { read: async () => this.standby, change },
      readLedger: async (_tenant, paths) => {
        const states = new Map(paths.map((path) => [path, this.#stateOf(path)]));
        meanwhile();
        return states;
      },
      toFields: (state) => (state.fields ?? {}) as Fields,
      now: () => now,
    };
  }

  #stateOf(path: string) {
    const fields = { name: text(this.documents.get(path) ?? "") };
    const { hash } = fingerprint({ name: text("mirrored") }, root);
    const entry = { path, kind: "phones", rank: { version: 1, deleted: false }, hash, large: false } as LedgerEntry;
    return { entry, document: { name: path, fields, updateTime: { seconds: 7, nanos: 0 } } };
  }
}

describe("reportEdits", () => {
  test("stops a syncing tenant, with who, when and what differs (R10)", async () => {
    const tenant = new Tenant({ "phones/1": "edited" });
    expect(await reportEdits(tenant.app(), "acme", [changeTo("phones/1", "mirrored")])).toBe("stopped");
    expect(tenant.standby).toMatchObject({ state: "stopped", stop: { reason: "tamper", path: "phones/1" } });
    expect(tenant.commits.flat()).toMatchObject([
      { path: "phones/1", change: "updated", at: new Date(7000), fields: [{ field: "name", after: '"edited"' }] },
    ]);
  });

  test("takes nothing for an edit that is Hikae's again (R10)", async () => {
    const tenant = new Tenant({ "phones/1": "mirrored", "phones/2": "edited" });
    expect(await reportEdits(tenant.app(), "acme", [changeTo("phones/1", "new")])).toBe("own");
    expect(tenant.standby.state).toBe("syncing");
    await reportEdits(tenant.app(), "acme", [changeTo("phones/1", "new"), changeTo("phones/2", "new")]);
    expect(tenant.commits.flat().map(({ path }) => path)).toStrictEqual(["phones/2"]);
  });

  test("looks again where the fence was raised since: what a restore has mended stops nothing (R6, R10)", async () => {
    const tenant = new Tenant({ "phones/1": "edited" });
    const restored = () => {
      if (tenant.documents.get("phones/1") === "mirrored") return;
      tenant.documents.set("phones/1", "mirrored");
      tenant.standby = { ...tenant.standby, fence: { number: 3, id: "third" } };
    };
    expect(await reportEdits(tenant.app(restored), "acme", [changeTo("phones/1", "new")])).toBe("own");
    expect(tenant.standby.state).toBe("syncing");
    expect(tenant.commits).toStrictEqual([]);
  });

  test("writes many in portions that a commit takes, and stops once (R10)", async () => {
    const paths = Array.from({ length: 250 }, (_, index) => `phones/${index}`);
    const tenant = new Tenant(Object.fromEntries(paths.map((path) => [path, "edited"])));
    const changes = paths.map((path) => changeTo(path, "new"));
    expect(await reportEdits(tenant.app(), "acme", changes)).toBe("stopped");
    expect(tenant.stops).toBe(1);
    expect(tenant.commits.flat().map(({ path }) => path)).toStrictEqual(paths);
    // 100 fields of twice 1,000 characters, three bytes each: more than 16 such edits are no commit.
    expect(Math.max(...tenant.commits.map(({ length }) => length))).toBeLessThanOrEqual(16);
  });
});
