import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "../../functions/manifest.ts";
import { type Artefact, makeArtefact, writeArtefact } from "../../infra/bundle.ts";
import { deployedFunctions } from "../../infra/deployments.ts";
import type { LockFile } from "../../infra/lock-file.ts";
import { deployments } from "../../local/plan.ts";
import { routesOf } from "../../shared/domain/api/routes.ts";
import { inLanes } from "../../shared/domain/lanes.ts";
import { type Reply, siteEnvironment, startInstance } from "../support/deployed.ts";
import { eventually } from "../support/eventually.ts";
import { type GrpcServer, startGrpcServer } from "../support/grpc-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hikae-bundle-"));
let artefact: Artefact;

beforeAll(async () => {
  artefact = await makeArtefact();
  writeArtefact(artefact, folder);
  // What `npm ci` would put there: the same versions of the same packages.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Deployment = ReturnType<typeof deployments>[number];
type Visit = {
  reply: Reply;
  /** The answer of a public function to a body that nobody may send, at its own address and not the API's. */
  stray?: Reply;
  server: GrpcServer;
  logged: Record<string, unknown>[];
  output: string;
  /** The most memory that it had so far; undefined where the system does not say. */
  peakMiB: number | undefined;
};

/** Starts the function, sends it one request, and ends it. */
async function visit({ name, row, site }: Deployment, index: number): Promise<Visit> {
  const server = await startGrpcServer();
  const nodeOptions = deployedFunctions(site)[name]?.nodeOptions ?? "";
  const environment = { ...siteEnvironment(site, server.address), NODE_OPTIONS: nodeOptions };
  const instance = await startInstance(folder, name, environment, join(folder, `${index}.sock`));
  try {
    const { method, path, headers, body } = requestTo(name, row.trigger.type);
    const reply = await instance.ask(method, path, headers, body);
    // The line of an invocation may be written after its answer.
    const logged = await eventually(() => {
      const lines = instance.output().match(/^\{.*\}$/gm) ?? [];
      expect(lines).not.toStrictEqual([]);
      return lines.map((line) => JSON.parse(line));
    }, 10_000);
    const packed = { "content-type": "application/json", "content-encoding": "gzip" };
    const stray = row.trigger.type === "http" ? { stray: await instance.ask("POST", "/", packed, "no gzip") } : {};
    return { reply, ...stray, server, output: instance.output(), logged, peakMiB: instance.peakMiB() };
  } finally {
    await instance.stop();
    await server.stop();
  }
}

type Request = { method: string; path: string; headers: Record<string, string>; body?: string | Uint8Array };

/** The request that Google's services would send, with nothing in it that a function can use. */
function requestTo(name: Deployment["name"], type: Deployment["row"]["trigger"]["type"]): Request {
  if (type === "http") {
    const route = routesOf[name as keyof typeof routesOf].find(({ access }) => access !== "public");
    return { method: route?.method ?? "", path: route?.path.replaceAll(/\{\w+\}/g, "some") ?? "", headers: {} };
  }
  const asCaller = { method: "POST", path: "/", headers: { authorization: "Bearer token" } };
  if (type === "schedule") {
    return { ...asCaller, headers: { ...asCaller.headers, "x-cloudscheduler-scheduletime": "2026-11-21T10:05:00Z" } };
  }
  if (type === "message") {
    const body = JSON.stringify({
      subscription: `projects/p/subscriptions/${name}`,
      message: { data: btoa("no JSON"), messageId: "17", publishTime: "2026-11-21T10:05:00Z" },
    });
    const headers = { ...asCaller.headers, "content-type": "application/json" };
    return { ...asCaller, path: "/projects/p/topics/t", headers, body };
  }
  const headers = {
    ...asCaller.headers,
    "content-type": "application/protobuf",
    "ce-specversion": "1.0",
    "ce-id": "event-1",
    "ce-source": "//firestore.googleapis.com/projects/p/databases/tokyo",
    "ce-type": "google.cloud.firestore.document.v1.written",
    "ce-time": "2026-11-21T10:05:00Z",
  };
  return { ...asCaller, headers, body: Uint8Array.of(0xff) };
}

describe("the artefact", () => {
  test("is the same to the byte wherever and whenever it is made", async () => {
    const script = `const { makeArtefact } = await import(${JSON.stringify(`${root}infra/bundle.ts`)});
      process.stdout.write((await makeArtefact()).hash);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: tmpdir(),
      env: { TZ: "America/New_York", LANG: "C" },
    });
    expect(stdout).toBe(artefact.hash);
  });

  test("holds Hikae's own code and nothing that is for a developer's machine", () => {
    const { sources } = JSON.parse(Buffer.from(artefact.files["index.js.map"] ?? []).toString("utf8"));
    const own = (sources as string[]).filter((source) => !source.includes("node_modules/"));
    expect(own).toContain("../functions/mirror-config.ts");
    expect(own.filter((source) => !/^\.\.\/(functions|shared)\//.test(source))).toStrictEqual([]);
  });

  test("maps its own code back to its sources, and says nothing of packages, which would fill a small memory", () => {
    const map = Buffer.from(artefact.files["index.js.map"] ?? []);
    expect(map.length).toBeLessThan(1_000_000);
    const lines = Buffer.from(artefact.files["index.js"] ?? [])
      .toString("utf8")
      .split("\n");
    const positionOf = (text: string) => {
      const line = lines.findIndex((each) => each.includes(text));
      return { line, column: lines[line]?.indexOf(text) ?? -1 };
    };
    const sourceMap = new SourceMap(JSON.parse(map.toString("utf8")));
    const sourceAt = ({ line, column }: ReturnType<typeof positionOf>) => sourceMap.findEntry(line, column);
    expect(sourceAt(positionOf("The environment is not complete"))).toMatchObject({
      originalSource: "../shared/runtime/config.ts",
    });
    expect(sourceAt(positionOf("Channel credentials must be a ChannelCredentials object")) ?? {}).not.toHaveProperty(
      "originalSource",
    );
  });

  test("locks each package it needs at the version that is tested here", () => {
    const text = (name: string) => JSON.parse(Buffer.from(artefact.files[name] ?? []).toString("utf8"));
    const { packages } = text("package-lock.json") as LockFile;
    const { dependencies } = text("package.json");
    expect(packages[""]?.dependencies).toStrictEqual(dependencies);
    const tested = (JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile).packages;
    const { "": own, ...locked } = packages;
    expect(own).toBeDefined();
    expect(Object.keys(locked).length).toBeGreaterThan(50);
    for (const [path, found] of Object.entries(locked)) expect(found, path).toStrictEqual(tested[path]);
    const left = Object.keys(locked).filter((path) =>
      /\/(vitest|esbuild|typescript|@google-cloud\/firestore)$/.test(path),
    );
    expect(left).toStrictEqual([]);
  });
});

test("an environment that is not complete ends the start, and the trace leads to the sources", async () => {
  const environment = { NODE_OPTIONS: "--enable-source-maps" };
  const start = startInstance(folder, "heartbeat", environment, join(folder, "incomplete.sock"));
  await expect(start).rejects.toThrow(/GOOGLE_CLOUD_PROJECT.*HIKAE_SITE.*shared\/runtime\/config\.ts:\d+/s);
});

describe("every function of the artefact, started as Cloud Run starts it", () => {
  const readAndWrite = ["BatchGetDocuments", "Commit"].map((method) => `google.firestore.v1.Firestore/${method}`);
  const visits = new Map<Deployment, Visit>();
  const numbered = deployments().map((deployment, index) => ({
    ...deployment,
    label: `${deployment.name} (${deployment.site})`,
    index,
  }));

  beforeAll(async () => {
    await inLanes(numbered, 2, async (deployment) => {
      visits.set(deployment, await visit(deployment, deployment.index));
      return undefined;
    });
  }, 300_000);

  const of = (type: Deployment["row"]["trigger"]["type"]) => numbered.filter(({ row }) => row.trigger.type === type);
  const visitOf = (deployment: Deployment): Visit => {
    const found = visits.get(deployment);
    if (!found) throw new Error(`${deployment.name} was not started`);
    return found;
  };

  test("is all of the manifest", () => {
    expect(new Set(numbered.map(({ name }) => name)).size).toBe(Object.keys(manifest).length);
  });

  test.each(numbered)(
    "$label has room in its memory when it has handled its first request, and failed",
    (deployment) => {
      expect(visitOf(deployment).peakMiB ?? 0).toBeLessThan(deployment.row.memoryMiB * 0.8);
    },
  );

  test.each(of("http"))("$label refuses a caller without a token, as problem+json (R46)", (deployment) => {
    const { reply, logged } = visitOf(deployment);
    expect(reply.status).toBe(401);
    expect(reply.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(reply.text)).toMatchObject({ code: "unauthenticated" });
    expect(logged).toMatchObject([{ function: deployment.name, outcome: "unauthenticated" }]);
  });

  test.each(of("http"))("$label reads no body that is sent to its own address (R46)", (deployment) => {
    const { stray } = visitOf(deployment);
    expect(stray?.status).toBe(404);
    expect(stray?.headers["content-type"]).toMatch(/^application\/problem\+json/);
  });

  test.each(of("schedule"))("$label reads and writes the firing's lease", (deployment) => {
    const { reply, server, logged } = visitOf(deployment);
    expect(server.called()).toEqual(expect.arrayContaining(readAndWrite));
    expect(reply.status).toBe(503);
    expect(logged).toMatchObject([{ function: deployment.name, outcome: "unavailable" }]);
  });

  const events = [...of("document"), ...of("message")];
  test.each(events.filter(({ name }) => name !== "record-dead-letter"))(
    "$label publishes what it cannot understand as a dead letter, and acknowledges it (R39)",
    (deployment) => {
      const { reply, server, logged, output } = visitOf(deployment);
      expect(reply.status).toBe(204);
      expect(logged).toMatchObject([{ function: deployment.name, outcome: "invalid" }]);
      const published = server.published();
      expect(published.includes("projects/p/topics/hikae-dead-letters")).toBe(true);
      expect(published.includes(`"function":"${deployment.name}"`)).toBe(true);
      expect(output).not.toContain("Failed to extract");
    },
  );

  test.each(events.filter(({ name }) => name === "record-dead-letter"))(
    "$label has a dead letter delivered again that its database does not take",
    (deployment) => {
      const { reply, server, logged } = visitOf(deployment);
      expect(server.called()).toEqual(expect.arrayContaining(readAndWrite));
      expect(reply.status).toBeGreaterThanOrEqual(500);
      expect(logged[0]).toMatchObject({ function: deployment.name, outcome: "unavailable" });
    },
  );
});
