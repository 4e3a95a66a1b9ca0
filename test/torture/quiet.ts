import type { DocumentSnapshot } from "@google-cloud/firestore";
import { everySchedule } from "../../functions/manifest.ts";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { destinationId } from "../../shared/stores/backup-destinations.ts";
import { awaited, type Cloud, carriedOut, endOf, entriesOf, outboxOf } from "./cloud.ts";
import { checkInvariants } from "./invariants.ts";
import { endMailCuts } from "./mails.ts";
import { isAsExpected } from "./recordings.ts";
import type { Scene } from "./scene.ts";
import { expectAudit, type TenantModel, Violation, type World } from "./world.ts";

/** Comes to rest, has every schedule do its work where nothing is wrong, and checks that all is as it must be. */
export async function quiet(scene: Scene): Promise<void> {
  const { cloud, world } = scene;
  await comeToRest(scene);
  await Promise.all(everySchedule().map(({ site, name }) => answered(cloud, site, name)));
  await settle(cloud, world);
  await checkInvariants(cloud, world);
}

/** Ends all faults, and waits until everything that can go on has gone on. */
export async function comeToRest({ cloud, world, faults }: Scene): Promise<void> {
  const { stack } = cloud;
  await faults.ended();
  await Promise.all([
    ...sites.map((site) => stack.clearFaults(site)),
    stack.storage.clearFaults(),
    stack.clearMailFaults(),
  ]);
  endMailCuts(world, "all");
  world.storage = { fails: false, corrupts: false };
  for (const tenant of world.tenants) {
    tenant.guardDrops = false;
    // Nobody has edited the secondary since the mirror writes it.
    if (tenant.mode === "syncing") tenant.editsMayBeMissed = false;
  }
  for (const site of sites) await healthy(cloud, site);
  await settle(cloud, world);
  await repair(cloud, world);
  await settle(cloud, world);
}

async function answered({ stack }: Cloud, site: Site, name: string): Promise<void> {
  const status = await stack.runSchedule(site, name);
  if (status < 200 || status >= 300) {
    throw new Violation(`every schedule succeeds when nothing is wrong (R15), ${name} of the ${site}`, "2xx", status);
  }
}

/** A tenant that is being synchronised is compared, and repaired. */
export async function reconciled(cloud: Cloud, tenant: TenantModel): Promise<void> {
  await carriedOut(cloud, `/tenants/${tenant.id}/dr/reconcile`, undefined);
  expectAudit(tenant, "request-reconcile");
}

async function healthy({ stack }: Cloud, site: Site): Promise<void> {
  await awaited(`the ${site} is whole again`, async () => {
    const { ok } = await fetch(`${stack.description.sites[site].api}/v1/health`);
    return ok ? true : undefined;
  });
}

/** Events, operations, recordings and letters, in the order in which one leads to the next. */
async function settle(cloud: Cloud, world: World): Promise<void> {
  await eventsSettled(cloud);
  const open = await cloud.databases.secondary.collection("operations").where("open", "==", true).get();
  await Promise.all(open.docs.map((operation) => endOf(cloud, operation.id)));
  for (const tenant of world.tenants) await recordingsSettled(cloud, tenant);
  await lettersSettled(cloud, world);
  await eventsSettled(cloud);
}

/** Of one tenant, or all. */
export async function eventsSettled({ stack }: Cloud, tenant?: string): Promise<void> {
  await awaited("every event is handled in the end (R5)", () => stack.settled(tenant, 60_000).then(() => true), {
    shown: async () => Promise.all(sites.map((site) => stack.eventarc(site))),
  });
}

/** What lost events left is found by a reconciliation, and only by it (R8); what changed of guidance by its schedule (R12). */
async function repair(cloud: Cloud, world: World): Promise<void> {
  const syncing = world.tenants.filter(({ mode }) => mode === "syncing");
  if (world.dropped) {
    await Promise.all(syncing.map((tenant) => reconciled(cloud, tenant)));
    world.dropped = false;
  }
  for (const tenant of syncing) if (tenant.guidance.size > 0) await guidanceSynced(cloud, tenant);
}

async function guidanceSynced({ stack, databases }: Cloud, { id }: TenantModel): Promise<void> {
  const from = Date.now();
  await awaited("guidance is synchronised by its schedule (R12)", async () => {
    const record = await databases.secondary.doc(`standbys/${id}/syncs/guidance`).get();
    if (record.exists && record.get("at").toMillis() >= from) return true;
    await stack.runSchedule("secondary", "sync-guidance");
    return undefined;
  });
}

/** Tried so often once the faults have ended; what does not stand as it may by then is told by the invariant. */
const rounds = 6;

/** Every recording is in the ledger, and lets time pass for what waits for its next try or its bucket's return. */
async function recordingsSettled(cloud: Cloud, { id, bucket, recordings }: TenantModel): Promise<void> {
  for (const site of sites) {
    const told = recordings.filter((recording) => recording.site === site);
    if (told.length === 0) continue;
    for (let round = 0; round < rounds; round++) {
      await awaited(
        "every recording is tried (R38)",
        async () => {
          const entries = new Map((await entriesOf(cloud, site, id)).map((entry) => [entry.recordingId, entry]));
          const missing = told.filter((recording) => !entries.has(recording.id));
          return missing.length === 0 && ![...entries.values()].some(isUnderWay) ? true : undefined;
        },
        { shown: () => untried(cloud, site, id, told) },
      );
      const entries = new Map((await entriesOf(cloud, site, id)).map((entry) => [entry.recordingId, entry]));
      if (told.every((recording) => isAsExpected(recording, entries.get(recording.id)))) break;
      await passTime(cloud, site, id, bucket);
    }
  }
}

/** What is not in the ledger at all, and what is there and goes nowhere. */
async function untried(cloud: Cloud, site: Site, tenant: string, told: readonly { id: string }[]): Promise<object> {
  const entries = await entriesOf(cloud, site, tenant);
  const known = new Set(entries.map(({ recordingId }) => recordingId));
  return { missing: told.filter(({ id }) => !known.has(id)), underWay: entries.filter(isUnderWay) };
}

/** Neither stored nor given up, and waiting for nothing. */
function isUnderWay({ state, parked, error, dueAt }: BackupEntry): boolean {
  if (state === "waiting") return dueAt !== undefined && dueAt <= new Date();
  return state === "pending" && (parked === undefined || error === undefined);
}

/** As if the time had come for which they wait; nothing to what changes meanwhile. */
async function passTime({ databases, stack }: Cloud, site: Site, tenant: string, bucket: string): Promise<void> {
  const ledger = databases[site].collection(`tenants/${tenant}/recordingBackups`);
  const waiting = await ledger.where("state", "==", "waiting").get();
  await Promise.all(waiting.docs.map((entry) => soonAs(entry, { dueAt: new Date(0) })));
  const destination = await databases[site].doc(`backupDestinations/${destinationId(tenant, bucket)}`).get();
  if (destination.get("incident")) await soonAs(destination, { "incident.nextProbeAt": new Date(0) });
  await stack.runSchedule(site, "sweep-backups");
}

/** Changes a record of Hikae's, if it is still as it was read. */
async function soonAs({ ref, updateTime }: DocumentSnapshot, change: Record<string, Date>): Promise<void> {
  if (updateTime) await ref.update(change, { lastUpdateTime: updateTime }).catch(() => undefined);
}

/** Lets the pauses between tries pass, and sweeps, until nothing in the outbox is due any more. */
async function lettersSettled(cloud: Cloud, { tenants }: World): Promise<void> {
  for (const site of sites) {
    await awaited("every mail is sent in the end (R48)", async () => {
      const records = (await Promise.all(tenants.map(({ id }) => outboxOf(cloud, site, id)))).flat();
      const due = records.filter((record) => record.get("dueAt"));
      if (due.length === 0) return true;
      const waiting = due.filter((record) => record.get("state") === "pending" && record.get("attempts") > 0);
      await Promise.all(waiting.map((record) => soonAs(record, { dueAt: new Date(0) })));
      await cloud.stack.runSchedule(site, "sweep-outbox");
      return undefined;
    });
  }
}
