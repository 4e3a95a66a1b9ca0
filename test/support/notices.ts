import { randomUUID } from "node:crypto";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import type { BackupNotice } from "../../shared/domain/backup/notice.ts";
import type { DestinationRecord } from "../../shared/domain/backup/ports.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { destinationId } from "../../shared/stores/backup-destinations.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import type { TestStack } from "./stack.ts";

/** A recording of that tenant that could not be stored since then, as the ledger has it. */
export function untold(tenant: string, at: Date, more: Partial<BackupEntry> = {}): BackupEntry {
  const recordingId = randomUUID();
  return {
    ...{ tenant, recordingId, callId: "call-1", office: "o1", unit: { type: "callCenter", id: "c1" } },
    ...{ agentName: "髙﨑 花子", direction: "inbound", from: "+81312345678", to: "+81698765432" },
    ...{ startedAt: at, endedAt: at, source: "https://secret.example/1", contentType: "audio/mpeg" },
    ...{ state: "failed", attempts: 1, since: at, createdAt: at, updatedAt: at },
    destination: { bucket: `b-${tenant}`, name: `call-recordings/受付窓口/2026-11-21/a - call-1 - ${recordingId}.mp3` },
    error: { class: "conflict", message: "why" },
    ...{ notice: "conflict", noticeAt: at },
    ...more,
  };
}
export const parked = (tenant: string, at: Date, more: Partial<BackupEntry> = {}) =>
  untold(tenant, at, {
    ...{ state: "pending", parked: `b-${tenant}`, error: { class: "denied", message: "why" }, notice: "denied" },
    ...more,
  });

export async function put(stack: TestStack, site: Site, entries: BackupEntry[]): Promise<void> {
  const batch = stack.databases[site].batch();
  for (const entry of entries) {
    batch.set(stack.databases[site].doc(`tenants/${entry.tenant}/recordingBackups/${entry.recordingId}`), entry);
  }
  await batch.commit();
}

/** The tenant's bucket out of service, and not probed for long; or back. */
export async function putBucket(
  stack: TestStack,
  site: Site,
  tenant: string,
  state: DestinationRecord["state"],
  more: Partial<DestinationRecord> = {},
  now = new Date(),
): Promise<void> {
  const bucket = `b-${tenant}`;
  const nextProbeAt = new Date(now.getTime() + 30 * 86_400_000);
  const incident = { id: "i", cause: "denied", message: "why", since: now, probes: 0, nextProbeAt } as const;
  const record: DestinationRecord = {
    ...{ bucket, tenant, state, draining: false, updatedAt: now },
    ...(state === "outOfService" ? { incident } : {}),
    ...more,
  };
  await stack.databases[site].doc(`backupDestinations/${destinationId(tenant, bucket)}`).set(record);
}

/** What a tenant's offices are told of on a site. */
export async function noticesOf(stack: TestStack, site: Site, tenant: string): Promise<BackupNotice[]> {
  const found = await stack.databases[site].collection("backupNotices").where("tenant", "==", tenant).get();
  return found.docs.map((each) => fromStore<BackupNotice>(each.data()));
}
