import { setTimeout as pause } from "node:timers/promises";
import { type Site, sites } from "../shared/domain/sites.ts";
import type { StackDescription } from "./description.ts";
import { type MailSwitches, mailSwitchesOf } from "./mail/switches.ts";
import type { FaultRequest } from "./site/control.ts";
import type { EventarcCounts, FaultScope } from "./site/eventarc.ts";
import { type StorageSwitches, storageSwitchesOf } from "./storage/switches.ts";
import { type Telephony, telephonyAt } from "./telephony/client.ts";

/** What tests and demos do to a running local cloud, from any process. All methods throw when the site is not there. */
export type Switches = MailSwitches & {
  /** Puts faults on deliveries of events of that site's database; replaces those of the same trigger and tenant. */
  faults(site: Site, faults: FaultRequest): Promise<void>;
  /** Removes the faults of that very trigger and tenant, or all of the site's. */
  clearFaults(site: Site, scope?: FaultScope): Promise<void>;
  /** Counts by function; with a tenant, `received` and `pending` are of its events only. */
  eventarc(site: Site, tenant?: string): Promise<EventarcCounts>;
  /** Fires a schedule now, after a run that is going on already; resolves to the status of the function's answer. */
  runSchedule(site: Site, name: string): Promise<number>;
  /** One firing of a schedule that is delivered twice at once; resolves to the status of each delivery's last attempt. */
  runScheduleTwice(site: Site, name: string): Promise<number[]>;
  /** The processes of a function; empty while it has none. */
  pidsOfFunction(site: Site, name: string): Promise<number[]>;
  /**
   * Resolves when all events of writes made so far, and of the writes these led to, have been handled; with
   * a tenant, that tenant's only. Sites that are down are left out. @throws after `timeoutMs`.
   */
  settled(tenant?: string, timeoutMs?: number): Promise<void>;
  /** What plays both sites' telephony. */
  telephony: Telephony;
  /** Cloud Storage of both locations. */
  storage: StorageSwitches;
};

/** The switches of the local cloud so described. */
export function switchesOf({
  controls,
  schedulerSwitches,
  mail,
  telephony,
  storage,
}: Pick<StackDescription, "controls" | "schedulerSwitches" | "mail" | "telephony" | "storage">): Switches {
  const call = (site: Site, method: string, path: string, body?: unknown) =>
    ask(method, `${controls[site]}${path}`, body);
  const fire = async (site: Site, name: string, deliveries: number): Promise<number[]> => {
    const url = `${schedulerSwitches}/${site}/${name}?deliveries=${deliveries}`;
    return ((await ask("POST", url)) as { statuses: number[] }).statuses;
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
    ...mailSwitchesOf(mail.inbox),
    telephony: telephonyAt(telephony),
    storage: storageSwitchesOf(storage),
    faults: async (site, faults) => void (await call(site, "PUT", "/eventarc/faults", faults)),
    clearFaults: async (site, scope = {}) =>
      void (await call(site, "DELETE", `/eventarc/faults${query({ trigger: scope.trigger, tenant: scope.tenant })}`)),
    eventarc: async (site, tenant) => (await call(site, "GET", `/eventarc${query({ tenant })}`)) as EventarcCounts,
    runSchedule: async (site, name) => (await fire(site, name, 1))[0] ?? 0,
    runScheduleTwice: (site, name) => fire(site, name, 2),
    pidsOfFunction: async (site, name) => {
      const pid = ((await call(site, "GET", "/functions")) as Record<string, number | null>)[name];
      return pid === null || pid === undefined ? [] : [pid];
    },
    settled: (tenant, timeoutMs = 30_000) => settle((site) => flush(site, tenant), timeoutMs),
  };
}

async function ask(method: string, url: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
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
