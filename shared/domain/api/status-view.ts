import { z } from "zod";
import { syncOutcomes, syncReasons } from "../syncs.ts";
import {
  activationView,
  editView,
  label,
  operationView,
  proofView,
  siteName,
  standbyState,
  stopView,
  time,
} from "./schemas.ts";

const syncView = z.object({
  at: time.meta({ description: "when the last one began" }),
  equalAt: time.optional().meta({ description: "when the last one began that ended with both sites equal" }),
  outcome: z.enum(syncOutcomes),
  reason: z.enum(syncReasons).optional(),
  detail: z.string().optional(),
});
const syncedCount = z.int().min(0);

const available = z.object({
  availability: z.literal("available"),
  state: standbyState,
  inCharge: siteName.meta({ description: "the site that takes the calls" }),
  since: time,
  fence: z.int(),
  stop: stopView.optional(),
  edits: z.object({
    total: z.int(),
    items: z.array(editView).meta({ description: "the newest; at most 100" }),
  }),
  lag: z
    .object({
      windowMinutes: z.int(),
      changes: z.int().meta({ description: "at most the newest 500 are counted" }),
      p50Milliseconds: z.number().nullable(),
      p99Milliseconds: z.number().nullable(),
    })
    .meta({ description: "from the commit on the primary to the commit on the secondary" }),
  rpo: z.object({
    status: z.enum(["in-sync", "behind", "unknown"]),
    basis: z.enum(["heartbeat", "stop"]).meta({
      description: "heartbeat: the age of the newest that arrived; stop: the time since the sync stands still",
    }),
    seconds: z
      .number()
      .nullable()
      .meta({ description: "at most so much is missing on the secondary; null: not known" }),
    unknownSince: time.optional(),
  }),
  proof: proofView.optional(),
  operation: operationView.optional(),
  activation: activationView.optional().meta({ description: "from activation until the fail back is done" }),
  checklist: z.object({ total: z.int(), open: z.int() }).optional().meta({ description: "while activated" }),
  syncs: z
    .object({
      guidance: syncView
        .extend({
          objects: syncedCount.meta({ description: "the primary's" }),
          copied: syncedCount,
          skipped: syncedCount.meta({ description: "changed while they were copied; the next run takes them" }),
          deleted: syncedCount,
          failed: syncedCount,
          bytes: syncedCount,
        })
        .optional(),
      accessRules: syncView.extend({ rules: syncedCount.optional().meta({ description: "the primary's" }) }).optional(),
    })
    .meta({ description: "the last scheduled syncs: guidance files and IP access rules" }),
});

/** The status of a tenant's stand-by as one site shows it (R16). */
export const statusView = z
  .object({
    tenant: z.string(),
    name: z.string(),
    site: siteName,
    location: label,
    serverRole: siteName,
    platformVersion: z.string(),
    host: z.string(),
    peer: z.object({
      site: siteName,
      host: z.string().nullable().meta({ description: "null while that site does not answer" }),
      ipAddress: z.string().optional().meta({ description: "platform 3.7.1 only" }),
    }),
    syncStatus: z.enum(["syncing", "stopped", "unknown", "off"]),
    syncSetting: z.enum(["enabled", "disabled"]).optional().meta({ description: "not shown on the secondary" }),
    consoleBadge: z.boolean().meta({ description: "whether the console marks this site as the secondary" }),
    standby: z.discriminatedUnion("availability", [
      available,
      z.object({ availability: z.literal("unavailable") }),
      z.object({
        availability: z.literal("none"),
        reason: z.enum(["drOptionOff", "outboundDialler", "notEnrolled"]),
      }),
    ]),
  })
  .meta({ id: "Status" });
export type Status = z.input<typeof statusView>;
