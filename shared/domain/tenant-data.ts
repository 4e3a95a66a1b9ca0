import type { TenantNumber } from "./numbers.ts";
import type { Plan, PlanWrite, StoredPlan } from "./plan.ts";
import type { Page, PageRequest } from "./ports.ts";
import type { AuditEntry } from "./standby.ts";

/** A phone with the number it shows, as the number's path below the tenant. */
export type PhoneCaller = { id: string; callerNumber: string | null };

/** A phone as people know it; without a name it is known by its id alone. */
export type NamedPhone = PhoneCaller & { name: string | null };

/** A document of the kind `numbers`; without `number` it cannot be understood. */
export type FoundNumber = { path: string; number?: TenantNumber };

/**
 * What switching over needs of a tenant's mirrored data, as one site has it. References are paths below the tenant.
 * Every method throws `unavailable` when the site's database does not answer.
 */
export type TenantData = {
  plan(tenant: string): Promise<StoredPlan | undefined>;
  /**
   * Reads, decides and writes in one atomic step; without a plan nothing is written. `decide` must be pure. Answers what is
   * stored then. On the secondary, where audit logs are, the tenant's tells of a change in the same commit.
   * @throws AppError `conflict` on the secondary unless it is in charge of the tenant.
   */
  changePlan(
    tenant: string,
    decide: (current: StoredPlan | undefined) => Plan | undefined,
    stamp: { updatedAt: Date; updatedBy: string },
    audit: AuditEntry,
  ): Promise<StoredPlan | undefined>;
  /** Everything in `numbers`; grows with the tenant. */
  numbers(tenant: string): Promise<FoundNumber[]>;
  numbersPage(tenant: string, page: PageRequest): Promise<Page<FoundNumber>>;
  /** The numbers of these E.164 forms, by that form; those the tenant does not have are left out. */
  findNumbers(tenant: string, e164: readonly string[]): Promise<Map<string, TenantNumber>>;
  /** The numbers of these paths, by path; those that are not there are left out. */
  numbersAt(tenant: string, paths: readonly string[]): Promise<Map<string, TenantNumber>>;
  /** The phones of these ids with their present caller numbers; undefined for one that is not there. */
  phones(tenant: string, ids: readonly string[]): Promise<Map<string, { callerNumber: string | null } | undefined>>;
  phonesPage(tenant: string, page: PageRequest): Promise<Page<NamedPhone>>;
  /** Every phone, as a stream: nothing but the caller number is read. */
  everyPhone(tenant: string): AsyncIterable<PhoneCaller>;
  /** The documents of `systemSettings`, by id. */
  settings(tenant: string): Promise<Record<string, Record<string, unknown>>>;
  contactCentres(tenant: string): Promise<{ path: string; name: string }[]>;
  /** Whether users must prove themselves twice, how many there are, and how many are enrolled on this site. */
  twoFactor(tenant: string): Promise<{ required: boolean; users: number; enrolled: number }>;
  /** The default caller number, as its path; null where there is none. */
  defaultCallerNumber(tenant: string): Promise<string | null>;
  /** Whether a number of the tenant is connected in one of these ways. */
  hasConnection(tenant: string, connections: readonly TenantNumber["connection"][]): Promise<boolean>;
  /**
   * Writes these fields, all or none. Repeating is safe.
   * @throws AppError `conflict` when a phone is gone meanwhile: look again.
   */
  applyPlan(tenant: string, writes: readonly PlanWrite[]): Promise<void>;
};
