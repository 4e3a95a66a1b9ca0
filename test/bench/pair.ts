import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, startFirestore } from "../../local/emulators.ts";
import { plainEnvironment, surroundings } from "../../local/environment.ts";
import { findEmulators } from "../../local/find-emulators.ts";
import { type Plan, planStack } from "../../local/plan.ts";
import { assignPorts } from "../../local/ports.ts";
import { release } from "../../local/processes.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { type Config, readConfig } from "../../shared/runtime/config.ts";
import { createWire, type Wire } from "../../shared/stores/wire.ts";

/** Two Firestore emulators, one for each site, with nothing around them: no triggers, no functions. */
export type Pair = {
  plan: Plan;
  config: Config;
  wires: Record<Site, Wire>;
  /** The environment of a function on the secondary, which may have another database there. */
  environment(secondaryDatabase?: string): Record<string, string>;
  /** Deletes everything in a site's database. */
  clear(site: Site): Promise<void>;
  /** Makes that tenant's stand-by one that takes changes. */
  openStandby(tenant: string): Promise<void>;
  stop(): Promise<void>;
};

export async function startPair(): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), "hikae-bench-"));
  const plan = planStack(await assignPorts(0), {
    logDirectory: directory,
    socketDirectory: directory,
    cacheDirectory: join(directory, "cache"),
  });
  const emulators = findEmulators(surroundings);
  const started = sites.map((site) => startFirestore(site, plan, emulators));
  const stopEmulators = () => Promise.all(started.map(({ running }) => release(running)));
  await Promise.all(started.map(({ ready }) => ready)).catch(async (error: unknown) => {
    await stopEmulators();
    throw error;
  });
  const config = readConfig(environmentOf(plan));
  const wires = { primary: createWire(config.databases.primary), secondary: createWire(config.databases.secondary) };
  return {
    plan,
    config,
    wires,
    environment: (secondaryDatabase) => ({ ...plainEnvironment(), ...environmentOf(plan, secondaryDatabase) }),
    clear: (site) => {
      const { firestore, database } = plan.sites[site];
      const name = `projects/${plan.project}/databases/${database}`;
      return ask(`http://${firestore}/emulator/v1/${name}/documents`, "DELETE");
    },
    openStandby: (tenant) => openStandby(wires.secondary, tenant),
    async stop() {
      for (const site of sites) wires[site].close();
      await stopEmulators();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function environmentOf(plan: Plan, secondaryDatabase = plan.sites.secondary.database): Record<string, string> {
  const { primary, secondary } = plan.sites;
  return {
    GOOGLE_CLOUD_PROJECT: plan.project,
    HIKAE_SITE: "secondary",
    PRIMARY_DATABASE: primary.database,
    SECONDARY_DATABASE: secondaryDatabase,
    PRIMARY_FIRESTORE_EMULATOR: primary.firestore,
    SECONDARY_FIRESTORE_EMULATOR: secondary.firestore,
    PRIMARY_HOST: new URL(primary.api).host,
    SECONDARY_HOST: new URL(secondary.api).host,
    OIDC_ISSUER: plan.issuer,
    OIDC_AUDIENCE: plan.audience,
    PUBSUB_EMULATOR_HOST: plan.pubsub,
    METADATA_SERVER_DETECTION: "none",
    NODE_ENV: "production",
  };
}

/** Of a stand-by's record a writer reads no more than its state and its fence. */
async function openStandby({ root, commit }: Wire, tenant: string): Promise<void> {
  const fence = { mapValue: { fields: { number: { integerValue: 1 }, id: { stringValue: "bench" } } } };
  const fields = { tenant: { stringValue: tenant }, state: { stringValue: "syncing" }, fence };
  await commit([{ update: { name: `${root}standbys/${tenant}`, fields: fields as never } }]);
}
