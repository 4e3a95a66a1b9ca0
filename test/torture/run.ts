import { randomInt } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Stack, startStack } from "../../local/stack.ts";
import { removeData } from "../support/kept-logs.ts";
import { openCloud } from "./cloud.ts";
import { type Outcome, play } from "./play.ts";

const usage = `npm run torture -- [--seeds 5] [--seed S] [--steps 80] [--json] [--verbose]

Plays random plans on a local cloud of its own and checks all invariants at every quiet point. --seed plays that one alone, or
the first of --seeds. Ends with 0 only if every seed was played to its end and everything held.
`;

type Options = { seeds: number; first: number | undefined; steps: number; json: boolean; verbose: boolean };

function readOptions(args: string[]): Options | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    const options = { seeds: text, seed: text, steps: text, json: flag, verbose: flag };
    const { values } = parseArgs({ args, options, strict: true, allowPositionals: false });
    const { seed, seeds = seed === undefined ? "5" : "1", steps = "80", json, verbose } = values;
    const read = { seeds: Number(seeds), first: seed === undefined ? undefined : Number(seed), steps: Number(steps) };
    const isCount = (number: number) => Number.isInteger(number) && number >= 1;
    const isSeed = read.first === undefined || (Number.isInteger(read.first) && read.first >= 0);
    return isCount(read.seeds) && isCount(read.steps) && isSeed ? { ...read, json, verbose } : undefined;
  } catch {
    return undefined;
  }
}

function lineOf({ seed, steps, seconds, counts, documents, recordings, violation }: Outcome): string {
  const done = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const end = violation ? `VIOLATED at step ${violation.step} (${violation.name})` : "held";
  return `seed ${seed}: ${end}; ${steps} steps in ${seconds} s, ${documents} documents, ${recordings} recordings; ${done.join(", ")}`;
}

function reportOf({ seed, violation }: Outcome, steps: number): string {
  if (!violation) return "";
  const side = (value: unknown) => JSON.stringify(value, undefined, 2)?.slice(0, 4000);
  return `  ${violation.invariant}
  expected ${side(violation.expected)}
  found    ${side(violation.found)}
  again:   npm run torture -- --seed ${seed} --steps ${steps}
`;
}

/** Plays the seeds one after another; resolves to the exit code. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) {
    process.stderr.write(usage);
    return 2;
  }
  const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-torture-"));
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  let stack: Stack | undefined;
  let failed = true;
  try {
    stack = await startStack({ empty: true, portBase: 0, dataDirectory, signal: ended.signal });
    const outcomes = await playAll(stack, options, ended.signal);
    failed = outcomes.some(({ violation }) => violation);
    if (outcomes.length < options.seeds) {
      process.stderr.write(`given up: ${outcomes.length} of ${options.seeds} seeds were played\n`);
      return 1;
    }
    return failed ? 1 : 0;
  } finally {
    await stack?.stop();
    removeData(dataDirectory, { failed });
  }
}

async function playAll(stack: Stack, { seeds, first, steps, json, verbose }: Options, signal: AbortSignal) {
  const cloud = openCloud(stack);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const told = (line: string) => process.stderr.write(`${line}\n`);
  const outcomes: Outcome[] = [];
  try {
    for (let played = 0; played < seeds && !signal.aborted; played++) {
      const seed = first === undefined ? randomInt(2 ** 31) : first + played;
      const outcome = await play(cloud, seed, steps, { signal, ...(verbose ? { told } : {}) });
      if (signal.aborted) break;
      outcomes.push(outcome);
      say(
        json ? JSON.stringify(outcome) : lineOf(outcome) + (outcome.violation ? `\n${reportOf(outcome, steps)}` : ""),
      );
    }
  } finally {
    await cloud.close();
  }
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const figures = {
    seeds: outcomes.length,
    steps: sum((outcome) => outcome.steps),
    quietPoints: sum(({ counts }) => (counts.quiet ?? 0) + (counts.loseTokyo ?? 0)),
    recordings: sum(({ recordings }) => recordings),
    violations: sum(({ violation }) => (violation ? 1 : 0)),
  };
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  say(json ? JSON.stringify(figures) : text.join(", "));
  return outcomes;
}

process.exitCode = await main(process.argv.slice(2));
