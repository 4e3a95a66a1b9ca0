import { createHash } from "node:crypto";
import type { NewMail } from "../mail.ts";
import { type BackupEntry, isOpen } from "./entry.ts";
import {
  type DestinationCause,
  destinationCauses,
  type FailureClass,
  failureClasses,
  waitingRemedy,
} from "./failures.ts";

export type NoticeCause = FailureClass | DestinationCause;

/** One recording that is named in a mail. */
type Example = { place: string; at: Date };

/** What one office is told of one cause, the record `backupNotices/{id}` of a site (R40). */
export type BackupNotice = {
  id: string;
  tenant: string;
  office: string;
  cause: NoticeCause;
  /** The first failure since it last worked, and the last one. */
  since: Date;
  lastFailureAt: Date;
  /** What no mail has told of yet; `waiting`: how many of them are still tried again, by a fault of their own. */
  untold: { count: number; waiting?: number; examples: Example[] };
  /** The buckets at fault since then, where it is theirs. */
  buckets: string[];
  /** A mail has told of it, and none that it has passed. */
  open: boolean;
  /** Failures that were told of so far, in mails. */
  mails: number;
  lastMailAt?: Date;
  /** When it is looked at again; without it, it may go at `expireAt`. */
  dueAt?: Date;
  expireAt?: Date;
};

/** Entries of one office whose failure by one cause is to be told. */
export type UntoldGroup = { tenant: string; office: string; cause: NoticeCause; recordingIds: string[] };

/** R40: at most one mail for each office and cause. */
const quietMilliseconds = 15 * 60_000;
const minute = 60_000;
const day = 24 * 60 * minute;
/** Nobody waits any longer to hear that it works again. */
const rememberedDays = 30;
const mostExamples = 3;
const mostBuckets = 5;

/** Whether it is a bucket that refuses, and no fault of one recording. */
export function isDestinationCause(cause: NoticeCause): cause is DestinationCause {
  return Object.hasOwn(destinationCauses, cause);
}

/** Whether it is a state of things, which passes, and not the fault of one recording. */
function mayPass(cause: NoticeCause): boolean {
  return isDestinationCause(cause) || failureClasses[cause].retry;
}

/** From when a mail may tell of failures; what passes by itself is told of when it lasts. */
function tellableAt({ cause, since, open, lastMailAt }: BackupNotice): number {
  const again = lastMailAt ? lastMailAt.getTime() + quietMilliseconds : 0;
  const patient = isDestinationCause(cause) && destinationCauses[cause].passesByItself && !open;
  return patient ? Math.max(again, since.getTime() + quietMilliseconds) : again;
}

/** The id begins with its tenant, which has no dot; an office's id may hold anything. */
export function noticeId({ tenant, office, cause }: Pick<BackupNotice, "tenant" | "office" | "cause">): string {
  return `${tenant}.${createHash("sha256")
    .update(JSON.stringify([office, cause]))
    .digest("base64url")
    .slice(0, 22)}`;
}

/** The notice with these failures, which no mail has told of yet. */
export function withFailures(
  current: BackupNotice | undefined,
  group: Pick<UntoldGroup, "tenant" | "office" | "cause">,
  failures: readonly BackupEntry[],
  now: Date,
): BackupNotice {
  const { tenant, office, cause } = group;
  const times = failures.map(({ noticeAt }) => (noticeAt ?? now).getTime());
  const known = current && (current.open || current.untold.count > 0) ? current : undefined;
  const examples = failures.map((entry): Example => ({ place: placeOf(entry), at: entry.startedAt }));
  const waiting = isDestinationCause(cause) ? 0 : failures.filter(isOpen).length;
  const buckets = isDestinationCause(cause) ? failures.flatMap(({ destination }) => destination?.bucket ?? []) : [];
  return scheduled(
    {
      ...{ id: noticeId(group), tenant, office, cause },
      since: known?.since ?? new Date(Math.min(...times)),
      lastFailureAt: new Date(Math.max(...times, known?.lastFailureAt.getTime() ?? 0)),
      untold: {
        count: (known?.untold.count ?? 0) + failures.length,
        waiting: (known?.untold.waiting ?? 0) + waiting,
        examples: [...(known?.untold.examples ?? []), ...examples].slice(0, mostExamples),
      },
      buckets: [...new Set([...(known?.buckets ?? []), ...buckets])].slice(0, mostBuckets),
      open: known?.open ?? false,
      mails: current?.mails ?? 0,
      ...(current?.lastMailAt ? { lastMailAt: current.lastMailAt } : {}),
    },
    now,
  );
}

/** Its centre or team as it is called in the bucket, or by its id. */
function placeOf({ destination, unit }: BackupEntry): string {
  return destination?.name.split("/")[1] ?? unit?.id ?? "";
}

/** The notice as it is to be looked at next, or to be forgotten. */
function scheduled(notice: BackupNotice, now: Date): BackupNotice {
  const { dueAt: _dueAt, expireAt: _expireAt, ...rest } = notice;
  const age = now.getTime() - notice.lastFailureAt.getTime();
  const times = [
    ...(notice.untold.count > 0 ? [Math.max(now.getTime(), tellableAt(notice))] : []),
    ...(notice.open ? [now.getTime() + Math.min(15 * minute, Math.max(minute, age / 10))] : []),
  ];
  if (times.length === 0) return { ...rest, expireAt: new Date(now.getTime() + rememberedDays * day) };
  return { ...rest, dueAt: new Date(Math.min(...times)) };
}

/** What is known of a notice when it is looked at. */
export type NoticeFacts = { passed: boolean; officeName: string };

/**
 * What is to be said now, if anything: first that there are failures, and once that they have passed. What a bucket refused
 * and takes again before anybody could be told is not told of.
 */
export function attended(
  notice: BackupNotice,
  { passed, officeName }: NoticeFacts,
  now: Date,
): { next: BackupNotice; mails: NewMail[] } {
  const nothing = { count: 0, waiting: 0, examples: [] };
  const current = passed && isDestinationCause(notice.cause) ? { ...notice, untold: nothing } : notice;
  const { untold, lastFailureAt } = current;
  if (untold.count > 0 && now.getTime() >= tellableAt(current)) {
    const next = {
      ...current,
      untold: nothing,
      open: mayPass(current.cause),
      mails: current.mails + 1,
      lastMailAt: now,
    };
    return { next: scheduled(next, now), mails: [failureMail(current, officeName)] };
  }
  if (current.open && untold.count === 0) {
    const closed = { ...current, open: false, buckets: [] };
    if (passed) return { next: scheduled(closed, now), mails: [returnMail(current, officeName, now)] };
    if (now.getTime() - lastFailureAt.getTime() > rememberedDays * day)
      return { next: scheduled(closed, now), mails: [] };
  }
  return { next: scheduled(current, now), mails: [] };
}

function said({ office, cause, buckets }: BackupNotice, officeName: string) {
  const { label, remedy } = isDestinationCause(cause) ? destinationCauses[cause] : failureClasses[cause];
  const told = {
    office: officeName || office || "-",
    cause: label,
    ...(buckets.length > 0 ? { bucket: buckets.join(", ") } : {}),
  };
  return { told, remedy };
}

function failureMail(notice: BackupNotice, officeName: string): NewMail {
  const { id, tenant, office, cause, untold, since, mails } = notice;
  const { told, remedy } = said(notice, officeName);
  const { count, waiting = 0 } = untold;
  const [first, second, third] = untold.examples.map(({ place, at }) => ({ place, at: at.toISOString() }));
  return {
    key: `backup failed ${id} ${mails}`,
    template: "recordingBackupsFailed",
    tenant,
    to: { office },
    data: {
      ...told,
      remedy: waiting === count ? waitingRemedy : remedy,
      count,
      state: isDestinationCause(cause) ? "pending" : failureClasses[cause].end,
      ...(waiting > 0 ? { waiting } : {}),
      since: since.toISOString(),
      ...(first ? { firstPlace: first.place, firstAt: first.at } : {}),
      ...(second ? { secondPlace: second.place, secondAt: second.at } : {}),
      ...(third ? { thirdPlace: third.place, thirdAt: third.at } : {}),
    },
  };
}

function returnMail(notice: BackupNotice, officeName: string, now: Date): NewMail {
  const { id, tenant, office, since, mails } = notice;
  const { told } = said(notice, officeName);
  return {
    key: `backup works ${id} ${mails}`,
    template: "recordingBackupsWork",
    tenant,
    to: { office },
    data: { ...told, since: since.toISOString(), at: now.toISOString() },
  };
}
