import { setTimeout as pause } from "node:timers/promises";
import { drawFrom } from "../../local/demo-data/draw.ts";
import { type Competitor, type Running, startCompetitor } from "./competitor.ts";
import { differing, hashesOf } from "./documents.ts";
import { historyOf, requestOf } from "./events.ts";
import { warm } from "./m1-throughput.ts";
import { type Pair, withPair } from "./pair.ts";
import { alternate, compare, percentile, type Race, type Row, requireNone } from "./race.ts";
import { deliver } from "./sender.ts";

/** Changes a second, and what is asked of our 99th percentile. */
const rates = [
  { perSecond: 300, atMost: 1.15 },
  { perSecond: 500, atMost: 1.15 },
  { perSecond: 800, atMost: 0.5 },
] as const;
const seconds = 60;
const tenant = "bench";

type Result = { p50: number; p99: number; memory: number; wrong: number };

/** Changes at a steady rate: how long after it was due each was acknowledged, time spent waiting to be sent included. */
export const lag: Race = {
  name: "M2",
  async run(course) {
    const rows: Row[] = [];
    for (const { perSecond, atMost } of rates) {
      const results = await alternate(course.runs, ["us", "naive"] as const, async (name) => {
        const result = await withPair((pair) => measure(pair, name, perSecond, Math.max(2, seconds * course.scale)));
        requireNone(name, result.wrong, "wrong");
        const [p50, p99] = [result.p50.toFixed(1), result.p99.toFixed(1)];
        course.report(`M2 ${perSecond}/s, ${name}: p50 ${p50}, p99 ${p99} ms, ${result.wrong} wrong`);
        return result;
      });
      const wrong = (runs: Result[]) => Math.max(...runs.map((run) => run.wrong));
      rows.push({
        race: "M2",
        work: `mirror lag, p99 at ${perSecond} changes/s`,
        unit: "ms",
        peerName: "naive",
        ...compare("p99", results.us, results.naive),
        target: { atMost },
        note: `most documents wrong in a run: we ${wrong(results.us)}, naive ${wrong(results.naive)}`,
      });
    }
    return rows;
  },
};

async function measure(pair: Pair, name: Competitor, perSecond: number, forSeconds: number): Promise<Result> {
  await Promise.all([pair.openStandby(tenant), pair.openStandby("warm")]);
  const root = pair.wires.primary.root;
  const { changes, final } = historyOf(drawFrom(`M2 ${perSecond}`), tenant, Math.round(perSecond * forSeconds));
  const requests = changes.map((change) => requestOf(change, root));
  const competitor = await startCompetitor(pair, name);
  try {
    await warm(competitor, root);
    const lags = await sendAtRate(competitor, requests, perSecond);
    return {
      p50: percentile(lags, 0.5),
      p99: percentile(lags, 0.99),
      memory: competitor.memory(),
      wrong: differing(final, await hashesOf(pair.wires.secondary, tenant)),
    };
  } finally {
    await competitor.stop();
  }
}

/** Sends each request when it is due, whether or not those before it have been answered. Milliseconds from due to done. */
async function sendAtRate({ sender }: Running, requests: readonly Buffer[], perSecond: number): Promise<number[]> {
  const started = performance.now();
  const dueAt = (index: number) => started + (index * 1000) / perSecond;
  const answers: Promise<number>[] = [];
  while (answers.length < requests.length) {
    while (answers.length < requests.length && dueAt(answers.length) <= performance.now()) {
      const due = dueAt(answers.length);
      const request = requests[answers.length] as Buffer;
      answers.push(deliver(sender, request).then(() => performance.now() - due));
    }
    await pause(1);
  }
  return Promise.all(answers);
}
