import { siteInCharge } from "./announce-state.ts";
import { summaryOf } from "./checklist.ts";
import type { DoneFailback } from "./failback.ts";
import type { GivenUp } from "./given-up.ts";
import type { NewMail } from "./mail.ts";
import type { Activation, Standby } from "./standby.ts";

/** What a fail back tells the administrators at its end (R24, R28). */

/** The primary is in charge again; `next` says whether the tenant syncs. */
export function failedBackMail(
  next: Standby,
  { operation, mode }: Activation,
  { by, counts: { documents, overwritten, promoted } }: Pick<DoneFailback, "by" | "counts">,
  now: Date,
): NewMail {
  return {
    key: `failed back ${operation}`,
    template: "failedBack",
    tenant: next.tenant,
    to: "administrators",
    data: {
      ...{ mode, by: by.id, at: now.toISOString(), documents, overwritten, promoted },
      syncing: next.state === "syncing",
    },
  };
}

/** What a drill measured; none for an activation that was none. */
export function drillMails(
  { tenant }: Standby,
  { operation, mode, by, requestedAt, activeAt, rpoSeconds }: Activation,
  { checklist }: Pick<DoneFailback, "checklist">,
  now: Date,
): NewMail[] {
  if (mode !== "drill" || !activeAt) return [];
  const since = (at: Date) => (at.getTime() - requestedAt.getTime()) / 1000;
  const { total, open } = summaryOf(checklist);
  const done = checklist.flatMap((item) => item.done?.at ?? []).map(since);
  return [
    {
      key: `drill report ${operation}`,
      template: "drillReport",
      tenant,
      to: "administrators",
      data: {
        by: by.id,
        startedAt: requestedAt.toISOString(),
        endedAt: now.toISOString(),
        rtoSeconds: since(activeAt),
        rpoSeconds,
        checklistDone: total - open,
        checklistTotal: total,
        ...(done.length > 0 ? { checklistSeconds: Math.max(0, ...done) } : {}),
      },
    },
  ];
}

/** A fail back was given up, and who is in charge now. */
export function notFailedBackMail(
  { tenant, state }: Standby,
  { mode }: Activation,
  { operation, why }: { operation: string; why: GivenUp },
  now: Date,
): NewMail {
  return {
    key: `failback failed ${operation}`,
    template: "failbackFailed",
    tenant,
    to: "administrators",
    data: { mode, at: now.toISOString(), why: why.label, inCharge: siteInCharge(state) },
  };
}
