import { setTimeout as pause } from "node:timers/promises";
import { type Site, sites } from "../shared/domain/sites.ts";
import type { StackDescription } from "./description.ts";
import type { FaultRequest } from "./site/control.ts";
import type { EventarcCounts, FaultScope } from "./site/eventarc.ts";

/** What tests and demos do to a running local cloud, from any process. All methods throw when the site is not there. */
export type Switches = {
  /** Puts faults on deliveries of events of that site's database; replaces those of the same trigger and tenant. */
  faults(site: Site, faults: FaultRequest): Promise<void>;
  /** Removes the faults of that very trigger and tenant, or all of the site's. */
  clearFaults(site: Site, scope?: FaultScope): Promise<void>;
  /** Counts by function; with a tenant, `received` and `pending` are of its events only. */
  eventarc(site: Site, tenant?: string): Promise<EventarcCounts>;
  /** Fires a schedule now; resolves to the status of the function's answer. */
  runSchedule(site: Site, name: string): Promise<number>;
  /** The processes of a function; empty while it has none. */
  pidsOfFunction(site: Site, name: string): Promise<number[]>;
  /**
   * Resolves when all events of writes made so far, and of the writes these led to, have been handled; with
   * a tenant, that tenant's only. Sites that are down are left out. @throws after `timeoutMs`.
   */
  settled(tenant?: string, timeoutMs?: number): Promise<void>;
};

/** The switches of the local cloud so described. */
export function switchesOf({ controls }: Pick<StackDescription, "controls">): Switches {
  const call = async (site: Site, method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${controls[site]}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} on the ${site} answered ${answer.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const flush = async (site: Site, tenant: string | undefined): Promise<EventarcCounts> => {
    try {
      return (await call(site, "POST", `/eventarc/flush${query({ tenant })}`)) as EventarcCounts;
    } catch (error) {
      // What fetch throws when nobody answers: the site is down, and its events with it.
      if (error instanceof TypeError) return {};
      throw error;
    }
  };
  return {
    faults: async (site, faults) => void (await call(site, "PUT", "/eventarc/faults", faults)),
    clearFaults: async (site, scope = {}) =>
      void (await call(site, "DELETE", `/eventarc/faults${query({ trigger: scope.trigger, tenant: scope.tenant })}`)),
    eventarc: async (site, tenant) => (await call(site, "GET", `/eventarc${query({ tenant })}`)) as EventarcCounts,
    runSchedule: async (site, name) =>
      ((await call(site, "POST", `/schedules/${name}/run`)) as { status: number }).status,
    pidsOfFunction: async (site, name) => {
      const pid = ((await call(site, "GET", "/functions")) as Record<string, number | null>)[name];
      return pid === null || pid === undefined ? [] : [pid];
    },
    settled: (tenant, timeoutMs = 30_000) => settle((site) => flush(site, tenant), timeoutMs),
  };
}

/** Done when a whole round finds nothing on its way and nothing received since the round before. */
async function settle(flush: (site: Site) => Promise<EventarcCounts>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let before: number | undefined;
  for (;;) {
    const counts = await Promise.all(sites.map(flush));
    const queues = counts.flatMap((ofSite) => Object.values(ofSite));
    const pending = queues.reduce((sum, queue) => sum + queue.pending, 0);
    const received = queues.reduce((sum, queue) => sum + queue.received, 0);
    if (pending === 0 && received === before) return;
    before = pending === 0 ? received : undefined;
    if (Date.now() > deadline) throw new Error(`events are still on their way: ${JSON.stringify(counts)}`);
    await pause(pending === 0 ? 0 : 10);
  }
}

function query(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
