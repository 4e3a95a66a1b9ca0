import type { Label } from "../catalogue.ts";
import { AppError } from "./errors.ts";
import type { GivenUp } from "./given-up.ts";
import type { StandbyChange } from "./ports.ts";
import { type Actor, type Edit, type Fence, type Proof, type Standby, type Stop, standbyStates } from "./standby.ts";
import { stopMails, tamperMails } from "./stop-mail.ts";
import { permitsStandby, type TenantProfile } from "./tenant.ts";

/**
 * How a tenant's stand-by goes from state to state: pure functions of the present state, to be run inside one
 * atomic change. Each change of who may write the secondary raises the fence.
 */

/** The next fence. */
export const raised = (fence: Fence | undefined, id: string): Fence => ({ number: (fence?.number ?? 0) + 1, id });

/** What a new or changed profile of the primary means. A tenant with the DR option gets a stand-by to be filled. */
export function adoptProfile(
  current: Standby | undefined,
  arrived: { tenant: string; profile: TenantProfile; version: number },
  now: Date,
  fenceId: string,
): StandbyChange<"enrolled" | "updated" | "stopped" | "stale" | "notEnrolled"> {
  const { tenant, profile, version } = arrived;
  if (!current) {
    if (!permitsStandby(profile)) return { outcome: "notEnrolled" };
    const next: Standby = {
      tenant,
      state: profile.syncEnabled ? "resyncing" : "stopped",
      since: now,
      fence: raised(undefined, fenceId),
      profile,
      profileVersion: version,
      ...(profile.syncEnabled ? {} : { stop: stopOf("syncDisabled", hikae, now) }),
    };
    return { next, outcome: profile.syncEnabled ? "enrolled" : "stopped", audit: audited("enrol", hikae, now, next) };
  }
  if (version <= current.profileVersion) return { outcome: "stale" };
  const next = { ...current, profile, profileVersion: version };
  if (maySync(profile) || !standbyStates[current.state].mirror) return { next, outcome: "updated" };
  return { ...stopped(next, stopOf("syncDisabled", hikae, now), fenceId), outcome: "stopped" };
}

/** The tenant is gone from the primary: its stand-by stays as it is, and its sync stops. */
export function primaryDeleted(
  current: Standby | undefined,
  version: number,
  now: Date,
  fenceId: string,
): StandbyChange<"stopped" | "stale" | "notEnrolled"> {
  if (!current) return { outcome: "notEnrolled" };
  if (version < current.profileVersion) return { outcome: "stale" };
  const next = { ...current, profileVersion: version };
  if (!standbyStates[current.state].mirror) return { next, outcome: "stale" };
  return { ...stopped(next, stopOf("tenantDeleted", hikae, now), fenceId), outcome: "stopped" };
}

/** An operator stops the sync (R11). Stopping what is stopped changes nothing. */
export function stopByOperator(
  current: Standby | undefined,
  by: Actor,
  reason: string,
  now: Date,
  fenceId: string,
): StandbyChange<Standby> {
  const standby = existing(current);
  if (standby.state === "stopped") return { outcome: standby };
  if (!standbyStates[standby.state].mirror) {
    throw new AppError(
      "conflict",
      `the tenant is ${standby.state}: only a tenant that is being synchronised can be stopped`,
    );
  }
  const change = stopped(standby, { ...stopOf("operator", by, now), detail: reason }, fenceId);
  return { ...change, outcome: change.next };
}

/** Direct edits were found on the secondary (R10): they stop a syncing tenant, and are noted in any state. */
export function editsFound(
  current: Standby | undefined,
  edits: Edit[],
  now: Date,
  fenceId: string,
): StandbyChange<"stopped" | "noted" | "unknownTenant"> {
  const [first] = edits;
  if (!current || !first) return { outcome: "unknownTenant" };
  // The stand-by itself is only read: edits made by the hundred must not wait for one another.
  if (standbyStates[current.state].edit === "noted") return { edits, outcome: "noted" };
  const stop: Stop = {
    ...stopOf("tamper", first.by, now),
    path: first.path,
    detail: `${first.change} on the secondary`,
  };
  const change = stopped(current, stop, fenceId);
  return { ...change, edits, mails: tamperMails(change.next, edits), outcome: "stopped" };
}

/**
 * As `editsFound`, for edits that were looked for under that fence. "moved" where it was raised since: a fail back or a
 * restore may have ended in between, and the documents must be looked at again before they stop the sync.
 */
export function editsFoundUnder(
  fence: Fence | undefined,
  current: Standby | undefined,
  edits: Edit[],
  now: Date,
  fenceId: string,
): StandbyChange<"stopped" | "noted" | "unknownTenant" | "moved"> {
  if (current?.fence.id !== fence?.id) return { outcome: "moved" };
  return editsFound(current, edits, now, fenceId);
}

/** Whether the primary wishes to be mirrored, and the tenant may have a stand-by (R11, R17). */
export function maySync(profile: TenantProfile): boolean {
  return profile.syncEnabled && permitsStandby(profile);
}

/**
 * Whether a stopped tenant may be restored from the primary.
 * @throws AppError `conflict` unless it is stopped, or where a fail back was stopped half-way: only another one ends its
 *   activation; `precondition-failed` while its setting is off, or it may not have a stand-by (R11, R17).
 */
export function requireRestorable({ state, activation, profile }: Standby): void {
  if (state !== "stopped") {
    throw new AppError("conflict", `the tenant is ${state}: only a stopped tenant is restored`);
  }
  if (activation) {
    throw new AppError("conflict", "a fail back of the tenant was stopped half-way: fail back again, it restores all");
  }
  if (!profile.syncEnabled) {
    throw new AppError("precondition-failed", "the primary's sync setting is off: turn it on there, then restore");
  }
  if (!permitsStandby(profile)) {
    const needs = "it takes the DR option, a platform new enough, and no outbound dialler";
    throw new AppError("precondition-failed", `the tenant may not have a stand-by: ${needs}`);
  }
}

/** An operation by which the primary is to overwrite the secondary. */
export type Overwriting = { operation: string; by: Actor; askedAt: Date };

/**
 * Whoever stops or activates a tenant means what was asked for before it too, which may be between two of its slices then.
 * @throws AppError `conflict`.
 */
export function requireNotOvertaken({ stop, activation }: Standby, askedAt: Date): void {
  if ([stop?.at, activation?.requestedAt].some((at) => at !== undefined && at > askedAt)) {
    throw new AppError("conflict", "the tenant was stopped or activated since this was asked for: ask for it again");
  }
}

/**
 * The primary is to overwrite the secondary again; repeating it for the same operation changes nothing.
 * @throws AppError as `requireRestorable`; `conflict` for one that was stopped itself.
 */
export function beginResync(
  current: Standby | undefined,
  { operation, by, askedAt }: Overwriting,
  now: Date,
  fenceId: string,
): StandbyChange<Standby> {
  const standby = existing(current);
  if (standby.state === "resyncing" && (standby.operation ?? operation) === operation) {
    const next = { ...standby, operation };
    return { next, outcome: next };
  }
  requireRestorable(standby);
  requireNotOvertaken(standby, askedAt);
  const next: Standby = {
    ...standby,
    state: "resyncing",
    since: now,
    fence: raised(standby.fence, fenceId),
    operation,
  };
  return { next, outcome: next, audit: audited("resync", by, now, next, standby) };
}

/** The secondary is equal again: back to `syncing`, unless the fence was raised meanwhile. */
export function completeResync(
  current: Standby | undefined,
  fence: Fence,
  proof: Proof,
  by: Actor,
  now: Date,
  fenceId: string,
): StandbyChange<boolean> {
  if (current?.state !== "resyncing" || current.fence.id !== fence.id) return { outcome: false };
  const next = resumed(current, proof, now, fenceId);
  return { next, outcome: true, audit: audited("resume", by, now, next, current) };
}

/** Both sites are equal: no activation is left, and the tenant syncs, or stands still where it must not (R11, R17). */
export function resumed(current: Standby, proof: Proof, now: Date, fenceId: string): Standby {
  const { stop: _stop, activation: _activation, operation, ...rest } = current;
  const fence = raised(current.fence, fenceId);
  const next = { ...rest, since: now, fence, proof, ...(operation === undefined ? {} : { lastCompleted: operation }) };
  if (maySync(current.profile)) return { ...next, state: "syncing" };
  return { ...next, state: "stopped", stop: stopOf("syncDisabled", hikae, now) };
}

/** A resync was given up: the tenant stands still as before it, or for that reason. Repeating it changes nothing. */
export function abandonResync(
  current: Standby | undefined,
  operation: string,
  why: GivenUp,
  now: Date,
  fenceId: string,
): StandbyChange<boolean> {
  // The first one of a new stand-by may be given up before it began, and before it is named there.
  if (current?.state !== "resyncing" || (current.operation ?? operation) !== operation) return { outcome: false };
  const { operation: _operation, ...rest } = current;
  const stop = current.stop ?? { ...stopOf("resyncAbandoned", hikae, now), detail: why.message };
  const change = stopped(rest, stop, fenceId, now, why.label);
  // Of the stop that it goes back to, people were told when it was made.
  return { ...change, ...(current.stop ? { mails: [] } : {}), outcome: true };
}

/** The proof of the last reconciliation, where the state has not changed since it began. */
export function recordProof(current: Standby | undefined, fence: Fence, proof: Proof): StandbyChange<boolean> {
  if (!current || current.fence.id !== fence.id) return { outcome: false };
  return { next: { ...current, proof }, outcome: true };
}

export const hikae: Actor = { type: "hikae", id: "hikae" };

/** The stand-by, or `not-found` where the tenant has none. */
export function existing(standby: Standby | undefined): Standby {
  if (!standby) throw new AppError("not-found", "the tenant has no stand-by: it needs the DR option");
  return standby;
}

/** A stop without details. */
export function stopOf(reason: Stop["reason"], by: Actor, at: Date): Stop {
  return { reason, at, by };
}

/** Stops the sync, with the audit log's entry and the mail to the administrators; `why` is what its detail says, in their words. */
export function stopped(current: Standby, stop: Stop, fenceId: string, now = stop.at, why?: Label) {
  const next: Standby = { ...current, state: "stopped", since: now, fence: raised(current.fence, fenceId), stop };
  return { next, audit: audited("stop", stop.by, now, next, current), mails: stopMails(next, stop, why) };
}

/** The audit log's entry of a change of state. */
export function audited(act: string, by: Actor, at: Date, next: Standby, before?: Standby) {
  const brief = (standby: Standby) => ({
    state: standby.state,
    fence: standby.fence.number,
    ...(standby.stop
      ? { reason: standby.stop.reason, ...(standby.stop.detail ? { detail: standby.stop.detail } : {}) }
      : {}),
  });
  return { at, act, by, after: brief(next), ...(before ? { before: brief(before) } : {}) };
}
