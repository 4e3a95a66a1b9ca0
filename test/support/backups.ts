import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Bucket, Storage } from "@google-cloud/storage";
import { expect } from "vitest";
import type { BackupEntry, BackupState } from "../../shared/domain/backup/entry.ts";
import type { BackupSetting } from "../../shared/domain/backup/settings.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { destinationId } from "../../shared/stores/backup-destinations.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";
import { storageClient } from "./storage.ts";
import { publish } from "./telephony.ts";
import { enrol } from "./tenants.ts";

/** A tenant that backs up: an office, a contact centre, a bucket of the customer's that is proved. */
export type BackedUpTenant = { tenant: string; bucket: string; office: string; callCenter: string };

const unitName = "ご注文受付";

/** What a tenant's settings are unless a test wants others. */
type Wanted = { company?: Partial<BackupSetting>; unit?: Partial<BackupSetting> };

/** Enrols a tenant with backup on, its settings mirrored to both sites. */
export async function enrolForBackup(
  stack: TestStack,
  { company = {}, unit = {} }: Wanted = {},
): Promise<BackedUpTenant> {
  const tenant = await enrol(stack);
  const bucket = await newBucket(stack, tenant);
  const { primary } = stack.databases;
  const root = primary.doc(`tenants/${tenant}`);
  const [office, callCenter] = ["tokyo", "orders"];
  const batch = primary.batch();
  batch.set(root.collection("offices").doc(office), { name: "東京本社", timeZone: "Asia/Tokyo" });
  batch.set(root.collection("callCenters").doc(callCenter), {
    name: unitName,
    office: root.collection("offices").doc(office),
  });
  batch.set(root.collection("backupSettings").doc("company"), { enabled: true, bucket, ...company });
  batch.set(root.collection("backupSettings").doc(`callCenter.${callCenter}`), { enabled: true, ...unit });
  await batch.commit();
  await stack.settled(tenant);
  return { tenant, bucket, office, callCenter };
}

/** A customer's bucket, proved to be the tenant's. */
export async function newBucket(stack: TestStack, tenant: string, name = `${tenant}-recordings`): Promise<string> {
  await customers(stack).createBucket(name);
  await prove(stack, tenant, name);
  return name;
}

/** As if the tenant's administrator had proved the bucket now. */
export async function prove(stack: TestStack, tenant: string, bucket: string): Promise<void> {
  const provedAt = new Date();
  const proved = { bucket, access: "granted", checkedAt: provedAt, provedAt, provedBy: "company-admin@example.com" };
  await stack.databases.primary.doc(`tenants/${tenant}/backupBuckets/${bucket}`).set(proved);
  await stack.databases.secondary.doc(`bucketClaims/${bucket}`).set({ bucket, tenant, provedAt });
  await stack.settled(tenant);
}

const clients = new Map<string, Storage>();

/** Cloud Storage as the customers use it. */
export function customers(stack: TestStack): Storage {
  const url = stack.description.storage;
  const client = clients.get(url) ?? storageClient(url);
  clients.set(url, client);
  return client;
}

/** A recording that nobody else has, as `call-ended` announces it, on the telephony's own server. */
export function announced(stack: TestStack, tenant: string, more: object = {}) {
  const recordingId = `rec-${randomBytes(8).toString("hex")}`;
  return {
    recordingId,
    agentName: "髙﨑 花子",
    source: `${stack.description.recordings}/${tenant}/${recordingId}.mp3?bytes=2000`,
    contentType: "audio/mpeg",
    bytes: 2000,
    ...more,
  };
}

/** The event of a call of that tenant that ended now. */
export function callEnded(of: Omit<BackedUpTenant, "bucket">, recordings: readonly object[], more: object = {}) {
  const endedAt = new Date();
  return {
    ...{ version: 1, tenantId: of.tenant, callId: `call-${randomBytes(8).toString("hex")}`, site: "primary" },
    ...{
      officeId: of.office,
      callCenterId: of.callCenter,
      direction: "inbound",
      from: "+819012345678",
      to: "+81312345678",
    },
    startedAt: new Date(endedAt.getTime() - 60_000).toISOString(),
    endedAt: endedAt.toISOString(),
    recordings,
    ...more,
  };
}

/** Publishes that a call with these recordings has ended. */
export async function endCall(
  stack: TestStack,
  of: Omit<BackedUpTenant, "bucket">,
  recordings: readonly object[],
  more: object = {},
): Promise<void> {
  await publish(stack, "callEnded", callEnded(of, recordings, more));
}

/** Hands an event to the deployed function of Tokyo as Pub/Sub does, at once; the status of its answer, 503 without one. */
export async function deliver(stack: TestStack, event: object): Promise<number> {
  const data = Buffer.from(JSON.stringify(event)).toString("base64");
  const message = { data, messageId: randomUUID(), publishTime: new Date().toISOString() };
  const body = JSON.stringify({ subscription: "backup-recording", message });
  const url = `${stack.description.controls.primary}/push/backup-recording`;
  return fetch(url, { method: "POST", body }).then(
    ({ status }) => status,
    () => 503,
  );
}

/** Delivers an event until it is taken, as Pub/Sub does though with shorter pauses. */
export async function deliverUntilTaken(stack: TestStack, event: object): Promise<void> {
  while ((await deliver(stack, event)) >= 300) await pause(300);
}

/** An entry of a site's ledger. */
export async function entryOf(
  stack: TestStack,
  tenant: string,
  recordingId: string,
  site: Site = "primary",
): Promise<BackupEntry | undefined> {
  const found = await stack.databases[site].doc(`tenants/${tenant}/recordingBackups/${recordingId}`).get();
  return found.exists ? fromStore<BackupEntry>(found.data()) : undefined;
}

/** All entries of a site's ledger. */
export async function entriesOf(stack: TestStack, tenant: string, site: Site = "primary"): Promise<BackupEntry[]> {
  const found = await stack.databases[site].collection(`tenants/${tenant}/recordingBackups`).get();
  return found.docs.map((document) => fromStore<BackupEntry>(document.data()));
}

/** The entry, once it is in that state. */
export function entryIn(
  stack: TestStack,
  tenant: string,
  recordingId: string,
  state: BackupState,
  site: Site = "primary",
): Promise<BackupEntry> {
  return eventually(async () => {
    const entry = await entryOf(stack, tenant, recordingId, site);
    expect(entry?.state).toBe(state);
    return entry as BackupEntry;
  });
}

/** As if the time for the entry's next try had come. */
export async function makeDue(stack: TestStack, tenant: string, recordingId: string, site: Site = "primary") {
  const entry = stack.databases[site].doc(`tenants/${tenant}/recordingBackups/${recordingId}`);
  await entry.update({ dueAt: new Date(0) });
}

/** As if the time of the next probe of the bucket had come; nothing to one that is in service, or that changes meanwhile. */
export async function makeProbed(
  stack: TestStack,
  { tenant, bucket }: Pick<BackedUpTenant, "tenant" | "bucket">,
  site: Site = "primary",
): Promise<void> {
  const record = stack.databases[site].doc(`backupDestinations/${destinationId(tenant, bucket)}`);
  const found = await record.get();
  if (!found.get("incident") || !found.updateTime) return;
  const unchanged = { lastUpdateTime: found.updateTime };
  await record.update({ "incident.nextProbeAt": new Date(0) }, unchanged).catch(() => undefined);
}

/** The recordings in a customer's bucket, and nothing else that lies there. */
export async function recordingsIn(stack: TestStack, bucket: string) {
  const [files] = await bucketOf(stack, bucket).getFiles({ prefix: "call-recordings/", autoPaginate: true });
  return files
    .map(({ name, metadata }) => ({
      name,
      bytes: Number(metadata.size),
      crc32c: String(metadata.crc32c),
      generation: String(metadata.generation),
    }))
    .filter(({ name }) => /\.(mp3|wav)$/.test(name));
}

export function bucketOf(stack: TestStack, bucket: string): Bucket {
  return customers(stack).bucket(bucket);
}

/** Each entry's receipt leads to the object it tells of, and each object has one receipt: nothing lost, doubled or half there. */
export async function expectReceipts(stack: TestStack, tenant: string, bucket: string, site: Site = "primary") {
  const stored = (await entriesOf(stack, tenant, site)).filter(({ state }) => state === "stored");
  const receipts = stored.map(({ receipt }) => ({
    name: receipt?.name,
    bytes: receipt?.bytes,
    crc32c: receipt?.crc32c,
    generation: receipt?.generation,
  }));
  const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
    Buffer.compare(Buffer.from(a.name ?? ""), Buffer.from(b.name ?? ""));
  expect(receipts.sort(byName)).toStrictEqual((await recordingsIn(stack, bucket)).sort(byName));
  return stored;
}
