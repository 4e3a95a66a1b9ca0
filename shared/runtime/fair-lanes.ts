/** How many works run at once in all and of one key, and how many of one key may wait. */
export type LaneLimits = { lanes: number; ofOneKey: number; waitingOfOneKey: number };

/**
 * Runs works a limited number at a time, the keys in turn: who brings many does not keep the others waiting. Undefined
 * when too many of that key wait already; nothing is begun then.
 */
export type FairLanes = <T>(key: string, work: () => Promise<T>) => Promise<T> | undefined;

type Queue = { running: number; waiting: (() => Promise<void>)[] };

export function createFairLanes({ lanes, ofOneKey, waitingOfOneKey }: LaneLimits): FairLanes {
  // A key moves behind the others whenever one of its works begins or ends.
  const queues = new Map<string, Queue>();
  let running = 0;

  function next(): void {
    while (running < lanes) {
      const found = [...queues].find(([, queue]) => queue.waiting.length > 0 && queue.running < ofOneKey);
      if (!found) return;
      const [key, queue] = found;
      toTheEnd(key, queue);
      void begin(key, queue);
    }
  }

  function toTheEnd(key: string, queue: Queue): void {
    queues.delete(key);
    queues.set(key, queue);
  }

  async function begin(key: string, queue: Queue): Promise<void> {
    const work = queue.waiting.shift();
    running++;
    queue.running++;
    await work?.();
    running--;
    queue.running--;
    if (queue.running === 0 && queue.waiting.length === 0) queues.delete(key);
    else toTheEnd(key, queue);
    next();
  }

  return <T>(key: string, work: () => Promise<T>) => {
    const queue = queues.get(key) ?? { running: 0, waiting: [] };
    if (queue.waiting.length >= waitingOfOneKey) return undefined;
    queues.set(key, queue);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    queue.waiting.push(() => work().then(resolve, reject));
    next();
    return promise;
  };
}
