import { randomInt, randomUUID } from "node:crypto";
import { z } from "zod";
import type { KindName } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Plan } from "../plan.ts";
import { placesOf, write } from "./platform.ts";
import type { TelephonyPubsub } from "./pubsub.ts";
import type { RecordingFaults } from "./recording-faults.ts";
import { type Call, checkRecordings, makeRecording, recordingsOf } from "./recordings.ts";

/** So many calls to a tenant; each is answered where the endpoint says, unless a site is given. */
export const callsRequest = recordingsOf
  .extend({
    count: z.int().min(1).max(1000).default(1),
    /** How many recordings each call has. */
    recordings: z.int().min(0).max(20).default(1),
    /** How long each call takes; a few seconds by default. */
    seconds: z.number().min(0).max(86_400).optional(),
    /** When they begin; by default so that they end now. */
    startedAt: z.iso.datetime({ offset: true }).optional(),
    /** Whether `call-ended` is published; a call of no office has none. */
    event: z.boolean().default(true),
  })
  .superRefine(checkRecordings);
export type CallsRequest = z.input<typeof callsRequest>;
type Asked = z.output<typeof callsRequest>;

/** Times are RFC 3339. */
export type PlacedCall = { callId: string; site: Site; recordingIds: string[]; endedAt: string };
/**
 * How many calls each site answered; `failed` are those that nobody did, or whose site died, `problem` says of one
 * of them why.
 */
export type CallsResult = { answered: Record<Site, number>; failed: number; problem?: string; calls: PlacedCall[] };

/** What calls need of the telephony. */
export type Exchange = { plan: Plan; pubsub: Pick<TelephonyPubsub, "publish">; faults: RecordingFaults };

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
  exchange: Exchange,
  asked: Asked,
  siteInCharge: () => Promise<Site | undefined>,
): Promise<CallsResult> {
  const result: CallsResult = { answered: { primary: 0, secondary: 0 }, failed: 0, calls: [] };
  const places = placesOnSites(exchange.plan, asked);
  const waiting = Array(asked.count).keys();
  const line = async (): Promise<void> => {
    for (const _ of waiting) {
      try {
        const site = await siteInCharge();
        if (!site) throw new Error("nobody answers");
        result.calls.push(await placeCall(exchange, asked, site, places));
        result.answered[site]++;
      } catch (error) {
        result.failed++;
        result.problem ??= String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, line));
  return result;
}

type Places = Record<Site, ReturnType<typeof placesOf>>;

function placesOnSites(plan: Plan, asked: Asked): Places {
  const of = (site: Site) => placesOf(plan, site, asked.tenant, asked);
  return { primary: of("primary"), secondary: of("secondary") };
}

/** @throws when the site is not there. */
async function placeCall(exchange: Exchange, asked: Asked, site: Site, places: Places): Promise<PlacedCall> {
  const { plan, pubsub } = exchange;
  const { tenant } = asked;
  const { office, callCenter, coachingTeam } = await places[site]();
  const call: Call = { ...spoken(asked), office, callCenter, coachingTeam };
  const { callId, endedAt } = call;
  const made = await Promise.all(
    Array.from({ length: asked.recordings }, () => makeRecording(exchange, site, call, asked)),
  );
  // The documents come after the objects, so that they never lead to nothing.
  await write(plan, site, tenant, {
    ...Object.fromEntries(histories.map((kind) => [`${kind}/${callId}`, call])),
    ...Object.fromEntries(made.map(({ announced, document }) => [`recordings/${announced.recordingId}`, document])),
  });
  if (asked.event && office !== undefined) {
    const { direction, from, to, at: startedAt, agentName } = call;
    await pubsub.publish("callEnded", {
      ...{ version: 1, tenantId: tenant, callId, officeId: office, direction, from, to, startedAt, endedAt, site },
      ...(callCenter === undefined ? {} : { callCenterId: callCenter }),
      ...(coachingTeam === undefined ? {} : { coachingTeamId: coachingTeam }),
      recordings: made.map(({ announced }) => ({ ...announced, agentName })),
    });
  }
  const recordingIds = made.map(({ announced }) => announced.recordingId);
  return { callId, site, recordingIds, endedAt: endedAt.toISOString() };
}

/** Who spoke with whom, and when. */
function spoken({ agentName = "髙﨑 花子", seconds = randomInt(2, 8), startedAt }: Asked) {
  const begun = startedAt === undefined ? Date.now() - seconds * 1000 : Date.parse(startedAt);
  return {
    ...{ callId: randomUUID(), direction: "inbound", agentName, seconds },
    ...{ from: `+8190${randomInt(10_000_000, 99_999_999)}`, to: "+81612345678" },
    ...{ at: new Date(begun), endedAt: new Date(begun + seconds * 1000) },
  };
}
