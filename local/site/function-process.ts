import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const frameworkMain = join(
  dirname(createRequire(import.meta.url).resolve("@google-cloud/functions-framework")),
  "main.js",
);
const tether = new URL("tether.ts", import.meta.url).href;

export type FunctionProcessOptions = {
  name: string;
  signature: "http" | "cloudevent";
  /** The folder of the module that registers the functions. */
  source: string;
  /** The framework cannot bind to one interface only, so it listens on a socket of this machine instead of a port. */
  socket: string;
  log: string;
  environment: Record<string, string>;
};

const startTimeoutMs = 60_000;
const restartMs = { first: 100, cap: 5000, calmAfter: 10_000 };

/** One instance of a function under the functions framework, started again whenever it dies, as Cloud Run would. */
export class FunctionProcess {
  readonly #options: FunctionProcessOptions;
  #child: ChildProcess | undefined;
  #accepting = false;
  #stopped = false;
  #started: Promise<void> | undefined;

  constructor(options: FunctionProcessOptions) {
    this.#options = options;
  }

  /** The process, or undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  /** Resolves when it accepts connections, and keeps it running from then on. @throws when the first start fails. */
  start(): Promise<void> {
    this.#started ??= this.#launch().finally(() => void this.#keepRunning());
    return this.#started;
  }

  /** Where it accepts requests, or undefined while it does not. The first who wants it waits until it has started. */
  async wanted(): Promise<string | undefined> {
    await this.start().catch(() => undefined);
    return this.#accepting ? this.#options.socket : undefined;
  }

  /** Ends it for good; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#child !== undefined && this.pid !== undefined) {
      const exited = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await exited;
    }
    rmSync(this.#options.socket, { force: true });
  }

  async #keepRunning(): Promise<void> {
    let delayMs = restartMs.first;
    while (!this.#stopped) {
      const since = Date.now();
      if (this.pid !== undefined && this.#child !== undefined) await once(this.#child, "exit");
      if (Date.now() - since > restartMs.calmAfter) delayMs = restartMs.first;
      await pause(delayMs);
      delayMs = Math.min(restartMs.cap, delayMs * 2);
      if (!this.#stopped) await this.#launch().catch(() => undefined);
    }
  }

  async #launch(): Promise<void> {
    if (this.#stopped) return;
    const { name, signature, source, socket, log, environment } = this.#options;
    rmSync(socket, { force: true });
    const output = openSync(log, "a");
    const framework = [frameworkMain, `--source=${source}`, `--target=${name}`, `--signature-type=${signature}`];
    const child = spawn(process.execPath, ["--import", tether, ...framework, `--port=${socket}`], {
      env: environment,
      stdio: ["ignore", output, output, "ipc"],
    });
    closeSync(output);
    this.#child = child;
    child.once("exit", () => {
      this.#accepting = false;
    });
    await this.#awaitSocket();
  }

  async #awaitSocket(): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    while (!(await accepts(this.#options.socket))) {
      if (this.pid === undefined || Date.now() > deadline) {
        this.#child?.kill("SIGKILL");
        throw new Error(`${this.#options.name} did not start; see ${this.#options.log}`);
      }
      await pause(30);
    }
    this.#accepting = this.pid !== undefined;
  }
}

/** Whether anybody listens on that socket. */
export function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path);
    connection.once("error", () => resolve(false));
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
  });
}
