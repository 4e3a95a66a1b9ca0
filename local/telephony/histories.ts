import { randomInt, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Site } from "../../shared/domain/sites.ts";
import type { Plan } from "../plan.ts";
import { leastBytes } from "./audio.ts";
import { placesOf, write } from "./platform.ts";
import type { RecordingFaults } from "./recording-faults.ts";
import { type Call, checkRecordings, type MadeRecording, makeRecording, recordingsOf } from "./recordings.ts";

/** Recordings of calls of the past, of which nothing was ever announced, spread evenly over so many days until now. */
export const historiesRequest = recordingsOf
  .extend({
    bytes: recordingsOf.shape.bytes.prefault(leastBytes * 2),
    count: z.int().min(1).max(50_000).default(300),
    days: z
      .number()
      .min(0)
      .max(10_000)
      .default(2 * 365),
  })
  .superRefine(checkRecordings);
export type HistoriesRequest = z.input<typeof historiesRequest>;

export type HistoriesResult = { site: Site; recordingIds: string[] };

const documentsTogether = 200;
const atOnce = 16;
const dayMs = 24 * 3600 * 1000;
const agents = ["髙﨑 花子", "佐藤 太郎", "𠮷野 さくら", "渡邊 健一郎"];

/** Writes recordings into the history of a site's database, the oldest first. @throws when the site is not there. */
export async function writeHistories(
  exchange: { plan: Plan; faults: RecordingFaults },
  asked: z.output<typeof historiesRequest>,
  site: Site,
): Promise<HistoriesResult> {
  const { plan } = exchange;
  const { tenant, count, days } = asked;
  const placeOf = placesOf(plan, site, tenant, asked);
  const now = Date.now();
  const recordingIds: string[] = [];
  const make = async (index: number): Promise<MadeRecording> => {
    // The first is a little younger than the beginning, so that it is still there when somebody looks back so far.
    const at = new Date(now - ((count - index - 0.5) / count) * days * dayMs);
    const seconds = randomInt(2, 600);
    const call: Call = {
      ...(await placeOf()),
      ...{ callId: randomUUID(), direction: index % 3 === 0 ? "outbound" : "inbound", seconds },
      ...{ agentName: asked.agentName ?? agents[index % agents.length] ?? "", to: "+81612345678" },
      ...{ from: `+8190${randomInt(10_000_000, 99_999_999)}`, at, endedAt: new Date(at.getTime() + seconds * 1000) },
    };
    return makeRecording(exchange, site, call, asked);
  };
  for (let first = 0; first < count; first += documentsTogether) {
    const indexes = Array.from({ length: Math.min(documentsTogether, count - first) }, (_, index) => first + index);
    const made: MadeRecording[] = [];
    const waiting = indexes.values();
    const lane = async () => {
      for (const index of waiting) made[index - first] = await make(index);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    const documents = made.map(({ announced, document }) => [`recordings/${announced.recordingId}`, document] as const);
    await write(plan, site, tenant, Object.fromEntries(documents));
    recordingIds.push(...made.map(({ announced }) => announced.recordingId));
  }
  return { site, recordingIds };
}
