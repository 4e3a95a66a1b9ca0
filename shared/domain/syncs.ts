import { asAppError } from "./errors.ts";
import type { Standbys } from "./ports.ts";
import type { Standby } from "./standby.ts";
import { standbyPages } from "./standby-pages.ts";

/**
 * How one sync of one tenant ended. `refused`: the primary's state is not fit to be copied, and the secondary's stays as
 * it is. `unfinished`: its time was over, and the next run goes on.
 */
export const syncOutcomes = ["copied", "unchanged", "refused", "failed", "unfinished"] as const;
export type SyncOutcome = (typeof syncOutcomes)[number];

/** Why a sync was refused or failed. */
export const syncReasons = [
  "invalid",
  "admitsNobody",
  "primaryEmpty",
  "tooLarge",
  "tampered",
  "primaryUnreachable",
  "secondaryUnreachable",
  "notAllCopied",
  "internal",
] as const;
export type SyncReason = (typeof syncReasons)[number];

type Ended = { outcome: SyncOutcome; reason?: SyncReason; detail?: string };

/** `rules`: how many the primary has. */
export type AccessRulesReport = Ended & { rules?: number };

/** `skipped` are objects that changed while they were copied: the next run takes them. */
export type GuidanceReport = Ended & {
  objects: number;
  copied: number;
  skipped: number;
  deleted: number;
  failed: number;
  bytes: number;
};

/** What is brought over by schedule instead of by events: files (R12), and what must be judged as a whole first (R13). */
export type SyncReports = { guidance: GuidanceReport; "access-rules": AccessRulesReport };
export type SyncName = keyof SyncReports;

/**
 * The last sync of a tenant, the document `standbys/{tenant}/syncs/{name}`. `at` is when it began, `equalAt` when the
 * last one began that ended with both sites equal.
 */
export type SyncRecord<N extends SyncName = SyncName> = SyncReports[N] & { at: Date; equalAt?: Date };
export type SyncRecords = { [N in SyncName]?: SyncRecord<N> };

export type Syncs = {
  read(tenant: string): Promise<SyncRecords>;
  /** Replaces the last record; without `equalAt` that of the earlier one stays. */
  record<N extends SyncName>(tenant: string, name: N, record: SyncRecord<N>): Promise<void>;
  /** The tenant after which the next run begins. */
  cursor(name: SyncName): Promise<string | undefined>;
  saveCursor(name: SyncName, tenant: string): Promise<void>;
};

export type SyncApp = {
  standbys: Pick<Standbys, "list">;
  syncs: Pick<Syncs, "cursor" | "saveCursor">;
  now(): Date;
};

/** Well within the functions' time-outs; what is not done by then is the next run's. */
const usual = { milliseconds: 200_000, tenantsAtOnce: 8 };
const saveCursorEveryMilliseconds = 1000;
const unreachable: readonly SyncReason[] = ["primaryUnreachable", "secondaryUnreachable"];

/**
 * Syncs every syncing tenant, several at once, from where the last run stopped, until all are done or the time is over.
 * A tenant's failure holds up no other one, but when a site does not answer the run ends. `sync` answers "fenced" when
 * the tenant's state was changed under it. Repeating is safe, as is running twice at once.
 * @throws AppError `unavailable` when the secondary's database does not answer.
 */
export async function syncTenants(
  app: SyncApp,
  name: SyncName,
  sync: (standby: Standby, until: Date) => Promise<SyncReports[SyncName] | "fenced">,
  limits = usual,
) {
  const until = new Date(app.now().getTime() + limits.milliseconds);
  const counts = { copied: 0, unchanged: 0, refused: 0, failed: 0, unfinished: 0, fenced: 0 };
  const tenants = syncingAfter(app.standbys, await app.syncs.cursor(name));
  let halted: SyncReason | undefined;
  let failure: { error: unknown } | undefined;
  let saved = 0;
  let last: string | undefined;
  const lane = async () => {
    while (!halted && !failure && app.now() < until) {
      const { value: standby, done } = await tenants.next();
      if (done) return;
      last = standby.tenant;
      if (app.now().getTime() - saved > saveCursorEveryMilliseconds) {
        saved = app.now().getTime();
        await app.syncs.saveCursor(name, last);
      }
      const report = await sync(standby, until);
      counts[report === "fenced" ? report : report.outcome]++;
      if (report !== "fenced" && report.reason && unreachable.includes(report.reason)) halted ??= report.reason;
    }
  };
  // All lanes are waited for: what goes on behind a function's answer is cut off, or meets the next call.
  const lanes = Array.from({ length: limits.tenantsAtOnce }, () =>
    lane().catch((error: unknown) => {
      failure ??= { error };
    }),
  );
  await Promise.all(lanes);
  if (failure) throw failure.error;
  if (last !== undefined) await app.syncs.saveCursor(name, last);
  return { outcome: halted ?? "synced", ...counts };
}

/** What a sync counts. */
type Counts<N extends SyncName> = Omit<SyncReports[N], keyof Ended>;

/** Runs one sync of a tenant and records how it ended; what it throws is a failure of that tenant's, with `none` counted. */
export async function recordSync<N extends SyncName>(
  app: { syncs: Pick<Syncs, "record">; now(): Date },
  name: N,
  tenant: string,
  none: Counts<N>,
  sync: () => Promise<SyncReports[N] | "fenced">,
): Promise<SyncReports[N] | "fenced"> {
  const at = app.now();
  const report = await sync().catch((error: unknown) => ({ ...failure(error), ...none }) as SyncReports[N]);
  if (report === "fenced") return report;
  const equal = report.outcome === "copied" || report.outcome === "unchanged";
  await app.syncs.record(tenant, name, { ...report, at, ...(equal ? { equalAt: at } : {}) });
  return report;
}

function failure(error: unknown): Ended {
  return { outcome: "failed", reason: "internal", detail: asAppError(error).message };
}

/** Every syncing tenant once, in the order of ids, from after that one on and round to it. */
async function* syncingAfter(standbys: SyncApp["standbys"], start: string | undefined): AsyncGenerator<Standby> {
  for await (const standby of syncing(standbys, start)) yield standby;
  if (start === undefined) return;
  for await (const standby of syncing(standbys, undefined)) {
    if (standby.tenant > start) return;
    yield standby;
  }
}

async function* syncing(standbys: SyncApp["standbys"], after: string | undefined): AsyncGenerator<Standby> {
  for await (const page of standbyPages(standbys, after)) yield* page.filter(({ state }) => state === "syncing");
}
