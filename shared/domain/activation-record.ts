import type { ChecklistItem } from "./checklist.ts";
import type { FailbackCounts } from "./failback.ts";
import type { Page, PageRequest } from "./ports.ts";
import type { Promotion } from "./promote.ts";
import type { Activation, ActivationStep, Actor } from "./standby.ts";

/** How a tenant went back to the primary; without `finishedAt` it is under way, or was given up. */
export type Failback = {
  operation: string;
  by: Actor;
  startedAt: Date;
  finishedAt?: Date;
  /** What was missing, and why it was done all the same. */
  override?: { reason: string; overridden: string[] };
  promotions: Promotion[];
  counts?: FailbackCounts;
  /** What became of the access rules, which are copied as a whole (R13). */
  accessRules?: string;
};

/** What stays of an activation that was failed back, the document `standbys/{tenant}/drills/{activation}` (R28). */
export type ActivationRecord = {
  activation: Activation;
  failback: Failback;
  checklist: ChecklistItem[];
  /** The documents that are being carried to the primary, until it is recorded what became of them. */
  promoting?: string[];
};

/** The activations that were failed back. Every method throws `unavailable` when the secondary does not answer. */
export type ActivationRecords = {
  /** Replaces the record of that activation. */
  write(tenant: string, record: ActivationRecord): Promise<void>;
  read(tenant: string, activation: string): Promise<ActivationRecord | undefined>;
  /** The record of the activation that this operation failed back. */
  ofFailback(tenant: string, operation: string): Promise<ActivationRecord | undefined>;
  /** Newest first. */
  list(tenant: string, page: PageRequest): Promise<Page<ActivationRecord>>;
};

/** One event of an activation's story, and how long after the request it came. */
export type Moment = { name: string; at: Date; afterMilliseconds: number; by?: Actor };

/** What an activation was worth: how long it took, what was missing, what was done by whom (R28). */
export type DrillReport = Pick<Activation, "mode" | "by" | "reason" | "overridden" | "rpoSeconds"> & {
  id: string;
  state: "active" | "failingBack" | "ended";
  requestedAt: Date;
  /** From the request to the secondary being in charge; absent before that. */
  rtoMilliseconds?: number;
  /** From the request to the end of the fail back; absent before that. */
  durationMilliseconds?: number;
  timeline: Moment[];
  steps: (Omit<ActivationStep, "startedAt" | "finishedAt"> & { milliseconds: number })[];
  checklist: (ChecklistItem & { afterMilliseconds?: number })[];
  failback?: Failback;
};

/** The report of an activation, ended or not, made of what was recorded alone. */
export function reportOf({
  activation,
  failback,
  checklist,
}: Partial<ActivationRecord> & Pick<ActivationRecord, "activation">): DrillReport {
  const { requestedAt, activeAt, reason } = activation;
  const after = (at: Date) => at.getTime() - requestedAt.getTime();
  const ended = failback?.finishedAt;
  return {
    id: activation.operation,
    mode: activation.mode,
    by: activation.by,
    ...(reason === undefined ? {} : { reason }),
    overridden: activation.overridden,
    rpoSeconds: activation.rpoSeconds,
    state: ended ? "ended" : failback ? "failingBack" : "active",
    requestedAt,
    ...(activeAt ? { rtoMilliseconds: after(activeAt) } : {}),
    ...(ended ? { durationMilliseconds: after(ended) } : {}),
    timeline: momentsOf(activation, failback).map((moment) => ({ ...moment, afterMilliseconds: after(moment.at) })),
    steps: activation.steps.map(({ startedAt, finishedAt, ...step }) => ({
      ...step,
      milliseconds: finishedAt.getTime() - startedAt.getTime(),
    })),
    checklist: (checklist ?? [])
      .toSorted((a, b) => a.order - b.order)
      .map((item) => ({ ...item, ...(item.done?.at ? { afterMilliseconds: after(item.done.at) } : {}) })),
    ...(failback ? { failback } : {}),
  };
}

function momentsOf(activation: Activation, failback: Failback | undefined): Omit<Moment, "afterMilliseconds">[] {
  const { requestedAt, fencedAt, activeAt, recoveryNotice, resumeRequest, by } = activation;
  const moments = [
    { name: "requested", at: requestedAt, by },
    { name: "fenced", at: fencedAt },
    activeAt && { name: "active", at: activeAt },
    recoveryNotice && { name: "recoveryNotice", ...recoveryNotice },
    resumeRequest && { name: "resumeRequest", ...resumeRequest },
    failback && { name: "failback", at: failback.startedAt, by: failback.by },
    failback?.finishedAt && { name: "failedBack", at: failback.finishedAt },
  ];
  return moments.filter((moment) => moment !== undefined).toSorted((a, b) => a.at.getTime() - b.at.getTime());
}
