import { setTimeout as pause } from "node:timers/promises";
import type { Site } from "../../shared/domain/sites.ts";
import type { Cloud } from "./cloud.ts";
import { comeToRest } from "./quiet.ts";
import type { Faults, Scene } from "./scene.ts";

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
  async drop({ cloud, world, random, tenant: { id } }: Scene) {
    const [site, trigger] = random.pick([
      ["primary", "mirror-config"],
      ["secondary", "guard-standby"],
      ["secondary", "send-mail"],
    ] as const);
    if (trigger !== "send-mail") world.dropped = true;
    await unlessDown(cloud.stack.faults(site, { trigger, tenant: id, drop: random.pick([0.2, 1]) }));
  },
  async storageFault({ cloud, random, tenant: { bucket } }: Scene) {
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
    await cloud.stack.storage.fault({ ...where, ...fault });
  },
  async mailFault({ cloud, world, random, tenant: { id } }: Scene) {
    const answer = random.pick(["busy", "hangUp", "loseAnswer"] as const);
    if (answer === "loseAnswer") world.mailCut = true;
    await cloud.stack.mailFault({ answer, ...(random.chance(0.5) ? { to: `company@${id}.example` } : {}) });
  },
  async kill({ cloud, world, random, faults }: Scene) {
    const [site, name] = random.pick(mortal);
    if (world.lost && site === "primary") return;
    const afterMs = random.below(2500);
    if (name === "send-mail") world.mailCut = true;
    const tenants = world.tenants.map(({ id }) => id);
    faults.begin(async () => {
      await pause(afterMs);
      await unlessDown(cloud.stack.killFunction(site, name));
      if (name === "run-operation") await endLeases(cloud, tenants);
      if (name === "send-mail") await endLetters(cloud, tenants);
    });
  },
  async restartDatabase({ cloud, random, faults, world }: Scene) {
    // Who is killed now and back in a moment would not stand still while the emulator's copy is made.
    await faults.ended();
    const site = random.pick(["primary", "secondary"] as const);
    // The emulator holds undelivered events in memory, and so loses them.
    world.dropped = true;
    await cloud.stack.restartDatabase(site);
  },
  async loseTokyo(scene: Scene) {
    // What a function acknowledges while the emulator's disk is copied would be lost, as no real database loses it.
    await comeToRest(scene);
    await scene.cloud.stack.kill("primary", { keepDisk: true });
    scene.world.lost = true;
  },
  async regainTokyo({ cloud, world }: Scene) {
    await cloud.stack.restart("primary");
    world.lost = false;
    // Events that were on their way went down with it.
    world.dropped = true;
  },
};

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

async function endLetters({ databases }: Cloud, tenants: readonly string[]): Promise<void> {
  const found = await databases.secondary.collection("outbox").where("tenant", "in", tenants).get();
  for (const letter of found.docs) {
    if (letter.get("state") !== "sending") continue;
    const unchanged = { lastUpdateTime: letter.updateTime };
    await letter.ref.update({ dueAt: new Date(0) }, unchanged).catch(() => undefined);
  }
}
