/**
 * What the work makes of each item, in their order; the next one is begun before the present one is given, so that both
 * are under way together. What fails is thrown when its turn comes; what is begun and not asked for any more is forgotten.
 */
export async function* oneAhead<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  let present: Promise<R> | undefined;
  for await (const item of items) {
    const next = work(item);
    next.catch(() => undefined);
    if (present) yield await present;
    present = next;
  }
  if (present) yield await present;
}
