/** How a race is run: how many runs the median is taken of, and which share of the full work is done. */
export type Course = {
  runs: number;
  scale: number;
  /** Tells the person who waits what is going on. */
  report(line: string): void;
};

/** One comparison: our figure, the peer's, and the ratio that has a target. */
export type Row = {
  race: string;
  work: string;
  unit: string;
  us: number;
  peerName: string;
  peer: number;
  /** Ours divided by the peer's. */
  ratio: number;
  target: { atLeast: number } | { atMost: number };
  /** Peak memory of the process of each, in MiB. */
  memory?: { us: number; peer: number };
  /** What the figures do not tell: what the peer got wrong, what was skipped. */
  note?: string;
};

/** A race by its name in the list of targets. */
export type Race = { name: string; run(course: Course): Promise<Row[]> };

export function meets({ ratio, target }: Pick<Row, "ratio" | "target">): boolean {
  return "atLeast" in target ? ratio >= target.atLeast : ratio <= target.atMost;
}

/** A race that we win with a wrong result is lost. @throws Error when anything of ours is `what`, which a peer may leave. */
export function requireNone(way: string, count: number, what: string): void {
  if (way === "us" && count > 0) throw new Error(`${count} of our own are ${what}`);
}

/** The value in the middle; the mean of the two in the middle when there is none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which that share of the values lies, interpolated between neighbours. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place % 1);
}

/** Runs each competitor in turn, so many rounds; who begins changes from round to round. */
export async function alternate<N extends string, R>(
  rounds: number,
  names: readonly N[],
  run: (name: N, round: number) => Promise<R>,
): Promise<Record<N, R[]>> {
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<N, R[]>;
  for (let round = 0; round < rounds; round++) {
    const order = names.map((_, index) => names[(index + round) % names.length] as N);
    for (const name of order) results[name].push(await run(name, round));
  }
  return results;
}

/** The median over the runs of one of their figures. */
export function middle<K extends string>(runs: readonly Record<K, number>[], figure: K): number {
  return median(runs.map((run) => run[figure]));
}

/** The comparison of one figure of two competitors' runs. */
export function compare<K extends string>(
  figure: K,
  us: readonly (Record<K, number> & { memory: number })[],
  peer: readonly (Record<K, number> & { memory: number })[],
): Pick<Row, "us" | "peer" | "ratio" | "memory"> {
  const [ours, theirs] = [middle(us, figure), middle(peer, figure)];
  const memory = { us: median(us.map((run) => run.memory)), peer: median(peer.map((run) => run.memory)) };
  return { us: ours, peer: theirs, ratio: ours / theirs, memory };
}
