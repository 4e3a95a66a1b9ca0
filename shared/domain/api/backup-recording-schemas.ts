import { z } from "zod";
import { backupStates, unitTypes } from "../backup/entry.ts";
import { destinationCauses, failureClasses, skipReasons } from "../backup/failures.ts";
import { label, siteName, time } from "./schemas.ts";

const keysOf = <T extends Record<string, unknown>>(table: T) => Object.keys(table) as [keyof T & string];

const problem = { message: z.string(), label, remedy: label };
const incidentView = z.object({
  cause: z.enum(keysOf(destinationCauses)),
  ...problem,
  since: time,
  nextProbeAt: time,
});

/** One recording as the ledger has it (R38, R41). */
export const recordingView = z
  .object({
    recordingId: z.string(),
    callId: z.string(),
    state: z.enum(backupStates),
    office: z.string(),
    unit: z.object({ type: z.enum(unitTypes), id: z.string() }).optional(),
    agentName: z.string(),
    direction: z.string(),
    startedAt: time,
    endedAt: time,
    destination: z.object({ bucket: z.string(), name: z.string() }).optional(),
    receipt: z
      .object({
        bucket: z.string(),
        name: z.string(),
        generation: z.string(),
        bytes: z.int(),
        crc32c: z.string(),
        storedAt: time,
        delaySeconds: z.number().meta({ description: "from the call's end until it was stored" }),
      })
      .optional(),
    attempts: z.int(),
    error: z
      .object({ class: z.enum([...keysOf(failureClasses), ...keysOf(destinationCauses)]), ...problem })
      .optional(),
    skipped: z.object({ reason: z.enum(keysOf(skipReasons)), label }).optional(),
    nextTryAt: time.optional(),
    parked: z
      .object({ bucket: z.string(), incident: incidentView.optional() })
      .optional()
      .meta({ description: "it waits for the return of this bucket" }),
    run: z.string().optional().meta({ description: "the operation that asked for it last" }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "RecordingBackup" });

const seconds = z.number();
/** R43b. */
export const freshnessView = z
  .object({
    windowSeconds: z.int(),
    stored: z.int().meta({ description: "recordings of ended calls stored within the window, without those of runs" }),
    isSample: z.boolean().meta({ description: "there were more: these are the newest" }),
    p50Seconds: seconds.nullable(),
    p99Seconds: seconds.nullable(),
    oldestPendingSeconds: seconds.nullable(),
    pending: z.int(),
    waiting: z.int(),
    parked: z.int(),
  })
  .meta({ id: "BackupFreshness", description: "from the end of a call until its recording is stored" });

const counts = z.object(Object.fromEntries(backupStates.map((state) => [state, z.int()])));
/** How many recordings of a choice there are in each state. */
export const countsView = z.object({ site: siteName, counts }).meta({ id: "RecordingBackupCounts" });

/** How a tenant's recording backup does on one site. */
export const summaryView = z
  .object({
    site: siteName,
    counts,
    destinations: z.array(
      z.object({
        bucket: z.string(),
        state: z.enum(["inService", "outOfService"]),
        incident: incidentView.optional(),
        draining: z.boolean().meta({ description: "it is back, and what waited for it is being stored" }),
        updatedAt: time,
      }),
    ),
    freshness: freshnessView,
  })
  .meta({ id: "BackupSummary" });

/** What became of a wish to try recordings anew. */
export const retriedView = z
  .object({
    retried: z.int(),
    unchanged: z.int().meta({ description: "under way, stored, or of a kind that cannot be tried again" }),
    unknown: z.int().meta({ description: "not in the ledger of this site, or not of your offices" }),
    more: z.boolean().meta({ description: "not all of it fitted in: ask again with nextPageToken" }),
    nextPageToken: z.string().optional(),
  })
  .meta({ id: "RetriedRecordings" });
