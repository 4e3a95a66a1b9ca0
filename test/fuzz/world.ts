import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Firestore } from "@google-cloud/firestore";
import { people, type StackDescription } from "../../local/description.ts";
import { type Switches, switchesOf } from "../../local/switches.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { createWire, type Wire } from "../../shared/stores/wire.ts";
import { storageClient } from "../support/storage.ts";
import type { Caller } from "./requests.ts";
import type { Known } from "./values.ts";

/** A tenant of the trial, and what a request may name of it. */
export type FuzzTenant = { tenant: string; known: Known; emails: Record<Caller, string> };

/** A running local cloud as the trials use it; none of it needs a test runner. */
export type World = {
  description: StackDescription;
  switches: Switches;
  databases: Record<Site, Firestore>;
  wires: Record<Site, Wire>;
  /** An ID token, the same for the same address until it is about to expire. */
  token(email: string): Promise<string>;
  /** A new tenant in sync, with offices, people, a bucket, recordings and an operation that has ended. */
  newTenant(): Promise<FuzzTenant>;
  /** What each document of the tenant is or when it was written, on both sites, by its name; without what schedules write. */
  digest(tenant: string): Promise<Map<string, string>>;
  /** The processes of the functions that are running, by site and function. */
  processes(names: readonly string[]): Promise<Record<string, number>>;
  close(): Promise<void>;
};

/** The first answer that satisfies. @throws Error when none does in time. */
export async function until<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean, seconds = 90): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not in ${seconds} s: ${JSON.stringify(answer)?.slice(0, 500)}`);
    await pause(50);
  }
}

/** The issuer's tokens last an hour, and a soak is longer. */
const tokenMilliseconds = 50 * 60_000;

export function openWorld(description: StackDescription): World {
  const { project, issuer, sites: described } = description;
  const switches = switchesOf(description);
  const client = ({ firestore, database }: { firestore: string; database: string }) =>
    new Firestore({
      projectId: project,
      databaseId: database,
      host: firestore,
      ssl: false,
      ignoreUndefinedProperties: true,
    });
  const wire = ({ firestore, database }: { firestore: string; database: string }) =>
    createWire({ projectId: project, databaseId: database, emulator: firestore });
  const databases = { primary: client(described.primary), secondary: client(described.secondary) };
  const wires = { primary: wire(described.primary), secondary: wire(described.secondary) };
  const tokens = new Map<string, { madeAt: number; token: Promise<string> }>();
  const mint = async (email: string) => {
    const answer = await fetch(`${issuer}/token`, { method: "POST", body: JSON.stringify({ email }) });
    return ((await answer.json()) as { token: string }).token;
  };
  const token = (email: string) => {
    const kept = tokens.get(email);
    if (kept && performance.now() - kept.madeAt < tokenMilliseconds) return kept.token;
    const token = mint(email);
    tokens.set(email, { madeAt: performance.now(), token });
    return token;
  };
  const world: World = {
    ...{ description, switches, databases, wires, token },
    newTenant: () => enrol(world),
    digest: (tenant) => digestOf(wires, tenant),
    processes: async (names) => {
      const found = sites.flatMap((site) =>
        names.map(async (name) => {
          const [pid] = await switches.pidsOfFunction(site, name).catch(() => []);
          return pid === undefined ? [] : [[`${site} ${name}`, pid] as const];
        }),
      );
      return Object.fromEntries((await Promise.all(found)).flat());
    },
    async close() {
      for (const each of Object.values(wires)) each.close();
      await Promise.all(Object.values(databases).map((database) => database.terminate()));
    },
  };
  return world;
}

async function enrol({ description, switches, databases, token }: World): Promise<FuzzTenant> {
  const { primary, secondary } = databases;
  const tenant = `f-${randomBytes(6).toString("hex")}`;
  const profile = { name: "試験商事", platformVersion: "3.9.0", syncEnabled: true };
  const options = { dr: true, outboundDialler: false };
  await secondary.doc(`tenants/${tenant}`).set({ ...profile, options, host: `${tenant}.osaka.example` });
  await primary.doc(`tenants/${tenant}`).set({ ...profile, options, host: `${tenant}.tokyo.example` });
  const standby = secondary.doc(`standbys/${tenant}`);
  await until(
    async () => (await standby.get()).get("state"),
    (state) => state === "syncing",
  );
  const bucket = `${tenant}-recordings`;
  await storageClient(description.storage).createBucket(bucket);
  const emails = emailsOf(tenant);
  const root = primary.doc(`tenants/${tenant}`);
  const provedAt = new Date();
  const documents: Record<string, object> = {
    "offices/tokyo": { name: "東京本社", timeZone: "Asia/Tokyo" },
    "callCenters/orders": { name: "ご注文受付", office: root.collection("offices").doc("tokyo") },
    "coachingTeams/night": { name: "夜間班", office: root.collection("offices").doc("tokyo") },
    "phones/p1": { name: "受付", number: "0312345678" },
    "backupSettings/company": { enabled: true, bucket },
    "backupSettings/callCenter.orders": { enabled: true },
    [`backupBuckets/${bucket}`]: {
      bucket,
      access: "granted",
      checkedAt: provedAt,
      provedAt,
      provedBy: emails.companyAdmin,
    },
    [`members/${emails.companyAdmin}`]: {
      email: emails.companyAdmin,
      role: "companyAdmin",
      offices: [],
      language: "ja",
    },
    [`members/${emails.officeAdmin}`]: {
      email: emails.officeAdmin,
      role: "officeAdmin",
      offices: ["tokyo"],
      language: "ja",
    },
    [`members/${emails.viewer}`]: { email: emails.viewer, role: "viewer", offices: ["tokyo"], language: "en" },
  };
  const batch = primary.batch();
  for (const [path, fields] of Object.entries(documents)) batch.set(primary.doc(`tenants/${tenant}/${path}`), fields);
  await batch.commit();
  await secondary.doc(`bucketClaims/${bucket}`).set({ bucket, tenant, provedAt });
  await switches.settled(tenant);
  await until(async () => (await secondary.doc(`tenants/${tenant}/members/${emails.viewer}`).get()).exists, Boolean);
  const operation = await reconciled(description, await token(emails.operator), tenant, secondary);
  return { tenant, emails, known: knownOf(tenant, bucket, operation) };
}

function emailsOf(tenant: string): FuzzTenant["emails"] {
  const of = (role: string) => `${role.toLowerCase()}@${tenant}.example`;
  return {
    operator: people.operator.email,
    companyAdmin: of("companyAdmin"),
    officeAdmin: of("officeAdmin"),
    viewer: of("viewer"),
    nobody: of("nobody"),
  };
}

/** Schedules are for all tenants, so the only one that is named is the one that touches none of them. */
function knownOf(tenant: string, bucket: string, operation: string): Known {
  return {
    ...{
      tenant: [tenant],
      confirm: [tenant, tenant, "1"],
      override: [true],
      reason: ["試験"],
      tenants: [[tenant], ["nobody-there"]],
      id: [operation],
    },
    ...{ office: ["tokyo"], callCenter: ["orders"], coachingTeam: ["night"], bucket: [bucket, "nobody-s-bucket"] },
    ...{ name: ["heartbeat", "no-such-schedule"], recordingIds: [["rec-1"]], verification: [operation] },
    ...{ item: ["test-incoming", "test-outgoing"], since: ["2026-01-01T00:00:00Z"], kind: ["phones"] },
  };
}

async function reconciled(
  { sites: described }: StackDescription,
  bearer: string,
  tenant: string,
  secondary: Firestore,
): Promise<string> {
  const answer = await fetch(`${described.secondary.api}/v1/tenants/${tenant}/dr/reconcile`, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "idempotency-key": randomUUID() },
  });
  const { id } = (await answer.json()) as { id: string };
  await until(async () => (await secondary.doc(`operations/${id}`).get()).get("finishedAt"), Boolean);
  return id;
}

/** What schedules write of every tenant by themselves, in the middle of anything. */
const ofSchedules = { documents: /^standbys\/[^/]+\/(?:reloads|syncs)\//, fields: ["proof", "operation"] };

async function digestOf(wires: World["wires"], tenant: string): Promise<Map<string, string>> {
  const digest = new Map<string, string>();
  for (const [site, wire] of Object.entries(wires)) {
    const note = (name: string, state: unknown) => {
      const path = name.slice(wire.root.length);
      if (ofSchedules.documents.test(path)) return;
      digest.set(`${site} ${path}`, createHash("sha256").update(JSON.stringify(state)).digest("hex"));
    };
    const roots = [`tenants/${tenant}`, `standbys/${tenant}`];
    const { documents } = await wire.batchGet(roots.map((root) => `${wire.root}${root}`));
    for (const [name, document] of documents) {
      const fields = Object.entries(document?.fields ?? {}).filter(([field]) => !ofSchedules.fields.includes(field));
      if (document) note(name, fields.sort());
    }
    for (const root of roots) {
      for await (const { document } of wire.query(`${wire.root}${root}`, { from: [{ allDescendants: true }] })) {
        note(document.name ?? "", document.updateTime);
      }
    }
  }
  return digest;
}

/** The documents that were written, made or deleted between two digests. */
export function written(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}
