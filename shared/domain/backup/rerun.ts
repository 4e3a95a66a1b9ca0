import type { Page, PageRequest } from "../ports.ts";
import type { Site } from "../sites.ts";
import { type BackupEntry, triedAnew } from "./entry.ts";
import type { CallForBackups, EntryChange, EntryFilter, SiteBackups } from "./ports.ts";
import type { Finding, FindingType } from "./verification.ts";
import type { Findings } from "./verify-ports.ts";

/** Findings of a verification by which recordings are stored again (R43). */
export const retriedFindings = ["missing", "different"] as const satisfies FindingType[];
type RetriedFinding = (typeof retriedFindings)[number];

/** The states that may be tried anew as a whole. */
export const retriedStates = ["failed", "unavailable", "skipped"] as const;

/** Which recordings an administrator wants to be tried anew (R41, R43). */
export type RetryChoice =
  | { recordingIds: readonly string[] }
  | { filter: EntryFilter & { state: (typeof retriedStates)[number] } }
  /** `only`: of its findings those of these recordings. */
  | { verification: string; which: readonly RetriedFinding[]; only?: readonly string[] };

export type RetryApp = {
  site: Site;
  backups: Record<Site, Pick<SiteBackups, "ledger"> & { inventory: Pick<SiteBackups["inventory"], "forgetKnown"> }>;
  findings: Pick<Findings, "list">;
  callForBackups: CallForBackups;
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

/** A recording that was chosen; by a verification, the object that it was stored as. */
type Chosen = { recordingId: string; generation?: string };

/**
 * Whether an entry may be tried anew: what has ended without being stored, what waits for its next try only when it was
 * chosen itself, and what is stored only when a verification has found this very object wanting. What was never
 * understood holds nothing to fetch.
 */
export function mayRetry(entry: BackupEntry, choice: RetryChoice, { generation }: Pick<Chosen, "generation">): boolean {
  if (entry.error?.class === "badEvent") return false;
  switch (entry.state) {
    case "failed":
    case "unavailable":
    case "skipped":
      return true;
    case "waiting":
      return "recordingIds" in choice;
    case "stored":
      return generation !== undefined && entry.receipt?.generation === generation;
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
    const page = await chosenOf(app, tenant, choice, {
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

async function chosenOf(app: RetryApp, tenant: string, choice: RetryChoice, page: PageRequest): Promise<Page<Chosen>> {
  if ("recordingIds" in choice) {
    const portion = portionOf([...new Set(choice.recordingIds)], page);
    return { ...portion, items: portion.items.map((recordingId) => ({ recordingId })) };
  }
  if ("verification" in choice) {
    const [only, ...others] = choice.which;
    const found = await app.findings.list(choice.verification, others.length > 0 ? undefined : only, page);
    const named = choice.only && new Set(choice.only);
    const wanted = found.items.filter(({ finding, recordingId }) => {
      return choice.which.some((each) => each === finding) && (!named || named.has(recordingId ?? ""));
    });
    return { ...found, items: wanted.flatMap(chosenBy) };
  }
  // The place in the list stays where it is while entries before it change their state.
  const found = await app.backups[app.site].ledger.list(tenant, choice.filter, page);
  return { ...found, items: found.items.map(({ recordingId }) => ({ recordingId })) };
}

function chosenBy({ recordingId, receipt }: Finding): Chosen[] {
  if (recordingId === undefined) return [];
  return [{ recordingId, ...(receipt ? { generation: receipt.generation } : {}) }];
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
  chosen: readonly Chosen[],
  choice: RetryChoice,
  offices: readonly string[] | undefined,
): Promise<Outcome[]> {
  if (chosen.length === 0) return [];
  const changes = chosen.map(
    (one): EntryChange<Outcome> => ({
      recordingId: one.recordingId,
      decide: (current) => {
        if (!current || (offices && !offices.includes(current.office))) return { outcome: "unknown" };
        if (!mayRetry(current, choice, one)) return { outcome: "unchanged" };
        return { next: triedAnew(current, app.now()), outcome: "retried" };
      },
    }),
  );
  const outcomes = (await app.backups[app.site].ledger.changeTogether(tenant, changes)) as Outcome[];
  const marked = chosen.filter((_, index) => outcomes[index] === "retried");
  // They were stored: runs must not take that for granted any more, also where whoever marked them died before this.
  if ("verification" in choice) await app.backups[app.site].inventory.forgetKnown(tenant);
  await app.callForBackups(
    app.site,
    marked.map(({ recordingId }) => ({ tenant, recordingId })),
  );
  return outcomes;
}
