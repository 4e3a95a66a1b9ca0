import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { assignPorts } from "../../local/ports.ts";
import { serveApi } from "../../local/scheduler/api.ts";
import { Jobs } from "../../local/scheduler/jobs.ts";
import type { Scheduler } from "../../shared/domain/schedules.ts";
import { createScheduler } from "../../shared/stores/schedules.ts";

const osaka = "projects/p/locations/asia-northeast2";
let jobs: Jobs;
let api: { close(): void };
let scheduler: Scheduler;
let region: "up" | "gone" | "silent";

beforeAll(async () => {
  const ports = await assignPorts(0);
  jobs = new Jobs(async () => "token");
  api = await serveApi(`127.0.0.1:${ports.scheduler}`, jobs, async () => {
    if (region === "silent") await new Promise(() => undefined);
    return region === "up";
  });
  for (const name of ["hourly", "paused"]) {
    const httpTarget = { uri: "http://127.0.0.1:1/", oidcToken: { serviceAccountEmail: "a@b", audience: "c" } };
    jobs.create({ name: `${osaka}/jobs/${name}`, schedule: "5 * * * *", timeZone: "Asia/Tokyo", httpTarget });
  }
  jobs.pause(`${osaka}/jobs/paused`);
  scheduler = createScheduler({ projectId: "p", emulator: `127.0.0.1:${ports.scheduler}` });
});
afterAll(() => {
  for (const { name } of jobs.list(osaka)) jobs.delete(name ?? "");
  api.close();
});
beforeEach(() => {
  region = "up";
});

describe("createScheduler", () => {
  test("knows each job's state, and its next run unless it is paused (R15)", async () => {
    const found = await scheduler.jobs("secondary");
    expect([...found.keys()].toSorted()).toEqual(["hourly", "paused"]);
    const { state, nextRun } = found.get("hourly") ?? {};
    expect([state, nextRun?.getUTCMinutes(), nextRun?.getUTCSeconds()]).toEqual(["enabled", 5, 0]);
    expect(found.get("paused")).toEqual({ state: "paused" });
    expect(await scheduler.jobs("primary")).toEqual(new Map());
  });

  test("tells how the last attempt ended (R15)", async () => {
    await jobs.fire(`${osaka}/jobs/hourly`);
    const { lastAttempt } = (await scheduler.jobs("secondary")).get("hourly") ?? {};
    expect(lastAttempt?.succeeded).toBe(false);
    expect(Date.now() - (lastAttempt?.at.getTime() ?? 0)).toBeLessThan(30_000);
  });

  test("cannot run what Cloud Scheduler does not have", async () => {
    await expect(scheduler.run("primary", "hourly")).rejects.toMatchObject({ code: "precondition-failed" });
  });

  test.each(["gone", "silent"] as const)(
    "waits only a moment for a region that is %s (R15)",
    async (state) => {
      region = state;
      const started = performance.now();
      await expect(scheduler.jobs("secondary")).rejects.toMatchObject({ code: "unavailable" });
      expect(performance.now() - started).toBeLessThan(3000);
      await expect(scheduler.run("secondary", "hourly")).rejects.toMatchObject({ code: "unavailable" });
    },
    15_000,
  );
});
