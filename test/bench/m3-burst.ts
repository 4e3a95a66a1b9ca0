import { drawFrom } from "../../local/demo-data/draw.ts";
import { type Competitor, deliverAll, startCompetitor } from "./competitor.ts";
import { commitAll, differing, fieldsOf, hashesOf, pathOf } from "./documents.ts";
import { committed, requestOf, shuffled } from "./events.ts";
import { warm } from "./m1-throughput.ts";
import { type Pair, withPair } from "./pair.ts";
import { alternate, compare, median, type Race, requireNone } from "./race.ts";

const changes = 5000;
const tenant = "bench";

type Result = { milliseconds: number; memory: number; wrong: number };

/** A storm of commits on the primary, whose events come all at once and in any order: time until both sides are equal. */
export const burst: Race = {
  name: "M3",
  async run(course) {
    const count = Math.round(changes * course.scale);
    const results = await alternate(course.runs, ["us", "naive"] as const, async (name) => {
      const result = await withPair((pair) => measure(pair, name, count));
      requireNone(name, result.wrong, "wrong");
      course.report(`M3 ${name}: ${Math.round(result.milliseconds)} ms, ${result.wrong} wrong`);
      return result;
    });
    const wrong = (runs: Result[]) => median(runs.map((run) => run.wrong));
    const note = `wrong: we ${wrong(results.us)}, naive ${wrong(results.naive)}`;
    return [
      {
        race: "M3",
        work: `${count} changes in one storm, until both sides are equal`,
        unit: "ms",
        peerName: "naive",
        ...compare("milliseconds", results.us, results.naive),
        target: { atMost: 0.7 },
        note: `one change to each document, so order cannot harm the peer; ${note}`,
      },
    ];
  },
};

async function measure(pair: Pair, name: Competitor, count: number): Promise<Result> {
  const { primary, secondary } = pair.wires;
  await Promise.all([pair.openStandby(tenant), pair.openStandby("warm")]);
  const competitor = await startCompetitor(pair, name);
  try {
    await warm(competitor, primary.root);
    const requests = await storm(pair, count);
    const started = performance.now();
    await deliverAll(competitor.sender, requests);
    const milliseconds = performance.now() - started;
    const [expected, found] = await Promise.all([hashesOf(primary, tenant), hashesOf(secondary, tenant)]);
    return { milliseconds, memory: competitor.memory(), wrong: differing(expected, found) };
  } finally {
    await competitor.stop();
  }
}

/** Commits that many new documents to the primary and gives the events that follow, in an order made by chance. */
async function storm({ wires: { primary } }: Pair, count: number): Promise<Buffer[]> {
  const draw = drawFrom("M3");
  const documents = Array.from({ length: count }, (_, index) => ({
    path: pathOf(tenant, index),
    fields: fieldsOf(draw),
  }));
  const writes = documents.map(({ path, fields }) => ({
    update: { name: primary.root + path, fields: fields as never },
  }));
  const times = await commitAll(primary, writes);
  const requests = documents.map(({ path, fields }, index) => {
    const { state, at } = committed(fields, times[index] ?? {});
    return requestOf({ path, after: state, at }, primary.root);
  });
  return shuffled(draw, requests);
}
