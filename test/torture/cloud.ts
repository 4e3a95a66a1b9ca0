import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Firestore, type QueryDocumentSnapshot } from "@google-cloud/firestore";
import type { Storage } from "@google-cloud/storage";
import { people } from "../../local/description.ts";
import type { Stack } from "../../local/stack.ts";
import { kindOf, type Policy } from "../../shared/catalogue.ts";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Standby } from "../../shared/domain/standby.ts";
import { type Fields, fingerprint } from "../../shared/domain/value.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import { createWire, type Wire } from "../../shared/stores/wire.ts";
import { type Content, Violation } from "./world.ts";

/** The local cloud that is tortured, and the means to write and to read it past Hikae. */
export type Cloud = {
  stack: Stack;
  databases: Record<Site, Firestore>;
  wires: Record<Site, Wire>;
  storage: Storage;
  close(): Promise<void>;
};

export function openCloud(stack: Stack): Cloud {
  const { project, sites, storage: endpoint } = stack.description;
  const database = ({ firestore: host, database: databaseId }: { firestore: string; database: string }) =>
    new Firestore({ projectId: project, databaseId, host, ssl: false });
  const wire = ({ firestore, database: databaseId }: { firestore: string; database: string }) =>
    createWire({ projectId: project, databaseId, emulator: firestore });
  const databases = { primary: database(sites.primary), secondary: database(sites.secondary) };
  const wires = { primary: wire(sites.primary), secondary: wire(sites.secondary) };
  return {
    stack,
    databases,
    wires,
    storage: createStorageClients({ projectId: project, endpoint }).storage(),
    async close() {
      for (const each of Object.values(wires)) each.close();
      await Promise.all(Object.values(databases).map((each) => each.terminate()));
    },
  };
}

/** The first answer that is not undefined; a violation of that invariant when there is none in time. */
export async function awaited<T>(
  invariant: string,
  ask: () => Promise<T | undefined>,
  { seconds = 90, shown }: { seconds?: number; shown?: () => Promise<unknown> } = {},
): Promise<T> {
  let problem: unknown;
  for (const deadline = performance.now() + seconds * 1000; ; await pause(50)) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      problem = undefined;
    } catch (error) {
      if (error instanceof Violation) throw error;
      problem = String(error);
    }
    if (performance.now() > deadline) {
      throw new Violation(invariant, `within ${seconds} s`, problem ?? (await shown?.()) ?? "not so");
    }
  }
}

type Request = { site?: Site; method?: "GET" | "POST"; body?: unknown };
// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, which the steps read
export type Answer = { status: number; body: any };

/** A tenant's administrator for recordings, an operator for all else. */
export const administratorOf = (tenant: string) => `company@${tenant}.example`;

/**
 * Asks a site's API as a patient client does: what fails to answer, or says that it may pass, is asked again under the same
 * idempotency key.
 */
export async function call(
  { stack }: Cloud,
  path: string,
  request: Request = {},
  email: string = people.operator.email,
) {
  const { site = "secondary", body, method = body === undefined ? "GET" : "POST" } = request;
  const authorization = `Bearer ${await stack.mint({ email })}`;
  const acts = method === "POST" ? { "idempotency-key": randomUUID(), "content-type": "application/json" } : {};
  return awaited<Answer>(`${method} ${path} is answered (R18)`, async () => {
    const answer = await fetch(`${stack.description.sites[site].api}/v1${path}`, {
      method,
      headers: { authorization, ...acts },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (answer.status >= 500) throw new Error(`${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    return { status: answer.status, body: await answer.json() };
  });
}

/** Has an act accepted. @throws Violation when it is refused. */
export async function act(cloud: Cloud, path: string, body: unknown, email?: string, site?: Site): Promise<Answer> {
  const answer = await call(cloud, path, { method: "POST", body, ...(site ? { site } : {}) }, email);
  if (answer.status >= 300) throw new Violation(`POST ${path} is accepted`, "2xx", answer);
  return answer;
}

export async function operationOf({ databases }: Cloud, id: string): Promise<Operation> {
  return fromStore<Operation>((await databases.secondary.doc(`operations/${id}`).get()).data());
}

/** An operation when it has ended; what is not called any more is called again by the sweep, as each minute. */
export async function endOf(cloud: Cloud, id: string, seconds = 120): Promise<Operation> {
  let sweptAt = performance.now();
  const ask = async () => {
    const operation = await operationOf(cloud, id);
    if (!operation.open) return operation;
    if (performance.now() - sweptAt > 3000) {
      sweptAt = performance.now();
      await cloud.stack.runSchedule("secondary", "sweep-operations");
    }
    return undefined;
  };
  return awaited("no operation is stuck (R18)", ask, { seconds, shown: () => operationOf(cloud, id) });
}

/** Starts an operation and waits until it has succeeded. */
export async function carriedOut(cloud: Cloud, path: string, body: unknown, email?: string, site?: Site) {
  const { body: asked } = await act(cloud, path, body, email, site);
  const ended = await endOf(cloud, asked.id);
  if (ended.state !== "succeeded") throw new Violation(`the operation of ${path} succeeds`, "succeeded", ended);
  return ended;
}

export async function standbyOf({ databases }: Cloud, tenant: string): Promise<Standby> {
  return fromStore<Standby>((await databases.secondary.doc(`standbys/${tenant}`).get()).data());
}

/** A tenant's ledger of recordings on a site. */
export async function entriesOf({ databases }: Cloud, site: Site, tenant: string): Promise<BackupEntry[]> {
  const found = await databases[site].collection(`tenants/${tenant}/recordingBackups`).get();
  return found.docs.map((document) => fromStore<BackupEntry>(document.data()));
}

/** A tenant's mails and letters of a site. */
export async function outboxOf({ databases }: Cloud, site: Site, tenant: string): Promise<QueryDocumentSnapshot[]> {
  return (await databases[site].collection("outbox").where("tenant", "==", tenant).get()).docs;
}

/** Every document of a tenant on a site whose kind has that policy; the mirrored ones unless told otherwise. */
export async function contentOf(
  { wires }: Cloud,
  site: Site,
  tenant: string,
  policy: Policy = "realtime",
): Promise<Content> {
  const wire = wires[site];
  const parent = `${wire.root}tenants/${tenant}`;
  const found: Content = new Map();
  for await (const { document } of wire.query(parent, { from: [{ allDescendants: true }] })) {
    const path = (document.name ?? "").slice(parent.length + 1);
    if (kindOf(path.split("/")[0] ?? "")?.policy !== policy) continue;
    found.set(path, fingerprint(document.fields as Fields, wire.root).hash);
  }
  return found;
}

/** Without the kinds that Hikae itself writes on the site in charge. */
export function configurationIn(content: Content): Content {
  return new Map([...content].filter(([path]) => !/^backup(Settings|Buckets)\//.test(path)));
}

/** Writes documents of a tenant, or deletes those without fields; gives what is there then. */
export async function write(
  { wires }: Cloud,
  site: Site,
  tenant: string,
  documents: ReadonlyMap<string, Fields | undefined>,
): Promise<void> {
  const wire = wires[site];
  const writes = [...documents].map(([path, fields]) => {
    const name = `${wire.root}tenants/${tenant}/${path}`;
    return fields ? { update: { name, fields: fields as never } } : { delete: name };
  });
  await awaited(`the ${site}'s database takes writes`, async () => (await wire.commit(writes)) && true);
}

/** What was written, for the model. */
export function noteWrites(content: Content, documents: ReadonlyMap<string, Fields | undefined>, root: string): void {
  for (const [path, fields] of documents) {
    if (fields) content.set(path, fingerprint(fields, root).hash);
    else content.delete(path);
  }
}
