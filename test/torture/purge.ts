import { kindsWith } from "../../shared/catalogue.ts";
import { isOpen } from "../../shared/domain/backup/entry.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { awaited, type Cloud, call, contentOf, endOf, entriesOf, write } from "./cloud.ts";
import { waiting } from "./recordings.ts";
import type { Scene } from "./scene.ts";
import { drawFields } from "./values.ts";
import { differences, expectAudit, expectMail, type TenantModel, Violation } from "./world.ts";

const invariant = "a purge empties the secondary's histories and recordings alone (R26)";

/** There is something of every history on both sites, and nothing of any on the secondary afterwards. */
export async function purge(scene: Scene): Promise<void> {
  const { cloud, tenant, world } = scene;
  const hasPrimary = world.lost !== "primary";
  const written: Site[] = hasPrimary ? ["primary", "secondary"] : ["secondary"];
  for (const site of written) await writeHistories(scene, site);
  const before = hasPrimary ? await purgeable(cloud, "primary", tenant) : new Map();
  await askForPurge(scene);
  expectAudit(tenant, "request-purge", "purge");
  expectMail(tenant, "purged");
  const left = differences(new Map(), await purgeable(cloud, "secondary", tenant));
  if (left) throw new Violation(`${invariant}, ${tenant.id}, secondary`, left.expected, left.found);
  const changed = hasPrimary && differences(before, await purgeable(cloud, "primary", tenant));
  if (changed) throw new Violation(`${invariant}, ${tenant.id}, primary`, changed.expected, changed.found);
}

/** A document of every kind of history, of some with another below it. */
async function writeHistories({ cloud, tenant, random }: Scene, site: Site): Promise<void> {
  const { root } = cloud.wires[site];
  const paths = kindsWith("history").flatMap((kind) => {
    const path = `${kind}/purged-${random.below(10)}`;
    return random.chance(0.3) ? [path, `${path}/steps/s1`] : [path];
  });
  await write(cloud, site, tenant.id, new Map(paths.map((path) => [path, drawFields(random, root)])));
}

/**
 * It is refused where it would delete the only copies of recordings that are not stored yet, until those are abandoned; then
 * they can be had no more, as one of which nobody has heard yet.
 */
async function askForPurge({ cloud, tenant, random }: Scene): Promise<void> {
  const ours = tenant.recordings.filter(({ site, source }) => site === "secondary" && source === "gs");
  const entries = new Map((await entriesOf(cloud, "secondary", tenant.id)).map((entry) => [entry.recordingId, entry]));
  const open = ours.filter(({ id }) => isOpen(entries.get(id) ?? { state: "pending" }));
  const ask = (abandonRecordings: boolean) =>
    call(cloud, `/tenants/${tenant.id}/dr/purge`, {
      ...{ method: "POST", body: { confirm: tenant.id, abandonRecordings } },
    });
  let abandons = random.chance(0.5);
  let answer = await ask(abandons);
  if (answer.status === 409 && !abandons && open.length > 0) {
    abandons = true;
    answer = await ask(abandons);
  }
  if (answer.status >= 300) throw new Violation("a purge is accepted (R26)", "2xx", answer);
  for (const { id, ends } of open) if (abandons || !entries.has(id)) ends.push(waiting("notReady"));
  const ended = await endOf(cloud, answer.body.id);
  if (ended.state !== "succeeded") throw new Violation("a purge succeeds (R26)", "succeeded", ended);
}

/** Every history and every recording of a tenant on a site. */
async function purgeable(cloud: Cloud, site: Site, { id }: TenantModel) {
  const found = await contentOf(cloud, site, id, "history");
  const bucket = cloud.storage.bucket(cloud.stack.description.sites[site].recordingsBucket);
  const files = await awaited("Cloud Storage lists the platform's recordings", async () => {
    return (await bucket.getFiles({ prefix: `${id}/` }))[0];
  });
  for (const { name, metadata } of files) found.set(`object ${name}`, String(metadata.generation));
  return found;
}
