import { setTimeout as pause } from "node:timers/promises";
import type { Site } from "../../shared/domain/sites.ts";
import { administratorOf, type Cloud, outboxOf } from "./cloud.ts";
import { checkInvariants } from "./invariants.ts";
import { beginMailCut, endMailCuts, noteHeldLetters } from "./mails.ts";
import { comeToRest } from "./quiet.ts";
import type { Faults, Scene } from "./scene.ts";
import type { World } from "./world.ts";

/** Nothing has begun yet. */
export function openFaults(): Faults {
  let running: Promise<unknown>[] = [];
  return {
    begin(what) {
      running.push(
        what().then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
    },
    async ended() {
      const ends = await Promise.all(running);
      running = [];
      for (const end of ends) if (end !== undefined) throw end;
    },
  };
}

/** What may die at any moment: on which sites, and what. */
const mortal: readonly [Site, string][] = [
  ["secondary", "mirror-config"],
  ["secondary", "mirror-config"],
  ["secondary", "guard-standby"],
  ["secondary", "run-operation"],
  ["secondary", "run-operation"],
  ["secondary", "run-operation"],
  ["secondary", "run-activation"],
  ["secondary", "run-activation"],
  ["secondary", "announce-state"],
  ["secondary", "send-mail"],
  ["secondary", "admin"],
  ["secondary", "activate"],
  ["secondary", "failback"],
  ["secondary", "purge"],
  ["secondary", "record-reload-ack"],
  ["secondary", "backup-recording"],
  ["primary", "backup-recording"],
  ["primary", "store-recording"],
  ["primary", "admin"],
];

const mortalSchedules: readonly [Site, string][] = [
  ["secondary", "reconcile"],
  ["secondary", "sweep-operations"],
  ["secondary", "sync-guidance"],
  ["secondary", "sync-access-rules"],
  ["secondary", "reload-settings"],
  ["secondary", "expire-records"],
  ["secondary", "sweep-outbox"],
  ["secondary", "sweep-backups"],
  ["primary", "sweep-outbox"],
  ["primary", "sweep-backups"],
  ["primary", "expire-records"],
];

/** The steps that harm the cloud. */
export const faultSteps = {
  async disorder({ cloud, random, tenant }: Scene) {
    const site = random.pick(["primary", "secondary"] as const);
    const fault = {
      ...{ duplicate: random.pick([0, 0.3, 1]), delayMs: random.pick([0, 200, 1500]), shuffle: random.chance(0.6) },
      ...(random.chance(0.5) ? { tenant: tenant.id } : {}),
    };
    await unlessDown(cloud.stack.faults(site, fault));
  },
  async drop({ cloud, world, random, tenant }: Scene) {
    const [site, trigger] = random.pick([
      ["primary", "mirror-config"],
      ["secondary", "guard-standby"],
      ["secondary", "send-mail"],
    ] as const);
    if (trigger !== "send-mail") world.dropped = true;
    if (trigger === "guard-standby") {
      tenant.guardDrops = true;
      tenant.editsMayBeMissed = true;
    }
    await unlessDown(cloud.stack.faults(site, { trigger, tenant: tenant.id, drop: random.pick([0.2, 1]) }));
  },
  async storageFault({ cloud, random, world, tenant: { bucket } }: Scene) {
    const where = random.chance(0.7) ? { bucket } : {};
    const fault = random.pick([
      { status: 503, times: 5 },
      { status: 429, times: 5 },
      { noAnswer: "reset", chance: 0.5, times: 8 },
      { operation: "objects.insert", answerLost: true, times: 2 },
      { operation: "objects.insert", breakAfterBytes: 1000, times: 2 },
      { delayMs: 800, times: 20 },
      { corrupt: true, times: 2 },
    ] as const);
    world.storage.fails = true;
    world.storage.corrupts ||= "corrupt" in fault && !("bucket" in where);
    await cloud.stack.storage.fault({ ...where, ...fault });
  },
  async mailFault({ cloud, world, random, tenant: { id } }: Scene) {
    const answer = random.pick(["busy", "hangUp", "loseAnswer"] as const);
    const to = random.chance(0.5) ? administratorOf(id) : undefined;
    if (answer === "loseAnswer") beginMailCut(world, to);
    await cloud.stack.mailFault({ answer, ...(to === undefined ? {} : { to }) });
    if (answer !== "loseAnswer") endMailCuts(world, { to });
  },
  async kill({ cloud, world, random, faults }: Scene) {
    const [site, name] = random.pick(mortal);
    if (world.lost === site) return;
    const afterMs = random.below(2500);
    const tenants = world.tenants.map(({ id }) => id);
    faults.begin(async () => {
      await pause(afterMs);
      await unlessDown(cloud.stack.killFunction(site, name));
      if (name === "run-operation" || name === "run-activation") await endLeases(cloud, tenants);
      if (name === "send-mail") await endLetters(cloud, world, site);
    });
  },
  async killSchedule({ cloud, world, random, faults }: Scene) {
    const [site, name] = random.pick(mortalSchedules);
    if (world.lost === site) return;
    const afterMs = random.below(300);
    faults.begin(async () => {
      const fired = cloud.stack.runSchedule(site, name).catch(() => undefined);
      await pause(afterMs);
      await unlessDown(cloud.stack.killFunction(site, name));
      // What it had asked of the database last is done by then.
      await pause(100);
      await endFirings(cloud, site, name);
      if (name === "sweep-outbox") await endLetters(cloud, world, site);
      // Cloud Scheduler delivers it again later, and finds its work done or does it.
      await fired;
    });
  },
  async restartDatabase({ cloud, random, faults, world }: Scene) {
    // Who is killed now and back in a moment would not stand still while the emulator's copy is made.
    await faults.ended();
    const site = random.pick(["primary", "secondary"] as const);
    // The emulator holds undelivered events in memory, and so loses them.
    world.dropped = true;
    if (site === "secondary") for (const tenant of world.tenants) tenant.editsMayBeMissed = true;
    await noteHeldLetters(cloud, world, site);
    await cloud.stack.restartDatabase(site);
  },
  loseTokyo: (scene: Scene) => lose(scene, "primary"),
  async regainTokyo({ cloud, world }: Scene) {
    await cloud.stack.restart("primary");
    world.lost = undefined;
    // Events that were on their way went down with it.
    world.dropped = true;
  },
  loseOsaka: (scene: Scene) => lose(scene, "secondary"),
  /** Nothing went down with it: what Tokyo told it meanwhile is told again. */
  async regainOsaka({ cloud, world }: Scene) {
    await cloud.stack.restart("secondary");
    world.lost = undefined;
  },
};

// What a function acknowledges while the emulator's disk is copied would be lost, as no real database loses it.
async function lose(scene: Scene, site: Site): Promise<void> {
  await comeToRest(scene);
  await checkInvariants(scene.cloud, scene.world);
  await scene.cloud.stack.kill(site, { keepDisk: true });
  scene.world.lost = site;
}

/** What is asked of a site that is down itself is left out. */
async function unlessDown(asked: Promise<void>): Promise<void> {
  await asked.catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
  });
}

/** As if the time of the leases that died with their process had passed. */
async function endLeases({ databases }: Cloud, tenants: readonly string[]): Promise<void> {
  const open = await databases.secondary.collection("operations").where("tenant", "in", tenants).get();
  for (const found of open.docs) {
    if (!found.get("lease")) continue;
    const unchanged = { lastUpdateTime: found.updateTime };
    await found.ref.update({ "lease.until": new Date(0) }, unchanged).catch(() => undefined);
  }
}

async function endFirings({ databases }: Cloud, site: Site, name: string): Promise<void> {
  const found = await databases[site].doc(`schedules/${name}`).get();
  if (!found.updateTime || !found.get("lease")) return;
  const unchanged = { lastUpdateTime: found.updateTime };
  await found.ref.update({ "lease.until": new Date(0) }, unchanged).catch(() => undefined);
}

/** As if the time of the letters had passed that died with their sender. */
async function endLetters(cloud: Cloud, world: World, site: Site): Promise<void> {
  await noteHeldLetters(cloud, world, site);
  for (const { id } of world.tenants) {
    for (const letter of await outboxOf(cloud, site, id)) {
      if (letter.get("state") !== "sending") continue;
      const unchanged = { lastUpdateTime: letter.updateTime };
      await letter.ref.update({ dueAt: new Date(0) }, unchanged).catch(() => undefined);
    }
  }
}
