import { AppError } from "./errors.ts";

/** One sort of Hikae's own records, and how many days after its `expireAt` the sweep deletes what is still there. */
export type Retention = {
  name: string;
  collection: string;
  /** The collection whose documents hold these collections; without it there is one, at the root. */
  under?: string;
  days: number;
};

/**
 * What is deleted when it is of no use any more. Whatever says itself when it expires is left to the database's own TTL
 * policy first, and deleted here where there is none. Audit logs are kept for ever (R30).
 */
export const retentions: readonly Retention[] = [
  { name: "operations", collection: "operations", days: 10 },
  { name: "mails", collection: "outbox", days: 10 },
  { name: "requests", collection: "requests", days: 10 },
  { name: "backupNotices", collection: "backupNotices", days: 10 },
  { name: "deadLetters", collection: "deadLetters", days: 10 },
  { name: "verificationFindings", collection: "findings", under: "operations", days: 10 },
  { name: "tombstones", collection: "ledger", under: "standbys", days: 10 },
];

/** An event may be late by a day, and a person by a week: no slip in the table may delete what they still need. */
const fewestDays = 10;

/** What is older goes. @throws AppError `precondition-failed` for a retention of under ten days. */
export function cutoffOf({ name, days }: Retention, now: Date): Date {
  if (!(days >= fewestDays)) {
    throw new AppError(
      "precondition-failed",
      `${name} would be deleted after ${days} days: the fewest are ${fewestDays}`,
    );
  }
  return new Date(now.getTime() - days * 86_400_000);
}

export type ExpiredRecords = {
  /**
   * Deletes the records whose time is before that and that have not changed since they were read, oldest first, page by
   * page, and tells after each page how many; who stops asking stops it. Repeating is safe. Throws `unavailable`.
   */
  deleteBefore(retention: Retention, before: Date): AsyncIterable<number>;
};

/** Each sort gets a share of its own, so that none waits for ever behind a large backlog of another. */
export const shareMilliseconds = 20_000;

/**
 * Deletes Hikae's own records that are past their retention, and counts them by sort; `left` names the sorts whose time
 * was over first, where the next run goes on. Safe to repeat and to be killed at any time.
 * @throws AppError `precondition-failed`, before anything is deleted, for a retention of under ten days; `unavailable`.
 */
export async function deleteExpired(
  app: { expiredRecords: ExpiredRecords; now(): Date },
  table: readonly Retention[] = retentions,
): Promise<{ outcome: "expired"; left: string[] } & Record<string, unknown>> {
  const due = table.map((retention) => ({ retention, before: cutoffOf(retention, app.now()) }));
  const counts: Record<string, number> = {};
  const left: string[] = [];
  for (const { retention, before } of due) {
    const end = app.now().getTime() + shareMilliseconds;
    counts[retention.name] = 0;
    for await (const deleted of app.expiredRecords.deleteBefore(retention, before)) {
      counts[retention.name] = (counts[retention.name] ?? 0) + deleted;
      if (app.now().getTime() < end) continue;
      left.push(retention.name);
      break;
    }
  }
  return { outcome: "expired", left, ...counts };
}
