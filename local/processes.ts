import { type ChildProcess, fork, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { plainEnvironment } from "./environment.ts";
import { StartError } from "./start-error.ts";

/** A process that this one started, and that ends with it, however this one ends. */
export type Running = {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
};

/**
 * Kills a program that knows nothing of us when we are gone: the operating system closes the pipe to this
 * shell however this process ends, even when it is killed.
 */
const guard = 'read -r _; kill -9 "$0"';

/**
 * Starts a program in a process group of its own, so that Ctrl-C in the terminal reaches this process only.
 * @throws StartError when it cannot be executed.
 */
export function startProgram(command: string, args: readonly string[], log: string): Running {
  const output = openSync(log, "a");
  const child = spawn(command, args, {
    detached: true,
    env: plainEnvironment(),
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const program = running(child);
  const guardian = spawn("/bin/sh", ["-c", guard, `${program.pid}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const guarded = new Promise<void>((resolve) => guardian.once("exit", () => resolve()));
  // It must end before it could take another program's process for ours.
  child.once("exit", () => guardian.kill("SIGKILL"));
  return { ...program, ended: Promise.all([program.ended, guarded]).then(() => undefined) };
}

/** Starts a module of ours that watches its channel to this process and ends with it. */
export function startModule(path: string, log: string): Running {
  const output = openSync(log, "a");
  const child = fork(path, [], {
    detached: true,
    env: plainEnvironment(),
    execArgv: [],
    stdio: ["ignore", output, output, "ipc"],
  });
  closeSync(output);
  return running(child);
}

function running(child: ChildProcess): Running {
  // Said a moment later of what could not be started; nobody who hears it would end this process.
  child.on("error", () => undefined);
  if (child.pid === undefined) {
    throw new StartError(`${child.spawnfile} を起動できません / ${child.spawnfile} could not be started`);
  }
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { pid: child.pid, child, ended };
}

/** Kills the process and all it started, at once, as the loss of its machine would. Safe to repeat. */
export async function killAll(process_: Running): Promise<void> {
  killGroup(process_.pid);
  await process_.ended;
}

/** Lets go of the process, so that it ends by itself, and kills what is left of it. Safe to repeat. */
export async function release(process_: Running, graceMs = 3000): Promise<void> {
  if (process_.child.connected) process_.child.disconnect();
  else killGroup(process_.pid);
  await Promise.race([process_.ended, pause(graceMs, undefined, { ref: false })]);
  killGroup(process_.pid);
  await process_.ended;
}

/** Kills a process group at once. Safe to repeat. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}
