import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import type { Site } from "../../shared/domain/sites.ts";
import { deliver } from "../support/events.ts";
import { type Finding, notInTime, timeLimitOf } from "./api.ts";
import { changeBodies } from "./changes.ts";
import { messages, type Pushed, takers } from "./messages.ts";
import { type FuzzTenant, until, type World } from "./world.ts";

/** How the events of a trial ended, by function and status, and what was found. */
export type EventTrial = { ends: Record<string, number>; findings: Finding[] };

const changeTakers = {
  "mirror-config": { database: "primary", trigger: "mirror-config-secondary-written" },
  "guard-standby": { database: "secondary", trigger: "guard-standby-secondary-updated" },
} as const;

const functions = [...Object.keys(takers), ...Object.keys(changeTakers)];

/**
 * Sends so many events to each function that takes any: real ones, broken ones and such as nobody sends. None may be refused
 * for good without becoming a dead letter, end a process, or cost a good event that comes with it.
 */
export async function tryEvents(world: World, count: number, seed: number): Promise<EventTrial> {
  const trial: EventTrial = { ends: {}, findings: [] };
  const tenant = await world.newTenant();
  const before = await world.processes(functions);
  for (const name of Object.keys(takers))
    await tryMessages(world, tenant, name as keyof typeof takers, count, seed, trial);
  await tryChanges(world, tenant.tenant, count, seed, trial);
  const after = await world.processes(functions);
  const ended = Object.entries(before).flatMap(([name, pid]) => (after[name] === pid ? [] : [name]));
  if (ended.length > 0) trial.findings.push({ operation: "events", faults: [`ended: ${ended.join(", ")}`] });
  return trial;
}

/** A message is done with, or a dead letter, when it is answered 2xx; nothing is down, so none has to come again. */
async function tryMessages(
  world: World,
  { tenant, known }: FuzzTenant,
  name: keyof typeof takers,
  count: number,
  seed: number,
  { ends, findings }: EventTrial,
): Promise<void> {
  const taker = takers[name];
  if (taker === undefined) return;
  const ids = {
    ...{ tenantId: [tenant], tenant: [tenant], site: [taker.site], officeId: ["tokyo"], callCenterId: ["orders"] },
    ...{ operationId: known.id ?? [], function: ["mirror-config", "backup-recording", "__proto__"] },
    source: [`${world.description.recordings}/${tenant}/rec-1.mp3?bytes=2000`],
  };
  const property = fc.asyncProperty(messages(taker.schema, ids), async (message) => {
    const status = await push(world, taker.site, name, message);
    const end = `${name} ${status}`;
    ends[end] = (ends[end] ?? 0) + 1;
    if (status < 200 || status >= 300) throw new Error(`answered ${status}`);
  });
  const details = await fc.check(property, { seed, numRuns: count, ...timeLimitOf(count) });
  if (!details.failed) return;
  if (details.counterexample === null) {
    findings.push({ operation: name, faults: [notInTime(details.numRuns, count)] });
    return;
  }
  const [{ data = "", attributes }] = details.counterexample;
  const text = Buffer.from(data, "base64").toString("utf8").slice(0, 600);
  const { errorInstance: error } = details;
  const faults = [error instanceof Error ? error.message : String(error)];
  findings.push({ operation: name, faults, request: `${text} ${JSON.stringify(attributes ?? {})}` });
}

/** Longer than any function takes over so small a message. */
const answerMilliseconds = 60_000;

async function push(world: World, site: Site, name: string, message: Pushed): Promise<number> {
  const body = {
    subscription: name,
    message: { messageId: randomUUID(), publishTime: new Date().toISOString(), ...message },
  };
  const url = `${world.description.controls[site]}/push/${name}`;
  const signal = AbortSignal.timeout(answerMilliseconds);
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), signal });
  await answer.body?.cancel();
  return answer.status;
}

const goodDocuments = 20;

async function tryChanges(world: World, tenant: string, count: number, seed: number, trial: EventTrial): Promise<void> {
  const { databases, wires, switches } = world;
  const good = databases.primary.collection(`tenants/${tenant}/accounts`);
  for (const [name, { database, trigger }] of Object.entries(changeTakers)) {
    const bodies = fc.sample(changeBodies(wires[database].root, tenant), { seed, numRuns: count });
    for (const [index, body] of bodies.entries()) {
      if (index % Math.ceil(count / goodDocuments) === 0) await good.doc(`${name}-${index}`).set({ index });
      await deliver(world, database, trigger, body);
    }
    trial.ends[`${name} delivered`] = bodies.length;
    await pause(100);
    try {
      await switches.settled(undefined, 60_000);
    } catch (error) {
      trial.findings.push({ operation: name, faults: [`events come again and again: ${String(error).slice(0, 600)}`] });
    }
  }
  const written = await good.get();
  const copies = databases.secondary.collection(`tenants/${tenant}/accounts`);
  await until(
    async () => (await copies.get()).size,
    (size) => size === written.size,
    20,
  ).catch((error: unknown) =>
    trial.findings.push({ operation: "mirror-config", faults: [`good changes were lost: ${String(error)}`] }),
  );
}
