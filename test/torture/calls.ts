import type { Site } from "../../shared/domain/sites.ts";
import { awaited, type Cloud } from "./cloud.ts";
import { expectedOf, sourceFaults, type TornRecording, waiting } from "./recordings.ts";
import type { Scene } from "./scene.ts";
import { type TenantModel, Violation } from "./world.ts";

/** More than any fault of Cloud Storage lets fail in a row. */
const mostTries = 40;

/** Calls of a tenant end where it is in charge, with recordings of which some cannot be had, or belong to no centre. */
export async function placeCalls({ cloud, tenant, random, world }: Scene): Promise<void> {
  const source = random.pick(["gs", "https"] as const);
  const fault = source === "https" && random.chance(0.4) ? random.pick(sourceFaults) : undefined;
  const inCentre = random.chance(0.85);
  const site: Site = tenant.mode === "active" ? "secondary" : "primary";
  const bytes = 2000 + random.below(100_000);
  const asked = {
    ...{ tenant: tenant.id, site, source, office: "tokyo", bytes, recordings: 1 + random.below(2) },
    ...(inCentre ? { callCenter: "orders" } : {}),
    ...(fault === undefined ? {} : { fault: { fault } }),
  };
  let left = 1 + random.below(4);
  for (let tries = 1; left > 0; tries++) {
    const { calls, failed, problem } = await cloud.stack.telephony.call({ ...asked, count: left });
    for (const id of calls.flatMap(({ recordingIds }) => recordingIds)) {
      const placed = { id, site, source, bytes, inCentre, ...(fault === undefined ? {} : { fault }) };
      const recording = await expectedOf(tenant.id, placed);
      if (world.storage.corrupts) await allowCorrupted(cloud, tenant, recording);
      tenant.recordings.push(recording);
    }
    // Calls whose recordings the platform's own bucket did not take.
    const mayFail = source === "gs" && world.storage.fails && tries < mostTries;
    if (failed > 0 && !mayFail) throw new Violation("calls can be placed", "no call fails", { failed, problem });
    left = failed;
  }
}

/** What was changed on its way to the platform's bucket is not the recording that was announced, and is never stored. */
async function allowCorrupted({ storage, stack }: Cloud, { id }: TenantModel, recording: TornRecording): Promise<void> {
  if (recording.source !== "gs") return;
  const bucket = storage.bucket(stack.description.sites[recording.site].recordingsBucket);
  const md5 = await awaited("Cloud Storage tells of a recording", async () => {
    const [metadata] = await bucket.file(`${id}/${recording.id}.mp3`).getMetadata();
    return metadata.md5Hash;
  });
  const [end] = recording.ends;
  if (md5 !== recording.content.md5 && end?.state === "stored") recording.ends = [waiting("wrongChecksum")];
}
