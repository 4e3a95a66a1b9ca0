import type { Label } from "../catalogue.ts";
import { AppError } from "./errors.ts";
import type { GivenUp } from "./given-up.ts";
import type { NewMail } from "./mail.ts";
import type { StandbyChange } from "./ports.ts";
import { checkLabel } from "./readiness.ts";
import type { Activation, ActivationMode, Standby } from "./standby.ts";
import { audited, hikae, maySync, raised, stopOf, stopped } from "./transitions.ts";

/** What would go wrong, or already has, if the tenant were activated now (R29); `label` is `why` for people to read. */
export type Blocker = { name: string; overridable: boolean; why: string; label?: Label };

/** An activation as it is asked for. */
export type ActivationRequest = { mode: ActivationMode; reason?: string; override: boolean };

/**
 * Whether the stand-by may be activated from where it is. A planned move that is still under way gives way to a disaster.
 * @throws AppError `conflict` while it is activated already, or is being failed back and that is not overridden.
 */
export function requireFree(standby: Standby, { mode, override }: Pick<ActivationRequest, "mode" | "override">): void {
  const { state, activation } = standby;
  if (state === "activating" && activation?.mode === "planned" && mode === "disaster") return;
  if (state === "active" || state === "activating") {
    throw new AppError("conflict", `the tenant is ${state} already (operation ${activation?.operation ?? "unknown"})`);
  }
  if (state === "resyncing" && !override) {
    throw new AppError(
      "conflict",
      "the tenant is being brought back to the primary's state, and its secondary is half overwritten: wait until " +
        "that has ended, or give override and a reason if the primary is lost",
    );
  }
}

/**
 * Compares the word of the caller with what is found (R18): a primary that answers is left only by a drill, a planned
 * move, or against its own word; a drill and a planned move take a primary that answers.
 * @throws AppError `precondition-failed` that lists what stands in the way, and how to go on all the same.
 */
export function requireConsistent(request: ActivationRequest, primaryAnswers: boolean, blockers: Blocker[]): void {
  if (request.mode !== "disaster" && !primaryAnswers) {
    throw new AppError("precondition-failed", `the primary does not answer: a ${request.mode} activation needs it`, {
      fields: [{ field: "body.mode", problem: 'give "disaster" if the primary is lost' }],
    });
  }
  const left: Blocker = {
    name: "primaryAnswers",
    overridable: true,
    why: 'the primary still answers: give mode "drill" or "planned", or override to leave it all the same',
    label: {
      ja: "東京が応答しています。訓練または計画的な移行を選ぶか、理由を添えて続けてください",
      en: "The primary still answers: choose a drill or a planned move, or give a reason to go on all the same",
    },
  };
  const all = request.mode === "disaster" && primaryAnswers ? [left, ...blockers] : blockers;
  const standing = all.filter(({ overridable }) => !(overridable && request.override));
  if (standing.length === 0) return;
  throw new AppError("precondition-failed", standing.map(({ why }) => why).join("; "), {
    fields: standing.map(({ name, overridable, why, label }) => ({
      field: `readiness.${name}`,
      problem: overridable ? `${why} (override with a reason to go on all the same)` : why,
      ...(label ? { label } : {}),
    })),
  });
}

/** What is known when the fence is raised. */
export type Beginning = Pick<Activation, "operation" | "mode" | "by" | "requestedAt" | "overridden" | "rpoSeconds"> & {
  reason?: string;
  override: boolean;
};

/**
 * Raises the fence: from here on no write of the mirror changes the secondary (R6, R18). Repeating it for the same
 * operation changes nothing.
 * @throws AppError `conflict` when another activation was first, or this very one has ended.
 */
export function beginActivation(
  current: Standby,
  { override, ...beginning }: Beginning,
  now: Date,
  fenceId: string,
): StandbyChange<Standby> {
  if (current.activation?.operation === beginning.operation) return { outcome: current };
  if (current.lastActivation === beginning.operation) {
    throw new AppError("conflict", "this activation has ended: ask for another");
  }
  requireFree(current, { mode: beginning.mode, override });
  const { operation: _operation, stop: _stop, ...rest } = current;
  const next: Standby = {
    ...rest,
    state: "activating",
    since: now,
    fence: raised(current.fence, fenceId),
    activation: { ...beginning, fencedAt: now, steps: [] },
    lastActivation: beginning.operation,
  };
  const audit = audited("activate", beginning.by, now, next, current);
  return { next, outcome: next, audit: { ...audit, after: { ...audit.after, ...briefly(beginning) } } };
}

function briefly({ mode, reason, overridden }: Pick<Beginning, "mode" | "reason" | "overridden">) {
  return { mode, ...(reason === undefined ? {} : { reason }), ...(overridden.length > 0 ? { overridden } : {}) };
}

/** The secondary is in charge; repeating it changes nothing. False when the activation was given up meanwhile. */
export function completeActivation(
  current: Standby | undefined,
  operation: string,
  measured: Partial<Pick<Activation, "rpoSeconds">>,
  now: Date,
  fenceId: string,
): StandbyChange<Standby | false> {
  const activation = current?.activation;
  if (!current || activation?.operation !== operation) return { outcome: false };
  if (current.state !== "activating") return { outcome: current.state === "active" && current };
  const next: Standby = {
    ...current,
    state: "active",
    since: now,
    fence: raised(current.fence, fenceId),
    activation: { ...activation, ...measured, activeAt: now },
  };
  return {
    next,
    outcome: next,
    audit: audited("active", activation.by, now, next, current),
    mails: [activated(next, { ...activation, ...measured, activeAt: now })],
  };
}

/** What was done once the secondary was in charge; nothing when the activation has ended. */
export function recordSteps(
  current: Standby | undefined,
  operation: string,
  steps: Activation["steps"],
): StandbyChange<void> {
  if (!current?.activation || current.activation.operation !== operation) return { outcome: undefined };
  return { next: { ...current, activation: { ...current.activation, steps } }, outcome: undefined };
}

/** An activation was cancelled or cannot go on: the tenant stands still, to be activated again or restored. */
export function abandonActivation(
  current: Standby | undefined,
  operation: string,
  why: GivenUp,
  now: Date,
  fenceId: string,
): StandbyChange<boolean> {
  const activation = current?.activation;
  if (!current || activation?.operation !== operation || current.state !== "activating") return { outcome: false };
  const { activation: _activation, ...rest } = current;
  const change = stopped(rest, { ...stopOf("activationAbandoned", hikae, now), detail: why.message }, fenceId);
  return { ...change, outcome: true, mails: [notActivated(current, activation, why, now)] };
}

function activated({ tenant, fence }: Standby, activation: Activation & { activeAt: Date }): NewMail {
  const { mode, by, reason, overridden, rpoSeconds, activeAt } = activation;
  return {
    key: `activated ${fence.id}`,
    template: "activated",
    tenant,
    to: "administrators",
    data: {
      mode,
      by: by.id,
      at: activeAt.toISOString(),
      rpoSeconds,
      ...(reason === undefined ? {} : { reason }),
      ...(overridden.length > 0 ? { overridden: overridden.join(", "), checks: namesOf(overridden) } : {}),
    },
  };
}

/** The readiness checks by name, in either language. */
function namesOf(checks: readonly string[]): Label {
  const labels = checks.map(checkLabel);
  return { ja: labels.map(({ ja }) => ja).join("、"), en: labels.map(({ en }) => en).join(", ") };
}

function notActivated(
  { tenant, fence, profile }: Standby,
  { by, mode }: Activation,
  { label }: GivenUp,
  at: Date,
): NewMail {
  return {
    key: `activation failed ${fence.id}`,
    template: "activationFailed",
    tenant,
    to: "administrators",
    data: { mode, by: by.id, at: at.toISOString(), why: label, sync: maySync(profile) ? "stopped" : "off" },
  };
}
