import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { z } from "zod";
import type { KindName } from "../../shared/catalogue.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { tenantId } from "../../shared/domain/tenant.ts";
import { ask } from "../emulators.ts";
import type { Plan } from "../plan.ts";
import { silentRecording } from "./recording.ts";

/** So many calls to a tenant; each is answered where the endpoint says, unless a site is given. */
export const callsRequest = z.strictObject({
  tenant: tenantId,
  count: z.int().min(1).max(1000).default(1),
  site: z.enum(sites).optional(),
});
export type CallsRequest = z.input<typeof callsRequest>;

export type PlacedCall = { callId: string; site: Site; recordingId: string };
/** How many calls each site answered; `failed` are those that nobody did, or whose site died. */
export type CallsResult = { answered: Record<Site, number>; failed: number; calls: PlacedCall[] };

const callsAtOnce = 8;

/** What happens in the course of one call, and is written down where it was answered. */
const histories = [
  "callHistory",
  "callCenterHistory",
  "agentActivityHistory",
  "ivrHistory",
] as const satisfies KindName[];

/** Places calls one after another on a few lines; `siteInCharge` is asked anew for each. */
export async function placeCalls(
  plan: Plan,
  { tenant, count }: z.output<typeof callsRequest>,
  siteInCharge: () => Promise<Site | undefined>,
): Promise<CallsResult> {
  const result: CallsResult = { answered: { primary: 0, secondary: 0 }, failed: 0, calls: [] };
  const waiting = Array(count).keys();
  const line = async (): Promise<void> => {
    for (const _ of waiting) {
      try {
        const call = await placeCall(plan, tenant, await siteInCharge());
        result.answered[call.site]++;
        result.calls.push(call);
      } catch {
        result.failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, line));
  return result;
}

/** @throws when nobody is in charge, or the site in charge is not there. */
async function placeCall(plan: Plan, tenant: string, site: Site | undefined): Promise<PlacedCall> {
  if (!site) throw new Error("nobody answers");
  const callId = randomUUID();
  const recordingId = `rec-${randomBytes(8).toString("hex")}`;
  const seconds = randomInt(2, 8);
  const endedAt = new Date();
  const call = {
    ...{ callId, direction: "inbound", agentName: "髙﨑 花子", seconds },
    ...{ from: `+8190${randomInt(10_000_000, 99_999_999)}`, to: "+81612345678" },
    ...{ at: new Date(endedAt.getTime() - seconds * 1000), endedAt },
  };
  const audio = silentRecording(recordingId, seconds);
  const object = `${tenant}/${recordingId}.mp3`;
  const bucket = plan.sites[site].buckets.recordings;
  const recording = { ...call, recordingId, bucket, object, contentType: "audio/mpeg", bytes: audio.length };
  // The document comes after the object, so that it never leads to nothing.
  await upload(plan, bucket, object, audio);
  await write(plan, site, tenant, {
    ...Object.fromEntries(histories.map((kind) => [`${kind}/${callId}`, call])),
    [`recordings/${recordingId}`]: recording,
  });
  return { callId, site, recordingId };
}

async function upload(plan: Plan, bucket: string, name: string, audio: Buffer): Promise<void> {
  const query = new URLSearchParams({ uploadType: "multipart", name, ifGenerationMatch: "0" });
  const boundary = randomUUID();
  const part = (contentType: string) => `--${boundary}\r\ncontent-type: ${contentType}\r\n\r\n`;
  const metadata = JSON.stringify({ name, contentType: "audio/mpeg" });
  const body = Buffer.concat([
    Buffer.from(`${part("application/json")}${metadata}\r\n${part("audio/mpeg")}`),
    audio,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const headers = { "content-type": `multipart/related; boundary=${boundary}` };
  const url = `${plan.storage}/upload/storage/v1/b/${bucket}/o?${query}`;
  const answer = await fetch(url, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`the upload was answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}

type Plain = string | number | Date;

/** Writes documents of a tenant straight into a site's database, all or none, as the platform does. */
async function write(
  plan: Plan,
  site: Site,
  tenant: string,
  documents: Record<string, Record<string, Plain>>,
): Promise<void> {
  const { firestore, database } = plan.sites[site];
  const root = `projects/${plan.project}/databases/${database}/documents`;
  const writes = Object.entries(documents).map(([path, fields]) => ({
    update: { name: `${root}/tenants/${tenant}/${path}`, fields: mapped(fields) },
  }));
  await ask(`http://${firestore}/v1/${root}:commit`, "POST", { writes });
}

function mapped(fields: Record<string, Plain>) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, encoded(value)]));
}

function encoded(value: Plain) {
  if (value instanceof Date) return { timestampValue: value.toISOString() };
  return typeof value === "number" ? { integerValue: String(value) } : { stringValue: value };
}
