import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { EventQueue, type Faults, type QueueOptions } from "../../local/site/event-queue.ts";

const none: Faults = { duplicate: 0, drop: 0, delayMs: 0, shuffle: false };
const retry = { firstMs: 4, capMs: 16, maximumAgeMs: 60_000 };

function queueOf(options: Partial<QueueOptions>) {
  const delivered: string[] = [];
  const deliver = async ({ body }: { body: Buffer }) => {
    delivered.push(body.toString());
    return 204;
  };
  const queue = new EventQueue({ deliver, concurrency: 80, retry, ...options });
  const push = (body: string, tenant = "acme") => queue.push({ headers: {}, body: Buffer.from(body), tenant });
  const drained = () => vi.waitFor(() => expect(queue.counts().pending).toBe(0), { interval: 2 });
  return { queue, delivered, push, drained };
}

describe("EventQueue", () => {
  test("delivers in the order of arrival while nothing fails", async () => {
    const { queue, delivered, push, drained } = queueOf({});
    const bodies = Array.from({ length: 3000 }, (_, index) => `${index}`);
    for (const body of bodies) push(body);
    await drained();
    expect(delivered).toEqual(bodies);
    expect(queue.counts()).toMatchObject({ received: 3000, delivered: 3000, retried: 0 });
  });

  test("tries again with growing pauses until the function accepts", async () => {
    const at: number[] = [];
    const statuses = [500, 0, 429, 200];
    const deliver = async () => {
      at.push(performance.now());
      return statuses[at.length - 1] ?? 200;
    };
    vi.useFakeTimers();
    try {
      const { queue, push } = queueOf({ deliver, retry: { ...retry, firstMs: 20, capMs: 1000 }, random: () => 1 });
      push("a");
      await vi.advanceTimersByTimeAsync(1000);
      expect(queue.counts()).toMatchObject({ delivered: 1, retried: 3 });
    } finally {
      vi.useRealTimers();
    }
    const pauses = at.slice(1).map((time, index) => Math.round(time - (at[index] ?? 0)));
    expect(pauses).toStrictEqual([20, 40, 80]);
  });

  test("gives an event up when it is too old", async () => {
    const { queue, push, drained } = queueOf({ deliver: async () => 500, retry: { ...retry, maximumAgeMs: 20 } });
    push("a");
    await drained();
    expect(queue.counts()).toMatchObject({ delivered: 0, dropped: 1 });
  });

  test("keeps no more deliveries in flight than it may", async () => {
    let [inFlight, most] = [0, 0];
    const deliver = async () => {
      most = Math.max(most, ++inFlight);
      await pause(2);
      inFlight--;
      return 200;
    };
    const { push, drained } = queueOf({ deliver, concurrency: 7 });
    for (let index = 0; index < 50; index++) push("a");
    await drained();
    expect(most).toBe(7);
  });

  test("delivers twice when duplicates are asked for", async () => {
    const { queue, delivered, push, drained } = queueOf({ faultsFor: () => ({ ...none, duplicate: 1 }) });
    push("a");
    await drained();
    expect(delivered).toEqual(["a", "a"]);
    expect(queue.counts()).toMatchObject({ received: 1, duplicated: 1, delivered: 2 });
  });

  test("loses events when that is asked for, of one tenant only", async () => {
    const faultsFor = ({ tenant }: { tenant: string | undefined }) =>
      tenant === "acme" ? { ...none, drop: 1 } : undefined;
    const { queue, delivered, push, drained } = queueOf({ faultsFor });
    push("a");
    push("b", "other");
    await drained();
    expect(delivered).toEqual(["b"]);
    expect(queue.counts().dropped).toBe(1);
  });

  test.each([
    ["shuffled", { ...none, shuffle: true }],
    ["delayed", { ...none, delayMs: 30 }],
  ])("delivers %s events all, in another order", async (_name, faults) => {
    const { delivered, push, drained } = queueOf({ faultsFor: () => faults, shuffleWindowMs: 5 });
    const bodies = Array.from({ length: 100 }, (_, index) => `${index}`);
    for (const body of bodies) push(body);
    await drained();
    expect(delivered).not.toEqual(bodies);
    expect(delivered.toSorted()).toEqual(bodies.toSorted());
  });

  test("never delivers an event of more than 512 KiB (R8)", async () => {
    const { queue, delivered, push, drained } = queueOf({});
    push("x".repeat(512 * 1024 + 1));
    push("y".repeat(512 * 1024));
    await drained();
    expect(delivered.map(([first]) => first)).toEqual(["y"]);
    expect(queue.counts()).toMatchObject({ oversize: 1, delivered: 1 });
  });

  test("counts what is on its way by tenant", async () => {
    const { queue, push } = queueOf({ deliver: () => new Promise(() => undefined) });
    push("a");
    push("b", "other");
    expect([queue.counts().pending, queue.counts("acme").pending, queue.counts("nobody").pending]).toEqual([2, 1, 0]);
  });
});
