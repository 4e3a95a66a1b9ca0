import type { Unit } from "./entry.ts";
import type { UnitFacts } from "./ports.ts";
import type { PastFilter, RunScope, Standing } from "./run-plan.ts";

/** A recording of the history: its id, and its call's start in µs. */
export type PastRecording = { id: string; at: number };

/** How many recordings, and how many bytes they have as far as their length is known. */
export type Amount = { recordings: number; bytes: number };

/**
 * What runs have found stored, so that the next one need not ask the ledger again: digests of blocks of recordings that
 * were all stored. Only valid with the epoch in which it was kept.
 */
export type Known = {
  epoch: string;
  /** Absent where nothing is known. `at` is when the first of it was found, `run` which one kept it. */
  found?: { digests: Uint8Array; undated: number; at: Date; run: string };
};

/**
 * The history of recordings of tenants in one site's database, beside that site's ledger. Every method throws AppError
 * `unavailable` when the database does not answer.
 */
export type BackupInventory = {
  /** The recordings of the history from after a place on, the oldest first. Memory does not grow with them. */
  past(tenant: string, filter: PastFilter, after?: PastRecording): AsyncGenerator<PastRecording>;
  /** Documents of the history as plain values; missing ones are left out. */
  documents(tenant: string, ids: readonly string[]): Promise<Map<string, Record<string, unknown>>>;
  /** How the ledger has these; missing ones are left out. */
  standings(tenant: string, ids: readonly string[]): Promise<Map<string, Standing>>;
  /** Counted by the database, not read. */
  countPast(tenant: string, filter: PastFilter): Promise<Amount>;
  countStored(tenant: string, filter: PastFilter): Promise<Amount>;
  /** Documents of the history without the time of a call: no run can tell whether they are meant. */
  countUndated(tenant: string, scope: RunScope): Promise<number>;
  /** Entries asked for by that run that are pending, and how many of them wait for a bucket to return. */
  countPending(tenant: string, run: string): Promise<{ pending: number; parked: number }>;
  unitFacts(tenant: string, office: string, unit: Unit | undefined): Promise<UnitFacts>;
  known(tenant: string, scope: RunScope): Promise<Known>;
  keepKnown(tenant: string, scope: RunScope, known: Required<Known>): Promise<void>;
  /**
   * Forgets what is known, and whatever a run that goes on would keep: to be called after a stored entry was made
   * something else. Repeating is safe.
   */
  forgetKnown(tenant: string): Promise<void>;
};
