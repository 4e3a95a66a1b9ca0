/**
 * Works on the items, as many at once as there are lanes. "stop", like an error, keeps what has not begun from
 * beginning; whatever it ends with, nothing is under way any more when it has ended.
 */
export async function inLanes<T>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  let ended = false;
  const lane = async () => {
    for (let item = waiting.next(); !(ended || item.done); item = waiting.next()) {
      try {
        if ((await work(item.value)) === "stop") ended = true;
      } catch (error) {
        ended = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
