import { z } from "zod";
import { catalogue, type KindName } from "../catalogue.ts";
import { AppError } from "./errors.ts";
import { instantText } from "./instant.ts";
import { sites } from "./sites.ts";
import { activationModes, type StandbyState, standbyStates } from "./standby.ts";
import { tenantId } from "./tenant.ts";

/** The kinds that the secondary's telephony is told to read again (R14), in the order of the catalogue. */
export const reloadedKinds = (Object.keys(catalogue) as KindName[]).filter((kind) => catalogue[kind].reloaded);

/** Why a reload is asked for. */
export const reloadCauses = ["schedule", "activation", "drill", "failback"] as const;
export type ReloadCause = (typeof reloadCauses)[number];

/** A Date in the program, RFC 3339 in a message. */
const time = z.codec(instantText, z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

const reloadId = z.string().min(1).max(64);
const kind = z.enum(reloadedKinds);
const site = z.enum(sites);

/** One softphone and the site that it uses since that time. */
const softphoneReport = z.object({
  softphoneId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/, "1 to 128 of letters, digits and . _ : @ -"),
  site,
  at: time,
});
export type SoftphoneReport = z.output<typeof softphoneReport>;

/** What names a document or an object: nothing that leads elsewhere. */
export const documentId = z.string().regex(/^(?!\.{1,2}$|__.*__$)[^/\p{Cc}]{1,128}$/u, "1 to 128 characters without /");

/** What names a recording: the same in the telephony, in the ledger and in a bucket. */
export const recordingId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, "1 to 128 of letters, digits and . _ : -");

/** One recording of an ended call. `source` is where it is fetched: `https://…` or `gs://bucket/object`. */
const endedRecording = z.object({
  recordingId,
  agentName: z.string().max(5000).nullish(),
  source: z.string().min(1).max(4096),
  contentType: z.string().max(200).default("audio/mpeg"),
  bytes: z.int().nonnegative().optional(),
  md5: z.string().max(64).optional(),
});

/**
 * Every event that Hikae and the telephony exchange, by the name of its topic. All are JSON, delivered at least once,
 * and safe to handle twice; new fields may come, so readers leave alone what they do not know. A tenant's events are
 * published with the tenant as ordering key and with the attributes `tenantId` and `version`.
 *
 * | topic | from, to | says | how a reader treats repeats and disorder |
 * | --- | --- | --- | --- |
 * | `call-ended` | telephony → Hikae of `site` | a call is over, and where its recordings are fetched (R36); `md5` in Base64 or hexadecimal | `recordingId` names a recording: what was claimed once keeps its place |
 * | `dr-reload` | Hikae → telephony of `site` | read one kind again (R14); `changed` documents since the last reload, null where they were not counted: reload whatever it says | the same `reloadId` is the same reload |
 * | `reload-ack` | telephony → Hikae | what became of that reload | `reloadId` names it; "reloaded" outlasts "failed" |
 * | `dr-state-changed` | Hikae → anybody | a tenant's state and the site in charge (R31) | drop what has a lower `fence`, or the same and an earlier `at`, than the last |
 * | `softphone-reports` | telephony → Hikae | which site softphones use, at most 500 in one message | for each softphone the newest `at` counts |
 */
export const events = {
  callEnded: z.object({
    version: z.literal(1),
    tenantId,
    callId: z.string().min(1).max(128),
    officeId: documentId,
    callCenterId: documentId.optional(),
    coachingTeamId: documentId.optional(),
    direction: z.string().max(32).default(""),
    from: z.string().max(64).default(""),
    to: z.string().max(64).default(""),
    startedAt: time,
    endedAt: time,
    site,
    recordings: z.array(endedRecording).max(100),
  }),
  reload: z.object({
    version: z.literal(1),
    reloadId,
    tenantId,
    kind,
    site,
    changed: z.int().nonnegative().nullable(),
    cause: z.enum(reloadCauses),
    requestedAt: time,
  }),
  reloadAck: z.object({
    version: z.literal(1),
    reloadId,
    tenantId,
    kind,
    site,
    outcome: z.enum(["reloaded", "failed"]),
    detail: z.string().max(500).optional(),
    at: time,
  }),
  stateChanged: z.object({
    version: z.literal(1),
    tenantId,
    state: z.enum(Object.keys(standbyStates) as [StandbyState]),
    site: site.meta({ description: "the site in charge" }),
    fence: z.int().nonnegative(),
    mode: z.enum(activationModes).optional(),
    at: time,
  }),
  softphoneReports: z.object({
    version: z.literal(1),
    tenantId,
    site: site.meta({ description: "whose telephony reports" }),
    reports: z.array(softphoneReport).min(1).max(500),
  }),
} as const;

/** The topics with a schema here. */
export type EventTopic = keyof typeof events;
export type EventOf<T extends EventTopic> = z.output<(typeof events)[T]>;

/**
 * Publishes an event of a tenant, in the tenant's order; resolves when Pub/Sub has it.
 * @throws AppError `unavailable` when Pub/Sub does not take it within some seconds.
 */
export type PublishEvent = <T extends EventTopic>(topic: T, event: EventOf<T>) => Promise<void>;

/** The event in a message of that topic. @throws AppError `invalid`, with the fields at fault. */
export function readEvent<T extends EventTopic>(topic: T, message: unknown): EventOf<T> {
  const parsed = events[topic].safeParse(message);
  if (parsed.success) return parsed.data as EventOf<T>;
  const fields = parsed.error.issues.map((issue) => ({ field: issue.path.join("."), problem: issue.message }));
  throw new AppError("invalid", `the message is no event of ${topic}: ${JSON.stringify(fields)}`, { fields });
}

/** The event as a message carries it. */
export function writeEvent<T extends EventTopic>(topic: T, event: EventOf<T>): Record<string, unknown> {
  return z.encode(events[topic] as z.ZodType, event) as Record<string, unknown>;
}
