import type { Label } from "../catalogue.ts";
import type { NewMail } from "./mail.ts";
import type { Edit, Standby, Stop } from "./standby.ts";

/**
 * The mail about a stop by another cause than an edit; none for one that has a mail of its own. Each stop mails once.
 * `why` is what its detail says, in words of either language.
 */
export function stopMails({ tenant, fence }: Standby, { reason, by, at, detail }: Stop, why?: Label): NewMail[] {
  if (reason === "tamper" || reason === "activationAbandoned") return [];
  const data = { reason, by: by.id, at: at.toISOString(), ...(detail ? { detail } : {}), ...(why ? { why } : {}) };
  return [{ key: `sync-stopped ${fence.id}`, template: "syncStopped", tenant, to: "administrators", data }];
}

/** The mail about a direct edit that stopped the sync (R10): the first one found, and how many came with it. */
export function tamperMails({ tenant, fence }: Standby, [first, ...others]: Edit[]): NewMail[] {
  if (!first) return [];
  const { path, change, by, at } = first;
  const data = { path, change, by: by.id, at: at.toISOString(), others: others.length };
  return [{ key: `tamper ${fence.id}`, template: "tamper", tenant, to: "administrators", data }];
}
