import type { EventOf } from "../events.ts";
import { type BackupEntry, isOpen, type Recording, strandedAt, type Unit } from "./entry.ts";
import type { FailureClass, SkipReason } from "./failures.ts";
import type { UnitFacts } from "./ports.ts";
import { resolveBucket } from "./settings.ts";

/** The recordings that an event tells of. */
export function recordingsOf(event: EventOf<"callEnded">): Recording[] {
  const { callId, officeId: office, direction, from, to, startedAt, endedAt } = event;
  const unit = unitOf(event);
  return event.recordings.map(({ agentName, md5, bytes, ...rest }) => ({
    ...rest,
    ...{ callId, office, direction, from, to, startedAt, endedAt, agentName: agentName ?? "" },
    ...(unit ? { unit } : {}),
    ...(bytes === undefined ? {} : { bytes }),
    ...(md5 === undefined ? {} : { md5 }),
  }));
}

function unitOf({ callCenterId, coachingTeamId }: EventOf<"callEnded">): Unit | undefined {
  if (callCenterId !== undefined) return { type: "callCenter", id: callCenterId };
  return coachingTeamId === undefined ? undefined : { type: "coachingTeam", id: coachingTeamId };
}

/** A recording's entry before its destination is known; the sweep takes it up should nobody else. */
export function newEntry(recording: Recording, tenant: string, now: Date, run?: string): BackupEntry {
  return {
    ...recording,
    tenant,
    state: "pending",
    attempts: 0,
    since: now,
    dueAt: strandedAt(now),
    ...(run === undefined ? {} : { run }),
    createdAt: now,
    updatedAt: now,
  };
}

/** Where a recording is to go, or why it goes nowhere. */
export type Resolution =
  | { bucket: string; unitName: string; timeZone: string; sidecar: boolean }
  | { skipped: SkipReason }
  | { failed: FailureClass; message: string };

/** Decides where a recording goes by what is saved now (R32, R35); the claim then keeps it whatever changes. */
export function resolve({ office, unit }: Recording, facts: UnitFacts): Resolution {
  if (!unit) return { skipped: "noUnit" };
  const resolved = resolveBucket(facts.levels);
  if ("skipped" in resolved) return resolved;
  if (facts.unitName === undefined) {
    return { failed: "unknownUnit", message: `there is no ${unit.type} ${unit.id}` };
  }
  if (facts.office === undefined) return { failed: "unknownUnit", message: `there is no office ${office}` };
  const sidecar = facts.levels.company?.sidecar ?? false;
  return { bucket: resolved.bucket, unitName: facts.unitName, timeZone: facts.office.timeZone, sidecar };
}

/** The entry with its destination, which nothing changes any more (R36); one that has one, or is settled, stays as it is. */
export function withDestination(
  entry: BackupEntry,
  { bucket, name, sidecar }: { bucket: string; name: string; sidecar: boolean },
  now: Date,
): BackupEntry {
  if (entry.destination || !isOpen(entry)) return entry;
  return { ...entry, destination: { bucket, name }, ...(sidecar ? { sidecar } : {}), updatedAt: now };
}

/** The entry of a recording that is not backed up, though nothing is wrong. */
export function skippedEntry(entry: BackupEntry, skipped: SkipReason, now: Date): BackupEntry {
  if (!isOpen(entry)) return entry;
  const { dueAt: _dueAt, ...rest } = entry;
  return { ...rest, state: "skipped", skipped, updatedAt: now };
}
