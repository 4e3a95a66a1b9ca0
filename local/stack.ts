import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifest } from "../functions/manifest.ts";
import type { Site } from "../shared/domain/sites.ts";
import { addOperators, bringUp, openSubscriptions, Parts, registerTriggers, type StandIn } from "./bring-up.ts";
import { describeStack, people, removeDescription, type StackDescription, writeDescription } from "./description.ts";
import { loadData, saveData } from "./emulators.ts";
import { skipMetadataServer, surroundings } from "./environment.ts";
import { findEmulators } from "./find-emulators.ts";
import { type Issuer, startIssuer } from "./issuer.ts";
import { planStack } from "./plan.ts";
import { assignPorts, defaultPortBase } from "./ports.ts";
import { type Switches, switchesOf } from "./switches.ts";

export type StackOptions = {
  /** Without the demo's data. */
  empty: boolean;
  /** The first of the fixed ports; 0 for any free ones. Default 4400. */
  portBase?: number | undefined;
  /** Where `stack.json`, the logs and the caches go. Default `.local`. */
  dataDirectory?: string | undefined;
  /** Gives up starting. */
  signal?: AbortSignal | undefined;
};

/** A running local cloud. */
export type Stack = Switches & {
  readonly description: StackDescription;
  readonly logDirectory: string;
  readonly mint: Issuer["mint"];
  /**
   * Loses a site at once: its database, buckets, functions, triggers, schedules and API. With `keepDisk` what the database holds
   * now is there again after `restart`, though with new update times. Safe to repeat.
   */
  kill(site: Site, options?: { keepDisk?: boolean }): Promise<void>;
  /** Brings a lost site back at the same addresses, its database empty but for the operators unless its disk was kept. */
  restart(site: Site): Promise<void>;
  /** Kills and restarts a site's database only, keeping its data; every document gets a new update time. All functions stand still meanwhile. */
  restartDatabase(site: Site): Promise<void>;
  /** Kills one of the services around the sites, as the loss of its machine would; safe to repeat. */
  killStandIn(name: StandIn): Promise<void>;
  /** Brings it back at the same address. */
  restartStandIn(name: StandIn): Promise<void>;
  /** Kills a function's process, which the site then starts again. */
  killFunction(site: Site, name: string): Promise<void>;
  /** Ends everything. Safe to repeat. */
  stop(): Promise<void>;
};

/**
 * Brings up both sites; resolves when all of it accepts requests and `stack.json` is written.
 * @throws StartError when a part is missing or a port is taken. Nothing is left running when it throws.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  skipMetadataServer();
  const emulators = findEmulators(surroundings);
  const ports = await assignPorts(options.portBase ?? defaultPortBase);
  const directories = prepareDirectories(options.dataDirectory ?? fileURLToPath(new URL("../.local", import.meta.url)));
  const plan = planStack(ports, directories);
  const issuer = await startIssuer(plan.issuer, plan.audience, Object.values(people)).catch((error: unknown) => {
    rmSync(directories.socketDirectory, { recursive: true, force: true });
    throw error;
  });
  const parts = new Parts(plan, emulators);
  const stop = async (): Promise<void> => {
    removeDescription(directories.descriptionFile, plan.issuer);
    await parts.stop();
    issuer.close();
    rmSync(directories.socketDirectory, { recursive: true, force: true });
  };
  const address = { project: plan.project, storage: plan.storage, ...plan.sites };
  const start = async (): Promise<void> => {
    if (options.empty) return bringUp(parts);
    const { enrolDemoTenants, seedDemoData } = await import("./demo-data.ts");
    await bringUp(parts, { seed: () => seedDemoData(address), enrol: () => enrolDemoTenants(address) });
  };
  try {
    await orAborted(start(), options.signal);
    const description = await describeStack(plan, issuer, (site) => parts.pids(site));
    const publish = () => writeDescription(directories.descriptionFile, description);
    publish();
    const { logDirectory } = directories;
    return { ...controls(parts, description, publish), description, logDirectory, mint: issuer.mint, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Everything that can be done to a running local cloud but ending it. */
function controls(parts: Parts, description: StackDescription, publish: () => void) {
  const { plan } = parts;
  const switches = switchesOf(description);
  const disks = new Map<Site, string>();
  const lost = new Set<Site>();
  const reopen = async (site: Site): Promise<void> => {
    await Promise.all([registerTriggers(plan, site), openSubscriptions(plan, site)]);
    description.sites[site].pids = parts.pids(site);
    publish();
  };
  return {
    ...switches,
    async kill(site: Site, { keepDisk = false } = {}): Promise<void> {
      if (keepDisk) disks.set(site, await saveData(plan, site));
      lost.add(site);
      await Promise.all([parts.killSite(site), unlessDown(switches.storage.loseLocation(site))]);
    },
    async restart(site: Site): Promise<void> {
      await parts.killSite(site);
      lost.delete(site);
      await unlessDown(switches.storage.restoreLocation(site));
      await Promise.all([parts.startDatabase(site), parts.startSite(site)]);
      const disk = disks.get(site);
      disks.delete(site);
      if (disk !== undefined) await loadData(plan, site, disk);
      await addOperators(plan, site);
      await reopen(site);
    },
    async restartDatabase(site: Site): Promise<void> {
      const thaw = await freeze(switches);
      try {
        const disk = await saveData(plan, site);
        await parts.killDatabase(site);
        await parts.startDatabase(site);
        await loadData(plan, site, disk);
        await reopen(site);
      } finally {
        thaw();
      }
    },
    killStandIn: (name: StandIn) => parts.killStandIn(name),
    async restartStandIn(name: StandIn): Promise<void> {
      await parts.killStandIn(name);
      await parts.startStandIn(name);
      if (name === "storage") await Promise.all([...lost].map((site) => switches.storage.loseLocation(site)));
    },
    async killFunction(site: Site, name: string): Promise<void> {
      for (const pid of await switches.pidsOfFunction(site, name)) signalIfThere(pid, "SIGKILL");
    },
  };
}

/** What is asked of a Cloud Storage that is down itself is left out. */
async function unlessDown(asked: Promise<void>): Promise<void> {
  await asked.catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
  });
}

/** It may have ended since its number was asked for. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Stops every function's process where it stands; the answer lets them go on. A real database loses nothing that it
 * acknowledged; the emulator's copy would miss what is written while it is made, so nobody writes then.
 */
async function freeze(switches: Switches): Promise<() => void> {
  const running = Object.entries(manifest).flatMap(([name, { sites: where }]) =>
    where.map((site) => switches.pidsOfFunction(site, name).catch(() => [])),
  );
  const pids = (await Promise.all(running)).flat();
  const signal = (name: "SIGSTOP" | "SIGCONT") => {
    for (const pid of pids) signalIfThere(pid, name);
  };
  signal("SIGSTOP");
  return () => signal("SIGCONT");
}

function prepareDirectories(dataDirectory: string) {
  const logDirectory = join(dataDirectory, "logs");
  const descriptionFile = join(dataDirectory, "stack.json");
  rmSync(logDirectory, { recursive: true, force: true });
  rmSync(descriptionFile, { force: true });
  mkdirSync(logDirectory, { recursive: true });
  const storageDirectory = join(dataDirectory, "storage");
  rmSync(storageDirectory, { recursive: true, force: true });
  mkdirSync(storageDirectory, { recursive: true });
  const socketDirectory = mkdtempSync(join(tmpdir(), "hikae-"));
  return {
    logDirectory,
    descriptionFile,
    socketDirectory,
    functionsDirectory: join(dataDirectory, "functions"),
    storageDirectory,
  };
}

async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(new Error("the start was given up"));
  signal?.addEventListener("abort", abort);
  // What fails after the abort is of no interest to anybody.
  work.catch(() => undefined);
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
