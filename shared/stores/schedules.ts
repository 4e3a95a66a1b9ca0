import type { CloudSchedulerClient, protos } from "@google-cloud/scheduler";
import { credentials, status } from "@grpc/grpc-js";
import { AppError } from "../domain/errors.ts";
import type { Job, Scheduler } from "../domain/schedules.ts";
import { locations, type Site } from "../domain/sites.ts";
import { answered } from "./firestore-client.ts";

type StoredJob = protos.google.cloud.scheduler.v1.IJob;

/** A region that is gone must not hold up the view of the other one. */
const lookMilliseconds = 2000;
const runMilliseconds = 5000;

/** Without the client's own retries, which go on for minutes. */
const once = (timeout: number) => ({ timeout, maxRetries: 0, retry: { retryCodes: [] } });

/** Cloud Scheduler's jobs `projects/{project}/locations/{region}/jobs/{function}`; connects at its first call. */
export function createScheduler({ projectId, emulator }: { projectId: string; emulator?: string }): Scheduler {
  let connected: Promise<CloudSchedulerClient> | undefined;
  const client = () => (connected ??= connect(projectId, emulator));
  const parent = (site: Site) => `projects/${projectId}/locations/${locations[site].region}`;
  return {
    jobs: (site) =>
      answered(async () => {
        const [jobs] = await (await client()).listJobs({ parent: parent(site) }, once(lookMilliseconds));
        return new Map(jobs.map((job) => [job.name?.split("/").at(-1) ?? "", jobOf(job)]));
      }, lookMilliseconds),
    run: (site, name) =>
      answered(async () => {
        try {
          await (await client()).runJob({ name: `${parent(site)}/jobs/${name}` }, once(runMilliseconds));
        } catch (error) {
          if ((error as { code?: unknown }).code !== status.NOT_FOUND) throw error;
          throw new AppError("precondition-failed", `Cloud Scheduler has no job ${name} in ${locations[site].region}`);
        }
      }, runMilliseconds),
  };
}

/** Few functions need it, and all of them would start a tenth of a second later. */
async function connect(projectId: string, emulator: string | undefined): Promise<CloudSchedulerClient> {
  const { CloudSchedulerClient: Client } = await import("@google-cloud/scheduler");
  if (emulator === undefined) return new Client({ projectId });
  const [host = "", port] = emulator.split(":");
  return new Client({ projectId, apiEndpoint: host, port: Number(port), sslCreds: credentials.createInsecure() });
}

const states = { ENABLED: "enabled", PAUSED: "paused" } as const;

function jobOf({ state, scheduleTime, lastAttemptTime, status: last }: StoredJob): Job {
  const nextRun = dateOf(scheduleTime);
  const at = dateOf(lastAttemptTime);
  return {
    state: states[state as keyof typeof states] ?? "disabled",
    ...(nextRun && state === "ENABLED" ? { nextRun } : {}),
    ...(at ? { lastAttempt: { at, succeeded: !last?.code } } : {}),
  };
}

function dateOf(time: protos.google.protobuf.ITimestamp | null | undefined): Date | undefined {
  if (!time) return undefined;
  return new Date(Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1_000_000);
}
