import type { BackupEntry, Destination } from "./entry.ts";

/** What is known of a stored recording's content. */
export type StoredContent = { bytes: number; crc32c: string };

/** The name of the metadata file beside a recording: its own with another end. */
export function sidecarName(name: string): string {
  return `${name.replace(/\.[A-Za-z0-9]{1,8}$/, "")}.json`;
}

/**
 * The metadata of a stored recording as a customer reads them (R44): JSON, times in RFC 3339. The same recording gives the
 * same text whenever it is made. The address that it came from is none of it.
 */
export function sidecarText(entry: BackupEntry & { destination: Destination }, content: StoredContent): string {
  const { recordingId, callId, tenant, office, unit, agentName, direction, from, to, contentType, md5 } = entry;
  const [startedAt, endedAt] = [entry.startedAt.toISOString(), entry.endedAt.toISOString()];
  const folder = entry.destination.name.split("/").at(-3);
  const metadata = {
    version: 1,
    recordingId,
    callId,
    tenant,
    office,
    ...(unit === undefined ? {} : { [unit.type]: { id: unit.id, folder } }),
    ...{ agentName, direction, from, to, startedAt, endedAt },
    recording: { name: entry.destination.name, contentType, ...content, ...(md5 === undefined ? {} : { md5 }) },
  };
  return `${JSON.stringify(metadata, null, 2)}\n`;
}
