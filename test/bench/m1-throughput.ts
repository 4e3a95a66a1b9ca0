import { drawFrom } from "../../local/demo-data/draw.ts";
import { type Competitor, deliverAll, type Running, startCompetitor } from "./competitor.ts";
import { differing, hashesOf } from "./documents.ts";
import { historyOf, type PrimaryChange, requestOf, shuffled, withDuplicates } from "./events.ts";
import { type Pair, withPair } from "./pair.ts";
import { alternate, compare, median, type Race, type Row } from "./race.ts";

const events = 20_000;
const duplicates = 0.1;
const names = ["us", "naive", "transaction"] as const;

type Result = { eventsPerSecond: number; cpuPerEvent: number; memory: number; wrong: number; repeated: number };
type Work = { tenant: string; deliveries: PrimaryChange[]; final: Map<string, string> };

/** Events as fast as they are taken: first in an order made by chance, then in the order of their commits. */
export const throughput: Race = {
  name: "M1",
  async run(course) {
    const rows: Row[] = [];
    for (const order of ["shuffled", "in order"] as const) {
      const work = workOf(order, Math.round(events * course.scale));
      const results = await alternate(course.runs, names, async (name) => {
        const result = await withPair((pair) => measure(pair, name, work));
        course.report(`M1 ${order}, ${name}: ${Math.round(result.eventsPerSecond)} events/s, ${result.wrong} wrong`);
        return result;
      });
      rows.push(...rowsOf(order, work, results));
    }
    return rows;
  },
};

function workOf(order: "shuffled" | "in order", count: number): Work {
  const draw = drawFrom(`M1 ${order}`);
  const tenant = "bench";
  const { changes, final } = historyOf(draw, tenant, Math.round(count / (1 + duplicates)));
  const repeated = withDuplicates(draw, changes, duplicates);
  return { tenant, final, deliveries: order === "shuffled" ? shuffled(draw, repeated) : repeated };
}

/** One run of one competitor: fresh databases, a fresh process, some events to warm it, then the work. */
async function measure(pair: Pair, name: Competitor, { tenant, deliveries, final }: Work): Promise<Result> {
  await Promise.all([pair.openStandby(tenant), pair.openStandby("warm")]);
  const root = pair.wires.primary.root;
  const requests = deliveries.map((change) => requestOf(change, root));
  const competitor = await startCompetitor(pair, name);
  try {
    await warm(competitor, root);
    const [started, cpu] = [performance.now(), competitor.cpu()];
    const repeated = await deliverAll(competitor.sender, requests);
    const seconds = (performance.now() - started) / 1000;
    return {
      eventsPerSecond: requests.length / seconds,
      cpuPerEvent: (competitor.cpu() - cpu) / requests.length,
      memory: competitor.memory(),
      wrong: differing(final, await hashesOf(pair.wires.secondary, tenant)),
      repeated,
    };
  } finally {
    await competitor.stop();
  }
}

/** Enough events of another tenant for the process to have compiled what it runs. */
export async function warm(competitor: Running, root: string): Promise<void> {
  const { changes } = historyOf(drawFrom("warm"), "warm", 1500);
  await deliverAll(
    competitor.sender,
    changes.map((change) => requestOf(change, root)),
  );
}

function rowsOf(order: string, { final }: Work, results: Record<(typeof names)[number], Result[]>): Row[] {
  const wrong = (runs: Result[]) => median(runs.map((run) => run.wrong));
  const repeated = (runs: Result[]) => median(runs.map((run) => run.repeated));
  const note = (peer: "naive" | "transaction") =>
    `wrong of ${final.size} documents: we ${wrong(results.us)}, ${peer} ${wrong(results[peer])}; ` +
    `refused and sent again: we ${repeated(results.us)}, ${peer} ${repeated(results[peer])}`;
  const row = (
    work: string,
    unit: string,
    figure: "eventsPerSecond" | "cpuPerEvent",
    peer: "naive" | "transaction",
    target: Row["target"],
  ): Row => ({
    race: "M1",
    work: `${work}, ${order}`,
    unit,
    peerName: peer,
    ...compare(figure, results.us, results[peer]),
    target,
    note: note(peer),
  });
  return [
    row("mirror throughput", "events/s", "eventsPerSecond", "naive", { atLeast: 1.7 }),
    row("processor time", "ms/event", "cpuPerEvent", "naive", { atMost: 0.5 }),
    row("mirror throughput", "events/s", "eventsPerSecond", "transaction", { atLeast: 3 }),
  ];
}
