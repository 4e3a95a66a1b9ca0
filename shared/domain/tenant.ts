import { z } from "zod";

/** A platform version such as `3.9.0`. */
export const platformVersion = z.string().regex(/^\d+\.\d+\.\d+$/, "give a version of the form 3.9.0");

/**
 * The document `tenants/{tenant}`, which each site keeps for itself: the one document of a tenant that
 * is not mirrored, because version, host and address differ from site to site. Fields of the platform's
 * own that Hikae does not need are left alone.
 */
export const tenantProfile = z.object({
  name: z.string().min(1),
  platformVersion,
  /** Options the tenant has bought (R17). */
  options: z.object({ dr: z.boolean().default(false), outboundDialler: z.boolean().default(false) }).prefault({}),
  /** The primary's sync setting (R11, R16). */
  syncEnabled: z.boolean().default(true),
  host: z.string().min(1),
  ipAddress: z.string().optional(),
});
export type TenantProfile = z.infer<typeof tenantProfile>;

/** From which platform version on each ability is there (R17, R16). */
export const versionGates = {
  disasterRecovery: "3.6.10",
  statusPage: "3.7.0",
  reload: "3.7.10",
  activation: "3.9.0",
  purge: "3.9.0",
  consoleBadge: "3.9.0",
} as const;
export type Ability = keyof typeof versionGates;

/** Negative, zero or positive as `a` is before, equal to or after `b`; numeric, so 3.7.10 is after 3.7.9. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let part = 0; part < 3; part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a tenant of that platform version has the ability. */
export function supports(version: string, ability: Ability): boolean {
  return compareVersions(version, versionGates[ability]) >= 0;
}

/** Whether the tenant may have a stand-by (R17): it has the option, a platform new enough, and no outbound dialler. */
export function permitsStandby({ options, platformVersion }: TenantProfile): boolean {
  return options.dr && !options.outboundDialler && supports(platformVersion, "disasterRecovery");
}

/** A tenant id: what may stand in a path, a URL and a topic attribute. */
export const tenantId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a tenant id has 1 to 63 of a–z, 0–9 and hyphens");

/** The reserved tenant whose only document is the primary's heartbeat (R9); no caller ever sees it. */
export const heartbeatTenant = "hikae-heartbeat";
