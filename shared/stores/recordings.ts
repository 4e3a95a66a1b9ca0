import type { BackupLedger } from "../domain/backup/ports.ts";
import { AppError } from "../domain/errors.ts";
import { inLanes } from "../domain/lanes.ts";
import type { RecordingObject } from "../domain/purge.ts";
import type { PurgeStores } from "../domain/purge-tenant.ts";
import type { ObjectApi } from "./object-api.ts";

const listedFields = "nextPageToken,items(name,generation,size,timeCreated,contentType,crc32c)";
const removalsInFlight = 48;

type Listed = Pick<RecordingObject, "name" | "generation" | "contentType" | "crc32c"> & {
  size: string;
  timeCreated: string;
};

/** The recordings that one site keeps, in its bucket under `{tenant}/`; which of them are backed up, its ledger knows. */
export function createRecordings(
  api: ObjectApi,
  bucket: string,
  ledger: Pick<BackupLedger, "countOpenBelow">,
): PurgeStores["recordings"] {
  const objects = `/b/${encodeURIComponent(bucket)}/o`;

  async function remove({ name, generation }: RecordingObject): Promise<undefined> {
    // With its generation the object is deleted for good, also where the bucket keeps old versions.
    const { status } = await api.call("DELETE", `${objects}/${encodeURIComponent(name)}`, { generation });
    if (status === 204 || status === 404) return undefined;
    const hint = "look whether the bucket has a retention policy or a hold, and whether Hikae may delete in it";
    throw new AppError("precondition-failed", `a recording could not be deleted (${status}): ${hint}`);
  }

  return {
    async list(tenant, pageToken) {
      const query = { prefix: `${tenant}/`, versions: "true", maxResults: "1000", pageToken, fields: listedFields };
      const { status, body } = await api.call("GET", objects, query);
      if (status !== 200) throw new AppError("unavailable", `listing ${bucket}: Cloud Storage answered ${status}`);
      const { items = [], nextPageToken } = body as { items?: Listed[]; nextPageToken?: string };
      const found = items.map(({ size, timeCreated, ...rest }) => ({
        ...rest,
        bytes: Number(size),
        created: Date.parse(timeCreated) * 1000,
      }));
      return { objects: found, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
    },
    countNotBackedUp: (tenant) => ledger.countOpenBelow(tenant, `gs://${bucket}/${tenant}/`),
    async remove(tenant, recordings) {
      if (recordings.some(({ name }) => !name.startsWith(`${tenant}/`))) {
        throw new AppError("internal", "an object of another tenant was about to be deleted");
      }
      await inLanes(recordings, removalsInFlight, remove);
    },
  };
}
