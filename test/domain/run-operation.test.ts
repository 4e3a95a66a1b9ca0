import { beforeEach, describe, expect, test, vi } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import { type Operation, type OperationState, operationStates } from "../../shared/domain/operation.ts";
import { type EngineApp, type OperationType, runSlice, type SaveProgress } from "../../shared/domain/run-operation.ts";

/** The records of operations, and the messages that call the next slice. */
class Records {
  readonly published: string[] = [];
  current: Operation | undefined;
  clock = Date.parse("2026-11-21T10:00:00Z");

  readonly app: EngineApp = {
    operationStore: {
      change: async (_id, decide) => {
        const { next, outcome } = decide(structuredClone(this.current));
        if (next) this.current = structuredClone(next);
        return outcome;
      },
      publish: async ({ id }) => {
        this.published.push(id);
      },
    },
    now: () => new Date(this.clock),
  };

  begin(state: OperationState = "queued", more: Partial<Operation> = {}): void {
    const at = this.app.now();
    this.current = {
      id: "op",
      type: "count",
      tenant: "acme",
      state,
      open: true,
      input: {},
      progress: { done: 0 },
      attempts: 0,
      createdBy: { type: "user", id: "anna@example.com" },
      createdAt: at,
      updatedAt: at,
      ...more,
    };
  }

  control(state: OperationState): void {
    this.current = { ...(this.current as Operation), state };
  }
}

let records: Records;
beforeEach(() => {
  records = new Records();
  records.begin();
});

const slice = (type: OperationType<EngineApp>, owner = "first") => runSlice(records.app, { count: type }, "op", owner);

/** Counts to ten, one step in so many milliseconds, from wherever the cursor is. */
const counting = (milliseconds: number, during: (at: number) => void = () => undefined): OperationType<EngineApp> => ({
  async run(_app, operation, save: SaveProgress) {
    for (let at = ((operation.cursor?.at as number) ?? 0) + 1; at <= 10; at++) {
      records.clock += milliseconds;
      during(at);
      if ((await save({ at }, { done: at, total: 10 })) === "yield") return { done: false };
    }
    return { done: true, result: { counted: 10 } };
  },
});

describe("runSlice", () => {
  test("runs an operation to its end, with its result and without its lease", async () => {
    expect(await slice(counting(1))).toBe("succeeded");
    expect(records.current).toMatchObject({ state: "succeeded", open: false, result: { counted: 10 } });
    expect(records.current?.finishedAt).toStrictEqual(records.app.now());
    expect(records.current).not.toHaveProperty("lease");
    expect(records.published).toStrictEqual([]);
  });

  test("keeps an operation for 90 days from its end, without what only its slices needed", async () => {
    expect(await slice(counting(1))).toBe("succeeded");
    const { finishedAt, expireAt } = records.current ?? {};
    expect(Number(expireAt) - Number(finishedAt)).toBe(90 * 86_400_000);
    expect(records.current).not.toHaveProperty("cursor");
  });

  test("ends a slice before the minute is over, and the next goes on from the saved cursor", async () => {
    const steps: number[] = [];
    const slow = counting(20_000, (at) => steps.push(at));
    const outcomes: string[] = [];
    do outcomes.push(await slice(slow, `slice ${outcomes.length}`));
    while (outcomes.at(-1) === "continued");
    expect(outcomes).toStrictEqual(["continued", "continued", "continued", "succeeded"]);
    expect(records.published).toStrictEqual(["op", "op", "op"]);
    expect(steps).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("saves about once a second, not at every step", async () => {
    const change = vi.spyOn(records.app.operationStore, "change");
    await slice(counting(400));
    // One to claim, one to end, and one at 1.2, 2.4 and 3.6 seconds.
    expect(change).toHaveBeenCalledTimes(5);
  });

  test("keeps away from an operation that another slice works on, and takes it up when that one died", async () => {
    records.begin("running", { lease: { owner: "other", until: new Date(records.clock + 20_000) } });
    expect(await slice(counting(1))).toBe("busy");
    expect(records.current?.lease?.owner).toBe("other");
    records.clock += 20_000;
    expect(await slice(counting(1))).toBe("succeeded");
  });

  test("stops at its next save when another slice has taken it up, and leaves that one's work alone", async () => {
    const overtaken = counting(1500, (at) => {
      if (at !== 3) return;
      const lease = { owner: "second", until: new Date(records.clock + 20_000) };
      records.current = { ...(records.current as Operation), lease, cursor: { at: 7 } };
    });
    expect(await slice(overtaken)).toBe("busy");
    expect(records.current).toMatchObject({
      state: "running",
      open: true,
      cursor: { at: 7 },
      lease: { owner: "second" },
    });
  });

  test("renews its lease with every save", async () => {
    await slice({
      async run(_app, _operation, save) {
        records.clock += 15_000;
        await save({}, { done: 1 });
        expect(records.current?.lease?.until.getTime()).toBe(records.clock + 20_000);
        return { done: true, result: {} };
      },
    });
  });

  test("pauses at its next save; paused, it is not run; resumed, it goes on", async () => {
    const pausing = counting(1000, (at) => at === 4 && records.control("paused"));
    expect(await slice(pausing)).toBe("paused");
    expect(records.current).toMatchObject({ state: "paused", open: true, cursor: { at: 4 } });
    expect(records.current).not.toHaveProperty("lease");
    expect(records.published).toStrictEqual([]);
    expect(await slice(counting(1000))).toBe("paused");

    records.control("queued");
    const steps: number[] = [];
    expect(await slice(counting(1000, (at) => steps.push(at)))).toBe("succeeded");
    expect(steps).toStrictEqual([5, 6, 7, 8, 9, 10]);
  });

  test("cancels at its next save, and puts in order what must not stay", async () => {
    const abandoned = vi.fn(async () => undefined);
    const cancelled = { ...counting(1000, (at) => at === 4 && records.control("cancelled")), abandoned };
    expect(await slice(cancelled)).toBe("ended");
    expect(records.published).toStrictEqual(["op"]);
    expect(abandoned).not.toHaveBeenCalled();

    expect(await slice(cancelled, "second")).toBe("ended");
    expect(abandoned).toHaveBeenCalledOnce();
    expect(records.current).toMatchObject({ state: "cancelled", open: false });
    expect(await slice(cancelled, "third")).toBe("ended");
    const why = { message: "cancelled", label: { ja: "取り消されました", en: "It was cancelled" } };
    expect(abandoned).toHaveBeenCalledExactlyOnceWith(records.app, expect.anything(), why);
  });

  test("stays cancelled where the cancellation came after the last save", async () => {
    const late: OperationType<EngineApp> = {
      async run() {
        records.control("cancelled");
        return { done: true, result: {} };
      },
    };
    expect(await slice(late)).toBe("ended");
    expect(records.current).toMatchObject({ state: "cancelled", open: true });
    expect(await slice(late, "second")).toBe("ended");
    expect(records.current).toMatchObject({ state: "cancelled", open: false });
  });

  test.each(["running", "cancelled"] as const)(
    "has succeeded where all was done before a slice died, though it is %s by now (R24)",
    async (state) => {
      records.begin(state, { error: { code: "conflict", message: "the tenant is syncing" } });
      const run = vi.fn(() => Promise.reject(new AppError("conflict", "the tenant is syncing")));
      const completed = async () => ({ done: true, result: { equal: true } }) as const;
      expect(await slice({ run, completed })).toBe("succeeded");
      expect(records.current).toMatchObject({ state: "succeeded", open: false, result: { equal: true } });
      expect(run).not.toHaveBeenCalled();
    },
  );

  test("has succeeded where a slice fails because another one, taken for dead, has done all meanwhile (R24)", async () => {
    let done = false;
    const overtaken: OperationType<EngineApp> = {
      run() {
        done = true;
        return Promise.reject(new AppError("conflict", "the tenant is syncing"));
      },
      completed: async () => (done ? { done, result: { equal: true } } : undefined),
    };
    expect(await slice(overtaken)).toBe("succeeded");
    expect(records.current).toMatchObject({ state: "succeeded", result: { equal: true } });
    expect(records.current).not.toHaveProperty("error");
  });

  test("tries a slice again that failed by something that may pass, ten times at most", async () => {
    const abandoned = vi.fn(async () => undefined);
    const failing: OperationType<EngineApp> = {
      run: () => Promise.reject(new AppError("unavailable", "not now")),
      abandoned,
    };
    for (let attempt = 1; attempt < 10; attempt++) {
      await expect(slice(failing, `slice ${attempt}`)).rejects.toMatchObject({ code: "unavailable" });
      expect(records.current).toMatchObject({ state: "running", open: true, attempts: attempt });
      expect(records.current).not.toHaveProperty("lease");
    }
    expect(abandoned).not.toHaveBeenCalled();
    expect(await slice(failing, "last")).toBe("failed");
    expect(abandoned).toHaveBeenCalledExactlyOnceWith(records.app, expect.anything(), {
      message: "not now",
      label: { ja: "必要なシステムが応答しませんでした", en: "A system that it needs did not answer (not now)" },
    });
    const error = { code: "unavailable", message: "not now" };
    expect(records.current).toMatchObject({ state: "failed", open: false, error, finishedAt: records.app.now() });
  });

  test("gives up what was killed ten times in a row without getting on, after what must not stay of it is undone", async () => {
    const abandoned = vi.fn(async () => undefined);
    const run = vi.fn(() => Promise.resolve({ done: true as const, result: {} }));
    const killed = (attempts: number) => {
      // The process of the slice before is gone: its lease has ended, and it has saved nothing.
      const lease = { owner: "killed", until: new Date(records.clock - 1) };
      records.begin("running", { attempts, lease });
    };
    killed(9);
    expect(await slice({ run, abandoned })).toBe("succeeded");
    killed(10);
    expect(await slice({ run, abandoned })).toBe("failed");
    expect(run).toHaveBeenCalledOnce();
    expect(abandoned).toHaveBeenCalledOnce();
    expect(records.current).toMatchObject({ state: "failed", open: false, error: { code: "internal" } });
  });

  test("begins to count failures anew once it gets on", async () => {
    records.begin("running", { attempts: 9 });
    const steps = counting(1500, (at) => {
      if (at === 3) throw new AppError("unavailable", "not now");
    });
    await expect(slice(steps)).rejects.toMatchObject({ code: "unavailable" });
    expect(records.current).toMatchObject({ attempts: 0, open: true, cursor: { at: 2 } });
    expect(await slice(counting(1))).toBe("succeeded");
  });

  test("fails at once by what cannot pass, with the fields at fault", async () => {
    const fields = [{ field: "a", problem: "is missing" }];
    const wrong = { run: () => Promise.reject(new AppError("invalid", "wrong", { fields })) };
    expect(await slice(wrong)).toBe("failed");
    expect(records.current?.error).toStrictEqual({ code: "invalid", message: "wrong", fields });
  });

  test("is failed only after it is in order: where that fails, it is tried again", async () => {
    let refusals = 1;
    const type: OperationType<EngineApp> = {
      run: () => Promise.reject(new AppError("conflict", "wrong")),
      abandoned: async () => {
        if (refusals-- > 0) throw new AppError("unavailable", "not now");
      },
    };
    await expect(slice(type)).rejects.toMatchObject({ code: "unavailable" });
    expect(records.current).toMatchObject({ open: true });
    records.clock += 20_000;
    expect(await slice(type, "second")).toBe("failed");
    expect(records.current).toMatchObject({ state: "failed", open: false });
  });

  test("takes an unforeseen error for one that may pass", async () => {
    await expect(slice({ run: () => Promise.reject(new TypeError("oops")) })).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(records.current?.error).toMatchObject({ code: "internal", message: "oops" });
  });

  const ended = (Object.keys(operationStates) as OperationState[]).filter((state) => operationStates[state].ended);
  test.each(ended)("does not run what is %s", async (state) => {
    records.begin(state, { open: false });
    const run = vi.fn();
    expect(await slice({ run })).toBe("ended");
    expect(run).not.toHaveBeenCalled();
  });

  test("knows nothing of an operation that is not there", async () => {
    records.current = undefined;
    expect(await slice(counting(1))).toBe("unknown");
  });

  test("fails a type that it does not know once, and is not called for it again", async () => {
    records.begin("queued", { type: "another" });
    expect(await slice(counting(1))).toBe("failed");
    expect(records.current).toMatchObject({ state: "failed", open: false, error: { code: "invalid" } });
    expect(await slice(counting(1))).toBe("ended");
  });
});
