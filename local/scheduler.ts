import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { retriesOf } from "../shared/domain/schedule-run.ts";
import { scheduleTimeZone } from "../shared/domain/schedules.ts";
import { locations, type Site, sites } from "../shared/domain/sites.ts";
import { deployments, functionUrl, type Plan, portOf, serviceAccount } from "./plan.ts";
import { serveApi } from "./scheduler/api.ts";
import { type Job, Jobs } from "./scheduler/jobs.ts";
import { listen, sendJson } from "./site/http.ts";
import { createTokenSource } from "./site/tokens.ts";
import { runStandIn } from "./stand-in.ts";

/** Cloud Scheduler in both regions, with the jobs of the manifest. */
async function startScheduler(plan: Plan): Promise<void> {
  const jobs = new Jobs(createTokenSource(plan.issuer));
  for (const job of jobsOf(plan)) jobs.create(job);
  const siteOf = (name: string) => sites.find((site) => name.includes(`/locations/${locations[site].region}`));
  await serveApi(plan.scheduler, jobs, async (name) => {
    const site = siteOf(name);
    return site === undefined || accepts(portOf(plan.sites[site].run));
  });
  await listen(portOf(plan.schedulerSwitches), (request, response) => void fireNow(plan, jobs, request, response));
}

function jobsOf(plan: Plan): Job[] {
  return deployments().flatMap(({ name, row, site }): Job[] => {
    if (row.trigger.type !== "schedule") return [];
    const uri = functionUrl(plan, site, name);
    const { retryCount, minBackoffSeconds, maxDoublings } = retriesOf(row.timeoutSeconds);
    return [
      {
        name: jobName(plan, site, name),
        description: row.purpose.en,
        schedule: row.trigger.cron,
        timeZone: scheduleTimeZone,
        attemptDeadline: { seconds: Math.max(15, row.timeoutSeconds) },
        retryConfig: { retryCount, minBackoffDuration: { seconds: minBackoffSeconds }, maxDoublings },
        httpTarget: {
          uri,
          httpMethod: "POST",
          oidcToken: { serviceAccountEmail: serviceAccount(plan, "scheduler"), audience: uri },
        },
      },
    ];
  });
}

function jobName(plan: Plan, site: Site, name: string): string {
  return `projects/${plan.project}/locations/${locations[site].region}/jobs/${name}`;
}

/** How long a firing that tests ask for waits for the end of a run that is going on already. */
const patienceMilliseconds = 60_000;

/**
 * `POST /{site}/{function}?deliveries=N`: fires the schedule, for tests and demos, and answers with the status of each
 * delivery. One that is asked for once does its work: while another firing's run is going on, it is fired again.
 */
async function fireNow(plan: Plan, jobs: Jobs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  const [, asked, name = ""] = pathname.split("/");
  const site = sites.find((known) => known === asked);
  const job = site === undefined ? "" : jobName(plan, site, name);
  if (request.method !== "POST" || site === undefined || !jobs.has(job)) {
    sendJson(response, 404, { error: "no such schedule" });
    return;
  }
  if (!(await accepts(portOf(plan.sites[site].run)))) {
    sendJson(response, 503, { error: "the site is not there" });
    return;
  }
  const deliveries = Number(searchParams.get("deliveries") ?? 1);
  const deadline = Date.now() + patienceMilliseconds;
  let statuses = await jobs.fire(job, deliveries);
  while (deliveries === 1 && statuses[0] === skipped && Date.now() < deadline) {
    await pause(100);
    statuses = await jobs.fire(job);
  }
  sendJson(response, 200, { statuses });
}

/** What a function answers that had nothing to do; one that has done its work answers 204. */
const skipped = 200;

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(port, "127.0.0.1");
    connection.once("error", () => resolve(false));
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
  });
}

runStandIn(startScheduler);
