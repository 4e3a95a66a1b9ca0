import type { BucketProblem, Probed } from "./buckets.ts";
import { destinationCauses } from "./failures.ts";
import type { DestinationRecord } from "./ports.ts";

/** R39: the pauses between probes of a bucket that is out of service; the last one for ever. */
const probePausesSeconds = [30, 60, 120, 300, 600, 900];
/** A worker may still park an entry so long after the bucket is back. */
const drainsSeconds = 10 * 60;

/**
 * The bucket out of service: its first refusal opens an incident, further ones belong to it. A refusal that was met
 * before the last incident ended tells nothing of now.
 */
export function refusedBy(
  current: DestinationRecord | undefined,
  { bucket, tenant }: Pick<DestinationRecord, "bucket" | "tenant">,
  { cause, message }: BucketProblem,
  incidentId: string,
  now: Date,
): DestinationRecord {
  const { proofLostAt } = current ?? {};
  const lost = destinationCauses[cause].revokesProof ? now : proofLostAt;
  const probes = current?.incident?.probes ?? 0;
  const incident = {
    id: current?.incident?.id ?? incidentId,
    cause,
    message,
    since: current?.incident?.since ?? now,
    probes,
    nextProbeAt: current?.incident?.nextProbeAt ?? later(now, probePausesSeconds[0] ?? 30),
  };
  return {
    bucket,
    tenant,
    state: "outOfService",
    incident,
    ...(lost ? { proofLostAt: lost } : {}),
    draining: false,
    updatedAt: now,
  };
}

/** The bucket after a probe: back in service when it takes recordings and is proved to be the tenant's, else probed again later. */
export function probed(current: DestinationRecord, probe: Probed, proved: boolean, now: Date): DestinationRecord {
  if (current.state === "inService" || !current.incident) return current;
  const found: Probed =
    probe === "ok" && !proved ? { cause: "unproved", message: "the bucket is not proved to be the tenant's" } : probe;
  if (found === "ok") {
    const { incident: _incident, ...rest } = current;
    return { ...rest, state: "inService", draining: true, returnedAt: now, updatedAt: now };
  }
  const probes = current.incident.probes + 1;
  const pause = probePausesSeconds[Math.min(probes, probePausesSeconds.length - 1)] ?? 900;
  const next = refusedBy(current, current, found, current.incident.id, now);
  const incident = { ...current.incident, ...found, probes, nextProbeAt: later(now, pause) };
  return { ...next, incident };
}

/** The bucket after its waiting entries were called for; `left` while there are more. */
export function drained(current: DestinationRecord, left: boolean, now: Date): DestinationRecord {
  const since = current.returnedAt ?? current.updatedAt;
  if (!current.draining || left || now < later(since, drainsSeconds)) return current;
  return { ...current, draining: false, updatedAt: now };
}

function later(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
