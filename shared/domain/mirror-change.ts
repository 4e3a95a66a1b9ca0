import { randomUUID } from "node:crypto";
import { kindOf } from "../catalogue.ts";
import { placeOf } from "./document-path.ts";
import { AppError } from "./errors.ts";
import type { Change, Outcome } from "./mirror.ts";
import type { NewOperation } from "./operation.ts";
import type { Operations, Standbys } from "./ports.ts";
import { type ReportEditsApp, reportEdits } from "./report-edits.ts";
import { heartbeatTenant, tenantProfile } from "./tenant.ts";
import { adoptProfile, hikae, primaryDeleted } from "./transitions.ts";
import { type Fields, fingerprint, microseconds, retarget, type WireState } from "./value.ts";

/** The document roots of the two databases. */
export type Roots = { primary: string; secondary: string };

/** What the mirror needs. `apply` may gather changes of one tenant that arrive together. */
export type MirrorApp = ReportEditsApp & {
  roots: Roots;
  standbys: Standbys;
  operations: Operations;
  apply(tenant: string, change: Change): Promise<{ outcome: Outcome; commitTime?: number }>;
};

export type MirrorReport = { outcome: string; tenant?: string; kind?: string; lagMilliseconds?: number };

/**
 * Copies one change of the primary to the secondary (R4, R5). Safe to repeat and to reorder; reads nothing of the
 * primary. When it returns, the change is on the secondary, or something newer is, or it must not be there.
 * @throws AppError `unavailable` to be tried again; `invalid` for an event that can never pass.
 */
export async function mirrorChange(
  app: MirrorApp,
  states: { before?: WireState; after?: WireState },
): Promise<MirrorReport> {
  const state = states.after ?? states.before;
  // Deleting what is not there emits an event without any document.
  if (!state) return { outcome: "empty" };
  const place = placeOf(state.name ?? "", app.roots.primary);
  if (!place) throw new AppError("invalid", "the event's document is not one of a tenant on the primary");
  const version = microseconds(state.updateTime ?? {});
  if (place.tenant === heartbeatTenant) {
    const fresh = await app.standbys.recordHeartbeat(new Date(version / 1000));
    return { outcome: fresh ? "heartbeat" : "stale" };
  }
  if (!("path" in place)) return mirrorProfile(app, place.tenant, states.after, version);
  const report = { tenant: place.tenant, kind: place.kind };
  const kind = kindOf(place.kind);
  if (!kind) {
    const first = await app.standbys.noteUnknownKind(place.tenant, place.kind);
    return { ...report, outcome: first ? "unknownKind" : "notMirrored" };
  }
  if (kind.policy !== "realtime") return { ...report, outcome: "notMirrored" };
  const change = changeOf(app.roots, place, states.after && app.toFields(states.after), version, "mirror");
  const { outcome, commitTime } = await app.apply(place.tenant, change);
  if (outcome === "tampered") {
    const found = await reportEdits(app, place.tenant, [change]);
    if (found === "stopped") return { ...report, outcome: "fenced" };
    // What is noted is about to be overwritten, perhaps with a state from before this change.
    throw new AppError("unavailable", `${reasons[found]}: try again`);
  }
  if (outcome !== "applied" || commitTime === undefined) return { ...report, outcome };
  return { ...report, outcome, lagMilliseconds: (commitTime - version) / 1000 };
}

/** Why a change that met a foreign document is not mirrored yet. */
const reasons = {
  own: "the document was changed while it was looked at, and is Hikae's again",
  noted: "the document was edited on the secondary, whose tenant is not syncing",
  unknownTenant: "the tenant's stand-by is gone",
} as const;

/** The change that brings the secondary's document to a state of the primary's; no fields: it is deleted. */
export function changeOf(
  roots: Roots,
  place: { path: string; kind: string },
  fields: Fields | undefined,
  version: number,
  by: Change["by"],
): Change {
  const rank = { version, deleted: fields === undefined };
  const base = { path: place.path, kind: place.kind, rank, by };
  if (!fields) return { ...base, hash: "", bytes: 0 };
  // Of the copy, not of the original: a reference that led to the secondary already is the same in both.
  const copy = retarget(fields, roots.primary, roots.secondary);
  return { ...base, ...fingerprint(copy, roots.secondary), fields: copy };
}

async function mirrorProfile(
  app: MirrorApp,
  tenant: string,
  after: WireState | undefined,
  version: number,
): Promise<MirrorReport> {
  if (after) return mirrorRoot(app, tenant, after);
  const fenceId = randomUUID();
  const outcome = await app.standbys.change(tenant, (current) => primaryDeleted(current, version, app.now(), fenceId));
  return { outcome, tenant };
}

/**
 * Takes over what a tenant's own document on the primary says; one that may have a stand-by gets it, and has it filled.
 * Safe to repeat.
 * @throws AppError `invalid` when the document is not complete; `unavailable`.
 */
export async function mirrorRoot(
  app: AdoptApp & Pick<MirrorApp, "operations">,
  tenant: string,
  root: WireState,
): Promise<MirrorReport> {
  const outcome = await adopt(app, tenant, root);
  // The stand-by of a new tenant is filled by a reconciliation, for its documents may be older than the trigger. The
  // key makes it one operation, however often this event comes.
  const standby = await app.standbys.read(tenant);
  if (standby?.state === "resyncing" && !standby.operation) await app.operations.start(initialResync(tenant));
  return { outcome, tenant };
}

type AdoptApp = Pick<MirrorApp, "standbys" | "toFields" | "now">;

/**
 * Takes over the profile of a tenant with a stand-by where the event of its document was lost (R8, R11). A document that is
 * not complete is left to its own event, which tells of it. Safe to repeat.
 * @throws AppError `unavailable`.
 */
export async function adoptLost(app: AdoptApp, tenant: string, root: WireState): Promise<void> {
  const standby = await app.standbys.read(tenant);
  if (!standby || standby.profileVersion >= microseconds(root.updateTime ?? {})) return;
  try {
    await adopt(app, tenant, root);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "invalid")) throw error;
  }
}

/** Takes over the tenant's profile from its document, unless a newer one was taken over before (R11, R17). */
async function adopt(app: AdoptApp, tenant: string, root: WireState) {
  const profile = profileOf(app.toFields(root));
  const version = microseconds(root.updateTime ?? {});
  const fenceId = randomUUID();
  return app.standbys.change(tenant, (current) =>
    adoptProfile(current, { tenant, profile, version }, app.now(), fenceId),
  );
}

function initialResync(tenant: string): NewOperation {
  return { type: "resync", tenant, input: { scope: "all" }, createdBy: hikae, key: "initial" };
}

/** The profile in a tenant's root document on the primary. */
function profileOf(fields: Fields) {
  const parsed = tenantProfile.safeParse(plain(fields));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), problem: message }));
  throw new AppError("invalid", "the tenant's document is not complete", { fields: faults });
}

/** The strings, booleans and maps of a document as plain JavaScript: all that a profile is made of. */
function plain(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value.mapValue?.fields ? plain(value.mapValue.fields) : (value.stringValue ?? value.booleanValue ?? undefined),
    ]),
  );
}
