import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FunctionProcess } from "../../local/site/function-process.ts";
import type { Pair } from "./pair.ts";
import { createSender, deliver, type Sender } from "./sender.ts";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Those who carry changes to the secondary, each a function of the functions framework. */
const competitors = {
  us: { target: "mirror-config", source: source("../../functions/index.ts") },
  naive: { target: "naive-trigger", source: source("peers/naive-trigger.ts") },
  transaction: { target: "transaction-trigger", source: source("peers/transaction-trigger.ts") },
} as const;
export type Competitor = keyof typeof competitors;

/** As many events as one instance handles at once, by the manifest and by Cloud Run's own default. */
const inFlight = 80;

/** A function in a process of its own, with a sender for it. */
export type Running = {
  sender: Sender;
  /** Processor time used so far, in milliseconds. */
  cpu(): number;
  /** Peak resident memory in MiB. */
  memory(): number;
  stop(): Promise<void>;
};

/** The kernel's unit of processor time. */
const tickMilliseconds = 10;

/** Starts the competitor's function in a fresh process. */
export async function startCompetitor(pair: Pair, name: Competitor): Promise<Running> {
  const { target, source } = competitors[name];
  const { socketDirectory, logDirectory } = pair.plan;
  const socket = join(socketDirectory, `${target}.sock`);
  const log = join(logDirectory, `${target}.log`);
  const environment = { ...pair.environment(), FUNCTION_TARGET: target, K_SERVICE: target };
  const process = new FunctionProcess({ name: target, signature: "cloudevent", source, socket, log, environment });
  await process.start();
  const { pid } = process;
  const sender = createSender(socket, inFlight);
  return {
    sender,
    cpu: () => {
      // The name in brackets may hold blanks; user and system time are the 12th and 13th field after it.
      const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) * tickMilliseconds;
    },
    memory: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024,
    stop: async () => {
      sender.close();
      await process.stop();
    },
  };
}

/** Delivers all requests, as many at once as the sender has connections; answers how many were repeated. */
export async function deliverAll(sender: Sender, requests: readonly Buffer[]): Promise<number> {
  const queue = requests.values();
  let repeated = 0;
  const worker = async () => {
    for (const request of queue) repeated += await deliver(sender, request);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return repeated;
}
