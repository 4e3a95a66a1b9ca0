import { get, type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { type CloudEvent, cloudEvent } from "@google-cloud/functions-framework";
import { Storage } from "@google-cloud/storage";
import { openSecondary } from "./secondary.ts";

type Published = { message: { data: string } };
type Call = { tenantId: string; recordings: { recordingId: string; source: string; contentType: string }[] };

const { firestore } = openSecondary();
// biome-ignore lint/style/noProcessEnv: a peer is a program of its own and has no other configuration
const { STORAGE_ENDPOINT: apiEndpoint = "", BUCKET = "" } = process.env;
const bucket = new Storage({ projectId: "bench", apiEndpoint, useAuthWithCustomEndpoint: false }).bucket(BUCKET);

/** What everybody writes first: noted, streamed through Google's client, noted again; whoever comes second overwrites. */
cloudEvent("naive-backup-trigger", async (event: CloudEvent<Published>) => {
  const data = Buffer.from(event.data?.message.data ?? "", "base64").toString();
  const { tenantId, recordings }: Call = JSON.parse(data);
  await Promise.all(
    recordings.map(async ({ recordingId, source, contentType }) => {
      const entry = firestore.doc(`tenants/${tenantId}/recordingBackups/${recordingId}`);
      await entry.set({ state: "pending", source, at: new Date() });
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get(source, resolve).once("error", reject);
      });
      await pipeline(answer, bucket.file(`call-recordings/${recordingId}.mp3`).createWriteStream({ contentType }));
      await entry.update({ state: "stored", storedAt: new Date() });
    }),
  );
});
