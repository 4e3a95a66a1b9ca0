import { createHash } from "node:crypto";
import { AppError } from "./errors.ts";
import type { EventOf, PublishEvent, ReloadCause } from "./events.ts";
import { reloadedKinds } from "./events.ts";
import type { Standbys } from "./ports.ts";
import type { Standby } from "./standby.ts";
import { standbyPages } from "./standby-pages.ts";
import { supports } from "./tenant.ts";

export type ReloadedKind = EventOf<"reload">["kind"];
export type ReloadAck = { at: Date; outcome: EventOf<"reloadAck">["outcome"]; detail?: string };

/** The last reload of one kind on the secondary, the document `standbys/{tenant}/reloads/{kind}` (R14). */
export type Reload = {
  reloadId: string;
  kind: ReloadedKind;
  cause: ReloadCause;
  requestedAt: Date;
  /** Since when `changed` counts; absent where all of the kind is counted. */
  since?: Date;
  /** Documents changed, created or deleted since then; null where they were not counted. */
  changed: number | null;
  ack?: ReloadAck;
};

/** The reloads of tenants, on the secondary. Every method throws `unavailable` when its database does not answer. */
export type Reloads = {
  list(tenant: string): Promise<Reload[]>;
  /** Reads the tenant's reloads of these kinds, decides and writes as one atomic step; `decide` may run several times. */
  change<T>(
    tenant: string,
    kinds: readonly ReloadedKind[],
    decide: (current: ReadonlyMap<ReloadedKind, Reload>) => { next: Reload[]; outcome: T },
  ): Promise<T>;
  /** How many documents of the kind the mirror has written or deleted after that time, or ever. */
  countChanged(tenant: string, kind: ReloadedKind, since: Date | undefined): Promise<number>;
};

export type ReloadApp = { reloads: Reloads; publish: PublishEvent };

/** What asks for a reload; the same cause with the same id is the same reload: an operation's id, a schedule's time. */
export type ReloadRequest = { cause: ReloadCause; id: string };

/** "repeated": asked before, and told again because nobody has acknowledged it. "failed": Pub/Sub did not take it. */
export type ReloadOutcome = "requested" | "repeated" | "acknowledged" | "superseded" | "failed";

type Planned = { outcome: Exclude<ReloadOutcome, "failed">; reload?: Reload };

/** What a request means for one kind whose last reload is `current`; `reload` is what the telephony is to be told. */
export function planReload(
  current: Reload | undefined,
  asked: ReloadRequest & { tenant: string; kind: ReloadedKind; changed: number | null; now: Date },
): Planned {
  const { tenant, kind, cause, id, changed, now } = asked;
  const reloadId = createHash("sha256")
    .update(JSON.stringify([tenant, kind, cause, id]))
    .digest("base64url")
    .slice(0, 22);
  if (current?.reloadId === reloadId) {
    return current.ack?.outcome === "reloaded" ? { outcome: "acknowledged" } : { outcome: "repeated", reload: current };
  }
  // A firing that comes late finds that the telephony has read everything after it was due.
  if (current && cause === "schedule" && current.requestedAt >= new Date(id)) return { outcome: "superseded" };
  const since = countedSince(current);
  const reload: Reload = { reloadId, kind, cause, requestedAt: now, changed, ...(since ? { since } : {}) };
  return { outcome: "requested", reload };
}

/** Since when changes are to be counted: what a failed reload did not bring is counted again. */
function countedSince(current: Reload | undefined): Date | undefined {
  return current?.ack?.outcome === "failed" ? current.since : current?.requestedAt;
}

/**
 * Tells the secondary's telephony to read every reloaded kind of the tenant again (R14, R18). The same cause and id is
 * the same reload, so repeating is safe. Changed documents are counted for the schedule only: for anything else the
 * time does not grow with the tenant's size, two round trips and one publication. A kind that Pub/Sub does not take is
 * "failed", and the others go on; ask again with the same cause and id.
 * @throws AppError `unavailable` when the secondary's database does not answer; then nothing was told.
 */
export async function requestReload(
  app: ReloadApp,
  tenant: string,
  request: ReloadRequest,
  now: Date,
): Promise<Record<ReloadedKind, ReloadOutcome>> {
  const counts = request.cause === "schedule" ? await countChanges(app, tenant) : undefined;
  const planned = await app.reloads.change(tenant, reloadedKinds, (current) => {
    const plans = reloadedKinds.map((kind) => {
      const changed = counts?.get(kind) ?? null;
      return [kind, planReload(current.get(kind), { ...request, tenant, kind, changed, now })] as const;
    });
    const next = plans.flatMap(([, { outcome, reload }]) => (outcome === "requested" && reload ? [reload] : []));
    return { next, outcome: plans };
  });
  const outcomes = await Promise.all(
    planned.map(async ([kind, { outcome, reload }]) => [kind, await tell(app, tenant, outcome, reload)] as const),
  );
  return Object.fromEntries(outcomes) as Record<ReloadedKind, ReloadOutcome>;
}

/**
 * The same, for what must not end before the telephony was told. Repeating is safe.
 * @throws AppError `unavailable` as `requestReload`, and where Pub/Sub did not take every kind.
 */
export async function reloadOrThrow(app: ReloadApp, tenant: string, request: ReloadRequest, now: Date): Promise<void> {
  const outcomes = await requestReload(app, tenant, request, now);
  const untold = Object.entries(outcomes).flatMap(([kind, outcome]) => (outcome === "failed" ? [kind] : []));
  if (untold.length === 0) return;
  throw new AppError("unavailable", `Pub/Sub did not take the reload of ${untold.join(", ")}`);
}

async function tell(
  app: ReloadApp,
  tenant: string,
  outcome: ReloadOutcome,
  reload: Reload | undefined,
): Promise<ReloadOutcome> {
  if (!reload) return outcome;
  const { reloadId, kind, changed, cause, requestedAt } = reload;
  try {
    const event = { reloadId, tenantId: tenant, kind, changed, cause, requestedAt };
    await app.publish("reload", { version: 1, site: "secondary", ...event });
    return outcome;
  } catch {
    return "failed";
  }
}

async function countChanges(app: ReloadApp, tenant: string): Promise<Map<ReloadedKind, number>> {
  const last = new Map((await app.reloads.list(tenant)).map((reload) => [reload.kind, reload]));
  const counts = reloadedKinds.map(async (kind) => {
    return [kind, await app.reloads.countChanged(tenant, kind, countedSince(last.get(kind)))] as const;
  });
  return new Map(await Promise.all(counts));
}

const tenantsAtOnce = 8;

/**
 * Reloads every syncing tenant whose platform supports it (R14); the same firing again changes nothing that was done.
 * One tenant's failure does not hold up the others.
 * @throws AppError `unavailable` at the end when some were not told, to be tried again.
 */
export async function reloadAll(app: ReloadApp & { standbys: Standbys; now(): Date }, scheduleTime: Date) {
  const request = { cause: "schedule", id: scheduleTime.toISOString() } as const;
  const failed: string[] = [];
  let told = 0;
  for await (const page of standbyPages(app.standbys)) {
    const waiting = page.filter(mayReload).values();
    const worker = async () => {
      for (const { tenant } of waiting) {
        const outcomes = await requestReload(app, tenant, request, app.now()).catch(() => undefined);
        if (!outcomes || Object.values(outcomes).includes("failed")) failed.push(tenant);
        else told++;
      }
    };
    await Promise.all(Array.from({ length: tenantsAtOnce }, worker));
  }
  if (failed.length === 0) return { outcome: "requested", told };
  const some = failed.slice(0, 10).join(", ");
  throw new AppError("unavailable", `${failed.length} tenants could not be told to reload (${some}), ${told} were`);
}

function mayReload({ state, profile }: Standby): boolean {
  return state === "syncing" && supports(profile.platformVersion, "reload");
}

export type AckOutcome = "recorded" | "repeated" | "otherReload";

/**
 * What an acknowledgement changes. Acknowledgements come late, twice and in any order: all of one reload, in whatever
 * order, end in the same record. "reloaded" outlasts "failed", for then the telephony has the settings; of two alike
 * the first that reloaded counts, and the last that failed.
 */
export function applyAck(
  current: Reload | undefined,
  ack: EventOf<"reloadAck">,
): { next?: Reload; outcome: AckOutcome } {
  if (current?.reloadId !== ack.reloadId) return { outcome: "otherReload" };
  const { at, outcome, detail } = ack;
  const arrived: ReloadAck = { at, outcome, ...(detail === undefined ? {} : { detail }) };
  if (current.ack && !outlasts(arrived, current.ack)) return { outcome: "repeated" };
  return { next: { ...current, ack: arrived }, outcome: "recorded" };
}

function outlasts(arrived: ReloadAck, known: ReloadAck): boolean {
  if (arrived.outcome !== known.outcome) return arrived.outcome === "reloaded";
  const later = arrived.at.getTime() - known.at.getTime();
  if (later === 0) return (arrived.detail ?? "") > (known.detail ?? "");
  return arrived.outcome === "reloaded" ? later < 0 : later > 0;
}

/**
 * Records what became of a reload (R14). One of an older reload, or of a tenant that has none, changes nothing.
 * Repeating is safe. @throws AppError `unavailable`.
 */
export function recordReloadAck(app: { reloads: Reloads }, ack: EventOf<"reloadAck">): Promise<AckOutcome> {
  return app.reloads.change(ack.tenantId, [ack.kind], (current) => {
    const { next, outcome } = applyAck(current.get(ack.kind), ack);
    return { next: next ? [next] : [], outcome };
  });
}
