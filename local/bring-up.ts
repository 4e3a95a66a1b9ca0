import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeBundle } from "../infra/bundle.ts";
import { type Site, sites } from "../shared/domain/sites.ts";
import { people } from "./description.ts";
import { ask, putDocument, type Starting, startFirestore, startPubsub } from "./emulators.ts";
import type { Emulators } from "./find-emulators.ts";
import type { Plan } from "./plan.ts";
import { killAll, type Running, release, startModule } from "./processes.ts";
import type { SiteOrder } from "./site.ts";
import type { StandInReport } from "./stand-in.ts";
import { createTopics } from "./topics.ts";

const siteModule = fileURLToPath(new URL("site.ts", import.meta.url));

/** What stands in for the world around both sites: each is a module and a process of that name. */
const standIns = ["storage", "scheduler", "mail", "telephony"] as const;
export type StandIn = (typeof standIns)[number];

/** The processes of one local cloud, each under its name. */
export class Parts {
  readonly plan: Plan;
  readonly #emulators: Emulators;
  readonly #running = new Map<string, Running>();
  #stopped = false;

  constructor(plan: Plan, emulators: Emulators) {
    this.plan = plan;
    this.#emulators = emulators;
  }

  /** The processes to kill to lose a site. */
  pids(site: Site): number[] {
    return [database(site), site].flatMap((name) => this.#running.get(name)?.pid ?? []);
  }

  async startPubsub(): Promise<void> {
    await this.#start("pubsub", () => startPubsub(this.plan, this.#emulators));
  }

  /** Starts a site's database, empty and without triggers. */
  async startDatabase(site: Site): Promise<void> {
    await this.#start(database(site), () => startFirestore(site, this.plan, this.#emulators));
  }

  /** Starts all of a site but its database, whose functions must be bundled already; resolves when it accepts requests. */
  async startSite(site: Site): Promise<void> {
    const { plan } = this;
    await this.#start(site, () => {
      const running = startModule(siteModule, join(plan.logDirectory, `${site}.log`));
      const order: SiteOrder = { site, plan };
      running.child.send(order);
      return { running, ready: reported(running, plan.logDirectory) };
    });
  }

  /** Starts what stands in for one of the services around the sites; resolves when it accepts connections. */
  async startStandIn(name: StandIn): Promise<void> {
    const { plan } = this;
    await this.#start(name, () => {
      const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
      const running = startModule(path, join(plan.logDirectory, `${name}.log`));
      running.child.send(plan);
      return { running, ready: reported(running, plan.logDirectory) };
    });
  }

  /** Kills a stand-in as the loss of its machine would. Safe to repeat. */
  async killStandIn(name: StandIn): Promise<void> {
    await this.#kill(name);
  }

  /** Kills a site's database as the loss of its machine would. Safe to repeat. */
  async killDatabase(site: Site): Promise<void> {
    await this.#kill(database(site));
  }

  /** Kills a whole site as the loss of its region would. Safe to repeat. */
  async killSite(site: Site): Promise<void> {
    await Promise.all([this.#kill(database(site)), this.#kill(site)]);
  }

  /** Ends every process, and lets none start any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running.values()].map((running) => release(running)));
  }

  async #start(name: string, start: () => Starting): Promise<void> {
    if (this.#stopped) throw new Error("the local cloud has been stopped");
    const { running, ready } = start();
    this.#running.set(name, running);
    await ready;
  }

  async #kill(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    if (running !== undefined) await killAll(running);
  }
}

function database(site: Site): string {
  return `${site}.firestore`;
}

async function reported({ child, ended }: Running, logDirectory: string): Promise<void> {
  const report = await new Promise<StandInReport>((resolve) => {
    child.once("message", (message) => resolve(message as StandInReport));
    void ended.then(() => resolve({ ready: false, fault: `a part ended; see ${logDirectory}` }));
  });
  if (!report.ready) throw new Error(report.fault);
}

/** What fills a local cloud: `seed` runs before any change has consequences, `enrol` as soon as changes are mirrored. */
export type Filling = { seed(): Promise<void>; enrol(): Promise<void> };

/** Starts everything at once, and fills it as soon as there is what to fill. */
export async function bringUp(parts: Parts, filling?: Filling): Promise<void> {
  const { plan } = parts;
  const pubsub = async () => {
    await parts.startPubsub();
    await createTopics(plan);
  };
  const functions = async () => {
    await writeBundle(plan.functionsDirectory);
    await Promise.all(sites.map((site) => parts.startSite(site)));
  };
  const stores = async () => {
    await Promise.all([parts.startStandIn("storage"), ...sites.map((site) => parts.startDatabase(site))]);
    await Promise.all(sites.map((site) => addOperators(plan, site)));
    await filling?.seed();
  };
  await Promise.all([
    stores(),
    pubsub(),
    functions(),
    ...standIns.filter((name) => name !== "storage").map((name) => parts.startStandIn(name)),
  ]);
  await Promise.all(sites.map((site) => openSubscriptions(plan, site)));
  await registerTriggers(plan, "primary");
  // The emulator delivers events one by one: those of the first filling would hold up all others for half a minute.
  await filling?.enrol();
  await registerTriggers(plan, "secondary");
}

/** Writes the operators, who are nobody's tenants' data and so in every database from the start. */
export async function addOperators(plan: Plan, site: Site): Promise<void> {
  const { email, name } = people.operator;
  await putDocument(plan, site, `operators/${email}`, { email, name, language: "ja" });
}

/** Lets a site's functions have their messages; needed with each new process of a site. Safe to repeat. */
export async function openSubscriptions(plan: Plan, site: Site): Promise<void> {
  await ask(`${plan.sites[site].control}/subscriptions`, "PUT");
}

/** The triggers end with the emulator, and must be registered again with each new one. */
export async function registerTriggers(plan: Plan, site: Site): Promise<void> {
  await ask(`${plan.sites[site].control}/triggers`, "PUT");
}
