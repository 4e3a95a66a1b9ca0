import type { BackupState } from "./entry.ts";

/** The time that is looked back over. */
export const freshnessWindowSeconds = 24 * 3600;

/** What is known of how fresh a tenant's backup is on one site. */
export type FreshnessFacts = {
  /** From each call's end until its recording was stored, of those stored within the window. */
  delaysSeconds: readonly number[];
  /** Whether there are more than were looked at: then these are the newest. */
  isSample: boolean;
  /** Recordings still to be stored. */
  open: readonly { endedAt: Date; since: Date; run?: string }[];
  counts: Pick<Record<BackupState, number>, "pending" | "waiting">;
  parked: number;
};

/** R43b. Times are seconds. */
export type Freshness = {
  windowSeconds: number;
  stored: number;
  isSample: boolean;
  /** Null where nothing was stored within the window. */
  p50Seconds: number | null;
  p99Seconds: number | null;
  /** The age of the oldest recording that is still to be stored; null when there is none. */
  oldestPendingSeconds: number | null;
  pending: number;
  waiting: number;
  /** Of the pending ones, those that wait for the return of their bucket. */
  parked: number;
};

/** How fresh a tenant's backup is. */
export function freshnessOf({ delaysSeconds, isSample, open, counts, parked }: FreshnessFacts, now: Date): Freshness {
  const sorted = delaysSeconds.toSorted((a, b) => a - b);
  // What a run asked for is old by its nature: it is late since it was asked for.
  const begun = open.map(({ endedAt, since, run }) => (run === undefined ? endedAt : since).getTime());
  const oldest = begun.length === 0 ? null : Math.max(0, (now.getTime() - Math.min(...begun)) / 1000);
  return {
    windowSeconds: freshnessWindowSeconds,
    stored: sorted.length,
    isSample,
    p50Seconds: percentile(sorted, 50),
    p99Seconds: percentile(sorted, 99),
    oldestPendingSeconds: oldest,
    pending: counts.pending,
    waiting: counts.waiting,
    parked,
  };
}

/** The least of the sorted values that so many per cent of them do not exceed. */
function percentile(sorted: readonly number[], percent: number): number | null {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
}
