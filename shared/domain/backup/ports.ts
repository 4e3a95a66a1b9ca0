import type { Page, PageRequest } from "../ports.ts";
import type { Site } from "../sites.ts";
import type { BackupSettings } from "./buckets.ts";
import type { BackupEntry, BackupState, StoreOutcome, Unit } from "./entry.ts";
import type { DestinationCause } from "./failures.ts";
import type { BackupInventory } from "./inventory.ts";
import type { BackupNotices } from "./notices.ts";
import type { BackupLevels } from "./settings.ts";

/** Names one entry of a site's ledger. */
export type EntryKey = { tenant: string; recordingId: string };

/** What a claim needs of the tenant's data, as the site has it: settings, names, time zone. */
export type UnitFacts = {
  /** Whether there is such a tenant at all. */
  exists: boolean;
  levels: BackupLevels;
  /** Absent when there is no such centre or team. */
  unitName?: string;
  /** Absent when there is no such office. */
  office?: { timeZone: string };
};

/**
 * The ledger of recordings of one site (R38): the truth about each, whatever becomes of messages. Every method throws
 * AppError `unavailable` when the site's database does not answer.
 */
export type BackupLedger = {
  read(key: EntryKey): Promise<BackupEntry | undefined>;
  /** Those of these that are there, by recording id. */
  readMany(tenant: string, recordingIds: readonly string[]): Promise<Map<string, BackupEntry>>;
  /** Reads, decides and writes as one atomic step. `decide` may run several times and must be pure. */
  change<T>(
    key: EntryKey,
    decide: (current: BackupEntry | undefined) => { next?: BackupEntry; outcome: T },
  ): Promise<T>;
  /** The same for many entries of a tenant at once, each for itself: as few commits as there can be. */
  changeMany(
    tenant: string,
    recordingIds: readonly string[],
    decide: (recordingId: string, current: BackupEntry | undefined) => BackupEntry | undefined,
  ): Promise<void>;
  /** Changes that came together, applied in their order, all or none; the outcome of each. */
  changeTogether(tenant: string, changes: readonly EntryChange[]): Promise<unknown[]>;
  /** Entries whose time has come, the oldest first. */
  due(until: Date, most: number): Promise<EntryKey[]>;
  /** Since when the oldest entry waits that no try has ended for, nor waits for its bucket; undefined where none does. */
  oldestUntried(): Promise<Date | undefined>;
  /** Entries of the tenant that wait for the return of this bucket. */
  parked(tenant: string, bucket: string, most: number): Promise<EntryKey[]>;
  list(tenant: string, filter: EntryFilter, page: PageRequest): Promise<Page<BackupEntry>>;
  /** How many entries of a tenant fit, by state. */
  count(tenant: string, filter: Omit<EntryFilter, "state">): Promise<Record<BackupState, number>>;
  /** How many of a tenant are still to be stored whose source begins so. */
  countOpenBelow(tenant: string, source: string): Promise<number>;
};

/** One change of one entry; `decide` may run several times and must be pure. */
export type EntryChange<T = unknown> = {
  recordingId: string;
  decide(current: BackupEntry | undefined): { next?: BackupEntry; outcome: T };
};

/** Which entries of a tenant; all that is given must fit. `from` and `until` are of the call's start, half-open. */
export type EntryFilter = {
  state?: BackupState;
  office?: string;
  /** Any of these; at most 30. */
  offices?: readonly string[];
  unit?: Unit;
  run?: string;
  from?: Date;
  until?: Date;
};

/** The time in which a bucket takes no recordings. */
export type Incident = {
  id: string;
  cause: DestinationCause;
  message: string;
  since: Date;
  /** Probes in vain; a return that did not last is one of them. */
  probes: number;
  nextProbeAt: Date;
  /** It goes on after a return of which nobody was told. */
  resumed?: true;
};

/** A tenant's bucket as a place that takes recordings, the record `backupDestinations/{tenant}:{bucket}` of a site. */
export type DestinationRecord = {
  bucket: string;
  tenant: string;
  state: "inService" | "outOfService";
  /** The incident that goes on; absent when in service. */
  incident?: Incident;
  /** The incident before, while it may still turn out not to be over. */
  last?: Incident;
  /** It is back, and has not taken a recording yet: few are called for, and nobody is told (R39, R40). */
  onTrial?: true;
  /** When its proof of ownership was lost; only a later proof counts. */
  proofLostAt?: Date;
  /** Whether it is back and entries may still wait for it. */
  draining: boolean;
  /** When the last incident ended. */
  returnedAt?: Date;
  updatedAt: Date;
};

export type Destinations = {
  read(tenant: string, bucket: string): Promise<DestinationRecord | undefined>;
  change<T>(
    tenant: string,
    bucket: string,
    decide: (current: DestinationRecord | undefined) => { next?: DestinationRecord; outcome: T },
  ): Promise<T>;
  /** Out of service and to be probed now, or with entries still to be called for; of both those that wait the longest. */
  toAttend(now: Date, most: { probed: number; drained: number }): Promise<DestinationRecord[]>;
  countOutOfService(): Promise<number>;
  /** Those of one tenant. */
  ofTenant(tenant: string): Promise<DestinationRecord[]>;
};

/** Which centre or team a folder of a bucket is named after: two of one name must not share it (R36). */
export type Folders = {
  /**
   * Whether the folder is this unit's, which it becomes when it is nobody's. On the secondary a folder is given away only
   * while the tenant is active there. Safe to repeat. @throws AppError `unavailable`.
   */
  claim(tenant: string, bucket: string, folder: string, unit: Unit): Promise<boolean>;
};

/** What one site's database holds of recording backup. */
export type SiteBackups = {
  ledger: BackupLedger;
  destinations: Destinations;
  folders: Folders;
  settings: BackupSettings;
  notices: BackupNotices;
  inventory: BackupInventory;
};

/** One try to store one recording. */
export type StoreRequest = {
  tenant: string;
  entry: BackupEntry & { destination: NonNullable<BackupEntry["destination"]> };
  /** An upload that cannot end by then stops, and tells where it goes on. */
  deadline: Date;
};

/**
 * Fetches a recording, checks it and stores it create-only (R37); of a stored one only its metadata file is made (R44). Everything expected is an outcome; safe to repeat, at
 * once and side by side: there is never a second or a half object.
 */
export type StoreRecording = (request: StoreRequest) => Promise<StoreOutcome>;

/** Asks the worker of a site to try these recordings. @throws AppError `unavailable` when Pub/Sub takes none. */
export type CallForBackups = (site: Site, keys: readonly EntryKey[]) => Promise<void>;
