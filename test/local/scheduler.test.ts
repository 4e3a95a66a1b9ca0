import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudSchedulerClient } from "@google-cloud/scheduler";
import { credentials, status } from "@grpc/grpc-js";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../local/issuer.ts";
import { assignPorts } from "../../local/ports.ts";
import { serveApi } from "../../local/scheduler/api.ts";
import { Jobs } from "../../local/scheduler/jobs.ts";
import { createTokenSource } from "../../local/site/tokens.ts";
import { eventually } from "../support/eventually.ts";

const osaka = "projects/p/locations/asia-northeast2";
const account = "scheduler@p.iam.gserviceaccount.com";

let issuer: Issuer;
let target: Server;
let uri: string;
let client: CloudSchedulerClient;
let api: { close(): void };
let jobs: Jobs;
/** The requests that the function got, and what it answers: the last of these for ever. */
let received: IncomingHttpHeaders[];
let answers: number[];
let regionIsUp: boolean;

beforeAll(async () => {
  const ports = await assignPorts(0);
  issuer = await startIssuer(`http://127.0.0.1:${ports.issuer}`, "console");
  target = createServer((request, response) => {
    received.push(request.headers);
    response.writeHead((answers.length > 1 ? answers.shift() : answers[0]) ?? 204).end();
  });
  await new Promise<void>((listening) => target.listen(0, "127.0.0.1", listening));
  uri = `http://127.0.0.1:${(target.address() as AddressInfo).port}/reconcile`;
  jobs = new Jobs(createTokenSource(issuer.url));
  api = await serveApi(`127.0.0.1:${ports.scheduler}`, jobs, async () => regionIsUp);
  const insecure = credentials.createInsecure();
  client = new CloudSchedulerClient({
    projectId: "p",
    apiEndpoint: "127.0.0.1",
    port: ports.scheduler,
    sslCreds: insecure,
  });
});
afterAll(async () => {
  await client.close();
  api.close();
  issuer.close();
  target.close();
  target.closeAllConnections();
});
beforeEach(() => {
  received = [];
  answers = [204];
  regionIsUp = true;
});
afterEach(() => {
  for (const { name } of jobs.list(osaka)) jobs.delete(name ?? "");
});

const jobNamed = (name: string) => ({
  name: `${osaka}/jobs/${name}`,
  schedule: "0 0 1 1 *",
  timeZone: "Asia/Tokyo",
  retryConfig: { retryCount: 2, minBackoffDuration: { nanos: 1_000_000 } },
  httpTarget: { uri, httpMethod: "POST" as const, oidcToken: { serviceAccountEmail: account, audience: uri } },
});
const create = async (name: string, more: object = {}) =>
  (await client.createJob({ parent: osaka, job: { ...jobNamed(name), ...more } }))[0];
const read = async (name: string) => (await client.getJob({ name: `${osaka}/jobs/${name}` }))[0];
const refusal = (call: Promise<unknown>) => call.then(() => "accepted").catch(({ code }) => status[code]);

describe("the local Cloud Scheduler", () => {
  test("keeps jobs as Google's client writes them, and says when each is due in Japan's time (R15)", async () => {
    expect(await create("reconcile")).toMatchObject({ ...jobNamed("reconcile"), state: "ENABLED" });
    const { scheduleTime } = await read("reconcile");
    const due = new Date(Number(scheduleTime?.seconds) * 1000);
    expect(due.toISOString()).toMatch(/-12-31T15:00:00\.000Z$/);
    expect(due.getTime()).toBeGreaterThan(Date.now());

    const [changed] = await client.updateJob({
      job: { name: `${osaka}/jobs/reconcile`, schedule: "0 12 1 1 *", description: "not in the mask" },
      updateMask: { paths: ["schedule"] },
    });
    expect(changed).toMatchObject({ schedule: "0 12 1 1 *", httpTarget: { uri } });
    expect((await read("reconcile")).description).toBe("");
  });

  test("lists the jobs of one region, page by page", async () => {
    for (const name of ["b", "a", "c"]) await create(name);
    await client.createJob({
      parent: "projects/p/locations/asia-northeast1",
      job: { ...jobNamed("a"), name: "projects/p/locations/asia-northeast1/jobs/a" },
    });
    const names = [];
    for await (const { name } of client.listJobsAsync({ parent: osaka, pageSize: 2 })) names.push(name);
    expect(names).toEqual(["a", "b", "c"].map((name) => `${osaka}/jobs/${name}`));
    jobs.delete("projects/p/locations/asia-northeast1/jobs/a");
  });

  test("refuses what Cloud Scheduler refuses", async () => {
    const name = `${osaka}/jobs/a`;
    expect(await refusal(client.getJob({ name }))).toBe("NOT_FOUND");
    expect(await refusal(client.runJob({ name }))).toBe("NOT_FOUND");
    expect(await refusal(create("a", { schedule: "every now and then" }))).toBe("INVALID_ARGUMENT");
    await create("a");
    expect(await refusal(create("a"))).toBe("ALREADY_EXISTS");
    await client.pauseJob({ name });
    expect(await refusal(client.pauseJob({ name }))).toBe("FAILED_PRECONDITION");
    expect((await client.resumeJob({ name }))[0].state).toBe("ENABLED");
    await client.deleteJob({ name });
    expect(await refusal(client.getJob({ name }))).toBe("NOT_FOUND");
  });

  test("calls the function as a service account, and every attempt of a firing carries one time", async () => {
    await create("reconcile");
    answers = [503, 500, 204];
    await client.runJob({ name: `${osaka}/jobs/reconcile` });
    await eventually(() => expect(received).toHaveLength(3));
    const times = received.map((headers) => headers["x-cloudscheduler-scheduletime"]);
    expect(new Set(times).size).toBe(1);
    expect(Date.now() - Date.parse(times[0] as string)).toBeLessThan(30_000);
    expect(received[0]).toMatchObject({ "x-cloudscheduler": "true", "x-cloudscheduler-jobname": "reconcile" });
    const token = received[0]?.authorization?.replace("Bearer ", "") ?? "";
    expect(decodeJwt(token)).toMatchObject({ email: account, aud: uri, iss: issuer.url });
    await eventually(async () => {
      const { status: last, lastAttemptTime } = await read("reconcile");
      expect(last?.code).toBe(status.OK);
      expect(Number(lastAttemptTime?.seconds) * 1000).toBeGreaterThan(Date.now() - 30_000);
    });
  });

  test("gives a firing up after its retries, and shows why", async () => {
    await create("reconcile");
    answers = [503];
    expect(await jobs.fire(`${osaka}/jobs/reconcile`)).toEqual([503]);
    expect(received).toHaveLength(3);
    expect((await read("reconcile")).status?.code).toBe(status.UNAVAILABLE);
  });

  test("fires one firing as often as it is asked to, all with the same time", async () => {
    await create("reconcile");
    expect(await jobs.fire(`${osaka}/jobs/reconcile`, 2)).toEqual([204, 204]);
    const times = received.map((headers) => headers["x-cloudscheduler-scheduletime"]);
    expect(times).toEqual([times[0], times[0]]);
  });

  test("does not answer for a region that is gone", async () => {
    await create("reconcile");
    regionIsUp = false;
    const once = { retry: { retryCodes: [] } };
    expect(await refusal(client.listJobs({ parent: osaka }, once))).toBe("UNAVAILABLE");
    expect(await refusal(client.runJob({ name: `${osaka}/jobs/reconcile` }, once))).toBe("UNAVAILABLE");
  });
});
