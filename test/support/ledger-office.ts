import { randomUUID } from "node:crypto";
import { people } from "../../local/description.ts";
import type { BackupEntry, BackupState } from "../../shared/domain/backup/entry.ts";
import type { DestinationRecord } from "../../shared/domain/backup/ports.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { destinationId } from "../../shared/stores/backup-destinations.ts";
import { announced, type BackedUpTenant, enrolForBackup } from "./backups.ts";
import { addMembers, addressOf } from "./mails.ts";
import type { TestStack } from "./stack.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, whose fields the tests assert
export type Called = { status: number; body: any };
type Options = { person?: string; body?: unknown; site?: Site; key?: string };

const start = Date.now() - 3_600_000;
/** A time of the last hour. */
export const at = (minute: number) => new Date(start + minute * 60_000);

export const conflict = { error: { class: "conflict", message: "another object has this name" } } as const;
export const ids = (items: { recordingId: string }[]) => items.map(({ recordingId }) => recordingId);

/** A tenant whose ledger a test writes itself, with people of every role. */
export type LedgerOffice = BackedUpTenant & {
  /** What a site's API answers below `…/backup` to one of these people; with a body it is a POST. */
  call(path: string, options?: Options): Promise<Called>;
  /** Writes an entry that nothing takes up by itself. */
  put(state: BackupState, minute: number, more?: Partial<BackupEntry>, site?: Site): Promise<BackupEntry>;
  /** Writes that the primary finds the bucket out of service, and does not probe it for long. */
  refuse(bucket: string, cause: NonNullable<DestinationRecord["incident"]>["cause"]): Promise<void>;
  /** Empties the ledger of both sites, and forgets what buckets refused. */
  empty(): Promise<void>;
};

export async function ledgerOffice(stack: TestStack): Promise<LedgerOffice> {
  const of = await enrolForBackup(stack);
  const { tenant, bucket: ownBucket } = of;
  await addMembers(stack, tenant, {
    company: {},
    here: { role: "officeAdmin", offices: ["tokyo", "nagoya"] },
    there: { role: "officeAdmin", offices: ["osaka"] },
    nowhere: { role: "officeAdmin", offices: [] },
    viewer: { role: "viewer", offices: ["tokyo"] },
  });
  await stack.settled(tenant);
  const { primary } = stack.databases;
  const refusing = new Set<string>();
  return {
    ...of,
    async call(path, { person = "company", body, site = "primary", key = randomUUID() } = {}) {
      const email = person === "operator" ? people.operator.email : addressOf(tenant, person);
      const answer = await fetch(`${stack.description.sites[site].api}/v1/tenants/${tenant}/backup${path}`, {
        headers: {
          authorization: `Bearer ${await stack.token(email)}`,
          ...(body === undefined ? {} : { "content-type": "application/json", "idempotency-key": key }),
        },
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    },
    async put(state, minute, more = {}, site = "primary") {
      const recording = announced(stack, tenant);
      const { recordingId } = recording;
      const time = at(minute);
      const entry: BackupEntry = {
        ...{ ...recording, tenant, callId: "call-1", office: of.office, direction: "inbound", state, attempts: 3 },
        ...{ unit: { type: "callCenter", id: of.callCenter }, from: "+819011112222", to: "+81311112222" },
        ...{ startedAt: time, endedAt: time, since: time, createdAt: time, updatedAt: time },
        destination: { bucket: ownBucket, name: `call-recordings/受付/2026-11-21/a - call-1 - ${recordingId}.mp3` },
        ...more,
      };
      await stack.databases[site].doc(`tenants/${tenant}/recordingBackups/${recordingId}`).set(entry);
      return entry;
    },
    async refuse(bucket, cause) {
      const nextProbeAt = new Date(Date.now() + 86_400_000);
      const incident = { id: "i", cause, message: "refused", since: at(0), probes: 1, nextProbeAt };
      const record: DestinationRecord = {
        ...{ bucket, tenant, state: "outOfService", incident, draining: false, updatedAt: at(0) },
      };
      refusing.add(bucket);
      await primary.doc(`backupDestinations/${destinationId(tenant, bucket)}`).set(record);
    },
    async empty() {
      for (const site of sites) {
        const database = stack.databases[site];
        await database.recursiveDelete(database.collection(`tenants/${tenant}/recordingBackups`));
      }
      for (const bucket of refusing) await primary.doc(`backupDestinations/${destinationId(tenant, bucket)}`).delete();
      refusing.clear();
    },
  };
}
