import { type DestinationCause, type FailureClass, failureClasses, type SkipReason } from "./failures.ts";

/** What an entry of the ledger may be (R38). */
export const backupStates = ["pending", "waiting", "stored", "failed", "unavailable", "skipped"] as const;
export type BackupState = (typeof backupStates)[number];

/** A contact centre or a coaching team. */
export const unitTypes = ["callCenter", "coachingTeam"] as const;
export type Unit = { type: (typeof unitTypes)[number]; id: string };

/** One recording of a call, as the telephony tells of it. */
export type Recording = {
  recordingId: string;
  callId: string;
  office: string;
  /** Absent for a call of no contact centre or coaching team. */
  unit?: Unit;
  agentName: string;
  direction: string;
  from: string;
  to: string;
  startedAt: Date;
  endedAt: Date;
  /** `https://…` or `gs://bucket/object`; may carry a secret, so it is never logged and never shown. */
  source: string;
  contentType: string;
  /** The announced length. */
  bytes?: number;
  /** The publisher's own checksum, in Base64. */
  md5?: string;
};

/** Where a recording goes; fixed when it is first claimed (R36). */
export type Destination = { bucket: string; name: string };

/** The proof that a recording is in the customer's bucket. `crc32c` is Base64 of its four bytes in network order. */
export type Receipt = Destination & {
  generation: string;
  bytes: number;
  crc32c: string;
  storedAt: Date;
  /** From the call's end until it was stored; 0 where the telephony's clock is ahead. */
  delaySeconds: number;
};

/**
 * Where an upload that outlasted its worker goes on; secret, for the session lets anybody write. The validator is what the
 * source called the recording.
 */
export type ResumeState = { session: string; offset: number; crc32c: number; validator?: string };

/** The ledger's entry of one recording, the document `tenants/{tenant}/recordingBackups/{recordingId}` of a site. */
export type BackupEntry = Recording & {
  tenant: string;
  state: BackupState;
  destination?: Destination;
  /** Whether the company wants a metadata file beside each recording (R44); fixed with the destination. */
  sidecar?: boolean;
  /** Failed tries since `since`. */
  attempts: number;
  /** The beginning of this series of tries: what cannot be stored within seven days of it is given up. */
  since: Date;
  /** When the sweep calls for it again; absent when nothing is to be done, or while it waits for its bucket. */
  dueAt?: Date;
  /** The bucket whose return it waits for. */
  parked?: string;
  resume?: ResumeState;
  error?: { class: FailureClass | DestinationCause; message: string };
  skipped?: SkipReason;
  receipt?: Receipt;
  /** It is stored, and the metadata file beside it is still to be made. */
  sidecarMissing?: true;
  /** The run that asked for it last (R42). */
  run?: string;
  /** What its office has not been told of yet (R40). */
  notice?: FailureClass | DestinationCause;
  /** Since when; present with `notice`. */
  noticeAt?: Date;
  createdAt: Date;
  updatedAt: Date;
};

/** What one try to store a recording ended with. */
export type StoreOutcome =
  /** `adopted`: it was there already, the same to the byte. `sidecarMissing`: the metadata file beside it was refused. */
  | { outcome: "stored"; adopted: boolean; generation: string; bytes: number; crc32c: string; sidecarMissing?: true }
  | { outcome: "failed"; class: FailureClass; message: string }
  /** The destination as a whole takes nothing. `known`: who was told of it before was not told that it was over. */
  | { outcome: "refused"; cause: DestinationCause; message: string; known?: true }
  /** The time is over; the upload goes on from here. */
  | { outcome: "unfinished"; resume: ResumeState };

/** R39: after each failed try this long, the last one for ever. */
const pausesSeconds = [60, 300, 1200, 3600, 3 * 3600, 24 * 3600];
const daySeconds = 24 * 3600;
export const givenUpAfterSeconds = 7 * daySeconds;
/** About an hour and a half after the first: its office is told that it waits, and once more when it is given up. */
const toldAfterTries = 5;
/** What was claimed and not heard of again is taken up by the sweep; longer than a worker may take. */
export const strandedAfterSeconds = 15 * 60;

/** States in which something is still to be done. */
export function isOpen({ state }: Pick<BackupEntry, "state">): boolean {
  return state === "pending" || state === "waiting";
}

function isGivenUp({ state }: BackupEntry): boolean {
  return state === "failed" || state === "unavailable";
}

/** Whether a worker has anything left to do for it: to store it, or to make its metadata file. */
export function isUnfinished(entry: Pick<BackupEntry, "state" | "sidecarMissing">): boolean {
  return isOpen(entry) || (entry.state === "stored" && entry.sidecarMissing === true);
}

/** Whether a worker should try the recording now. Messages may come early, late and twice. */
export function isWorkable(entry: BackupEntry, now: Date): boolean {
  if (entry.state === "waiting") return entry.dueAt !== undefined && entry.dueAt <= now;
  return isUnfinished(entry);
}

/**
 * The entry after a try; one that is stored stays so whatever a slower try of the same recording says, and one that was
 * given up is stored when a slower try has stored it.
 */
export function afterTry(entry: BackupEntry, end: StoreOutcome, now: Date): BackupEntry {
  // What lies in the bucket has its receipt, whoever gave it up meanwhile.
  if (end.outcome === "stored" && isGivenUp(entry)) return storedEntry(entry, end, now);
  if (!isUnfinished(entry)) return entry;
  if (!isOpen(entry)) return afterSidecar(entry, end, now);
  switch (end.outcome) {
    case "stored":
      return storedEntry(entry, end, now);
    case "refused":
      return parkedEntry(entry, end, now);
    case "unfinished":
      // Whoever stopped calls for the next worker; two at one upload would each take the other's for their own.
      return { ...entry, resume: end.resume, state: "pending", dueAt: strandedAt(now), updatedAt: now };
    case "failed":
      return failedEntry(entry, end, now);
  }
}

function storedEntry(entry: BackupEntry, end: Extract<StoreOutcome, { outcome: "stored" }>, now: Date): BackupEntry {
  if (!entry.destination) return entry;
  const { generation, bytes, crc32c } = end;
  const delaySeconds = Math.max(0, (now.getTime() - entry.endedAt.getTime()) / 1000);
  const receipt: Receipt = { ...entry.destination, generation, bytes, crc32c, storedAt: now, delaySeconds };
  const stored: BackupEntry = { ...settled(entry), state: "stored", receipt, updatedAt: now };
  return end.sidecarMissing ? afterSidecar({ ...stored, sidecarMissing: true }, end, now) : stored;
}

/** A stored entry after a try to make its metadata file (R44): it is tried for as long as it takes. */
function afterSidecar(entry: BackupEntry, end: StoreOutcome, now: Date): BackupEntry {
  if (end.outcome === "stored" && !end.sidecarMissing) return { ...settled(entry), updatedAt: now };
  const attempts = entry.attempts + 1;
  return { ...entry, attempts, dueAt: nextTryAt(attempts, now), updatedAt: now };
}

function parkedEntry(entry: BackupEntry, end: Extract<StoreOutcome, { outcome: "refused" }>, now: Date): BackupEntry {
  if (!entry.destination) return entry;
  const { dueAt: _dueAt, ...rest } = entry;
  // An office is told once of each cause while it waits, and again when it was called for in vain.
  const told = (entry.parked !== undefined || end.known === true) && entry.error?.class === end.cause;
  return {
    ...rest,
    state: "pending",
    parked: entry.destination.bucket,
    error: { class: end.cause, message: end.message },
    ...(told ? {} : { notice: end.cause, noticeAt: now }),
    updatedAt: now,
  };
}

function failedEntry(entry: BackupEntry, end: Extract<StoreOutcome, { outcome: "failed" }>, now: Date): BackupEntry {
  const { retry, end: state } = failureClasses[end.class];
  const { resume: _resume, ...rest } = unparked(entry, now);
  const attempts = rest.attempts + 1;
  const error = { class: end.class, message: end.message };
  const dueAt = nextTryAt(attempts, now);
  if (!retry || dueAt.getTime() > rest.since.getTime() + givenUpAfterSeconds * 1000) {
    return { ...settled(rest), state, attempts, error, notice: end.class, noticeAt: now, updatedAt: now };
  }
  const told = attempts === toldAfterTries ? { notice: end.class, noticeAt: now } : {};
  return { ...rest, ...told, state: "waiting", attempts, error, dueAt, updatedAt: now };
}

function nextTryAt(attempts: number, now: Date): Date {
  const pause = pausesSeconds[Math.min(attempts, pausesSeconds.length) - 1] ?? daySeconds;
  return new Date(now.getTime() + pause * 1000);
}

/** When the sweep makes up for a message that was lost. */
export function strandedAt(now: Date): Date {
  return new Date(now.getTime() + strandedAfterSeconds * 1000);
}

/** What waited for its bucket begins its tries anew: for how long it waited says nothing of the recording (R39). */
function unparked(entry: BackupEntry, now: Date): BackupEntry {
  const { parked, ...rest } = entry;
  return parked === undefined ? rest : { ...rest, attempts: 0, since: now };
}

/** The entry as it is called for; undefined where nothing is left to be done. */
export function calledFor(entry: BackupEntry, now: Date): BackupEntry | undefined {
  if (!isUnfinished(entry)) return undefined;
  const state = isOpen(entry) ? "pending" : entry.state;
  return { ...unparked(entry, now), state, dueAt: strandedAt(now), updatedAt: now };
}

/** Nothing is to be done for it any more. */
function settled(entry: BackupEntry): BackupEntry {
  const { dueAt: _dueAt, parked: _parked, resume: _resume, error: _error, sidecarMissing: _missing, ...rest } = entry;
  return toldOf(rest);
}

/** Its office knows of it, or need not know any more (R40). */
export function toldOf<T extends Pick<BackupEntry, "notice" | "noticeAt">>(entry: T): Omit<T, "notice" | "noticeAt"> {
  const { notice: _notice, noticeAt: _noticeAt, ...rest } = entry;
  return rest;
}

/** The entry as a new series of tries begins (R41, R42): its name and bucket stay what they were. */
export function triedAnew(entry: BackupEntry, now: Date, run?: string): BackupEntry {
  const { receipt: _receipt, skipped: _skipped, ...rest } = settled(entry);
  const dueAt = strandedAt(now);
  return { ...rest, state: "pending", attempts: 0, since: now, dueAt, ...(run ? { run } : {}), updatedAt: now };
}
