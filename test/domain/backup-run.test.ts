import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newEntry } from "../../shared/domain/backup/claim.ts";
import { type BackupEntry, type BackupState, backupStates } from "../../shared/domain/backup/entry.ts";
import type { BackupInventory, Known } from "../../shared/domain/backup/inventory.ts";
import type { BackupLedger, SiteBackups, UnitFacts } from "../../shared/domain/backup/ports.ts";
import { backUpNowOperation, expectedSeconds } from "../../shared/domain/backup/run.ts";
import {
  dueEntry,
  earliestOf,
  judgeRecording,
  pastRecordingOf,
  periodOf,
  standingOf,
} from "../../shared/domain/backup/run-plan.ts";
import type { RunApp } from "../../shared/domain/backup/run-portion.ts";
import type { Operation } from "../../shared/domain/operation.ts";

const now = new Date("2026-11-21T10:00:00Z");
const document = {
  ...{ callId: "call-1", office: "tokyo", callCenter: "orders", agentName: "髙﨑 花子", direction: "inbound" },
  ...{ from: "+81312345678", to: "+81612345678", at: new Date("2026-03-01T01:00:00Z") },
  ...{ endedAt: new Date("2026-03-01T01:05:00Z"), contentType: "audio/mpeg", bytes: 2000, md5: "AA==" },
  ...{ bucket: "platform", object: "acme/rec-1.mp3" },
};

describe("pastRecordingOf", () => {
  test("tells of the recording as an event would (R42)", () => {
    expect(pastRecordingOf("rec-1", document)).toStrictEqual({
      ...{ recordingId: "rec-1", callId: "call-1", office: "tokyo", unit: { type: "callCenter", id: "orders" } },
      ...{ agentName: "髙﨑 花子", direction: "inbound", from: "+81312345678", to: "+81612345678" },
      ...{ startedAt: document.at, endedAt: document.endedAt, contentType: "audio/mpeg", bytes: 2000, md5: "AA==" },
      source: "gs://platform/acme/rec-1.mp3",
    });
  });

  test("what may be missing may be missing", () => {
    const { callId, office, at, endedAt } = document;
    const bare = { callId, office, at, endedAt, source: "https://recordings.example/1", callCenter: null, bytes: "?" };
    expect(pastRecordingOf("rec-1", bare)).toStrictEqual({
      ...{ recordingId: "rec-1", callId, office, startedAt: at, endedAt, source: "https://recordings.example/1" },
      ...{ agentName: "", direction: "", from: "", to: "", contentType: "audio/mpeg" },
    });
  });

  test.each([
    ["no document", "rec-1", undefined],
    ["no office", "rec-1", { ...document, office: undefined }],
    ["an office that leads elsewhere", "rec-1", { ...document, office: "a/b" }],
    ["an office that is no document's", "rec-1", { ...document, office: ".." }],
    ["a centre that leads elsewhere", "rec-1", { ...document, callCenter: "a/b" }],
    ["a team that is no document's", "rec-1", { ...document, coachingTeam: "__x__" }],
    ["a time that is none", "rec-1", { ...document, endedAt: "2026" }],
    ["nowhere to fetch it", "rec-1", { ...document, bucket: undefined }],
    ["an id that could name no object", "rec/1", document],
  ])("%s: cannot be understood", (_, id, given) => {
    expect(pastRecordingOf(id, given)).toBeUndefined();
  });
});

describe("periodOf", () => {
  test("goes back two years at most and ends when it was asked for (R42)", () => {
    const earliest = new Date("2024-11-21T10:00:00Z");
    expect(earliestOf(now)).toStrictEqual(earliest);
    expect(periodOf(now)).toStrictEqual({ since: earliest, until: now });
    expect(periodOf(now, new Date(0))).toStrictEqual({ since: earliest, until: now });
    const since = new Date("2026-01-01T00:00:00Z");
    expect(periodOf(now, since)).toStrictEqual({ since, until: now });
  });
});

const recordingOf = (id: string) => ({ ...(pastRecordingOf("rec-1", document) as object), recordingId: id }) as never;
const entryIn = (id: string, state: BackupState, more: Partial<BackupEntry> = {}): BackupEntry => ({
  ...newEntry(recordingOf(id), "acme", new Date(0)),
  state,
  ...more,
});
const destination = { bucket: "customer", name: "call-recordings/a/2026-03-01/b - c - d.mp3" };

describe("dueEntry", () => {
  const run = { tenant: "acme", run: "run-1", now };
  const due = { recording: recordingOf("rec-1") };

  test("asks for what the ledger lacks, and for what failed, was unavailable or skipped; its place stays (R42, R36)", () => {
    expect(dueEntry(undefined, due, run)).toMatchObject({ state: "pending", run: "run-1", createdAt: now });
    for (const state of ["failed", "unavailable", "skipped"] as const) {
      const again = dueEntry(entryIn("rec-1", state, { destination, attempts: 7, source: "https://old" }), due, run);
      expect(again).toMatchObject({ state: "pending", run: "run-1", attempts: 0, destination, since: now });
      expect(again?.source).toBe("gs://platform/acme/rec-1.mp3");
    }
  });

  test.each(["stored", "pending", "waiting"] as const)("leaves one that is %s as it is", (state) => {
    expect(dueEntry(entryIn("rec-1", state), due, run)).toBeUndefined();
  });

  test("asks for nothing twice in one run", () => {
    for (const state of backupStates) {
      expect(dueEntry(entryIn("rec-1", state, { run: "run-1" }), due, run)).toBeUndefined();
    }
  });

  test("what settings keep out is noted, once; what has its place already is not kept out by them", () => {
    const out = { ...due, skipped: "unitOff" as const };
    const noted = dueEntry(undefined, out, run);
    expect(noted).toMatchObject({ state: "skipped", skipped: "unitOff" });
    expect(noted?.run).toBeUndefined();
    expect(noted?.dueAt).toBeUndefined();
    expect(dueEntry(noted, out, run)).toBeUndefined();
    expect(dueEntry(noted, { ...due, skipped: "companyOff" }, run)).toMatchObject({ skipped: "companyOff" });
    expect(dueEntry(entryIn("rec-1", "failed", { destination }), out, run)).toMatchObject({ state: "pending" });
  });

  test("an entry made of an event that nobody understood is replaced by what the history says", () => {
    const empty = entryIn("rec-1", "failed", { error: { class: "badEvent", message: "" }, callId: "?" });
    expect(dueEntry(empty, due, run)).toMatchObject({ state: "pending", callId: "call-1", createdAt: now });
    expect(dueEntry(empty, {}, run)).toBeUndefined();
  });
});

/** Whoever holds it ends here and now. */
class Killed extends Error {}

const on: UnitFacts = {
  exists: true,
  levels: { company: { enabled: true, bucket: "customer" }, unit: { enabled: true } },
  unitName: "受付",
  office: { timeZone: "Asia/Tokyo" },
} as UnitFacts;

/** A site's history and ledger, with a worker that tries what it is called for at once. */
class Site {
  readonly ledger = new Map<string, BackupEntry>();
  readonly called: string[] = [];
  readonly lookedUp: string[] = [];
  known = new Map<string, Required<Known>>();
  epoch = "";
  /** What becomes of a recording that is tried. */
  end: BackupState = "stored";
  callsLeft = Number.POSITIVE_INFINITY;
  readonly ids: readonly string[];

  constructor(ids: readonly string[]) {
    this.ids = ids;
  }

  #live(): void {
    if (--this.callsLeft < 0) throw new Killed();
  }

  async #work<T>(result: () => T): Promise<T> {
    this.#live();
    const done = result();
    // It may die before it hears of it.
    this.#live();
    return done;
  }

  app(): RunApp {
    const site = this;
    const inventory: Partial<BackupInventory> = {
      async *past(_tenant, _filter, after) {
        for (const [index, id] of site.ids.entries()) {
          if (after !== undefined && index <= after.at) continue;
          yield { id, at: index };
        }
      },
      documents: (_tenant, ids) =>
        this.#work(() => new Map(ids.map((id) => [id, id.startsWith("odd") ? {} : document]))),
      standings: (_tenant, ids) =>
        this.#work(() => {
          this.lookedUp.push(...ids);
          const found = ids.flatMap((id) => this.ledger.get(id) ?? []);
          return new Map(found.map((entry) => [entry.recordingId, standingOf(entry)]));
        }),
      countPast: () => this.#work(() => ({ recordings: this.ids.length, bytes: 0 })),
      countUndated: () => this.#work(() => 1),
      countPending: (_tenant, run) =>
        this.#work(() => {
          const pending = [...this.ledger.values()].filter((entry) => entry.run === run && entry.state === "pending");
          return { pending: pending.length, parked: 0 };
        }),
      unitFacts: () => this.#work(() => on),
      known: async () => {
        const kept = this.known.get("all");
        return kept?.epoch === this.epoch ? kept : { epoch: this.epoch };
      },
      keepKnown: (_tenant, _scope, known) => this.#work(() => void this.known.set("all", known)),
    };
    const ledger: Partial<BackupLedger> = {
      changeMany: (_tenant, ids, decide) =>
        this.#work(() => {
          for (const id of ids) {
            const next = decide(id, this.ledger.get(id));
            if (next) this.ledger.set(id, next);
          }
        }),
      count: async (_tenant, { run }) => {
        const counts = Object.fromEntries(backupStates.map((state) => [state, 0])) as Record<BackupState, number>;
        for (const entry of this.ledger.values()) if (entry.run === run) counts[entry.state]++;
        return counts;
      },
    };
    const backups = { ledger, inventory } as SiteBackups;
    return {
      backups: { primary: backups, secondary: backups },
      callForBackups: (_site: string, keys: readonly { recordingId: string }[]) =>
        this.#work(() => {
          for (const { recordingId } of keys) {
            this.called.push(recordingId);
            const entry = this.ledger.get(recordingId);
            if (entry?.state === "pending") this.ledger.set(recordingId, { ...entry, state: this.end });
          }
        }),
      now: () => now,
    } as unknown as RunApp;
  }
}

/** Runs the operation; it is killed after so many calls, again and again, and goes on from what was saved last. */
async function runOn(site: Site, id: string, lives: readonly number[] = [], saves = () => true) {
  let operation = {
    ...{ id, type: "back-up-now", tenant: "acme", createdAt: now },
    input: { site: "primary", scope: { all: true } },
  } as unknown as Operation;
  const save = async (cursor: Record<string, unknown>) => {
    if (saves()) operation = { ...operation, cursor };
    return "continue" as const;
  };
  for (const callsLeft of [...lives, Number.POSITIVE_INFINITY]) {
    site.callsLeft = callsLeft;
    try {
      const end = await backUpNowOperation.run(site.app(), operation, save);
      if (!end.done) throw new Error("nothing keeps it from its end");
      return end.result;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
  throw new Error("the last life has no end");
}

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `rec-${index}`);

describe("backUpNowOperation", () => {
  test("the first run asks for all; the second for nothing, and looks nothing up (R42)", async () => {
    const site = new Site(idsOf(3000));
    expect(await runOn(site, "run-1")).toMatchObject({ examined: 3000, asked: 3000, stored: 3000, alreadyStored: 0 });
    expect(site.called.toSorted()).toStrictEqual(idsOf(3000).toSorted());
    const after = new Map(site.ledger);
    site.lookedUp.length = 0;
    expect(await runOn(site, "run-2")).toMatchObject({
      ...{ examined: 3000, asked: 0, stored: 0, alreadyStored: 3000, failed: 0, undated: 1 },
    });
    expect(site.lookedUp).toStrictEqual([]);
    expect(site.called).toHaveLength(3000);
    expect(site.ledger).toStrictEqual(after);
  });

  test("a later run takes what failed, what is new, and nothing else (R42)", async () => {
    const ids = idsOf(2500);
    const site = new Site(ids);
    site.end = "failed";
    expect(await runOn(site, "run-1")).toMatchObject({ asked: 2500, failed: 2500, stored: 0 });
    site.end = "stored";
    expect(await runOn(site, "run-2")).toMatchObject({ asked: 2500, stored: 2500 });
    const grown = new Site([...ids, "rec-new", "odd-1"]);
    for (const [id, entry] of site.ledger) grown.ledger.set(id, entry);
    grown.known = site.known;
    expect(await runOn(grown, "run-3")).toMatchObject({ asked: 1, stored: 1, alreadyStored: 2500, notUnderstood: 1 });
    expect(grown.called).toStrictEqual(["rec-new"]);
    expect(grown.lookedUp.length).toBeLessThan(1000);
  });

  test("a stored one that became something else is found by the next run, once what was known is forgotten (R43)", async () => {
    const site = new Site(idsOf(2000));
    await runOn(site, "run-1");
    site.ledger.set("rec-77", { ...(site.ledger.get("rec-77") as BackupEntry), state: "failed" });
    site.epoch = "later";
    expect(await runOn(site, "run-2")).toMatchObject({ asked: 1, stored: 1, alreadyStored: 1999 });
  });

  test("killed at any point it loses nothing, asks for nothing twice and touches nothing that is stored (R42)", async () => {
    const states = fc.constantFrom<BackupState | "none">("none", "none", ...backupStates);
    const lives = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 25, size: "max" });
    await fc.assert(
      fc.asyncProperty(
        fc.array(states, { maxLength: 1500, size: "max" }),
        lives,
        fc.infiniteStream(fc.boolean()),
        async (had, life, saves) => {
          const site = new Site(idsOf(had.length));
          for (const [index, state] of had.entries()) {
            const id = `rec-${index}`;
            if (state !== "none") site.ledger.set(id, entryIn(id, state, state === "skipped" ? {} : { destination }));
          }
          const before = new Map(site.ledger);
          const result = await runOn(site, "run-1", life, () => saves.next().value === true);
          const isDue = (state: string) => ["none", "failed", "unavailable", "skipped"].includes(state);
          const due = idsOf(had.length).filter((_, index) => isDue(had[index] as string));
          for (const id of due)
            expect(site.ledger.get(id)).toMatchObject({ state: "stored", run: "run-1", since: now });
          for (const [id, entry] of before) if (!due.includes(id)) expect(site.ledger.get(id)).toBe(entry);
          expect([...new Set(site.called)].sort()).toStrictEqual(due.sort());
          const of = (...wanted: string[]) => had.filter((state) => wanted.includes(state)).length;
          expect(result).toMatchObject({
            ...{ examined: had.length, asked: due.length, stored: due.length, alreadyStored: of("stored") },
            ...{ underWay: of("pending", "waiting"), failed: 0, skipped: 0, notUnderstood: 0 },
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** Runs the operation where workers take their time: slices yield as soon as there is no room, or are killed after so many calls. */
async function runInSlices(site: Site, lives: readonly number[] = []) {
  let operation = {
    ...{ id: "run-1", type: "back-up-now", tenant: "acme", createdAt: now },
    input: { site: "primary", scope: { all: true } },
  } as unknown as Operation;
  const save = async (cursor: Record<string, unknown>) => {
    operation = { ...operation, cursor };
    return "yield" as const;
  };
  site.end = "pending";
  for (let slices = 0; slices < 200; slices++) {
    site.callsLeft = lives[slices] ?? Number.POSITIVE_INFINITY;
    try {
      const end = await backUpNowOperation.run(site.app(), operation, save);
      if (end.done) return end.result;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    // Some of what was called for is stored meanwhile.
    const called = [...new Set(site.called)].filter((id) => site.ledger.get(id)?.state === "pending");
    for (const id of called.slice(0, 90)) {
      site.ledger.set(id, { ...(site.ledger.get(id) as BackupEntry), state: "stored" });
    }
  }
  throw new Error("it never ends");
}

describe("a run in several slices", () => {
  test("calls once for each while workers are at it, though slices yield within a portion (R42)", async () => {
    const site = new Site(idsOf(1500));
    expect(await runInSlices(site)).toMatchObject({ examined: 1500, asked: 1500, stored: 1500 });
    expect(site.called).toStrictEqual(idsOf(1500));
  });

  test("killed at any point it calls for all, twice at most for what it had asked for when it died (R42)", async () => {
    const lives = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20, size: "max" });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 900 }), lives, async (count, life) => {
        const site = new Site(idsOf(count));
        expect(await runInSlices(site, life)).toMatchObject({ examined: count, asked: count, stored: count });
        expect([...new Set(site.called)].sort()).toStrictEqual(idsOf(count).sort());
        // A death costs what was asked for since the last save: as many as may be open.
        expect(site.called.length).toBeLessThanOrEqual(count + 200 * life.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe("expectedSeconds", () => {
  const ended = (seconds: number, stored: number, state = "succeeded") =>
    ({
      ...{ state, createdAt: now, finishedAt: new Date(now.getTime() + seconds * 1000) },
      result: { stored },
    }) as unknown as Operation;

  test("goes by the run that stored the most, and by none that stored nothing or did not end well (R42)", () => {
    const runs = [ended(2, 1), ended(50, 1000), ended(10, 0), ended(1, 9000, "cancelled")];
    expect(expectedSeconds(4000, runs)).toBe(200);
    expect(expectedSeconds(0, runs)).toBe(0);
    expect(expectedSeconds(4000, [ended(10, 0)])).toBeUndefined();
    const running = { state: "running", createdAt: now } as unknown as Operation;
    expect(expectedSeconds(4000, [running])).toBeUndefined();
  });
});

describe("judgeRecording", () => {
  test("what a run asked for and nobody may have been called for is called for again", () => {
    expect(judgeRecording({ state: "pending", run: "run-1", placed: false }, "run-1")).toBe("calling");
    expect(judgeRecording({ state: "pending", run: "run-1", parked: "customer", placed: true }, "run-1")).toBe("asked");
    expect(judgeRecording({ state: "pending", run: "run-0", placed: true }, "run-1")).toBe("underWay");
  });
});
