import { setTimeout as pause } from "node:timers/promises";
import type { protos } from "@google-cloud/scheduler";
import { status } from "@grpc/grpc-js";
import { Cron } from "croner";
import { post } from "../site/http.ts";
import type { TokenSource } from "../site/tokens.ts";

export type Job = protos.google.cloud.scheduler.v1.IJob;
type Duration = protos.google.protobuf.IDuration;

/** A refusal with the gRPC status that Cloud Scheduler gives for it. */
export class Refusal extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** Jobs by their full name. They fire until they are paused or deleted. */
export class Jobs {
  readonly #token: TokenSource;
  readonly #jobs = new Map<string, { job: Job; cron: Cron }>();

  constructor(token: TokenSource) {
    this.#token = token;
  }

  has(name: string): boolean {
    return this.#jobs.has(name);
  }

  get(name: string): Job {
    return this.#known(name).job;
  }

  /** Those of one location, by name. */
  list(parent: string): Job[] {
    const names = [...this.#jobs.keys()].filter((name) => name.startsWith(`${parent}/jobs/`)).toSorted();
    return names.map((name) => this.get(name));
  }

  create(job: Job): Job {
    const name = job.name ?? "";
    if (!/^projects\/[^/]+\/locations\/[^/]+\/jobs\/[\w-]{1,500}$/.test(name)) {
      throw new Refusal(status.INVALID_ARGUMENT, "a job's name is projects/P/locations/L/jobs/J");
    }
    if (this.#jobs.has(name)) throw new Refusal(status.ALREADY_EXISTS, `there is a job ${name} already`);
    return this.#set({ ...job, state: "ENABLED" });
  }

  /** Replaces the named fields, or every one that is given. */
  update(change: Job, fields: readonly string[]): Job {
    const given = Object.keys(change) as (keyof Job)[];
    const wanted = given.filter((field) => fields.length === 0 || fields.includes(snakeCase(field)));
    const changed = Object.fromEntries(wanted.map((field) => [field, change[field]]));
    return this.#set({ ...this.get(change.name ?? ""), ...changed, userUpdateTime: timestampOf(new Date()) });
  }

  delete(name: string): void {
    this.#known(name).cron.stop();
    this.#jobs.delete(name);
  }

  pause(name: string): Job {
    return this.#setState(name, "ENABLED", "PAUSED");
  }

  resume(name: string): Job {
    return this.#setState(name, "PAUSED", "ENABLED");
  }

  /**
   * One firing, now, delivered so many times at once; resolves to the HTTP status of each delivery's last attempt, 0
   * for no answer.
   */
  fire(name: string, deliveries = 1): Promise<number[]> {
    const { job } = this.#known(name);
    const scheduleTime = new Date();
    return Promise.all(Array.from({ length: deliveries }, () => this.#deliver(job, scheduleTime)));
  }

  #known(name: string): { job: Job; cron: Cron } {
    const known = this.#jobs.get(name);
    if (known === undefined) throw new Refusal(status.NOT_FOUND, `there is no job ${name}`);
    return known;
  }

  #set(job: Job): Job {
    const cron = cronOf(job);
    this.#jobs.get(job.name ?? "")?.cron.stop();
    this.#jobs.set(job.name ?? "", { job, cron });
    let due = cron.nextRun();
    job.scheduleTime = due && timestampOf(due);
    cron.schedule(async () => {
      const scheduleTime = due ?? new Date();
      due = cron.nextRun(scheduleTime);
      job.scheduleTime = due && timestampOf(due);
      await this.#deliver(job, scheduleTime);
    });
    return job;
  }

  #setState(name: string, from: "ENABLED" | "PAUSED", to: "ENABLED" | "PAUSED"): Job {
    const { job } = this.#known(name);
    if (job.state !== from) throw new Refusal(status.FAILED_PRECONDITION, `the job ${name} is ${job.state}`);
    return this.#set({ ...job, state: to });
  }

  /** Attempts until one is answered with success; every attempt carries the same time of the firing. */
  async #deliver(job: Job, scheduleTime: Date): Promise<number> {
    const { retryCount = 0, minBackoffDuration, maxBackoffDuration, maxDoublings = 5 } = job.retryConfig ?? {};
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#attempt(job, scheduleTime);
      if (isSuccess(answer) || attempt >= (retryCount ?? 0)) return answer;
      const backoff = secondsOf(minBackoffDuration, 5) * 2 ** Math.min(attempt, maxDoublings ?? 5);
      await pause(Math.min(backoff, secondsOf(maxBackoffDuration, 3600)) * 1000);
    }
  }

  async #attempt(job: Job, scheduleTime: Date): Promise<number> {
    job.lastAttemptTime = timestampOf(new Date());
    const { uri, oidcToken, headers } = job.httpTarget ?? {};
    const { serviceAccountEmail, audience } = oidcToken ?? {};
    const send = async () => {
      const token = await this.#token(serviceAccountEmail ?? "", audience ?? "");
      const all = { ...headers, ...headersOf(job, scheduleTime), authorization: `Bearer ${token}` };
      return post(uri ?? "", all, Buffer.alloc(0), secondsOf(job.attemptDeadline, 180));
    };
    const answer = await send().catch(() => 0);
    job.status = { code: isSuccess(answer) ? status.OK : (rpcCodes[answer] ?? status.UNKNOWN) };
    return answer;
  }
}

/** What Cloud Scheduler shows for an HTTP status; 0 is no answer. */
const rpcCodes: Record<number, status> = {
  0: status.UNAVAILABLE,
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  409: status.ABORTED,
  412: status.FAILED_PRECONDITION,
  500: status.INTERNAL,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
};

function headersOf({ name }: Job, scheduleTime: Date): Record<string, string> {
  return {
    "user-agent": "Google-Cloud-Scheduler",
    "x-cloudscheduler": "true",
    "x-cloudscheduler-jobname": name?.split("/").at(-1) ?? "",
    "x-cloudscheduler-scheduletime": scheduleTime.toISOString(),
  };
}

function cronOf({ schedule, timeZone, state }: Job): Cron {
  try {
    return new Cron(schedule ?? "", { timezone: timeZone || "UTC", mode: "5-part", paused: state === "PAUSED" });
  } catch (error) {
    throw new Refusal(status.INVALID_ARGUMENT, `the schedule cannot be read: ${error}`);
  }
}

function timestampOf(time: Date): protos.google.protobuf.ITimestamp {
  const milliseconds = time.getTime();
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1_000_000 };
}

function secondsOf(duration: Duration | null | undefined, otherwise: number): number {
  return duration ? Number(duration.seconds ?? 0) + (duration.nanos ?? 0) / 1e9 : otherwise;
}

function isSuccess(answer: number): boolean {
  return answer >= 200 && answer < 300;
}

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
