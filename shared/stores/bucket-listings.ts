import { recordingsFolder } from "../domain/backup/names.ts";
import type { Listed } from "../domain/backup/verification.ts";
import type { BucketListings } from "../domain/backup/verify-ports.ts";
import { refusalOf } from "./customer-bucket.ts";
import type { ObjectApi } from "./object-api.ts";

const listedFields = "nextPageToken,items(name,generation,size,crc32c,timeCreated)";

/** Customers' buckets, listed in the order of names. What may pass is tried again some times first. */
export function createBucketListings(objects: ObjectApi): BucketListings {
  return {
    async list(bucket, { pageToken, after }) {
      const query = {
        prefix: recordingsFolder,
        maxResults: "1000",
        fields: listedFields,
        // The first name that is listed: the name itself, if it is still there.
        ...(pageToken === undefined ? { startOffset: after } : { startOffset: undefined, pageToken }),
      };
      const answer = await objects.call("GET", `/b/${encodeURIComponent(bucket)}/o`, query);
      if (answer.status !== 200) {
        return refusalOf(answer) ?? { cause: "denied", message: `Cloud Storage refused with ${answer.status}` };
      }
      const { items = [], nextPageToken } = answer.body as { items?: Item[]; nextPageToken?: string };
      return {
        objects: items.filter(({ name }) => name !== after).map(listedOf),
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      };
    },
  };
}

type Item = { name: string; generation: string; size: string; crc32c?: string; timeCreated: string };

function listedOf({ name, generation, size, crc32c, timeCreated }: Item): Listed {
  const checksum = crc32c === undefined ? {} : { crc32c };
  return { name, generation, bytes: Number(size), ...checksum, createdAt: new Date(timeCreated) };
}
