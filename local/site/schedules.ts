import { setTimeout as pause } from "node:timers/promises";
import { Cron } from "croner";
import type { Site } from "../../shared/domain/sites.ts";
import { functionsOf, functionUrl, type Plan, serviceAccount } from "../plan.ts";
import { post } from "./http.ts";
import type { TokenSource } from "./tokens.ts";

/** Times between the attempts of one firing whose answer was a server error. */
const retryPausesMs = [1000, 2000, 4000];

/** Fires the schedules of one site's functions, in Japan's time. */
export type Schedules = {
  /** Fires it now; resolves to the status of the last attempt, or undefined when no function has that schedule. */
  run(name: string): Promise<number | undefined>;
};

/** Starts every schedule of the site; each firing carries its time, the same for all of its attempts. */
export function startSchedules(site: Site, plan: Plan, token: TokenSource): Schedules {
  const firings = new Map<string, (scheduleTime: Date) => Promise<number>>();
  for (const { name, row } of functionsOf(site)) {
    if (row.trigger.type !== "schedule") continue;
    const url = functionUrl(plan, site, name);
    const fire = async (scheduleTime: Date): Promise<number> => {
      const headers = {
        "user-agent": "Google-Cloud-Scheduler",
        "x-cloudscheduler": "true",
        "x-cloudscheduler-jobname": name,
        "x-cloudscheduler-scheduletime": scheduleTime.toISOString(),
      };
      const authorization = `Bearer ${await token(serviceAccount(plan, "scheduler"), url)}`;
      return post(url, { ...headers, authorization }, Buffer.alloc(0), row.timeoutSeconds);
    };
    const persistent = (scheduleTime: Date) => fireUntilAnswered(() => fire(scheduleTime));
    firings.set(name, persistent);
    new Cron(row.trigger.cron, { timezone: "Asia/Tokyo" }, async (cron: Cron) => {
      await persistent(cron.currentRun() ?? new Date());
    });
  }
  return { run: async (name) => firings.get(name)?.(new Date()) };
}

async function fireUntilAnswered(fire: () => Promise<number>): Promise<number> {
  let status = await fire().catch(() => 0);
  for (const pauseMs of retryPausesMs) {
    if (status !== 0 && status < 500) break;
    await pause(pauseMs);
    status = await fire().catch(() => 0);
  }
  return status;
}
