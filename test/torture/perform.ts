import { placeCalls } from "./calls.ts";
import { chargeSteps } from "./charge.ts";
import { administratorOf, awaited, carriedOut } from "./cloud.ts";
import { drawDocuments, editPrimary, editSecondary } from "./edits.ts";
import { faultSteps } from "./faults.ts";
import type { StepName } from "./plan.ts";
import { purge } from "./purge.ts";
import { quiet, reconciled } from "./quiet.ts";
import type { Scene } from "./scene.ts";
import { drawFields, drawPath } from "./values.ts";
import { expectAudit } from "./world.ts";

/** What each step does, and what of it the model must know. */
export const performers: Record<StepName, (scene: Scene) => Promise<void>> = {
  ...faultSteps,
  ...chargeSteps,
  quiet,
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
  meddle: async (scene) => void (await editSecondary(scene, 1 + scene.random.below(3))),
  reconcile: ({ cloud, tenant }) => reconciled(cloud, tenant),
  editActive: async (scene) => void (await editSecondary(scene, 1 + scene.random.below(8))),
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
    const site = name === "heartbeat" ? "primary" : "secondary";
    if (world.lost === site) return;
    if (random.chance(0.3)) await cloud.stack.runScheduleTwice(site, name);
    else await cloud.stack.runSchedule(site, name);
  },
};

const schedules = [
  ...["heartbeat", "reconcile", "sweep-operations", "sync-guidance", "sync-access-rules"],
  ...["sweep-outbox", "reload-settings", "sweep-backups", "expire-records"],
] as const;
