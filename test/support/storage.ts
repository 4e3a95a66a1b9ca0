import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IdempotencyStrategy, Storage } from "@google-cloud/storage";
import { GoogleAuth } from "google-auth-library";
import { startStorage } from "../../local/storage/start.ts";
import { type StorageSwitches, storageSwitchesOf } from "../../local/storage/switches.ts";

/** A Cloud Storage of a test file's own, in this process. */
export type TestStorage = {
  url: string;
  client: Storage;
  switches: StorageSwitches;
  buckets: { primary: string; secondary: string };
  /** Ends it and starts it again with what it has on disk. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/** Google's client for the Cloud Storage at this address. */
export function storageClient(
  apiEndpoint: string,
  credentials?: { client_email: string; private_key: string },
): Storage {
  return new Storage({
    projectId: "hikae-local",
    apiEndpoint,
    ...(credentials === undefined ? {} : { authClient: new GoogleAuth({ credentials }) }),
    // An endpoint of one's own is not asked for a token.
    useAuthWithCustomEndpoint: false,
    retryOptions: { maxRetries: 3, maxRetryDelay: 1, idempotencyStrategy: IdempotencyStrategy.RetryAlways },
  });
}

/** Starts a Cloud Storage with one bucket of each site. */
export async function startTestStorage(): Promise<TestStorage> {
  const directory = mkdtempSync(join(tmpdir(), "hikae-storage-"));
  const bucketsOf = (site: string) => ({
    guidance: `guidance-${site}`,
    recordings: `recordings-${site}`,
    exports: `exports-${site}`,
  });
  const sites = { primary: { buckets: bucketsOf("tokyo") }, secondary: { buckets: bucketsOf("osaka") } };
  const begin = (port: number) =>
    startStorage({ storage: `http://127.0.0.1:${port}`, storageDirectory: directory, sites });
  let running = await begin(0);
  const end = async () => {
    running.server.closeAllConnections();
    await new Promise((closed) => running.server.close(closed));
    running.store.close();
  };
  const address = running.server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    client: storageClient(url),
    switches: storageSwitchesOf(url),
    buckets: { primary: sites.primary.buckets.guidance, secondary: sites.secondary.buckets.guidance },
    async restart() {
      await end();
      running = await begin(address.port);
    },
    async close() {
      await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
