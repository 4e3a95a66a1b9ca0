import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Site } from "../shared/domain/sites.ts";
import type { Emulators } from "./find-emulators.ts";
import { type Plan, portOf } from "./plan.ts";
import { type Running, startProgram } from "./processes.ts";

const startTimeoutMs = 60_000;

/**
 * By default Java takes a quarter of the machine's memory for each emulator, and spends the first half minute on
 * optimising what a short-lived process never earns back.
 */
const jvm = (megabytes: number) => [
  ...[`-Xmx${megabytes}m`, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  "-Duser.language=en",
];

/** The very rules that are deployed, so that whatever runs here runs with them. */
const rules = fileURLToPath(new URL("../infra/firestore/firestore.rules", import.meta.url));

/** A process, and when it can be used; `ready` is rejected when it ends before that. */
export type Starting = { running: Running; ready: Promise<void> };

/** Starts one site's Firestore, empty; its events go to the site's own inner server. */
export function startFirestore(site: Site, plan: Plan, { java, firestoreJar }: Emulators): Starting {
  const { firestore, control } = plan.sites[site];
  const log = join(plan.logDirectory, `${site}-firestore.log`);
  return startEmulator(firestore, log, java, [
    ...jvm(512),
    ...["-cp", firestoreJar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore"],
    ...["--host=127.0.0.1", `--port=${portOf(firestore)}`, `--rules=${rules}`],
    ...["--functions_emulator", new URL(control).host],
  ]);
}

/** Starts Pub/Sub, without topics. */
export function startPubsub(plan: Plan, { java, pubsubJar }: Emulators): Starting {
  const log = join(plan.logDirectory, "pubsub.log");
  const address = ["--host=127.0.0.1", `--port=${portOf(plan.pubsub)}`];
  return startEmulator(plan.pubsub, log, java, [...jvm(256), "-jar", pubsubJar, ...address]);
}

function startEmulator(address: string, log: string, java: string, args: string[]): Starting {
  const running = startProgram(java, args, log);
  return { running, ready: untilAnswers(address, running, log) };
}

async function untilAnswers(address: string, { child }: Running, log: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (!(await answers(address))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      throw new Error(`the emulator at ${address} did not start; see ${log}`);
    }
    await pause(50);
  }
}

async function answers(address: string): Promise<boolean> {
  try {
    await (await fetch(`http://${address}/`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Writes one document of text fields into a site's database. */
export async function putDocument(plan: Plan, site: Site, path: string, fields: Record<string, string>): Promise<void> {
  const { firestore, database } = plan.sites[site];
  const url = `http://${firestore}/v1/projects/${plan.project}/databases/${database}/documents/${path}`;
  const values = Object.fromEntries(Object.entries(fields).map(([name, stringValue]) => [name, { stringValue }]));
  await ask(url, "PATCH", { fields: values });
}

/** Copies a site's data to disk; resolves to what `loadData` takes. */
export async function saveData(plan: Plan, site: Site): Promise<string> {
  const folder = await mkdtemp(join(plan.socketDirectory, "export-"));
  await ask(`${adminOf(plan, site)}:export`, "POST", {
    ...databaseOf(plan, site),
    export_directory: folder,
    export_name: "data",
  });
  return folder;
}

/** Brings saved data into a database and removes the copy. Every document gets a new update time, as a restored backup's. */
export async function loadData(plan: Plan, site: Site, folder: string): Promise<void> {
  const exported = join(folder, "data", "data.overall_export_metadata");
  await ask(`${adminOf(plan, site)}:import`, "POST", { ...databaseOf(plan, site), export_directory: exported });
  await rm(folder, { recursive: true, force: true });
}

function adminOf(plan: Plan, site: Site): string {
  return `http://${plan.sites[site].firestore}/emulator/v1/projects/${plan.project}`;
}

function databaseOf({ project, sites }: Plan, site: Site) {
  return { database: `projects/${project}/databases/${sites[site].database}` };
}

/** Calls an emulator's REST API as its owner. @throws when it does not answer 2xx. */
export async function ask(url: string, method: string, body?: unknown): Promise<void> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: "Bearer owner", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text.slice(0, 500)}`);
}
