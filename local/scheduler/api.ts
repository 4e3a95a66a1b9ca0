import { protos } from "@google-cloud/scheduler";
import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import { type Job, type Jobs, Refusal } from "./jobs.ts";

const v1 = protos.google.cloud.scheduler.v1;

/** One message of the service, with the static methods that protobufjs makes for each. */
type Message<T> = {
  encode(value: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  toObject(value: T, options: { enums: typeof String; longs: typeof Number }): { [name: string]: unknown };
  fromObject(value: { [name: string]: unknown }): T;
};

type Method = { definition: MethodDefinition<unknown, unknown>; handle: handleUnaryCall<unknown, unknown> };

function method<Q, A>(
  name: string,
  request: Message<Q>,
  answer: Message<A>,
  respond: (asked: Q) => object | Promise<object>,
): [string, Method] {
  const serialize =
    <T>(message: Message<T>) =>
    (value: T) =>
      Buffer.from(message.encode(value).finish());
  const definition = {
    path: `/google.cloud.scheduler.v1.CloudScheduler/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize(request),
    requestDeserialize: (bytes: Buffer) => request.toObject(request.decode(bytes), { enums: String, longs: Number }),
    responseSerialize: (value: { [name: string]: unknown }) => serialize(answer)(answer.fromObject(value)),
    responseDeserialize: (bytes: Buffer) => answer.decode(bytes),
  } as MethodDefinition<unknown, unknown>;
  const handle: handleUnaryCall<unknown, unknown> = ({ request: asked }, done) => {
    Promise.resolve()
      .then(() => respond(asked as Q))
      .then(
        (value) => done(null, value),
        (error: unknown) => {
          const code = error instanceof Refusal ? error.code : status.INTERNAL;
          done({ code, details: error instanceof Error ? error.message : String(error) });
        },
      );
  };
  return [name, { definition, handle }];
}

/** Cloud Scheduler's gRPC API. `isUp` tells whether the region of a name is there; calls about one that is not fail. */
function methodsOf(jobs: Jobs, isUp: (name: string) => Promise<boolean>): [string, Method][] {
  const inRegion = async <T>(name: string | null | undefined, act: (name: string) => T): Promise<T> => {
    if (await isUp(name ?? "")) return act(name ?? "");
    throw new Refusal(status.UNAVAILABLE, "the region does not answer");
  };
  return [
    method("ListJobs", v1.ListJobsRequest, v1.ListJobsResponse, ({ parent, pageSize, pageToken }) =>
      inRegion(parent, (name) => pageOf(jobs.list(name), pageSize ?? 0, pageToken ?? "")),
    ),
    method("GetJob", v1.GetJobRequest, v1.Job, ({ name }) => inRegion(name, (job) => jobs.get(job))),
    method("CreateJob", v1.CreateJobRequest, v1.Job, ({ parent, job }) =>
      inRegion(parent, () => jobs.create(job ?? {})),
    ),
    method("UpdateJob", v1.UpdateJobRequest, v1.Job, ({ job, updateMask }) =>
      inRegion(job?.name, () => jobs.update(job ?? {}, updateMask?.paths ?? [])),
    ),
    method("DeleteJob", v1.DeleteJobRequest, protos.google.protobuf.Empty, ({ name }) =>
      inRegion(name, (job) => {
        jobs.delete(job);
        return {};
      }),
    ),
    method("PauseJob", v1.PauseJobRequest, v1.Job, ({ name }) => inRegion(name, (job) => jobs.pause(job))),
    method("ResumeJob", v1.ResumeJobRequest, v1.Job, ({ name }) => inRegion(name, (job) => jobs.resume(job))),
    method("RunJob", v1.RunJobRequest, v1.Job, ({ name }) =>
      inRegion(name, (job) => {
        const known = jobs.get(job);
        void jobs.fire(job);
        return known;
      }),
    ),
  ];
}

const largestPage = 500;

function pageOf(found: Job[], pageSize: number, pageToken: string): { jobs: Job[]; nextPageToken: string } {
  const start = pageToken === "" ? 0 : found.findIndex(({ name }) => (name ?? "") > pageToken);
  const from = start === -1 ? found.length : start;
  const page = found.slice(from, from + (pageSize > 0 ? Math.min(pageSize, largestPage) : largestPage));
  const last = from + page.length < found.length ? page.at(-1)?.name : undefined;
  return { jobs: page, nextPageToken: last ?? "" };
}

/** Serves the API at `host:port`; resolves when it accepts calls. */
export async function serveApi(
  address: string,
  jobs: Jobs,
  isUp: (name: string) => Promise<boolean>,
): Promise<{ close(): void }> {
  const methods = methodsOf(jobs, isUp);
  const server = new Server();
  const service = Object.fromEntries(methods.map(([name, { definition }]) => [name, definition])) as ServiceDefinition;
  server.addService(service, Object.fromEntries(methods.map(([name, { handle }]) => [name, handle])));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return { close: () => server.forceShutdown() };
}
