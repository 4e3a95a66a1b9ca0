import { AppError } from "./errors.ts";
import type { Directory, Role } from "./ports.ts";
import { heartbeatTenant } from "./tenant.ts";

/** What a caller is to one tenant: platform staff, or a member with that role. */
export type CallerRole = "operator" | Role;

const everyone = ["operator", "companyAdmin", "officeAdmin", "viewer"] as const;
const administrators = ["operator", "companyAdmin"] as const;
const operators = ["operator"] as const;

/** Which roles may do what (R47); the offices of an office administrator are for the act itself to check. */
export const acts = {
  readStatus: everyone,
  readReadiness: everyone,
  readAudit: everyone,
  readOperation: everyone,
  readSchedules: operators,
  activate: administrators,
  drill: administrators,
  purge: administrators,
  export: administrators,
  editPlan: administrators,
  editChecklist: administrators,
  requestResume: administrators,
  reconcile: administrators,
  restoreEdited: administrators,
  controlOperation: administrators,
  restoreAll: operators,
  resume: operators,
  stopSync: operators,
  runSchedule: operators,
  bulkActivate: operators,
  sendRecoveryNotice: operators,
  editCompanyBackup: ["companyAdmin"],
  editOfficeBackup: ["companyAdmin", "officeAdmin"],
  handleFailedBackups: ["operator", "companyAdmin", "officeAdmin"],
  backUpNow: ["operator", "companyAdmin", "officeAdmin"],
  verifyBackups: administrators,
  readDeadLetters: operators,
  replayDeadLetter: operators,
} as const satisfies Record<string, readonly CallerRole[]>;
export type Act = keyof typeof acts;
export const everyAct = Object.keys(acts) as [Act, ...Act[]];

/** What a role permits. */
export function actsOf(role: CallerRole): Act[] {
  return everyAct.filter((act) => (acts[act] as readonly CallerRole[]).includes(role));
}

/**
 * What this person is to the tenant, when that permits the act.
 * @throws AppError `not-found` for a tenant that is not theirs, the same as for one that does not exist;
 *   `forbidden` when the tenant is theirs and the role does not permit the act; `unavailable`.
 */
export async function authorize(
  directory: Pick<Directory, "isOperator" | "member">,
  email: string,
  act: Act,
  tenant: string,
): Promise<readonly CallerRole[]> {
  if (tenant === heartbeatTenant) throw notFound();
  const [isOperator, member] = await Promise.all([directory.isOperator(email), directory.member(tenant, email)]);
  const held: CallerRole[] = [...(isOperator ? operators : []), ...(member ? [member.role] : [])];
  if (held.length === 0) throw notFound();
  permit(held, act);
  return held;
}

/**
 * That this person may do what concerns the whole platform and no one tenant.
 * @throws AppError `forbidden` to all but operators; `unavailable`.
 */
export async function authorizeOperator(
  directory: Pick<Directory, "isOperator">,
  email: string,
  act: Act,
): Promise<readonly CallerRole[]> {
  const held = (await directory.isOperator(email)) ? operators : [];
  permit(held, act);
  return held;
}

/** @throws AppError `forbidden` unless one of these roles permits the act. */
export function permit(held: readonly CallerRole[], act: Act): void {
  const allowed: readonly CallerRole[] = acts[act];
  if (held.some((role) => allowed.includes(role))) return;
  const own =
    held.length === 0 ? "you have no role that permits this" : `your role (${held.join(", ")}) does not permit this`;
  throw new AppError("forbidden", `${own}; it takes ${allowed.join(" or ")}`);
}

/** The one answer for what does not exist and for what the caller may not know of. */
export function notFound(): AppError {
  return new AppError("not-found", "there is nothing here that you may see");
}
