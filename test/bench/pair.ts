import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { drawFrom } from "../../local/demo-data/draw.ts";
import { plainEnvironment, surroundings } from "../../local/environment.ts";
import { findEmulators } from "../../local/find-emulators.ts";
import { type Plan, planStack, portOf } from "../../local/plan.ts";
import { assignPorts } from "../../local/ports.ts";
import { type Running, release, startProgram } from "../../local/processes.ts";
import { functionEnvironment } from "../../local/site/function-environment.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { type Config, readConfig } from "../../shared/runtime/config.ts";
import { createWire, type Wire } from "../../shared/stores/wire.ts";
import { fieldsOf, pathOf } from "./documents.ts";

/** Two Firestore emulators, one for each site, with nothing around them: no triggers, no functions. */
export type Pair = {
  plan: Plan;
  config: Config;
  wires: Record<Site, Wire>;
  /** The environment of a function on the secondary, which may have another database there. */
  environment(secondaryDatabase?: string): Record<string, string>;
  /** Makes that tenant's stand-by one that takes changes. */
  openStandby(tenant: string): Promise<void>;
  stop(): Promise<void>;
};

export async function startPair(): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), "hikae-bench-"));
  const plan = planStack(await assignPorts(0), {
    logDirectory: directory,
    socketDirectory: directory,
    functionsDirectory: join(directory, "functions"),
    storageDirectory: directory,
  });
  const started = sites.map((site) => startFirestore(site, plan));
  const stopEmulators = () => Promise.all(started.map((emulator) => release(emulator)));
  await Promise.all(started.map((emulator, index) => answering(plan, sites[index] as Site, emulator))).catch(
    async (error: unknown) => {
      await stopEmulators();
      throw error;
    },
  );
  const config = readConfig(environmentOf(plan));
  const wires = { primary: createWire(config.databases.primary), secondary: createWire(config.databases.secondary) };
  return {
    plan,
    config,
    wires,
    environment: (secondaryDatabase) => ({ ...plainEnvironment(), ...environmentOf(plan, secondaryDatabase) }),
    openStandby: (tenant) => openStandby(wires.secondary, tenant),
    async stop() {
      for (const site of sites) wires[site].close();
      await stopEmulators();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs with a pair of its own, whose databases have answered enough requests to be at their full speed. */
export async function withPair<T>(run: (pair: Pair) => Promise<T>): Promise<T> {
  const pair = await startPair();
  try {
    await warmDatabase(pair.wires.secondary);
    return await run(pair);
  } finally {
    await pair.stop();
  }
}

/**
 * The emulator keeps what was overwritten and deleted in memory, so a race gives it much more than the local cloud does:
 * with too little it slows down from the collection of garbage alone, long before it fails.
 */
const jvm = ["-Xms1g", "-Xmx4g", "-XX:+UseSerialGC"];

function startFirestore(site: Site, plan: Plan): Running {
  const { java, firestoreJar } = findEmulators(surroundings);
  const address = ["--host=127.0.0.1", `--port=${portOf(plan.sites[site].firestore)}`];
  const program = ["-cp", firestoreJar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore"];
  return startProgram(java, [...jvm, ...program, ...address], join(plan.logDirectory, `${site}-firestore.log`));
}

async function answering(plan: Plan, site: Site, { child }: Running): Promise<void> {
  const url = `http://${plan.sites[site].firestore}/`;
  while (
    !(await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`the emulator of the ${site} did not start; see ${plan.logDirectory}`);
    await pause(50);
  }
}

/** So many single writes, as many at once as a function makes. */
async function warmDatabase({ root, commit }: Wire): Promise<void> {
  const draw = drawFrom("warm");
  const indexes = Array.from({ length: 8000 }, (_, index) => index).values();
  const writer = async () => {
    for (const index of indexes) {
      await commit([{ update: { name: root + pathOf("warm", index % 500), fields: fieldsOf(draw) as never } }]);
    }
  };
  await Promise.all(Array.from({ length: 64 }, writer));
}

function environmentOf(plan: Plan, secondaryDatabase = plan.sites.secondary.database): Record<string, string> {
  return { ...functionEnvironment("secondary", plan, "bench"), SECONDARY_DATABASE: secondaryDatabase };
}

/** Of a stand-by's record a writer reads no more than its state and its fence. */
async function openStandby({ root, commit }: Wire, tenant: string): Promise<void> {
  const fence = { mapValue: { fields: { number: { integerValue: 1 }, id: { stringValue: "bench" } } } };
  const fields = { tenant: { stringValue: tenant }, state: { stringValue: "syncing" }, fence };
  await commit([{ update: { name: `${root}standbys/${tenant}`, fields: fields as never } }]);
}
