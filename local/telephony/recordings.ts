import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { tenantId } from "../../shared/domain/tenant.ts";
import type { Plan } from "../plan.ts";
import { audioFormats, bytesOf, leastBytes, md5Of } from "./audio.ts";
import { type Place, type PlainFields, upload } from "./platform.ts";
import { announcedWith, isServed, type RecordingFaults, recordingFault } from "./recording-faults.ts";
import { addressOf, audioOfRecording } from "./recording-server.ts";

/** Of whom, and in what form, recordings are made. */
export const recordingsOf = z.strictObject({
  tenant: tenantId,
  /** Where the calls are answered; the site in charge unless it is given. */
  site: z.enum(sites).optional(),
  /** Whose calls they are; one of the tenant's own centres and teams by chance unless one is given. */
  office: z.string().min(1).optional(),
  callCenter: z.string().min(1).optional(),
  coachingTeam: z.string().min(1).optional(),
  agentName: z.string().optional(),
  /** `gs`: in the platform's bucket; `https`: on the telephony's own server. */
  source: z.enum(["gs", "https"]).default("gs"),
  format: z.enum(audioFormats).default("mp3"),
  /** The length of each; by default as long as its call. */
  bytes: z.int().min(leastBytes).max(Number.MAX_SAFE_INTEGER).optional(),
  fault: recordingFault.optional(),
});
export type RecordingsOf = z.output<typeof recordingsOf>;

/** What makes sense together; `zod` says which field is at fault. */
export function checkRecordings({ source, bytes, fault }: RecordingsOf, context: z.RefinementCtx<unknown>): void {
  const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (source === "https") return;
  if ((bytes ?? 0) > mostInBucket) wrong("bytes", "the platform's bucket takes 64 MiB; larger ones come from https");
  if (fault && isServed(fault)) wrong("fault", "only a source of https has this fault");
}

const mostInBucket = 64 * 1024 * 1024;
/** The MD5 of a larger one would take longer than anybody waits for a call. */
const mostWithMd5 = 256 * 1024 * 1024;

/** A call as every record of it tells. */
export type Call = Place & {
  callId: string;
  direction: string;
  agentName: string;
  from: string;
  to: string;
  seconds: number;
  at: Date;
  endedAt: Date;
};

/** One recording: as the event announces it, and its document of the history. */
export type MadeRecording = {
  announced: { recordingId: string; source: string; contentType: string; bytes: number; md5?: string };
  document: PlainFields;
};

/** Makes a recording of a call and puts it where its source says. @throws when the platform's bucket does not take it. */
export async function makeRecording(
  { plan, faults }: { plan: Plan; faults: RecordingFaults },
  site: Site,
  call: Call,
  { tenant, source, format, bytes = bytesOf(call.seconds, format), fault }: RecordingsOf,
): Promise<MadeRecording> {
  const recordingId = `rec-${randomBytes(8).toString("hex")}`;
  const name = { tenant, recordingId, format, bytes };
  const audio = audioOfRecording(name);
  const { contentType } = audio;
  const md5 = audio.bytes > mostWithMd5 ? {} : { md5: await md5Of(audio) };
  const told = { recordingId, contentType, ...announcedWith(fault, { bytes: audio.bytes, ...md5 }) };
  const of = (announced: MadeRecording["announced"], place: PlainFields): MadeRecording => ({
    announced,
    document: { ...call, ...told, ...place },
  });
  if (source === "https") {
    if (fault) faults.put({ tenant, recordingId }, fault);
    const address = addressOf(plan.recordings, name);
    return of({ ...told, source: address }, { source: address });
  }
  const bucket = plan.sites[site].buckets.recordings;
  const object = `${tenant}/${recordingId}.${format}`;
  await upload(plan, bucket, object, audio);
  return of({ ...told, source: `gs://${bucket}/${object}` }, { bucket, object });
}
