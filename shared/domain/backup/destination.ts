import { type BucketProblem, type Probed, unproved } from "./buckets.ts";
import { destinationCauses } from "./failures.ts";
import type { DestinationRecord, Incident } from "./ports.ts";

/** R39: the pauses between probes of a bucket that is out of service; the last one for ever. */
const probePausesSeconds = [30, 60, 120, 300, 600, 900];
/** A worker may still park an entry so long after the bucket is back. */
const drainsSeconds = 10 * 60;

/** A refusal, of a try that began then. */
export type Refusal = BucketProblem & { begun: Date };

/**
 * The bucket out of service: its first refusal opens an incident, further ones belong to it. One that comes while what
 * waited is still called for shows that the last incident is not over, and it goes on with its pauses. A refusal of a
 * try that began before the last incident ended tells nothing of now: the bucket stays as it is.
 */
export function refusedBy(
  current: DestinationRecord | undefined,
  { bucket, tenant }: Pick<DestinationRecord, "bucket" | "tenant">,
  refusal: Refusal,
  incidentId: string,
  now: Date,
): DestinationRecord {
  if (current && isOutdated(current, refusal)) return current;
  const { cause, message } = refusal;
  const { proofLostAt, returnedAt } = current ?? {};
  const lost = destinationCauses[cause].revokesProof ? now : proofLostAt;
  const known = current?.incident ?? reopened(current, now);
  const first = { id: incidentId, since: now, probes: 0, nextProbeAt: later(now, pauseAfter(0)) };
  return {
    bucket,
    tenant,
    state: "outOfService",
    incident: { ...(known ?? first), cause, message },
    ...(lost ? { proofLostAt: lost } : {}),
    draining: false,
    ...(returnedAt ? { returnedAt } : {}),
    updatedAt: now,
  };
}

/** A bucket that was seen gone after its return has lost its proof, whenever the try began. */
function isOutdated({ incident, returnedAt, proofLostAt }: DestinationRecord, { cause, begun }: Refusal): boolean {
  if (incident || !returnedAt || returnedAt <= begun) return false;
  return !destinationCauses[cause].revokesProof || (proofLostAt !== undefined && proofLostAt >= begun);
}

/** The last incident as it goes on: to be taken for back and to refuse is one more probe in vain. */
function reopened(current: DestinationRecord | undefined, now: Date): Incident | undefined {
  if (!current?.last) return undefined;
  const { resumed: _resumed, ...last } = current.last;
  const probes = last.probes + 1;
  return {
    ...last,
    probes,
    nextProbeAt: later(now, pauseAfter(probes)),
    ...(current.onTrial ? { resumed: true as const } : {}),
  };
}

/** The bucket after a probe: back in service when it takes recordings and is proved to be the tenant's, else probed again later. */
export function probed(current: DestinationRecord, probe: Probed, proved: boolean, now: Date): DestinationRecord {
  if (current.state === "inService" || !current.incident) return current;
  const found: Probed = probe === "ok" && !proved ? unproved : probe;
  if (found === "ok") {
    const { incident: last, ...rest } = current;
    return { ...rest, state: "inService", last, onTrial: true, draining: true, returnedAt: now, updatedAt: now };
  }
  const probes = current.incident.probes + 1;
  const next = refusedBy(current, current, { ...found, begun: now }, current.incident.id, now);
  const incident = { ...current.incident, ...found, probes, nextProbeAt: later(now, pauseAfter(probes)) };
  return { ...next, incident };
}

/** The bucket after it took a recording: what a probe alone promised is true. */
export function trusted(current: DestinationRecord, now: Date): DestinationRecord {
  if (!current.onTrial) return current;
  const { onTrial: _onTrial, ...rest } = current;
  return { ...rest, updatedAt: now };
}

/** The bucket after its waiting entries were called for; `left` while there are more. It has had its turn, and others are next. */
export function drained(current: DestinationRecord, left: boolean, now: Date): DestinationRecord {
  if (!current.draining) return current;
  const returnedAt = current.returnedAt ?? current.updatedAt;
  if (left || now < later(returnedAt, drainsSeconds)) return { ...current, returnedAt, updatedAt: now };
  const { last: _last, onTrial: _onTrial, ...rest } = current;
  return { ...rest, draining: false, updatedAt: now };
}

function pauseAfter(probes: number): number {
  return probePausesSeconds[Math.min(probes, probePausesSeconds.length - 1)] ?? 900;
}

function later(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
