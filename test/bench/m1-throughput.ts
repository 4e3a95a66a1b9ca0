import { drawFrom } from "../../local/demo-data/draw.ts";
import { type Competitor, deliverAll, type Running, startCompetitor } from "./competitor.ts";
import { differing, hashesOf } from "./documents.ts";
import { historyOf, type PrimaryChange, requestOf, shuffled, withDuplicates } from "./events.ts";
import { type Pair, withPair } from "./pair.ts";
import { alternate, compare, median, type Race, type Row, requireNone } from "./race.ts";

const events = 20_000;
const duplicates = 0.1;
const names = ["us", "naive", "transaction"] as const;

type Targets = { naive: number; processor: number; transaction: number };

/** One tenant, whose changes that are under way go in few commits: our best case. */
const one: Targets = { naive: 1.7, processor: 0.5, transaction: 3 };
/** Nearly every change goes in a commit of its own, with its entry, where the naive trigger writes the document alone. */
const many: Targets = { naive: 0.8, processor: 1.25, transaction: 1.5 };

const works = [
  { order: "shuffled", tenants: 1, targets: one },
  { order: "in order", tenants: 1, targets: one },
  { order: "shuffled", tenants: 50, targets: many },
] as const;
type Order = (typeof works)[number]["order"];

type Result = { eventsPerSecond: number; cpuPerEvent: number; memory: number; wrong: number; repeated: number };
type Work = { tenants: string[]; deliveries: PrimaryChange[]; final: Map<string, string> };

/** Events as fast as they are taken: in an order made by chance, or in the order of their commits. */
export const throughput: Race = {
  name: "M1",
  async run(course) {
    const rows: Row[] = [];
    for (const { order, tenants, targets } of works) {
      const work = workOf(order, tenants, Math.round(events * course.scale));
      const title = tenants === 1 ? order : `${order}, ${tenants} tenants`;
      const results = await alternate(course.runs, names, async (name) => {
        const result = await withPair((pair) => measure(pair, name, work));
        requireNone(name, result.wrong, "wrong");
        course.report(`M1 ${title}, ${name}: ${Math.round(result.eventsPerSecond)} events/s, ${result.wrong} wrong`);
        return result;
      });
      rows.push(...rowsOf(title, work, targets, results));
    }
    return rows;
  },
};

function workOf(order: Order, tenantCount: number, count: number): Work {
  const draw = drawFrom(`M1 ${order}`);
  const tenants = Array.from({ length: tenantCount }, (_, index) => (tenantCount === 1 ? "bench" : `bench-${index}`));
  const each = Math.round(count / (1 + duplicates) / tenantCount);
  const histories = tenants.map((tenant) => historyOf(draw, tenant, each));
  // The tenants' changes come side by side.
  const changes = Array.from({ length: each }, (_, index) =>
    histories.flatMap((history) => history.changes[index] ?? []),
  );
  const final = new Map(histories.flatMap((history) => [...history.final]));
  const repeated = withDuplicates(draw, changes.flat(), duplicates);
  return { tenants, final, deliveries: order === "shuffled" ? shuffled(draw, repeated) : repeated };
}

/** One run of one competitor: fresh databases, a fresh process, some events to warm it, then the work. */
async function measure(pair: Pair, name: Competitor, { tenants, deliveries, final }: Work): Promise<Result> {
  await Promise.all([...tenants, "warm"].map((tenant) => pair.openStandby(tenant)));
  const root = pair.wires.primary.root;
  const requests = deliveries.map((change) => requestOf(change, root));
  const competitor = await startCompetitor(pair, name);
  try {
    await warm(competitor, root);
    const [started, cpu] = [performance.now(), competitor.cpu()];
    const repeated = await deliverAll(competitor.sender, requests);
    const seconds = (performance.now() - started) / 1000;
    const cpuPerEvent = (competitor.cpu() - cpu) / requests.length;
    const found = new Map<string, string>();
    for (const tenant of tenants) {
      for (const [path, hash] of await hashesOf(pair.wires.secondary, tenant)) found.set(path, hash);
    }
    return {
      eventsPerSecond: requests.length / seconds,
      cpuPerEvent,
      memory: competitor.memory(),
      wrong: differing(final, found),
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

function rowsOf(
  order: string,
  { tenants, final }: Work,
  targets: Targets,
  results: Record<(typeof names)[number], Result[]>,
): Row[] {
  const wrong = (runs: Result[]) => median(runs.map((run) => run.wrong));
  const repeated = (runs: Result[]) => median(runs.map((run) => run.repeated));
  const kind = tenants.length === 1 ? "one tenant, our best case: its changes go in few commits; " : "";
  const note = (peer: "naive" | "transaction") =>
    `${kind}wrong of ${final.size} documents: we ${wrong(results.us)}, ${peer} ${wrong(results[peer])}; ` +
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
    row("mirror throughput", "events/s", "eventsPerSecond", "naive", { atLeast: targets.naive }),
    row("processor time", "ms/event", "cpuPerEvent", "naive", { atMost: targets.processor }),
    row("mirror throughput", "events/s", "eventsPerSecond", "transaction", { atLeast: targets.transaction }),
  ];
}
