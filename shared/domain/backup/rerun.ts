import type { Page, PageRequest } from "../ports.ts";
import type { Site } from "../sites.ts";
import { type BackupEntry, triedAnew } from "./entry.ts";
import type { CallForBackups, EntryChange, EntryFilter, SiteBackups } from "./ports.ts";

/** What a verification found of recordings that are to be stored again (R43). */
export const retriedFindings = ["missing", "different"] as const;
export type RetriedFinding = (typeof retriedFindings)[number];

/** The states that may be tried anew as a whole. */
export const retriedStates = ["failed", "unavailable", "skipped"] as const;

/** Which recordings an administrator wants to be tried anew (R41, R43). */
export type RetryChoice =
  | { recordingIds: readonly string[] }
  | { filter: EntryFilter & { state: (typeof retriedStates)[number] } }
  /** `at` is when the verification ended: what was stored since is not stored again. */
  | { verification: string; findings: readonly RetriedFinding[]; at: Date };

/** The ids of the recordings that a verification found so, in a fixed order. @throws AppError `unavailable`. */
export type FindingsOf = (
  verification: string,
  findings: readonly RetriedFinding[],
  page: PageRequest,
) => Promise<Page<string>>;

export type RetryApp = {
  site: Site;
  backups: Record<Site, SiteBackups>;
  callForBackups: CallForBackups;
  findingsOf: FindingsOf;
  now(): Date;
};

/** What became of a choice so far. */
export type Retried = {
  retried: number;
  /** Left as they are: under way, stored, or of a kind that cannot be tried again. */
  unchanged: number;
  /** Not in the ledger, or of an office that is not the caller's. */
  unknown: number;
  /** Where the same choice goes on; absent when all of it is done. */
  nextPageToken?: string;
};

/**
 * Whether an entry may be tried anew: what has ended without being stored, what waits for its next try only when it was
 * chosen itself, and what is stored only when a verification has found that it is not there any more. What was never
 * understood holds nothing to fetch.
 */
export function mayRetry(entry: BackupEntry, choice: RetryChoice): boolean {
  if (entry.error?.class === "badEvent") return false;
  switch (entry.state) {
    case "failed":
    case "unavailable":
    case "skipped":
      return true;
    case "waiting":
      return "recordingIds" in choice;
    case "stored":
      return "verification" in choice && entry.receipt !== undefined && entry.receipt.storedAt <= choice.at;
    case "pending":
      return false;
  }
}

const portion = 200;
const mostAtOnce = 2000;
const mostMilliseconds = 10_000;

/**
 * Tries recordings anew, as many as go into one request; `nextPageToken` says where to go on. What was marked and could not
 * be called for is called for by the sweep. Safe to repeat: what is under way stays so.
 * @param offices whose recordings may be touched; all without it
 * @throws AppError `unavailable`.
 */
export async function retryRecordings(
  app: RetryApp,
  tenant: string,
  choice: RetryChoice,
  offices: readonly string[] | undefined,
  pageToken?: string,
): Promise<Retried> {
  const end = app.now().getTime() + mostMilliseconds;
  const total = { retried: 0, unchanged: 0, unknown: 0 };
  let next = pageToken;
  for (let seen = 0; ; ) {
    const page = await idsOf(app, tenant, choice, {
      pageSize: portion,
      ...(next === undefined ? {} : { pageToken: next }),
    });
    for (const outcome of await retryTogether(app, tenant, page.items, choice, offices)) total[outcome]++;
    seen += page.items.length;
    next = page.nextPageToken;
    if (next === undefined) return total;
    if (seen >= mostAtOnce || app.now().getTime() >= end) return { ...total, nextPageToken: next };
  }
}

async function idsOf(app: RetryApp, tenant: string, choice: RetryChoice, page: PageRequest): Promise<Page<string>> {
  if ("recordingIds" in choice) return portionOf([...new Set(choice.recordingIds)], page);
  if ("verification" in choice) return app.findingsOf(choice.verification, choice.findings, page);
  // The place in the list stays where it is while entries before it change their state.
  const found = await app.backups[app.site].ledger.list(tenant, choice.filter, page);
  return { ...found, items: found.items.map(({ recordingId }) => recordingId) };
}

function portionOf(ids: readonly string[], { pageSize, pageToken }: PageRequest): Page<string> {
  const begin = pageToken === undefined ? 0 : ids.indexOf(pageToken) + 1;
  const items = ids.slice(begin, begin + pageSize);
  const last = items.at(-1);
  return { items, ...(last !== undefined && begin + items.length < ids.length ? { nextPageToken: last } : {}) };
}

type Outcome = "retried" | "unchanged" | "unknown";

async function retryTogether(
  app: RetryApp,
  tenant: string,
  ids: readonly string[],
  choice: RetryChoice,
  offices: readonly string[] | undefined,
): Promise<Outcome[]> {
  if (ids.length === 0) return [];
  const changes = ids.map(
    (recordingId): EntryChange<Outcome> => ({
      recordingId,
      decide: (current) => {
        if (!current || (offices && !offices.includes(current.office))) return { outcome: "unknown" };
        if (!mayRetry(current, choice)) return { outcome: "unchanged" };
        return { next: triedAnew(current, app.now()), outcome: "retried" };
      },
    }),
  );
  const outcomes = (await app.backups[app.site].ledger.changeTogether(tenant, changes)) as Outcome[];
  const marked = ids.filter((_, index) => outcomes[index] === "retried");
  await app.callForBackups(
    app.site,
    marked.map((recordingId) => ({ tenant, recordingId })),
  );
  return outcomes;
}
