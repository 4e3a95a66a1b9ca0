import { IdempotencyStrategy, Storage, type StorageOptions } from "@google-cloud/storage";

/** How to reach Cloud Storage; `endpoint` is another one than Google's, for a developer's machine only. */
export type StorageAddress = { projectId: string; endpoint?: string };

/** Google's client for Cloud Storage, in the two forms that are safe to use; each is made at its first use. */
export type StorageClients = {
  /**
   * For everything but reading content. What may pass is retried by the client, writes included: give them a
   * precondition, or let a repetition do no harm.
   */
  storage(): Storage;
  /**
   * For reading content (`download`, `createReadStream`). It retries nothing: on Node 24 the client's own retry of a
   * download throws past its caller and ends the process.
   */
  downloads(): Storage;
};

/** As long as a call may take with its retries: a function has to end in time. */
const patienceSeconds = 60;

export function createStorageClients({ projectId, endpoint }: StorageAddress): StorageClients {
  const open = (retryOptions: NonNullable<StorageOptions["retryOptions"]>) =>
    new Storage({ projectId, ...(endpoint === undefined ? {} : { apiEndpoint: endpoint }), retryOptions });
  let storage: Storage | undefined;
  let downloads: Storage | undefined;
  return {
    // One upload without a precondition would otherwise turn all retries of the client off for good.
    storage: () =>
      (storage ??= open({
        idempotencyStrategy: IdempotencyStrategy.RetryAlways,
        maxRetries: 3,
        totalTimeout: patienceSeconds,
      })),
    downloads: () => (downloads ??= open({ autoRetry: false })),
  };
}
