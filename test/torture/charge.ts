import { placeCalls } from "./calls.ts";
import {
  act,
  awaited,
  type Cloud,
  carriedOut,
  configurationIn,
  contentOf,
  endOf,
  noteWrites,
  standbyOf,
} from "./cloud.ts";
import { editSecondary } from "./edits.ts";
import type { Mode } from "./plan.ts";
import { eventsSettled } from "./quiet.ts";
import type { Scene } from "./scene.ts";
import { differences, expectAudit, expectMail, type TenantModel, Violation } from "./world.ts";

/** The steps that change who writes a tenant's secondary. */
export const chargeSteps = { tamper, stop, restore, activate, failBack };

const because = { reason: "拷問のため" };

async function tamper(scene: Scene): Promise<void> {
  const { cloud, tenant, random } = scene;
  tenant.edited.clear();
  const written = await editSecondary(scene, 1 + random.below(3));
  await awaited("a direct edit of the secondary stops the sync (R10)", async () => {
    return (await standbyOf(cloud, tenant.id)).state === "stopped" ? true : undefined;
  });
  await fence(scene, "stopped");
  // The mirror never writes over it, so it is there still.
  noteWrites(tenant.fenced ?? new Map(), written, cloud.wires.secondary.root);
  for (const path of written.keys()) tenant.base?.set(path, "unknown");
  expectAudit(tenant, "stop");
  expectMail(tenant, "tamper");
}

async function stop(scene: Scene): Promise<void> {
  const { cloud, tenant } = scene;
  await act(cloud, `/tenants/${tenant.id}/dr/stop`, because);
  await fence(scene, "stopped");
  tenant.edited.clear();
  expectAudit(tenant, "stop");
  expectMail(tenant, "syncStopped");
}

/** Of the edits that are noted, or of all: an edit that was noted since may have it refused, and the tenant stay stopped. */
async function restore(scene: Scene): Promise<void> {
  const { cloud, tenant, random } = scene;
  await endFenced(scene);
  const { stop: cause } = await standbyOf(cloud, tenant.id);
  const mayChoose = cause?.reason === "tamper" && !tenant.editsMayBeMissed;
  let scope = mayChoose && random.chance(0.6) ? "edited" : "all";
  const path = `/tenants/${tenant.id}/dr/restore`;
  for (;;) {
    const { body } = await act(cloud, path, { scope, override: true, ...because });
    const ended = await endOf(cloud, body.id);
    expectAudit(tenant, "request-restore", "resync");
    if (ended.state === "succeeded") break;
    if (scope === "all" || ended.error?.code !== "conflict") {
      throw new Violation("a stopped tenant is restored (R10b, R11)", "succeeded", ended);
    }
    expectAudit(tenant, "stop");
    tenant.refused.add(body.id);
    scope = "all";
  }
  await resumed(cloud, tenant);
  expectAudit(tenant, "resume");
}

async function activate(scene: Scene): Promise<void> {
  const { cloud, tenant, random, world } = scene;
  const wasSyncing = tenant.mode === "syncing";
  await endFenced(scene);
  const mode = random.pick(world.lost ? ["disaster"] : ["disaster", "drill", ...(wasSyncing ? ["planned"] : [])]);
  const asked = { confirm: tenant.id, mode, override: true, ...because };
  const { body } = await act(cloud, `/tenants/${tenant.id}/dr/activate`, asked);
  if (wasSyncing) tenant.edited.clear();
  // The fence is up with the answer, but in a planned move, which carries over what is missing first (R18).
  if (mode !== "planned") await noteFenced(scene);
  const ended = await endOf(cloud, body.id);
  if (ended.state !== "succeeded") throw new Violation("an activation succeeds (R18)", "succeeded", ended);
  await fence(scene, "active");
  tenant.isDrill = mode === "drill";
  expectAudit(tenant, "request-activation", "activate", "active");
  expectMail(tenant, "activated");
  const lost = mode === "planned" && differences(tenant.primary, tenant.fenced ?? new Map());
  if (lost) throw new Violation("a planned move loses nothing (R18)", lost.expected, lost.found);
  if (random.chance(0.7)) await placeCalls(scene);
}

async function failBack(scene: Scene): Promise<void> {
  const { cloud, tenant, random } = scene;
  await endFenced(scene);
  const promote = random.chance(0.6) ? random.some([...tenant.edited], 5) : [];
  const asked = { confirm: tenant.id, promote, override: true, ...because };
  const { result } = await carriedOut(cloud, `/tenants/${tenant.id}/dr/failback`, asked);
  const { promotions = [] } = (result ?? {}) as { promotions?: { path: string; outcome: string }[] };
  for (const path of promote) {
    const outcome = promotions.find((each) => each.path === path)?.outcome;
    const [here, there] = [tenant.fenced?.get(path), tenant.primary.get(path)];
    const base = tenant.base?.get(path);
    if (outcome === "promoted") {
      if (here === undefined) tenant.primary.delete(path);
      else tenant.primary.set(path, here);
    }
    if (here === there || here === base || base === "unknown") continue;
    const expected = there === base ? "promoted" : "refused";
    if (outcome === expected) continue;
    throw new Violation("what changed on the secondary alone is promoted, and nothing else (R25)", expected, {
      ...{ path, outcome, base, primary: there, secondary: here },
    });
  }
  await resumed(cloud, tenant);
  expectAudit(tenant, "request-failback", "failback", "failed-back");
  expectMail(tenant, "failedBack");
  if (tenant.isDrill) expectMail(tenant, "drillReport");
}

/** What was written on the primary meanwhile has come by then, or is still on its way and comes late. */
async function endFenced({ cloud, tenant, random }: Scene): Promise<void> {
  if (!tenant.fenced) return;
  if (random.chance(0.6)) await eventsSettled(cloud, tenant.id);
  await requireFenced(cloud, tenant);
}

/** From here on nothing but its people writes the tenant's secondary; where that was so already, it must hold what it held. */
async function fence(scene: Scene, mode: "stopped" | "active"): Promise<void> {
  await noteFenced(scene);
  await changeMode(scene.cloud, scene.tenant, mode);
}

async function noteFenced({ cloud, tenant }: Scene): Promise<void> {
  await requireFenced(cloud, tenant);
  tenant.fenced ??= configurationIn(await contentOf(cloud, "secondary", tenant.id));
  tenant.base ??= new Map(tenant.fenced);
}

async function resumed(cloud: Cloud, tenant: TenantModel): Promise<void> {
  await changeMode(cloud, tenant, "syncing");
  delete tenant.fenced;
  delete tenant.base;
  tenant.edited.clear();
  tenant.editsMayBeMissed = tenant.guardDrops;
}

/** @throws Violation when a fenced secondary is not what it was but for what its people wrote (R6). */
async function requireFenced(cloud: Cloud, { id, fenced }: TenantModel): Promise<void> {
  const wrong = fenced && differences(fenced, configurationIn(await contentOf(cloud, "secondary", id)));
  if (wrong) {
    throw new Violation(
      `the secondary is unchanged by the mirror while it is fenced (R6), ${id}`,
      wrong.expected,
      wrong.found,
    );
  }
}

/** The fence is above what it was before each change of who writes the secondary. @throws Violation (R6) */
async function changeMode(cloud: Cloud, tenant: TenantModel, mode: Mode): Promise<void> {
  tenant.mode = mode;
  const { number } = (await standbyOf(cloud, tenant.id)).fence;
  if (number <= tenant.fence) {
    throw new Violation(`the fence rises with each change of the writer (R6), ${tenant.id}`, `above ${tenant.fence}`, {
      ...{ number, mode },
    });
  }
  tenant.fence = number;
}
