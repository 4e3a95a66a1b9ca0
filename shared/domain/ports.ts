import type { NewMail } from "./mail.ts";
import type { NewOperation, Operation, OperationControl } from "./operation.ts";
import type { Recipient } from "./outbox.ts";
import type { AuditEntry, Edit, Standby } from "./standby.ts";
import type { TenantProfile } from "./tenant.ts";

/** One page of a list; `nextPageToken` is absent on the last. */
export type Page<T> = { items: T[]; nextPageToken?: string };
export type PageRequest = { pageSize: number; pageToken?: string };

/** What a change of a stand-by writes, all of it in one commit; without `next` the stand-by itself stays as it is. */
export type StandbyChange<T> = {
  next?: Standby;
  audit?: AuditEntry;
  edits?: Edit[];
  mails?: NewMail[];
  outcome: T;
};

/**
 * The stand-bys, which live on the secondary whichever site asks. Every method throws `unavailable` when the
 * secondary's database does not answer.
 */
export type Standbys = {
  read(tenant: string): Promise<Standby | undefined>;
  list(page: PageRequest): Promise<Page<Standby>>;
  /** Reads, decides and writes as one atomic step. `decide` may run several times and must be pure. */
  change<T>(tenant: string, decide: (current: Standby | undefined) => StandbyChange<T>): Promise<T>;
  /** The documents edited on the secondary and not yet restored. */
  edits(tenant: string): Promise<Edit[]>;
  /** Forgets these edits, restored now; one made again meanwhile stays. Repeating is safe. */
  clearEdits(tenant: string, edits: Edit[]): Promise<void>;
  /** Newest first. */
  audit(tenant: string, page: PageRequest): Promise<Page<AuditEntry & { id: string }>>;
  /** Notes a kind that is in no row of the catalogue (R2); true the first time, for a tenant with a stand-by. */
  noteUnknownKind(tenant: string, kind: string): Promise<boolean>;
  /** The kinds noted so. */
  unknownKinds(tenant: string): Promise<string[]>;
  /** How many documents are so large that only reconciliation is sure to carry their next change (R8). */
  countLarge(tenant: string): Promise<number>;
  /** The digests of the blocks that the last whole comparison found equal (see blocks.ts). */
  equalBlocks(tenant: string): Promise<Uint8Array | undefined>;
  saveEqualBlocks(tenant: string, digests: Uint8Array): Promise<void>;
  /** Delays of changes mirrored since that time, primary's commit to secondary's commit, newest first, at most 500. */
  lags(tenant: string, since: Date): Promise<number[]>;
  /** The newest heartbeat that has arrived, as the primary's commit time. */
  lastHeartbeat(): Promise<Date | undefined>;
  /** Notes a heartbeat's time on the primary; an older one than the newest is stale, and false. */
  recordHeartbeat(at: Date): Promise<boolean>;
};

/** How an act upon an operation stands in the audit log: that of its tenant, or the platform's where it has no stand-by (R30). */
export type AuditOf = (operation: Operation) => AuditEntry;

export type Operations = {
  /**
   * Creates and starts the operation, or returns the one already asked for with that key; `conflict` when its input differs.
   * The audit log tells of a new one in the same commit.
   */
  start(operation: NewOperation, audit?: AuditOf): Promise<Operation>;
  /** The operation already asked for with that key, if any; `conflict` when its input differs. */
  find(operation: NewOperation): Promise<Operation | undefined>;
  read(id: string): Promise<Operation | undefined>;
  /** A tenant's operations, newest first: all, or those of one type and those in which something is still to be done. */
  list(tenant: string, which: { type?: string; open?: true }, page: PageRequest): Promise<Page<Operation>>;
  /** Cancels, pauses or resumes; `conflict` when its state does not permit that. The audit log tells of a change in its commit. */
  control(id: string, control: OperationControl, audit?: AuditOf): Promise<Operation>;
};

export type Role = "companyAdmin" | "officeAdmin" | "viewer";
export type Member = { email: string; role: Role; offices: string[] };

/** Tenants and people as one site's own data has them (R47). */
export type Directory = {
  tenant(id: string): Promise<TenantProfile | undefined>;
  /**
   * Where the tenant is found on the site, whatever else of its profile is wrong; without `host` that is wrong too. `dr` is
   * false only where the profile says clearly that the tenant has no stand-by.
   */
  place(id: string): Promise<{ host?: string; dr: boolean } | undefined>;
  /** A profile that is not valid is left out of its row, so that one tenant's fault does not hide the others. */
  tenants(page: PageRequest): Promise<Page<{ id: string; profile?: TenantProfile }>>;
  /** The tenants a person belongs to. */
  memberships(email: string): Promise<{ tenant: string; member: Member }[]>;
  member(tenant: string, email: string): Promise<Member | undefined>;
  isOperator(email: string): Promise<boolean>;
  /** Who is written to about the tenant: its company administrators and, with an office, that office's administrators. */
  administrators(tenant: string, office?: string): Promise<Recipient[]>;
  operators(): Promise<Recipient[]>;
};
