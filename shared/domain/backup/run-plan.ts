import { z } from "zod";
import { documentId, recordingId } from "../events.ts";
import { newEntry, skippedEntry } from "./claim.ts";
import { type BackupEntry, type BackupState, type Recording, triedAnew, type Unit } from "./entry.ts";
import type { FailureClass, SkipReason } from "./failures.ts";

/** What a run decides (R42): pure functions. */

const id = z.string().min(1).max(128);

/** Which recordings of the past a run is about: all, or those of one office, contact centre or coaching team. */
export const runScope = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ office: id }),
  z.strictObject({ callCenter: id }),
  z.strictObject({ coachingTeam: id }),
]);
export type RunScope = z.output<typeof runScope>;

/** Of the call's start, half-open. */
export type Period = { since: Date; until: Date };

/** Which recordings of the past. */
export type PastFilter = { scope: RunScope } & Period;

/** How far back recordings are backed up (R42). */
const mostYears = 2;

/** The earliest start of a call that may be asked for at that time. */
export function earliestOf(now: Date): Date {
  const earliest = new Date(now);
  earliest.setUTCFullYear(now.getUTCFullYear() - mostYears);
  return earliest;
}

/** The period of a run asked for at that time; it never changes while the run goes on. */
export function periodOf(askedAt: Date, since?: Date): Period {
  const earliest = earliestOf(askedAt);
  return { since: since && since > earliest ? since : earliest, until: askedAt };
}

/** The office or unit of a scope, as a filter of the ledger. */
export function placeIn(scope: RunScope): { office?: string; unit?: Unit } {
  if ("all" in scope) return {};
  if ("office" in scope) return { office: scope.office };
  if ("callCenter" in scope) return { unit: { type: "callCenter", id: scope.callCenter } };
  return { unit: { type: "coachingTeam", id: scope.coachingTeam } };
}

const text = z.string().max(5000).nullish();
const lengthOf = z.int().nonnegative().nullish().catch(undefined);

/** A document of the history of recordings; what Hikae does not need is left alone. */
const pastRecording = z.object({
  callId: z.string().min(1).max(128),
  office: documentId,
  callCenter: documentId.nullish(),
  coachingTeam: documentId.nullish(),
  agentName: text,
  direction: text,
  from: text,
  to: text,
  at: z.date(),
  endedAt: z.date(),
  contentType: z.string().min(1).max(200).nullish(),
  bytes: lengthOf,
  md5: z.string().max(64).nullish().catch(undefined),
  bucket: z.string().nullish(),
  object: z.string().nullish(),
  source: z.string().min(1).max(4096).nullish(),
});

/** The recording that a document of the history tells of; undefined where that cannot be understood. */
export function pastRecordingOf(id: string, document: unknown): Recording | undefined {
  const parsed = pastRecording.safeParse(document);
  if (!parsed.success || !recordingId.safeParse(id).success) return undefined;
  const { callId, office, callCenter, coachingTeam, at, endedAt, bytes, md5, bucket, object } = parsed.data;
  const { agentName, direction, from, to, contentType } = parsed.data;
  const source = bucket && object ? `gs://${bucket}/${object}` : parsed.data.source;
  if (!source) return undefined;
  const unit = unitOf(callCenter, coachingTeam);
  return {
    ...{ recordingId: id, callId, office, startedAt: at, endedAt, source },
    ...(unit ? { unit } : {}),
    ...{ agentName: agentName ?? "", direction: direction ?? "", from: from ?? "", to: to ?? "" },
    contentType: contentType ?? "audio/mpeg",
    ...(typeof bytes === "number" ? { bytes } : {}),
    ...(md5 ? { md5 } : {}),
  };
}

function unitOf(callCenter?: string | null, coachingTeam?: string | null): Unit | undefined {
  if (callCenter) return { type: "callCenter", id: callCenter };
  return coachingTeam ? { type: "coachingTeam", id: coachingTeam } : undefined;
}

/** As much of an entry of the ledger as a run looks at first. */
export type Standing = {
  state: BackupState;
  run?: string;
  parked?: string;
  skipped?: SkipReason;
  error?: { class: FailureClass | string };
  /** Whether it has its place in a bucket. */
  placed: boolean;
};

/** What a recording is to a run. */
export type RecordingJudgement =
  /** Done before this run, or nothing to be done by it. */
  | "stored"
  | "underWay"
  /** Asked for by this run before; `calling` while nobody may have been called for it. */
  | "asked"
  | "calling"
  | "due";

/** What is to be done about a recording of the past: nothing that is stored or under way is touched, nothing asked twice. */
export function judgeRecording(standing: Standing | undefined, run: string): RecordingJudgement {
  if (standing === undefined) return "due";
  const { state, parked } = standing;
  if (standing.run === run) return state === "pending" && parked === undefined ? "calling" : "asked";
  if (state === "stored") return "stored";
  return state === "pending" || state === "waiting" ? "underWay" : "due";
}

/** An entry that was made of an event nobody understood: it holds nothing to go by. */
export function isEmpty(entry: { error?: { class: string }; destination?: unknown; placed?: boolean }): boolean {
  return entry.error?.class === "badEvent" && !entry.destination && !entry.placed;
}

/** What the history says of a recording that is due, and why it is not to be backed up, if it is not. */
export type Due = { recording?: Recording; skipped?: SkipReason };

/**
 * The entry of a due recording as the run leaves it: asked for, or skipped; undefined where nothing is to be written,
 * such as when somebody else was first. A stored one is never touched.
 */
export function dueEntry(
  current: BackupEntry | undefined,
  { recording, skipped }: Due,
  { tenant, run, now }: { tenant: string; run: string; now: Date },
): BackupEntry | undefined {
  const known = current && !isEmpty(current) ? current : undefined;
  if (current && judgeRecording(standingOf(current), run) !== "due") return undefined;
  if (known === undefined && recording === undefined) return undefined;
  if (skipped !== undefined && known?.destination === undefined) {
    if (known?.state === "skipped" && known.skipped === skipped) return undefined;
    const base = known ? triedAnew(known, now) : newEntry(recording as Recording, tenant, now);
    return skippedEntry(base, skipped, now);
  }
  if (known === undefined) return newEntry(recording as Recording, tenant, now, run);
  return { ...triedAnew(known, now, run), ...freshSource(recording) };
}

/** Where a recording is fetched may have changed since; its name and place do not. */
function freshSource(recording: Recording | undefined): Partial<Recording> {
  if (!recording) return {};
  const { source, bytes, md5 } = recording;
  return { source, ...(bytes === undefined ? {} : { bytes }), ...(md5 === undefined ? {} : { md5 }) };
}

export function standingOf({ state, run, parked, skipped, error, destination }: BackupEntry): Standing {
  return {
    state,
    ...(run === undefined ? {} : { run }),
    ...(parked === undefined ? {} : { parked }),
    ...(skipped === undefined ? {} : { skipped }),
    ...(error === undefined ? {} : { error }),
    placed: destination !== undefined,
  };
}
