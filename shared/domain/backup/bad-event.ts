import { z } from "zod";
import { asAppError } from "../errors.ts";
import { documentId, recordingId } from "../events.ts";
import { isStorable } from "../instant.ts";
import { sites } from "../sites.ts";
import { tenantId } from "../tenant.ts";
import type { BackUpApp } from "./back-up.ts";
import { newEntry } from "./claim.ts";
import { afterTry } from "./entry.ts";

const text = z.string().max(128).catch("");
const instant = z.coerce.date().refine(isStorable).optional().catch(undefined);
/** Of an event that names no office there can be, any id does: only whether the tenant is there is asked. */
const officeOrNone = documentId.catch("-");
const site = z.enum(sites).catch("primary");

/** As much of an event as can be made out: whose it is, and which recordings it tells of. */
const traces = z.object({
  tenantId,
  site,
  callId: text,
  officeId: text,
  startedAt: instant,
  endedAt: instant,
  recordings: z.array(z.unknown()).max(100),
});
const traceOfOne = z.object({ recordingId });

/**
 * Shows the recordings of an event that is not right as failed, as far as it says which they are (R39): the event itself
 * goes to the dead letters. An entry that is there already stays as it is. Safe to repeat.
 * @throws AppError `unavailable`.
 */
export async function recordBadEvent(app: BackUpApp, data: unknown, fault: unknown): Promise<number> {
  const found = traces.safeParse(data).data;
  if (!found || found.site !== app.site) return 0;
  const { tenantId: tenant, callId, officeId: office, recordings } = found;
  if (!(await app.unitFacts(tenant, officeOrNone.parse(office), undefined)).exists) return 0;
  const now = app.now();
  const times = { startedAt: found.startedAt ?? now, endedAt: found.endedAt ?? now };
  const message = asAppError(fault).message.slice(0, 500);
  const ids = recordings.flatMap((recording) => traceOfOne.safeParse(recording).data?.recordingId ?? []);
  for (const recordingId of new Set(ids)) {
    const nothing = { agentName: "", direction: "", from: "", to: "", source: "", contentType: "" };
    const fresh = newEntry({ recordingId, callId, office, ...times, ...nothing }, tenant, now);
    const failed = afterTry(fresh, { outcome: "failed", class: "badEvent", message }, now);
    await app.changeEntry({ tenant, recordingId }, (current) => ({
      ...(current ? {} : { next: failed }),
      outcome: undefined,
    }));
  }
  return ids.length;
}
