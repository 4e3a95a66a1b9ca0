import { createHash } from "node:crypto";
import type { NewMail } from "../mail.ts";
import type { Site } from "../sites.ts";
import type { BackupEntry } from "./entry.ts";
import { type DestinationCause, destinationCauses, type FailureClass, failureClasses } from "./failures.ts";
import type { EntryKey, SiteBackups } from "./ports.ts";

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
  /** What no mail has told of yet. */
  untold: { count: number; examples: Example[] };
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

/** The notices of one site, and what they are made of. Every method throws AppError `unavailable`. */
export type BackupNotices = {
  /** Entries whose failure nobody was told of, the oldest first. */
  untold(until: Date, most: number): Promise<(EntryKey & { office: string; cause: NoticeCause })[]>;
  /** Takes failures over from their entries into the notice, all of it in one step. `fold` may run several times. */
  collect(
    group: UntoldGroup,
    fold: (current: BackupNotice | undefined, failures: BackupEntry[]) => BackupNotice,
  ): Promise<void>;
  /** Notices that are to be looked at, the longest due first. */
  due(until: Date, most: number): Promise<BackupNotice[]>;
  /** Changes a notice and asks for its mails in one step; how many those were. `decide` may run several times. */
  change(
    id: string,
    decide: (current: BackupNotice | undefined) => { next?: BackupNotice; mails?: NewMail[] },
  ): Promise<number>;
  officeName(tenant: string, office: string): Promise<string>;
  /** Whether a recording of that office was stored after that time. */
  hasStored(tenant: string, office: string, after: Date): Promise<boolean>;
  /** Whether a recording of that office waits for its next try because of that. */
  waitsFor(tenant: string, office: string, cause: NoticeCause): Promise<boolean>;
};

/** R40: at most one mail for each office and cause. */
const quietMilliseconds = 15 * 60_000;
const minute = 60_000;
const day = 24 * 60 * minute;
/** Nobody waits any longer to hear that it works again. */
const rememberedDays = 30;
const mostExamples = 3;
const mostBuckets = 5;

function isDestinationCause(cause: NoticeCause): cause is DestinationCause {
  return Object.hasOwn(destinationCauses, cause);
}

/** Whether it is a state of things, which passes, and not the fault of one recording. */
function mayPass(cause: NoticeCause): boolean {
  return isDestinationCause(cause) || failureClasses[cause].retry;
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
  const buckets = isDestinationCause(cause) ? failures.flatMap(({ destination }) => destination?.bucket ?? []) : [];
  return scheduled(
    {
      ...{ id: noticeId(group), tenant, office, cause },
      since: known?.since ?? new Date(Math.min(...times)),
      lastFailureAt: new Date(Math.max(...times, known?.lastFailureAt.getTime() ?? 0)),
      untold: {
        count: (known?.untold.count ?? 0) + failures.length,
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
    ...(notice.untold.count > 0
      ? [Math.max(now.getTime(), (notice.lastMailAt?.getTime() ?? 0) + quietMilliseconds)]
      : []),
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
  const nothing = { count: 0, examples: [] };
  const current = passed && isDestinationCause(notice.cause) ? { ...notice, untold: nothing } : notice;
  const { untold, lastMailAt, lastFailureAt } = current;
  if (untold.count > 0 && (!lastMailAt || now.getTime() >= lastMailAt.getTime() + quietMilliseconds)) {
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
  const [first, second, third] = untold.examples.map(({ place, at }) => ({ place, at: at.toISOString() }));
  return {
    key: `backup failed ${id} ${mails}`,
    template: "recordingBackupsFailed",
    tenant,
    to: { office },
    data: {
      ...told,
      remedy,
      count: untold.count,
      state: isDestinationCause(cause) ? "pending" : failureClasses[cause].end,
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

export type NoticesApp = { site: Site; backups: Record<Site, SiteBackups>; now(): Date };

const portion = 100;
const mostCollected = 3000;
const mostAttended = 300;

/**
 * Tells offices of failed backups as digests, and once when it works again (R40): at most one mail of failures for each
 * office and cause in 15 minutes. Returns how many mails were asked for. Safe to repeat, to run at once and to be killed at
 * any time: a failure is taken from its entry in the same step in which it is put down, and put down as told in the same
 * step in which its mail is asked for.
 * @throws AppError `unavailable`; what concerns one office alone holds up no other.
 */
export async function sendDueNotices(app: NoticesApp): Promise<number> {
  const { notices } = app.backups[app.site];
  const failures: unknown[] = [];
  const each = async <T>(items: Iterable<T>, work: (item: T) => Promise<void>) => {
    for (const item of items) await work(item).catch((error: unknown) => failures.push(error));
  };
  for (let collected = 0; collected < mostCollected && failures.length === 0; ) {
    const untold = await notices.untold(app.now(), portion);
    await each(groupsOf(untold), (group) =>
      notices.collect(group, (current, entries) => withFailures(current, group, entries, app.now())),
    );
    collected += untold.length;
    if (untold.length < portion) break;
  }
  let mails = 0;
  await each(await notices.due(app.now(), mostAttended), async (notice) => {
    mails += await attend(app, notice);
  });
  if (failures.length > 0) throw failures[0];
  return mails;
}

function groupsOf(untold: Awaited<ReturnType<BackupNotices["untold"]>>): UntoldGroup[] {
  const groups = Map.groupBy(untold, ({ tenant, office, cause }) => JSON.stringify([tenant, office, cause]));
  return [...groups.values()].flatMap((entries) => {
    const [first] = entries;
    if (!first) return [];
    const { tenant, office, cause } = first;
    return [{ tenant, office, cause, recordingIds: entries.map(({ recordingId }) => recordingId) }];
  });
}

async function attend(app: NoticesApp, notice: BackupNotice): Promise<number> {
  const { notices } = app.backups[app.site];
  const [passed, officeName] = await Promise.all([
    hasPassed(app, notice),
    notices.officeName(notice.tenant, notice.office),
  ]);
  return notices.change(notice.id, (current) => {
    // A failure that came meanwhile makes what was found of the others old.
    if (!current || current.lastFailureAt > notice.lastFailureAt) return {};
    return attended(current, { passed, officeName }, app.now());
  });
}

/** Whether what the notice tells of is over: its buckets are in service again, or a recording was stored and none waits. */
async function hasPassed(app: NoticesApp, notice: BackupNotice): Promise<boolean> {
  const { notices, destinations } = app.backups[app.site];
  const { tenant, office, cause, buckets, lastFailureAt } = notice;
  if (isDestinationCause(cause)) {
    const found = await Promise.all(buckets.map((bucket) => destinations.read(bucket)));
    return found.every((record) => record?.state !== "outOfService");
  }
  if (!notice.open) return false;
  const [hasStored, waits] = await Promise.all([
    notices.hasStored(tenant, office, lastFailureAt),
    notices.waitsFor(tenant, office, cause),
  ]);
  return hasStored && !waits;
}
