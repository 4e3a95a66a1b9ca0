import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Standby, StandbyState } from "../../shared/domain/standby.ts";
import { type GuidanceReport, recordSync, type SyncApp, syncTenants } from "../../shared/domain/syncs.ts";

const report = (more: Partial<GuidanceReport> = {}): GuidanceReport => ({
  outcome: "unchanged",
  objects: 0,
  copied: 0,
  skipped: 0,
  deleted: 0,
  failed: 0,
  bytes: 0,
  ...more,
});

/** Stand-bys in these states, in pages of a hundred; a clock; and a cursor, as the stores have them. */
class Tenants {
  readonly ids: string[];
  readonly #states: readonly StandbyState[];
  visited: string[] = [];
  cursor: string | undefined;
  now = 1_000_000;

  constructor(states: readonly StandbyState[]) {
    this.#states = states;
    this.ids = states.map((_, index) => `t-${String(index).padStart(4, "0")}`);
  }

  get app(): SyncApp {
    const list: SyncApp["standbys"]["list"] = async ({ pageSize, pageToken }) => {
      const from = pageToken === undefined ? 0 : this.ids.findIndex((id) => id > pageToken);
      const ids = from < 0 ? [] : this.ids.slice(from, from + pageSize);
      const items = ids.map((tenant) => ({ tenant, state: this.#states[this.ids.indexOf(tenant)] }) as Standby);
      return {
        items,
        ...(from >= 0 && from + pageSize < this.ids.length ? { nextPageToken: ids.at(-1) as string } : {}),
      };
    };
    return {
      standbys: { list },
      syncs: {
        cursor: async () => this.cursor,
        saveCursor: async (_name, tenant) => {
          this.cursor = tenant;
        },
      },
      now: () => new Date(this.now),
    };
  }

  /** One run, in which each tenant takes so long. */
  run(
    milliseconds: number,
    outcomeOf: (tenant: string) => GuidanceReport | "fenced" = () => report(),
    tenantsAtOnce = 1,
  ) {
    this.visited = [];
    const sync = async ({ tenant }: Standby) => {
      this.visited.push(tenant);
      await Promise.resolve();
      this.now += milliseconds;
      return outcomeOf(tenant);
    };
    return syncTenants(this.app, "guidance", sync, { milliseconds: 1000, tenantsAtOnce });
  }
}

const all = (count: number, state: StandbyState = "syncing") => Array<StandbyState>(count).fill(state);

describe("syncTenants", () => {
  test.each([1, 8])("syncs every syncing tenant once, %i at a time, and no other (R12, R13)", async (atOnce) => {
    const tenants = new Tenants([...all(150), "stopped", "activating", "active", "resyncing", ...all(100)]);
    const expected = tenants.ids.filter((_, index) => index < 150 || index > 153);
    expect(await tenants.run(0, undefined, atOnce)).toMatchObject({ outcome: "synced", unchanged: 250 });
    expect(tenants.visited).toStrictEqual(expected);
    await tenants.run(0, undefined, atOnce);
    expect(tenants.visited.toSorted()).toStrictEqual(expected);
  });

  test("goes on where the last run's time was over, so that none is left out for long (R12)", async () => {
    const sizes = {
      count: fc.integer({ min: 1, max: 260 }),
      perRun: fc.integer({ min: 1, max: 40 }),
      atOnce: fc.integer({ min: 1, max: 4 }),
    };
    await fc.assert(
      fc.asyncProperty(sizes.count, sizes.perRun, sizes.atOnce, async (count, perRun, atOnce) => {
        const tenants = new Tenants(all(count));
        const seen: string[] = [];
        for (let run = 0; run < Math.ceil(count / perRun); run++) {
          await tenants.run(1000 / perRun, undefined, atOnce);
          seen.push(...tenants.visited);
        }
        expect([...new Set(seen)].sort()).toStrictEqual(tenants.ids);
      }),
      { numRuns: 60 },
    );
  });

  test("waits for those under way when one throws, and throws that (R12)", async () => {
    const tenants = new Tenants(all(20));
    let ended = 0;
    const failing = syncTenants(
      tenants.app,
      "guidance",
      async ({ tenant }) => {
        if (tenant === tenants.ids[0]) throw new Error("the database does not answer");
        await new Promise(setImmediate);
        ended++;
        return report();
      },
      { milliseconds: 1000, tenantsAtOnce: 4 },
    );
    await expect(failing).rejects.toThrow("the database does not answer");
    const then = ended;
    await new Promise(setImmediate);
    expect([then, ended]).toStrictEqual([3, 3]);
  });

  test("counts how the tenants fared, and goes on after one that failed (R12, R13)", async () => {
    const outcomes = ["copied", "unchanged", "refused", "failed", "unfinished"] as const;
    const tenants = new Tenants(all(6));
    const end = await tenants.run(0, (tenant) => {
      const outcome = outcomes[tenants.ids.indexOf(tenant)];
      return outcome ? report({ outcome }) : "fenced";
    });
    const each = Object.fromEntries([...outcomes, "fenced"].map((outcome) => [outcome, 1]));
    expect(end).toStrictEqual({ outcome: "synced", ...each });
  });

  test.each(["primaryUnreachable", "secondaryUnreachable"] as const)(
    "ends at once with %s, and goes on behind that tenant the next time (R12, R13)",
    async (reason) => {
      const tenants = new Tenants(all(5));
      const failing = (id: string) => (id === tenants.ids[1] ? report({ outcome: "failed", reason }) : report());
      expect(await tenants.run(0, failing)).toMatchObject({ outcome: reason, failed: 1 });
      expect(tenants.visited).toStrictEqual(tenants.ids.slice(0, 2));
      await tenants.run(0);
      expect(tenants.visited).toStrictEqual([...tenants.ids.slice(2), ...tenants.ids.slice(0, 2)]);
    },
  );
});

describe("recordSync", () => {
  test("records a failure with what that sync counts, and with nothing of another's (R12, R13)", async () => {
    const records: unknown[] = [];
    const at = new Date(1000);
    const app = {
      syncs: {
        record: async (_tenant: string, _name: string, record: unknown) => {
          records.push(record);
        },
      },
      now: () => at,
    };
    const broken = () => Promise.reject(new Error("broken"));
    const { outcome: _outcome, ...none } = report();
    await recordSync(app, "guidance", "acme", none, broken);
    await recordSync(app, "access-rules", "acme", {}, broken);
    const failed = { outcome: "failed", reason: "internal", detail: "broken", at };
    expect(records).toStrictEqual([{ ...failed, ...none }, failed]);
  });
});
