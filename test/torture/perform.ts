import type { Fields } from "../../shared/domain/value.ts";
import {
  act,
  administratorOf,
  awaited,
  carriedOut,
  configurationIn,
  contentOf,
  endOf,
  noteWrites,
  standbyOf,
  write,
} from "./cloud.ts";
import { faultSteps } from "./faults.ts";
import type { StepName } from "./plan.ts";
import { comeToRest } from "./quiet.ts";
import type { Scene } from "./scene.ts";
import { drawFields, drawPath } from "./values.ts";
import { differences, expectAudit, type TenantModel, Violation } from "./world.ts";

/** What each step does, and what of it the model must know. */
export const performers: Record<StepName, (scene: Scene) => Promise<void>> = {
  ...faultSteps,
  quiet: comeToRest,
  edit: async (scene) => {
    for (let bursts = 1 + scene.random.below(4); bursts > 0; bursts--) {
      await editPrimary(scene, drawDocuments(scene, scene.tenant.primary, 1 + scene.random.below(15)));
    }
  },
  churn: async (scene) => {
    const { random, cloud } = scene;
    const paths = Array.from({ length: 3 }, () => drawPath(random));
    for (let writes = 10 + random.below(20); writes > 0; writes--) {
      const fields = random.chance(0.3) ? undefined : drawFields(random, cloud.wires.primary.root);
      await editPrimary(scene, new Map([[random.pick(paths), fields]]));
    }
  },
  async tamper(scene) {
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
  },
  meddle: async (scene) => void (await editSecondary(scene, 1 + scene.random.below(3))),
  async stop(scene) {
    const { cloud, tenant } = scene;
    await act(cloud, `/tenants/${tenant.id}/dr/stop`, { reason: "拷問のため" });
    await fence(scene, "stopped");
    tenant.edited.clear();
    expectAudit(tenant, "stop");
  },
  restore,
  reconcile: async ({ cloud, tenant }) =>
    void (await carriedOut(cloud, `/tenants/${tenant.id}/dr/reconcile`, undefined)),
  activate,
  editActive: async (scene) => void (await editSecondary(scene, 1 + scene.random.below(8))),
  failBack,
  purge,
  call: placeCalls,
  backUpNow: async ({ cloud, tenant }) => {
    const path = `/tenants/${tenant.id}/backup/runs`;
    await carriedOut(cloud, path, { scope: { all: true } }, administratorOf(tenant.id), "primary");
    expectAudit(tenant, "back-up-now");
  },
  verify: async ({ cloud, tenant }) => {
    const path = `/tenants/${tenant.id}/backup/verify`;
    await carriedOut(cloud, path, {}, administratorOf(tenant.id), "primary");
    expectAudit(tenant, "verify-backups");
  },
  async guidance({ cloud, tenant, random }) {
    const bucket = cloud.storage.bucket(cloud.stack.description.sites.primary.guidanceBucket);
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      const name = `${tenant.id}/${random.pick(["a.wav", "ivr/b.wav", "ivr/時間外.wav", "c 1.wav"])}`;
      const gone = tenant.guidance.size > 1 && tenant.guidance.has(name) && random.chance(0.3);
      const content = `content ${random.below(2 ** 32)}`;
      await awaited("Cloud Storage takes guidance", async () => {
        if (gone) await bucket.file(name).delete({ ignoreNotFound: true });
        else await bucket.file(name).save(content, { resumable: false });
        return true;
      });
      if (gone) tenant.guidance.delete(name);
      else tenant.guidance.set(name, content);
    }
  },
  async schedule({ cloud, random, world }) {
    const name = random.pick(schedules);
    if (world.lost && name === "heartbeat") return;
    const site = name === "heartbeat" ? "primary" : "secondary";
    if (random.chance(0.3)) await cloud.stack.runScheduleTwice(site, name);
    else await cloud.stack.runSchedule(site, name);
  },
};

const schedules = [
  ...["heartbeat", "reconcile", "sweep-operations", "sync-guidance", "sync-access-rules"],
  ...["sweep-outbox", "reload-settings", "sweep-backups", "expire-records"],
] as const;

/** Changes of documents: of those that are there, and new ones. */
function drawDocuments({ random }: Scene, known: ReadonlyMap<string, string>, count: number) {
  const ours = [...known.keys()].filter((path) => !/^(members|offices\/tokyo|callCenters\/orders|backup)/.test(path));
  const documents = new Map<string, ((root: string) => Fields) | undefined>();
  for (let made = 0; made < count; made++) {
    const path = ours.length > 0 && random.chance(0.5) ? random.pick(ours) : drawPath(random);
    documents.set(path, random.chance(0.25) ? undefined : (root) => drawFields(random, root));
  }
  return documents;
}

type Drawn = ReadonlyMap<string, Fields | ((root: string) => Fields) | undefined>;

const rooted = (drawn: Drawn, root: string) =>
  new Map([...drawn].map(([path, fields]) => [path, typeof fields === "function" ? fields(root) : fields]));

async function editPrimary({ cloud, tenant }: Scene, drawn: Drawn): Promise<void> {
  const { root } = cloud.wires.primary;
  const documents = rooted(drawn, root);
  await write(cloud, "primary", tenant.id, documents);
  noteWrites(tenant.primary, documents, root);
}

/** Writes on the secondary past Hikae, of which some must differ from what is there. */
async function editSecondary(scene: Scene, count: number): Promise<Map<string, Fields | undefined>> {
  const { cloud, tenant, random } = scene;
  const { root } = cloud.wires.secondary;
  const there = tenant.fenced ?? configurationIn(await contentOf(cloud, "secondary", tenant.id));
  const drawn: Drawn = new Map([
    ...drawDocuments(scene, there, count),
    [drawPath(random), (base: string) => drawFields(random, base)],
  ]);
  const documents = rooted(drawn, root);
  // The deletion of what is not there is no edit.
  for (const [path, fields] of documents) if (!fields && !there.has(path)) documents.delete(path);
  await write(cloud, "secondary", tenant.id, documents);
  if (tenant.fenced) noteWrites(tenant.fenced, documents, root);
  for (const path of documents.keys()) tenant.edited.add(path);
  return documents;
}

/** From here on nothing but its people writes the tenant's secondary. */
async function fence({ cloud, tenant }: Scene, mode: "stopped" | "active"): Promise<void> {
  tenant.fenced = configurationIn(await contentOf(cloud, "secondary", tenant.id));
  if (tenant.mode === "syncing") tenant.base = new Map(tenant.fenced);
  tenant.mode = mode;
}

function resumed(tenant: TenantModel): void {
  tenant.mode = "syncing";
  delete tenant.fenced;
  delete tenant.base;
  tenant.edited.clear();
}

/** Of the edits that are noted, or of all: an edit that was noted since may have it refused, and the tenant stay stopped. */
async function restore({ cloud, tenant, random }: Scene): Promise<void> {
  const { stop } = await standbyOf(cloud, tenant.id);
  let scope = stop?.reason === "tamper" && random.chance(0.6) ? "edited" : "all";
  const path = `/tenants/${tenant.id}/dr/restore`;
  for (;;) {
    const { body } = await act(cloud, path, { scope });
    const ended = await endOf(cloud, body.id);
    expectAudit(tenant, "resync");
    if (ended.state === "succeeded") break;
    if (scope === "all" || ended.error?.code !== "conflict") {
      throw new Violation("a stopped tenant is restored (R10b, R11)", "succeeded", ended);
    }
    expectAudit(tenant, "stop");
    tenant.refused.add(body.id);
    scope = "all";
  }
  resumed(tenant);
  expectAudit(tenant, "resume");
}

async function activate(scene: Scene): Promise<void> {
  const { cloud, tenant, random, world } = scene;
  const wasSyncing = tenant.mode === "syncing";
  const mode = random.pick(world.lost ? ["disaster"] : ["disaster", "drill", ...(wasSyncing ? ["planned"] : [])]);
  const asked = { confirm: tenant.id, mode, override: true, reason: "拷問のため" };
  await carriedOut(cloud, `/tenants/${tenant.id}/dr/activate`, asked);
  if (wasSyncing) tenant.edited.clear();
  await fence(scene, "active");
  expectAudit(tenant, "activate", "active");
  const lost = mode === "planned" && differences(tenant.primary, tenant.fenced ?? new Map());
  if (lost) throw new Violation("a planned move loses nothing (R18)", lost.expected, lost.found);
}

async function failBack({ cloud, tenant, random }: Scene): Promise<void> {
  const promote = random.chance(0.6) ? random.some([...tenant.edited], 5) : [];
  const asked = { confirm: tenant.id, promote, override: true, reason: "拷問のため" };
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
  resumed(tenant);
  expectAudit(tenant, "failback", "failed-back");
}

async function purge({ cloud, tenant, world }: Scene): Promise<void> {
  const { databases } = cloud;
  const histories = async (site: "primary" | "secondary") =>
    (await databases[site].collection(`tenants/${tenant.id}/callHistory`).count().get()).data().count;
  const before = world.lost ? 0 : await histories("primary");
  await carriedOut(cloud, `/tenants/${tenant.id}/dr/purge`, { confirm: tenant.id });
  expectAudit(tenant, "purge");
  const [here, there] = await Promise.all([histories("secondary"), world.lost ? 0 : histories("primary")]);
  const expected = { secondary: 0, primary: before };
  if (here !== 0 || there !== before) {
    throw new Violation("a purge empties the secondary's histories alone (R26)", expected, {
      ...{ secondary: here, primary: there },
    });
  }
}

const sourceFaults = ["notReady", "truncated", "html", "broken", "wrongMd5", "empty", "shortened"] as const;

async function placeCalls({ cloud, tenant, random }: Scene): Promise<void> {
  const source = random.pick(["gs", "https"] as const);
  const fault = source === "https" && random.chance(0.4) ? { fault: { fault: random.pick(sourceFaults) } } : {};
  const place = random.chance(0.85) ? { office: "tokyo", callCenter: "orders" } : { office: "tokyo" };
  const site = tenant.mode === "active" ? "secondary" : "primary";
  const { calls } = await cloud.stack.telephony.call({
    ...{ tenant: tenant.id, site, source, ...fault, ...place, bytes: 2000 + random.below(100_000) },
    ...{ count: 1 + random.below(4), recordings: 1 + random.below(2) },
  });
  for (const { recordingIds } of calls) tenant.recordings.push(...recordingIds.map((id) => ({ id, site }) as const));
}
