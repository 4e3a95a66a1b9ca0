import { parseArgs } from "node:util";
import type { StackDescription } from "../../local/description.ts";
import { sites } from "../../shared/domain/sites.ts";
import { type Finding, type Stage, servers, type Trial, tryOperation } from "./api.ts";
import { onLocalCloud } from "./cloud.ts";
import { tryEvents } from "./events.ts";
import { titled } from "./judge.ts";
import { openWorld } from "./world.ts";

const usage = `npm run fuzz -- [--requests 5000] [--seed 1] [--only <part of "METHOD /path"> | events] [--json]

Sends valid, nearly valid and hostile requests to every route of the API, and such events to the functions that take them.
Ends with 0 only if nothing was found. STACK names the stack.json of a local cloud that runs already.
`;

const options = {
  json: { type: "boolean" },
  requests: { type: "string" },
  seed: { type: "string" },
  only: { type: "string" },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const [requests, seed] = [Number(values.requests ?? 5000), Number(values.seed ?? 1)];
  const chosen = chosenBy(values.only);
  if (!(requests >= 1) || !Number.isSafeInteger(seed) || (chosen.routes.length === 0 && !chosen.events)) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  const report = await onLocalCloud(
    (description) => fuzz(description, requests, seed, chosen),
    ({ findings }) => findings.length > 0,
  );
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  if (report.findings.length > 0) process.exitCode = 1;
}

type Chosen = { routes: typeof titled; events: boolean };

/** What is tried: everything, the functions that take events, or the routes whose title has that part. */
function chosenBy(only: string | undefined): Chosen {
  if (only === undefined) return { routes: titled, events: true };
  if (only === "events") return { routes: [], events: true };
  return { routes: only === "" ? [] : titled.filter(({ title }) => title.includes(only)), events: false };
}

type Report = {
  seed: number;
  requests: number;
  statuses: Record<string, number>;
  events: Record<string, number>;
  findings: Finding[];
  /** Routes that no request had a success at: only their refusals were tried. */
  neverDone: string[];
  seconds: number;
};

async function fuzz(description: StackDescription, requests: number, seed: number, chosen: Chosen): Promise<Report> {
  const started = performance.now();
  const world = openWorld(description);
  try {
    const [lively, quiet] = [await world.newTenant(), await world.newTenant()];
    const each = Math.max(3, Math.ceil(requests / Math.max(1, chosen.routes.length)));
    const report: Report = { seed, requests: 0, statuses: {}, events: {}, findings: [], neverDone: [], seconds: 0 };
    const stage: Stage = { world, site: "secondary", lively, quiet, started: {} };
    for (const [index, { title, operation }] of chosen.routes.entries()) {
      stage.site = sites[(index + seed) % 2] ?? "secondary";
      const known = report.findings.length;
      const before = await world.processes(servers);
      const trial = await tryOperation(stage, operation, each, seed);
      add(report, trial);
      if (!Object.keys(trial.statuses).some((status) => status.startsWith("2"))) report.neverDone.push(title);
      const ended = await diedSince(before, () => world.processes(servers));
      if (ended.length > 0) report.findings.push({ operation: title, faults: [`ended: ${ended.join(", ")}`] });
      process.stderr.write(`${title} at ${stage.site}: ${report.requests} requests, ${report.findings.length} found\n`);
      for (const finding of report.findings.slice(known)) process.stderr.write(`  ${lineOf(finding)}\n`);
    }
    if (chosen.events) {
      const { ends, findings } = await tryEvents(world, Math.max(20, Math.ceil(requests / 20)), seed);
      report.events = ends;
      report.findings.push(...findings);
      for (const finding of findings) process.stderr.write(`  ${lineOf(finding)}\n`);
    }
    report.seconds = Math.round((performance.now() - started) / 1000);
    return report;
  } finally {
    await world.close();
  }
}

/** What ran before and runs no more as the same process. */
async function diedSince(
  before: Record<string, number>,
  now: () => Promise<Record<string, number>>,
): Promise<string[]> {
  const after = await now();
  return Object.entries(before).flatMap(([name, pid]) => (after[name] === pid ? [] : [name]));
}

function add(report: Report, { requests, statuses, findings }: Trial): void {
  report.requests += requests;
  report.findings.push(...findings);
  for (const [status, count] of Object.entries(statuses)) {
    report.statuses[status] = (report.statuses[status] ?? 0) + count;
  }
}

function lineOf({ operation, faults, request = "" }: Finding): string {
  return `${operation}: ${faults.join("; ")}\n    ${request}`;
}

function textOf({ seed, requests, statuses, events, findings, neverDone, seconds }: Report): string {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const lines = findings.map(lineOf);
  return [
    ...lines,
    `seed ${seed}: ${requests} requests in ${seconds} s (${counts(statuses)})`,
    `events: ${counts(events)}`,
    `only refused: ${neverDone.join(", ") || "none"}`,
    `found: ${findings.length}\n`,
  ].join("\n");
}

await main();
