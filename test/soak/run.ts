import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { everySchedule } from "../../functions/manifest.ts";
import type { StackDescription } from "../../local/description.ts";
import { onLocalCloud } from "../fuzz/cloud.ts";
import { type FuzzTenant, openWorld, type World } from "../fuzz/world.ts";
import { perSecond, startLoad } from "./load.ts";
import { type Sample, sample } from "./samples.ts";
import { type Trend, trendOf } from "./slope.ts";
import { faultsOf } from "./verdict.ts";

const usage = `npm run soak -- [--minutes 120] [--warm-up-minutes <a sixth, at most 15>] [--json]

Keeps a steady mixed load on a local cloud and prints how memory, handles, delays and backlogs changed per hour after the
warm-up. Ends with 0 only if nothing failed, no function was started anew and nothing became a dead letter. STACK names the stack.json of a local cloud that runs already.
`;

const options = {
  json: { type: "boolean" },
  minutes: { type: "string" },
  "warm-up-minutes": { type: "string" },
} as const;

const tenantCount = 3;
const everySeconds = 10;

type Figure = { name: string; points: number; first: number; last: number } & Partial<Trend>;
type Report = {
  minutes: number;
  warmUpMinutes: number;
  perSecond: typeof perSecond;
  samples: number;
  figures: Figure[];
  /** Functions that were not the same process from the first sample after the warm-up to the last. */
  restarted: string[];
  failures: Record<string, number>;
  /** What was not done in time, as too much was going on. */
  leftOut: number;
  /** What must not be in any soak, in words; empty when all of it is well. */
  faults: string[];
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const minutes = Number(values.minutes ?? 120);
  const warmUpMinutes = Number(values["warm-up-minutes"] ?? Math.min(15, minutes / 6));
  if (!(minutes > 0) || !(warmUpMinutes >= 0) || warmUpMinutes >= minutes) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  const report = await onLocalCloud(
    (description) => soak(description, minutes, warmUpMinutes),
    ({ faults }) => faults.length > 0,
  );
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  if (report.faults.length > 0) process.exitCode = 1;
}

async function soak(description: StackDescription, minutes: number, warmUpMinutes: number): Promise<Report> {
  const world = openWorld(description);
  try {
    const tenants: FuzzTenant[] = [];
    for (let count = 0; count < tenantCount; count++) tenants.push(await world.newTenant());
    // Functions that only an hourly schedule starts would else begin to take memory in the middle of it.
    for (const { site, name } of everySchedule()) await world.switches.runSchedule(site, name);
    const load = await startLoad(world, tenants);
    const samples = await takeSamples(world, tenants, load.take, minutes);
    await load.stop();
    const found = judged(samples.filter(({ atHours }) => atHours * 60 >= warmUpMinutes));
    const { failures } = load;
    return {
      ...{ minutes, warmUpMinutes, perSecond, samples: samples.length, ...found, failures, leftOut: load.late() },
      faults: faultsOf({ restarted: found.restarted, failures, deadLetters: deadLettersIn(samples) }),
    };
  } finally {
    await world.close();
  }
}

/** What became a dead letter from the first sample on, the warm-up included. */
function deadLettersIn(samples: readonly Sample[]): number {
  const counts = samples.map(({ figures }) => figures["dead letters"] ?? 0);
  return Math.max(0, ...counts) - (counts[0] ?? 0);
}

async function takeSamples(
  world: World,
  tenants: readonly FuzzTenant[],
  take: Awaited<ReturnType<typeof startLoad>>["take"],
  minutes: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const started = performance.now();
  for (let index = 1; index * everySeconds <= minutes * 60; index++) {
    await pause(Math.max(0, started + index * everySeconds * 1000 - performance.now()));
    const atHours = (performance.now() - started) / 3_600_000;
    const taken = await sample(world, tenants, atHours, await take());
    samples.push(taken);
    const shown = ["all MiB", "all handles", "mirrorLag p50 ms", "backupDelay p50 ms", "apiLatency p50 ms"];
    const line = shown.map((name) => `${name} ${taken.figures[name]?.toFixed(0) ?? "-"}`).join(", ");
    process.stderr.write(`${(atHours * 60).toFixed(1)} min: ${line}\n`);
  }
  return samples;
}

function judged(samples: readonly Sample[]): Pick<Report, "figures" | "restarted"> {
  const names = new Set(samples.flatMap(({ figures }) => Object.keys(figures)));
  const figures = [...names].sort().map((name): Figure => {
    const points = samples.flatMap(({ atHours, figures: found }) => {
      const value = found[name];
      return value === undefined ? [] : [[atHours, value] as const];
    });
    const [first, last] = [points.at(0)?.[1] ?? Number.NaN, points.at(-1)?.[1] ?? Number.NaN];
    return { name, points: points.length, first, last, ...trendOf(points) };
  });
  const before = samples.at(0)?.processes ?? {};
  const restarted = Object.entries(before).flatMap(([name, pid]) =>
    samples.every(({ processes }) => processes[name] === pid) ? [] : [name],
  );
  return { figures, restarted };
}

function textOf({ figures, restarted, faults, leftOut, minutes, warmUpMinutes, samples }: Report): string {
  const figure = (value: number | undefined) =>
    value === undefined ? "-" : value.toFixed(Math.abs(value) < 10 ? 2 : 0);
  const rows = figures.map(({ name, points, first, last, mean, perHour, standardError, isFlat }) => [
    ...[name, String(points), figure(first), figure(last), figure(mean)],
    perHour === undefined ? "-" : `${figure(perHour)} ± ${figure(standardError)}`,
    isFlat === undefined ? "too few" : isFlat ? "flat" : "not flat",
  ]);
  const lines = [["figure", "samples", "first", "last", "mean", "per hour", ""], ...rows];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const table = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [
    ...table,
    "",
    `${minutes} minutes, the first ${warmUpMinutes.toFixed(1)} left out; ${samples} samples; left out for lack of time: ${leftOut}`,
    `started again: ${restarted.join(", ") || "none"}`,
    `failed: ${faults.join("; ") || "nothing"}\n`,
  ].join("\n");
}

await main();
