import type { ErrorCode, FieldFault } from "./errors.ts";
import type { Actor } from "./standby.ts";

/** What may be done to an operation in each state, and whether it has ended. */
export const operationStates = {
  queued: { ended: false, cancel: true, pause: true, resume: false },
  running: { ended: false, cancel: true, pause: true, resume: false },
  paused: { ended: false, cancel: true, pause: false, resume: true },
  succeeded: { ended: true, cancel: false, pause: false, resume: false },
  failed: { ended: true, cancel: false, pause: false, resume: false },
  cancelled: { ended: true, cancel: false, pause: false, resume: false },
} as const satisfies Record<string, { ended: boolean; cancel: boolean; pause: boolean; resume: boolean }>;
export type OperationState = keyof typeof operationStates;
export type OperationControl = "cancel" | "pause" | "resume";

/** A long job, the document `operations/{id}` of the secondary. */
export type Operation = {
  id: string;
  type: string;
  tenant: string;
  state: OperationState;
  /** Whether something is still to be done for it, were it only putting in order what a cancelled one left. */
  open: boolean;
  input: Record<string, unknown>;
  /** Where the next slice goes on; meaningful to the operation's own type only. */
  cursor?: Record<string, unknown>;
  progress: { done: number; total?: number; note?: string };
  result?: Record<string, unknown>;
  error?: { code: ErrorCode; message: string; fields?: readonly FieldFault[] };
  /** Failed tries of the present slice. */
  attempts: number;
  lease?: { owner: string; until: Date };
  createdBy: Actor;
  createdAt: Date;
  updatedAt: Date;
  finishedAt?: Date;
  /** When a TTL policy of the database deletes it, once it has ended. */
  expireAt?: Date;
};

/** The types that people wait for while a site is gone. */
const activations: ReadonlySet<string> = new Set(["activate", "activate-many"]);

/**
 * On which topic the slices of an operation are called: activations on one of their own, for they must not wait behind a
 * comparison of every tenant (R18, R19), least of all behind comparisons with a primary that does not answer.
 */
export function topicOf({ type }: Pick<Operation, "type">): "activations" | "operations" {
  return activations.has(type) ? "activations" : "operations";
}

/** How long an operation that has ended is kept. */
const keptDays = 90;

/** The operation ended in that state: what only its slices needed is dropped. */
export function ended(operation: Operation, state: OperationState, now: Date): Operation {
  const { lease: _lease, cursor: _cursor, ...rest } = operation;
  const finishedAt = operation.finishedAt ?? now;
  const expireAt = new Date(finishedAt.getTime() + keptDays * 86_400_000);
  return { ...rest, state, open: false, updatedAt: now, finishedAt, expireAt };
}

/** An operation asked for. The same key asked twice is one operation; with another input it is a conflict. */
export type NewOperation = {
  type: string;
  tenant: string;
  input: Record<string, unknown>;
  createdBy: Actor;
  key: string;
};
