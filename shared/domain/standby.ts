import type { TenantProfile } from "./tenant.ts";

/**
 * What each state of a tenant's stand-by permits. `mirror`: changes of the primary are written to the
 * secondary. `drain`: only by the operation that has raised this very fence. `edit`: what a direct edit of the
 * secondary is: a tamper that stops the sync (R10), or one to note (legitimate while active, still to be restored
 * while stopped).
 */
export const standbyStates = {
  syncing: { mirror: true, drain: false, edit: "stops" },
  stopped: { mirror: false, drain: false, edit: "noted" },
  activating: { mirror: false, drain: true, edit: "noted" },
  active: { mirror: false, drain: false, edit: "noted" },
  resyncing: { mirror: true, drain: false, edit: "noted" },
} as const satisfies Record<string, { mirror: boolean; drain: boolean; edit: "stops" | "noted" }>;

export type StandbyState = keyof typeof standbyStates;

/** Rises at every change of who may write the secondary; the id tells two risings apart. */
export type Fence = { number: number; id: string };

export const stopReasons = [
  "tamper",
  "operator",
  "syncDisabled",
  "tenantDeleted",
  "activationAbandoned",
  /** The first filling of a new stand-by was given up. */
  "resyncAbandoned",
] as const;
export type StopReason = (typeof stopReasons)[number];

/** Who did something: a person by mail address, a service account, or Hikae itself. */
export type Actor = { type: "user" | "service" | "unknown" | "hikae"; id: string };

/** Why and since when a tenant's sync stands still. */
export type Stop = { reason: StopReason; at: Date; by: Actor; detail?: string; path?: string };

/** What one reconciliation found in one kind. */
export type KindProof = { documents: number; repaired: number; differing: number };

/** That both sites were equal at a time, and what had to be done for it (R8). */
export type Proof = {
  at: Date;
  operation: string;
  equal: boolean;
  total: KindProof;
  /** Documents whose next change may be too large for an event, so that only reconciliation is sure to carry it. */
  large: number;
  kinds: Record<string, KindProof>;
};

/**
 * Why the secondary is activated. `disaster`: the primary cannot be used, or is to be left all the same. `planned`: what
 * the primary has is carried over first. `drill`: a rehearsal while the primary is healthy (R18, R28).
 */
export const activationModes = ["disaster", "planned", "drill"] as const;
export type ActivationMode = (typeof activationModes)[number];

/**
 * One step of an activation as it was carried out; not complete: something of it is left to people, or to be told again.
 * `counts` is what the detail says, in numbers.
 */
export type ActivationStep = {
  name: string;
  startedAt: Date;
  finishedAt: Date;
  complete: boolean;
  detail: string;
  counts?: Record<string, number>;
};

/** What somebody said at a time, and what they added in their own words. */
export type Word = { at: Date; by: Actor; note?: string };

/** The present or last activation of a tenant; a drill's report is made of it. */
export type Activation = {
  /** The operation that activates, which is the id of the activation as well. */
  operation: string;
  mode: ActivationMode;
  by: Actor;
  reason?: string;
  /** The readiness checks that failed and were overridden, by name. */
  overridden: string[];
  requestedAt: Date;
  /** When the fence was raised: nothing of the primary is written from here on. */
  fencedAt: Date;
  activeAt?: Date;
  /** How much of the primary's changes may be missing, in seconds; null where that is unknown. */
  rpoSeconds: number | null;
  /** What was done so far, in order. */
  steps: ActivationStep[];
  /** The operator's word that the primary is healthy again (R24). */
  recoveryNotice?: Word;
  /** The tenant's word that its softphones are back, and its wish to resume (R24). */
  resumeRequest?: Word;
};

/** One tenant's stand-by, the document `standbys/{tenant}` of the secondary. */
export type Standby = {
  tenant: string;
  state: StandbyState;
  since: Date;
  fence: Fence;
  /** The primary's own profile of the tenant, as last mirrored, and the primary's time of that change in µs. */
  profile: TenantProfile;
  profileVersion: number;
  stop?: Stop;
  proof?: Proof;
  /** Present from activation until the fail back is done. */
  activation?: Activation;
  /** The operation of the last activation that began: a message of it that comes late must not begin it again. */
  lastActivation?: string;
  /** The operation that is bringing this tenant to another state, if any. */
  operation?: string;
  /** The restore or fail back that was completed last: a slice of it that comes late finds that all is done. */
  lastCompleted?: string;
  /** The fail back that began last: given up, it has left the primary's settings on the secondary. */
  lastFailback?: string;
  /** The last purge that stands in the audit log: its operation. */
  purge?: string;
};

/** A value of a document for people to read: JSON, with a type where JSON has none. */
export type ShownValue = string;

/** One field that differs; a side without the field is absent. */
export type FieldDifference = { field: string; before?: ShownValue; after?: ShownValue };

/** A direct edit of a tenant's data on the secondary, the document `standbys/{tenant}/edits/{key}`. */
export type Edit = {
  path: string;
  kind: string;
  change: "created" | "updated" | "deleted";
  by: Actor;
  at: Date;
  fields: FieldDifference[];
};

/** One administrative act (R30), the document `standbys/{tenant}/audit/{id}`. */
export type AuditEntry = {
  at: Date;
  act: string;
  by: Actor;
  /** The caller's address, and the address that called the function for it. */
  from?: string;
  via?: string;
  /** What led to the entry, as a request: with the same time and act, there is one entry for it. */
  occasion?: string;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
};
