import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeArtefact, writeArtefact } from "../../infra/bundle.ts";
import { deployedFunctions } from "../../infra/deployments.ts";
import { drawFrom } from "../../local/demo-data/draw.ts";
import { deployments } from "../../local/plan.ts";
import { type Instance, siteEnvironment, startInstance } from "../support/deployed.ts";
import { startGrpcServer } from "../support/grpc-server.ts";
import { fieldsOf, pathOf } from "./documents.ts";
import { bodyOf } from "./events.ts";
import { alternate, compare, median, type Race, type Row } from "./race.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
type Deployment = ReturnType<typeof deployments>[number];

/** Where the functions are taken from; `us` is the artefact. */
const competitors = ["us", "sources", "eager"] as const;
type Competitor = (typeof competitors)[number];
const peers = { sources: "sources, not bundled", eager: "the same with eager clients" } as const;

/** Milliseconds from the spawn; `firstRead` only of functions that read for a caller whom they need not know. */
type Start = { listening: number; firstRead?: number; memory: number };

/** Each function once for each five runs, as deployed and as written: every start is one of a fresh process. */
export const coldStart: Race = {
  name: "P1",
  async run(course) {
    const folder = mkdtempSync(join(tmpdir(), "hikae-bench-"));
    try {
      writeArtefact(await makeArtefact(), folder);
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
      const every = deployments().filter(({ site, row }) => site === "secondary" || !row.sites.includes("secondary"));
      const chosen = every.slice(0, Math.max(1, Math.round(every.length * course.scale)));
      const starts: Record<Competitor, Start[]> = { us: [], sources: [], eager: [] };
      for (const deployment of chosen) {
        const rounds = Math.ceil(course.runs / 5);
        const found = await alternate(rounds, competitors, (name) => start(name, folder, deployment));
        for (const name of competitors) starts[name].push(...found[name]);
        const told = competitors.map((name) => `${name} ${Math.round(found[name][0]?.listening ?? 0)}`);
        course.report(`P1 ${deployment.name}: ${told.join(", ")} ms`);
      }
      return [
        ...(["eager", "sources"] as const).flatMap((peer) => rowsOf(peer, starts.us, starts[peer])),
        memoryRow(starts.us, starts.eager),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function rowsOf(peer: keyof typeof peers, us: readonly Start[], theirs: readonly Start[]): Row[] {
  const shared = { race: "P1", peerName: peers[peer] };
  const read = (starts: readonly Start[]) =>
    starts.flatMap(({ firstRead, memory }) => (firstRead === undefined ? [] : [{ firstRead, memory }]));
  return [
    {
      ...shared,
      ...{ work: `start to listening, ${us.length} starts`, unit: "ms", target: { atMost: 0.8 } },
      ...compare("listening", us, theirs),
    },
    {
      ...shared,
      ...{ work: `start to first document read, ${read(us).length} starts`, unit: "ms", target: { atMost: 0.7 } },
      ...compare("firstRead", read(us), read(theirs)),
      note: "the database answers at once; a schedule, a message, a change event or a health check reads first",
    },
  ];
}

function memoryRow(us: readonly Start[], theirs: readonly Start[]): Row {
  const [ours, eager] = [median(us.map(({ memory }) => memory)), median(theirs.map(({ memory }) => memory))];
  const measured = { us: ours, peer: eager, ratio: ours / eager };
  const work = "peak memory after the first request";
  const note = "ours with the heap's limit and the source map that are deployed, the peer with Node's own settings";
  return { race: "P1", peerName: peers.eager, work, unit: "MiB", target: { atMost: 0.9 }, ...measured, note };
}

async function start(competitor: Competitor, folder: string, { name, site }: Deployment): Promise<Start> {
  const server = await startGrpcServer();
  const deployed = deployedFunctions(site)[name]?.nodeOptions ?? "";
  const environment = {
    ...siteEnvironment(site, server.address),
    ...(competitor === "us" ? { NODE_OPTIONS: deployed } : {}),
    ...(competitor === "eager" ? { FUNCTION_SOURCE: join(root, "test/bench/peers/eager-trigger.ts") } : {}),
  };
  const socket = join(folder, `${competitor}.sock`);
  const instance = await startInstance(competitor === "us" ? folder : root, name, environment, socket);
  try {
    await askForRead(instance, name);
    const readAt = server.readAt();
    const { listeningMilliseconds: listening, spawnedAt } = instance;
    const memory = instance.peakMiB() ?? Number.NaN;
    return { listening, memory, ...(readAt === undefined ? {} : { firstRead: readAt - spawnedAt }) };
  } finally {
    await instance.stop();
    await server.stop();
  }
}

/** A request that makes the function read a document, where there is one that anybody may send. */
async function askForRead(instance: Instance, name: Deployment["name"]): Promise<void> {
  if (name === "admin") {
    await instance.ask("GET", "/v1/health", {});
  } else if (name === "mirror-config") {
    await instance.ask("POST", "/", changeHeaders, changeBody());
  } else {
    const pushed = { message: { data: btoa("{}"), messageId: "17" }, subscription: "s" };
    await instance.ask("POST", "/projects/p/topics/t", { "content-type": "application/json" }, JSON.stringify(pushed));
  }
}

const changeHeaders = {
  "content-type": "application/protobuf",
  "ce-specversion": "1.0",
  "ce-id": "event-1",
  "ce-source": "//firestore.googleapis.com/projects/p/databases/tokyo",
  "ce-type": "google.cloud.firestore.document.v1.written",
};

function changeBody(): Uint8Array {
  const draw = drawFrom("cold start");
  const at = { seconds: 1_795_000_000, nanos: 0 };
  const after = { fields: fieldsOf(draw), createTime: at, updateTime: at };
  return bodyOf({ path: pathOf("acme", 1), after, at: at.seconds * 1e6 }, "projects/p/databases/tokyo/documents/");
}
