import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { plainEnvironment } from "../../local/environment.ts";
import { accepts } from "../../local/site/function-process.ts";
import type { Site } from "../../shared/domain/sites.ts";

/** What Cloud Run functions of the second generation are given, besides their own environment. */
function platformEnvironment(name: string): Record<string, string> {
  return {
    // Functions whose triggers are made apart from them are deployed as if they took plain requests.
    FUNCTION_SIGNATURE_TYPE: "http",
    FUNCTION_TARGET: name,
    K_CONFIGURATION: name,
    K_REVISION: `${name}-00001-abc`,
    K_SERVICE: name,
    LOG_EXECUTION_ID: "true",
    NODE_ENV: "production",
  };
}

/** The settings of any function of a site, whose databases and topics are all at this address. */
export function siteEnvironment(site: Site, address: string): Record<string, string> {
  return {
    GOOGLE_CLOUD_PROJECT: "p",
    HIKAE_SITE: site,
    PRIMARY_FIRESTORE_EMULATOR: address,
    SECONDARY_FIRESTORE_EMULATOR: address,
    PUBSUB_EMULATOR_HOST: address,
    PRIMARY_HOST: "primary.example",
    SECONDARY_HOST: "secondary.example",
    PRIMARY_GUIDANCE_BUCKET: "guidance-tokyo",
    SECONDARY_GUIDANCE_BUCKET: "guidance-osaka",
    RECORDINGS_BUCKET: "recordings",
    EXPORTS_BUCKET: "exports",
    SMTP_URL: "smtp://mail.example",
    MAIL_FROM: "hikae@hikae.example",
    OIDC_ISSUER: "https://issuer.example",
    OIDC_AUDIENCE: "hikae",
    METADATA_SERVER_DETECTION: "none",
  };
}

export type Instance = {
  /** When it was spawned, by this process's own clock. */
  spawnedAt: number;
  /** From the spawn to the first connection that it took. */
  listeningMilliseconds: number;
  /** All that it has written so far. */
  output(): string;
  /** The most memory that it has had so far; undefined where the system does not say. */
  peakMiB(): number | undefined;
  ask(method: string, path: string, headers: Record<string, string>, body?: string | Uint8Array): Promise<Reply>;
  stop(): Promise<void>;
};
export type Reply = { status: number; headers: IncomingHttpHeaders; text: string };

const startTimeoutMilliseconds = 60_000;
const replyTimeoutMilliseconds = 30_000;

/**
 * Starts one function of the artefact in this folder as Cloud Run does: the framework's own command and nothing but
 * variables. It listens on a socket of this machine, where the real one is given a port.
 * @throws Error with all it has written when it ends before it listens.
 */
export async function startInstance(
  folder: string,
  name: string,
  environment: Record<string, string>,
  socket: string,
): Promise<Instance> {
  rmSync(socket, { force: true });
  const started = performance.now();
  const child = spawn(process.execPath, [join(folder, "node_modules/.bin/functions-framework")], {
    cwd: folder,
    env: { ...plainEnvironment(), ...platformEnvironment(name), ...environment, PORT: socket },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => written.push(text));
  const output = () => written.join("");
  const ended = once(child, "close");
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(socket, { force: true });
  };
  while (!(await accepts(socket))) {
    if (child.exitCode !== null || performance.now() - started > startTimeoutMilliseconds) {
      await stop();
      throw new Error(`${name} did not start:\n${output()}`);
    }
    await pause(3);
  }
  const listeningMilliseconds = performance.now() - started;
  const ask: Instance["ask"] = (...given) => asked(socket, ...given);
  return { spawnedAt: started, listeningMilliseconds, peakMiB: () => peakOf(child.pid), output, ask, stop };
}

function peakOf(pid: number | undefined): number | undefined {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return undefined;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, "latin1"))?.[1]) / 1024;
}

async function asked(
  socketPath: string,
  ...[method, path, headers, body]: Parameters<Instance["ask"]>
): Promise<Reply> {
  const signal = AbortSignal.timeout(replyTimeoutMilliseconds);
  const outgoing = request({ socketPath, method, path, headers: { host: "function", ...headers }, signal }).end(body);
  const [incoming] = await once(outgoing, "response");
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece);
  return { status: incoming.statusCode, headers: incoming.headers, text: Buffer.concat(pieces).toString("utf8") };
}
