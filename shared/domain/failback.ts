import type { Label } from "../catalogue.ts";
import type { ChecklistItem } from "./checklist.ts";
import { AppError } from "./errors.ts";
import { drillMails, failedBackMail, notFailedBackMail } from "./failback-mails.ts";
import type { GivenUp } from "./given-up.ts";
import type { StandbyChange } from "./ports.ts";
import type { Activation, Actor, AuditEntry, Fence, Proof, Standby } from "./standby.ts";
import { stopMails } from "./stop-mail.ts";
import { audited, existing, hikae, type Overwriting, raised, requireNotOvertaken, resumed } from "./transitions.ts";

/**
 * How a tenant goes back to the primary (R24), as pure functions of its present state: (a) an operator gives notice that
 * the primary is healthy, (b) the tenant says that its softphones are back and asks to resume, (c) an operator has the
 * primary overwrite the secondary.
 */

/** (a) Tells the tenant that the primary is healthy again. Repeating it changes nothing and mails nobody. */
export function sendRecoveryNotice(
  current: Standby | undefined,
  by: Actor,
  note: string | undefined,
  now: Date,
): StandbyChange<Standby> {
  const { standby, activation } = activated(current, ["activating", "active"]);
  if (activation.recoveryNotice) return { outcome: standby };
  const next = { ...standby, activation: { ...activation, recoveryNotice: { at: now, by, ...noted(note) } } };
  return {
    next,
    outcome: next,
    audit: withMore(audited("recovery-notice", by, now, next, standby), noted(note)),
    mails: [
      {
        ...mailOf(next, activation, "recovery notice"),
        template: "recoveryNotice",
        to: "administrators",
        data: { by: by.id, at: now.toISOString(), ...noted(note) },
      },
    ],
  };
}

/** (b) Tells the operators that the tenant wishes to resume. Repeating it changes nothing and mails nobody. */
export function requestResume(
  current: Standby | undefined,
  by: Actor,
  note: string | undefined,
  now: Date,
): StandbyChange<Standby> {
  const { standby, activation } = activated(current, ["active"]);
  if (activation.resumeRequest) return { outcome: standby };
  const next = { ...standby, activation: { ...activation, resumeRequest: { at: now, by, ...noted(note) } } };
  const audit = audited("resume-request", by, now, next, standby);
  return {
    next,
    outcome: next,
    audit: withMore(audit, { softphonesReturned: true, ...noted(note) }),
    mails: [
      {
        ...mailOf(next, activation, "resume request"),
        template: "resumeRequested",
        to: "operators",
        data: { by: by.id, at: now.toISOString(), ...noted(note) },
      },
    ],
  };
}

/** A fail back as it is asked for; a reason overrides what may be overridden. */
export type FailbackRequest = Overwriting & { override?: string };

/** What is to be said before a tenant goes back, by the names of an activation. */
const words = ["recoveryNotice", "resumeRequest"] as const;
type Word = (typeof words)[number];

/** What is missing before the tenant may go back, by name; a drill needs neither notice nor request (R28). */
export function missingBefore(activation: Activation): Word[] {
  return activation.mode === "drill" ? [] : words.filter((word) => !activation[word]);
}

/**
 * Whether the tenant may go back now; answers what a reason overrode.
 * @throws AppError `not-found` without a stand-by; `conflict` unless the secondary is in charge;
 *   `precondition-failed` that names what is missing.
 */
export function requireFailback(current: Standby | undefined, override: string | undefined): string[] {
  const { activation } = activated(current, failbackFrom);
  const missing = missingBefore(activation);
  if (missing.length > 0 && override === undefined) {
    throw new AppError("precondition-failed", "the tenant is not ready to go back to the primary", {
      fields: missing.map((name) => ({ field: `standby.${name}`, problem: remedies[name].en, label: remedies[name] })),
    });
  }
  return missing;
}

const remedies: Record<Word, Label> = {
  recoveryNotice: {
    ja: "先に運用担当が復旧を通知してください（または理由を添えて省略）",
    en: "an operator sends the recovery notice first (or override with a reason)",
  },
  resumeRequest: {
    ja: "ソフトフォンを戻したあと、お客様の管理者が再開を依頼してください（または理由を添えて省略）",
    en: "the tenant asks to resume when its softphones are back (or override with a reason)",
  },
};

/** A fail back may be stopped by the tenant's sync setting or an operator: then it begins again from there. */
const failbackFrom: Standby["state"][] = ["active", "stopped"];

/**
 * (c) Raises the fence: from here on the primary's changes are mirrored again, and its configuration is to overwrite
 * the secondary's. Repeating it for the same operation changes nothing.
 * @throws AppError as `requireFailback` does; `conflict` while another fail back is under way, and for one that was
 *   stopped or given up itself, or that an activation came after.
 */
export function beginFailback(
  current: Standby | undefined,
  { operation, by, askedAt, override }: FailbackRequest,
  now: Date,
  fenceId: string,
): StandbyChange<{ standby: Standby; activation: Activation }> {
  if (current?.state === "resyncing" && current.operation === operation && current.activation) {
    return { outcome: { standby: current, activation: current.activation } };
  }
  const overridden = requireFailback(current, override);
  const { standby, activation } = activated(current, failbackFrom);
  if (standby.lastFailback === operation) throw new AppError("conflict", "this fail back has ended: ask for another");
  requireNotOvertaken(standby, askedAt);
  // A stop stays until the fail back has ended: given up, the tenant goes back to it.
  const next: Standby = {
    ...standby,
    state: "resyncing",
    since: now,
    fence: raised(standby.fence, fenceId),
    operation,
    lastFailback: operation,
  };
  const audit = audited("failback", by, now, next, standby);
  const why = override === undefined ? {} : { override, overridden };
  return {
    next,
    outcome: { standby: next, activation },
    audit: withMore(audit, { operation, mode: activation.mode, ...why }),
  };
}

/** What a fail back did: documents brought to the primary's state, carried to the primary, and not carried. */
export type FailbackCounts = { documents: number; overwritten: number; promoted: number; refused: number };

/** A fail back that has done all that it had to. */
export type DoneFailback = {
  fence: Fence;
  operation: string;
  by: Actor;
  proof: Proof;
  counts: FailbackCounts;
  /** The activation's checklist, as it was left. */
  checklist: readonly ChecklistItem[];
};

/**
 * The secondary is equal again: the activation has ended and the tenant syncs, or is stopped where its sync setting is off
 * or it may no longer have a stand-by (R11, R17). False where the fence was raised meanwhile.
 */
export function completeFailback(
  current: Standby | undefined,
  done: DoneFailback,
  now: Date,
  fenceId: string,
): StandbyChange<boolean> {
  if (current?.state !== "resyncing" || current.fence.id !== done.fence.id || !current.activation) {
    return { outcome: false };
  }
  const { activation } = current;
  const next = resumed(current, done.proof, now, fenceId);
  const audit = audited("failed-back", done.by, now, next, current);
  return {
    next,
    outcome: true,
    audit: withMore(audit, { operation: done.operation, ...done.counts }),
    mails: [
      failedBackMail(next, activation, done, now),
      ...drillMails(next, activation, done, now),
      ...(next.stop ? stopMails(next, next.stop) : []),
    ],
  };
}

/**
 * A fail back was given up: the secondary is in charge again, with what the primary has overwritten so far; where the
 * fail back began from a stop, the primary stays in charge and the tenant stopped. Repeating it changes nothing. True
 * where the secondary is in charge, so that the primary's settings on it must be made good.
 */
export function abandonFailback(
  current: Standby | undefined,
  operation: string,
  why: GivenUp,
  now: Date,
  fenceId: string,
): StandbyChange<boolean> {
  if (current?.state === "active") return { outcome: current.lastFailback === operation };
  if (current?.state !== "resyncing" || current.operation !== operation || !current.activation) {
    return { outcome: false };
  }
  const { operation: _operation, ...rest } = current;
  const state = current.stop ? "stopped" : "active";
  const next: Standby = { ...rest, state, since: now, fence: raised(current.fence, fenceId) };
  const audit = audited("failback-abandoned", hikae, now, next, current);
  return {
    next,
    outcome: state === "active",
    audit: withMore(audit, { operation, why: why.message }),
    mails: [notFailedBackMail(next, current.activation, { operation, why }, now)],
  };
}

/** The stand-by and its activation, in one of these states. */
function activated(
  current: Standby | undefined,
  states: readonly Standby["state"][],
): { standby: Standby; activation: Activation } {
  const standby = existing(current);
  const { state, activation } = standby;
  if (activation && states.includes(state)) return { standby, activation };
  const busy = state === "resyncing" && activation ? "it is on its way back already" : "its secondary is not in charge";
  throw new AppError("conflict", `the tenant is ${state}: ${busy}`);
}

const mailOf = ({ tenant }: Standby, { operation }: Activation, about: string) => ({
  key: `${about} ${operation}`,
  tenant,
});

const noted = (note: string | undefined) => (note === undefined ? {} : { note });

function withMore(audit: AuditEntry, more: Record<string, unknown>): AuditEntry {
  return { ...audit, after: { ...audit.after, ...more } };
}
