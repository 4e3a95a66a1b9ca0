import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import type { RecordingFault } from "../telephony/recording-faults.ts";
import { centreInto, entriesOnce, flawsOf, hurry, isFlawless, isStored, recordingsIn } from "./backed-up.ts";
import type { Scene, Stage } from "./stage.ts";

const tenant = "acme";
const site = "primary";
const bucket = "acme-recordings";
const office = "office-00001";

/** A source that fails or lies, what its recording becomes at the first try, and what once the source is sound. */
const faults: { fault: RecordingFault; becomes: string; ends: string }[] = [
  { fault: { fault: "notReady", forMs: 600_000 }, becomes: "waiting notReady", ends: "stored" },
  { fault: { fault: "status", status: 404 }, becomes: "waiting notReady", ends: "stored" },
  { fault: { fault: "empty" }, becomes: "waiting notReady", ends: "stored" },
  { fault: { fault: "status", status: 410 }, becomes: "unavailable gone", ends: "unavailable gone" },
  { fault: { fault: "status", status: 403 }, becomes: "waiting sourceDenied", ends: "stored" },
  { fault: { fault: "status", status: 500 }, becomes: "waiting sourceUnavailable", ends: "stored" },
  { fault: { fault: "status", status: 503 }, becomes: "waiting sourceUnavailable", ends: "stored" },
  {
    fault: { fault: "status", status: 429, retryAfterSeconds: 30 },
    becomes: "waiting sourceUnavailable",
    ends: "stored",
  },
  { fault: { fault: "broken" }, becomes: "waiting sourceUnavailable", ends: "stored" },
  { fault: { fault: "truncated" }, becomes: "waiting wrongLength", ends: "stored" },
  { fault: { fault: "html" }, becomes: "waiting notAudio", ends: "stored" },
  { fault: { fault: "html", contentType: "audio/mpeg" }, becomes: "waiting notAudio", ends: "stored" },
  { fault: { fault: "shortened" }, becomes: "waiting wrongLength", ends: "stored" },
  { fault: { fault: "huge" }, becomes: "waiting wrongLength", ends: "stored" },
  // What was announced wrongly stays wrong.
  { fault: { fault: "wrongLength" }, becomes: "waiting wrongLength", ends: "waiting wrongLength" },
  { fault: { fault: "wrongMd5" }, becomes: "waiting wrongChecksum", ends: "waiting wrongChecksum" },
  { fault: { fault: "redirect" }, becomes: "failed sourceForbidden", ends: "failed sourceForbidden" },
  { fault: { fault: "broken", times: 1 }, becomes: "stored", ends: "stored" },
  { fault: { fault: "stalled", times: 1 }, becomes: "stored", ends: "stored" },
  { fault: { fault: "slow", bytesPerSecond: 40_000 }, becomes: "stored", ends: "stored" },
];

/** Every fault at once; then the sources are mended (R37–R39, R41). */
export const sourceFaults: Scene = {
  figures: "backup_faults",
  title: { ja: "録音の取り出し元が不調なとき", en: "Sources of recordings that fail or lie" },
  async play(stage) {
    const callCenter = await centreInto(stage, bucket, office);
    const before = (await recordingsIn(stage, bucket)).length;
    const placed = await Promise.all(faults.map(({ fault }) => placeOne(stage, callCenter, fault)));
    const becoming = await entriesOnce(stage, placed, (entry) => outcomeOf(entry) === rowOf(placed, entry).becomes);
    const objects = (await recordingsIn(stage, bucket)).length - before;
    stage.say(summaryOf(becoming, "、"), summaryOf(becoming, ", "));
    const whole = becoming.filter(isStored).length;
    stage.check(`each for its own reason; ${objects} objects in the bucket, none of them half`, objects === whole);

    await Promise.all(placed.map((recordingId) => stage.stack.telephony.clearRecordingFault({ tenant, recordingId })));
    const waiting = becoming.filter(({ state }) => state === "waiting");
    await hurry(stage, waiting);
    const isEnded = (entry: BackupEntry) => outcomeOf(entry) === rowOf(placed, entry).ends && isTriedAgain(entry);
    const ended = await entriesOnce(stage, placed, isEnded);
    const { retried } = await stage.call(site, "office-admin@acme.example", {
      method: "POST",
      path: `/v1/tenants/${tenant}/backup/recordings/retry`,
      body: { status: "failed" },
      expect: 200,
    });
    const failed = ended.filter(({ state }) => state === "failed").map(({ recordingId }) => recordingId);
    await entriesOnce(stage, failed, isStored);
    const stored = await entriesOnce(
      stage,
      placed.filter((_, index) => !/^(unavailable|waiting)/.test(faults[index]?.ends ?? "")),
      isStored,
    );
    const flaws = await flawsOf(stage, stored);
    stage.say(
      `取り出し元が直ると ${waiting.length} 件のうち ${stored.length - whole - retried} 件、やり直しで ${retried} 件を保存`,
      `the sources sound again: ${stored.length - whole - retried} of ${waiting.length} stored, ${retried} more as tried anew`,
    );
    stage.check("what was stored late is whole, and there once", isFlawless(flaws));
    return { played: faults.length, at_once: whole, stored: stored.length };
  },
};

async function placeOne(stage: Stage, callCenter: string, fault: RecordingFault): Promise<string> {
  const placed = await stage.stack.telephony.call({ tenant, site, callCenter, source: "https", fault });
  const [id] = placed.calls.flatMap(({ recordingIds }) => recordingIds);
  if (id === undefined) throw new Error(`the call was not placed: ${placed.problem}`);
  return id;
}

function rowOf(placed: readonly string[], { recordingId }: BackupEntry): (typeof faults)[number] {
  const row = faults[placed.indexOf(recordingId)];
  if (!row) throw new Error(`${recordingId} is of no fault`);
  return row;
}

const outcomeOf = ({ state, error }: BackupEntry) => (error ? `${state} ${error.class}` : state);
const isTriedAgain = ({ state, attempts }: BackupEntry) => state !== "waiting" || attempts > 1;

function summaryOf(entries: readonly BackupEntry[], between: string): string {
  const groups = Object.entries(Object.groupBy(entries, outcomeOf));
  return groups.map(([outcome, of]) => `${outcome} ${of?.length}`).join(between);
}
