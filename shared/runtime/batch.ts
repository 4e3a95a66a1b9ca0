import { asAppError, errorCodes } from "../domain/errors.ts";

/** How much one batch may hold. */
export type BatchLimits<T> = { items: number; size: number; sizeOf(item: T): number };

type Waiting<T, R> = { item: T; resolve(result: R): void; reject(error: unknown): void };

/**
 * Group commit: items that arrive under a key while that key's batch is in flight go together in the next one.
 * Nothing waits when nothing is in flight. Each caller gets its own item's result, or its batch's error.
 */
export function createBatcher<T, R>(run: (key: string, items: T[]) => Promise<R[]>, limits: BatchLimits<T>) {
  const queues = new Map<string, Waiting<T, R>[]>();

  async function drain(key: string, queue: Waiting<T, R>[]): Promise<void> {
    while (queue.length > 0) {
      const batch = take(queue, limits);
      try {
        const results = await run(
          key,
          batch.map(({ item }) => item),
        );
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R);
      } catch (error) {
        await settleSeparately(key, batch, error);
      }
    }
    queues.delete(key);
  }

  /** An item that can never pass must not take its batch with it: then each is tried by itself. */
  async function settleSeparately(key: string, batch: Waiting<T, R>[], error: unknown): Promise<void> {
    const alone = batch.length === 1 || errorCodes[asAppError(error).code].retry;
    for (const { item, resolve, reject } of batch) {
      if (alone) reject(error);
      else await run(key, [item]).then(([result]) => resolve(result as R), reject);
    }
  }

  return (key: string, item: T): Promise<R> => {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const queue = queues.get(key);
    if (queue) {
      queue.push({ item, resolve, reject });
    } else {
      const started = [{ item, resolve, reject }];
      queues.set(key, started);
      void drain(key, started);
    }
    return promise;
  };
}

function take<T, R>(queue: Waiting<T, R>[], limits: BatchLimits<T>): Waiting<T, R>[] {
  let [count, size] = [0, 0];
  for (const { item } of queue) {
    size += limits.sizeOf(item);
    if (count > 0 && (count >= limits.items || size > limits.size)) break;
    count++;
  }
  return queue.splice(0, count);
}
