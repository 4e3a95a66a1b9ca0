import { randomUUID } from "node:crypto";
import type { StoreOutcome } from "../../shared/domain/backup/entry.ts";
import type { StoreRecording, StoreRequest } from "../../shared/domain/backup/ports.ts";
import { createStoreRecording, type StoreRecordingSettings } from "../../shared/stores/store-recording.ts";
import { type RecordingSource, startRecordingSource } from "./recording-source.ts";
import { startTestStorage, type TestStorage } from "./storage.ts";

export type TestEntry = StoreRequest["entry"];

/** A Cloud Storage with a customer's bucket, a source of recordings, and what carries them from one to the other. */
export type StoreStage = {
  storage: TestStorage;
  source: RecordingSource;
  bucket: string;
  /** Another one than `store`, for a test's own settings. */
  create(settings: Partial<StoreRecordingSettings>): StoreRecording;
  entry(source: string, more?: Partial<TestEntry>): TestEntry;
  store(entry: TestEntry, milliseconds?: number): Promise<StoreOutcome>;
  /** The object of an entry's name: what its resource says, and its bytes. */
  object(entry: TestEntry): Promise<{ resource: Record<string, unknown>; bytes: Buffer } | undefined>;
  names(): Promise<string[]>;
  close(): Promise<void>;
};

export async function startStoreStage(): Promise<StoreStage> {
  const [storage, source] = await Promise.all([startTestStorage(), startRecordingSource()]);
  const bucket = "customer-recordings";
  await storage.client.createBucket(bucket, { location: "asia-northeast1" });
  const create = (settings: Partial<StoreRecordingSettings> = {}) =>
    createStoreRecording({
      storage: { endpoint: storage.url },
      sources: { hosts: [source.host], insecure: true, buckets: ["recordings-tokyo"] },
      ...settings,
    });
  const store = create();
  const fileOf = ({ destination }: TestEntry) => storage.client.bucket(destination.bucket).file(destination.name);
  return {
    storage,
    source,
    bucket,
    create,
    entry(address, more = {}) {
      const recordingId = more.recordingId ?? randomUUID();
      const at = new Date("2026-04-01T03:00:00Z");
      return {
        ...{ recordingId, callId: `call-${recordingId}`, tenant: "acme", office: "tokyo", agentName: "佐藤 花子" },
        ...{ direction: "inbound", from: "+81312345678", to: "+81398765432" },
        ...{ startedAt: at, endedAt: new Date(at.getTime() + 60_000), source: address, contentType: "audio/mpeg" },
        unit: { type: "callCenter", id: "support" },
        state: "pending",
        ...{ attempts: 0, since: at, createdAt: at, updatedAt: at },
        destination: {
          bucket,
          name: `call-recordings/サポート/2026-04-01/佐藤 花子 - call-${recordingId} - ${recordingId}.mp3`,
        },
        ...more,
      };
    },
    store: (entry, milliseconds = 60_000) =>
      store({ tenant: "acme", entry, deadline: new Date(Date.now() + milliseconds) }),
    async object(entry) {
      const [exists] = await fileOf(entry).exists();
      if (!exists) return undefined;
      const [resource] = await fileOf(entry).getMetadata();
      const { bucket, name } = entry.destination;
      const path = `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?alt=media`;
      const bytes = Buffer.from(await (await fetch(`${storage.url}${path}`)).arrayBuffer());
      return { resource: resource as Record<string, unknown>, bytes };
    },
    names: async () => (await storage.client.bucket(bucket).getFiles())[0].map(({ name }) => name),
    async close() {
      await Promise.all([storage.close(), source.close()]);
    },
  };
}
