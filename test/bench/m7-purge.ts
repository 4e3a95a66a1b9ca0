import { startHistoryStage } from "./histories.ts";
import type { HistoriesReport } from "./histories-run.ts";
import { alternate, middle, type Race, requireNone } from "./race.ts";

const size = { documents: 50_000, objects: 2000 };
const warmUp = { documents: 1800, objects: 100 };

/** Histories and recordings of one tenant deleted, against what Google's own clients offer for it. */
export const purge: Race = {
  name: "M7",
  async run(course) {
    const stage = await startHistoryStage();
    try {
      const [documents, objects] = [size.documents, size.objects].map((count) => Math.round(count * course.scale));
      const { us, peer } = await alternate(course.runs, ["us", "peer"] as const, async (way) => {
        await stage.fill("warm", warmUp.documents, warmUp.objects);
        await stage.fill("bench", documents ?? 0, objects ?? 0);
        const report = await stage.run("purge", way, "bench", ["warm"]);
        const left = await stage.left("bench");
        requireNone(way, left, "left");
        course.report(`M7 ${way}: ${Math.round(report.milliseconds)} ms, ${left} left`);
        return { ...report, left };
      });
      const [ours, theirs] = [middle(us, "milliseconds"), middle(peer, "milliseconds")];
      const left = (runs: (HistoriesReport & { left: number })[]) => Math.max(...runs.map((run) => run.left));
      return [
        {
          race: "M7",
          work: `purge, ${documents} documents and ${objects} objects`,
          unit: "ms",
          us: ours,
          peerName: "recursiveDelete and deleteFiles",
          peer: theirs,
          // How many times as fast.
          ratio: theirs / ours,
          target: { atLeast: 10 },
          memory: { us: middle(us, "memory"), peer: middle(peer, "memory") },
          note: `ratio: how many times as fast; most left in a run: we ${left(us)}, peer ${left(peer)}, which looks at no state, counts nothing and cannot go on`,
        },
      ];
    } finally {
      await stage.stop();
    }
  },
};
