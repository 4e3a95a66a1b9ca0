import type { NewMail } from "../mail.ts";
import type { Site } from "../sites.ts";
import type { BackupEntry } from "./entry.ts";
import {
  attended,
  type BackupNotice,
  isDestinationCause,
  type NoticeCause,
  type UntoldGroup,
  withFailures,
} from "./notice.ts";
import type { EntryKey, SiteBackups } from "./ports.ts";

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

/** Whether what the notice tells of is over: its buckets take recordings again, or a recording was stored and none waits. */
async function hasPassed(app: NoticesApp, notice: BackupNotice): Promise<boolean> {
  const { notices, destinations } = app.backups[app.site];
  const { tenant, office, cause, buckets, lastFailureAt } = notice;
  if (isDestinationCause(cause)) {
    const found = await Promise.all(buckets.map((bucket) => destinations.read(tenant, bucket)));
    return found.every((record) => record?.state !== "outOfService" && !record?.onTrial);
  }
  if (!notice.open) return false;
  const [hasStored, waits] = await Promise.all([
    notices.hasStored(tenant, office, lastFailureAt),
    notices.waitsFor(tenant, office, cause),
  ]);
  return hasStored && !waits;
}
