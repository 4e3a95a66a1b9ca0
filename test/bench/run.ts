import { parseArgs } from "node:util";
import { manyRecordings } from "./b1-many.ts";
import { largeRecordings } from "./b2-large.ts";
import { streamMemory } from "./b3-memory.ts";
import { secondRun } from "./b4-second-run.ts";
import { delay } from "./b5-delay.ts";
import { throughput } from "./m1-throughput.ts";
import { lag } from "./m2-lag.ts";
import { burst } from "./m3-burst.ts";
import { reconcile } from "./m4-reconcile.ts";
import { activation } from "./m5-activation.ts";
import { failback } from "./m6-failback.ts";
import { purge } from "./m7-purge.ts";
import { guidance } from "./m8-guidance.ts";
import { csvExport } from "./m9-export.ts";
import { coldStart } from "./p1-cold-start.ts";
import { type Course, meets, type Race, type Row } from "./race.ts";

const races: readonly Race[] = [
  throughput,
  lag,
  burst,
  reconcile,
  failback,
  activation,
  guidance,
  purge,
  csvExport,
  manyRecordings,
  largeRecordings,
  streamMemory,
  secondRun,
  delay,
  coldStart,
];

const usage = `npm run bench -- [${races.map(({ name }) => name).join(" | ")} …] [--runs 5] [--scale 1] [--json]

Runs the races named, or all of them, and prints the ratios. --runs: of how many runs the median is taken.
--scale: which share of the full work is done; ratios of a small share say little.
`;

const columns = ["race", "work", "us", "peer", "ratio", "target", "memory MiB", ""] as const;

function cellsOf(row: Row): string[] {
  const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const target = "atLeast" in row.target ? `≥ ${row.target.atLeast}` : `≤ ${row.target.atMost}`;
  const memory = row.memory ? `${row.memory.us.toFixed(0)} / ${row.memory.peer.toFixed(0)}` : "";
  const { race, work, unit, us, peer, peerName, ratio } = row;
  const figures = [`${figure(us)} ${unit}`, `${figure(peer)} (${peerName})`, ratio.toFixed(2)];
  return [race, work, ...figures, target, memory, meets(row) ? "met" : "missed"];
}

function tableOf(rows: readonly Row[]): string {
  const lines = [[...columns], ...rows.map(cellsOf)];
  const widths = columns.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const text = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  const notes = rows.filter((row) => row.note).map((row) => `${row.race} ${row.work}, ${row.peerName}: ${row.note}`);
  return `${text.join("\n")}\n\n${notes.join("\n")}\n`;
}

async function main(): Promise<void> {
  const options = { json: { type: "boolean" }, runs: { type: "string" }, scale: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const chosen = races.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const course: Course = {
    runs: Number(values.runs ?? 5),
    scale: Number(values.scale ?? 1),
    report: (line) => process.stderr.write(`${line}\n`),
  };
  const unknown = positionals.filter((name) => !races.some((race) => race.name === name));
  if (unknown.length > 0 || !(course.runs >= 1) || !(course.scale > 0)) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  const rows: Row[] = [];
  for (const race of chosen) rows.push(...(await race.run(course)));
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
}

await main();
