import { Storage } from "@google-cloud/storage";
import { GoogleAuth } from "google-auth-library";
import { AppError } from "../domain/errors.ts";
import type { Exports } from "../domain/export.ts";
import { inLanes } from "../domain/lanes.ts";
import type { ObjectApi } from "./object-api.ts";
import type { StorageAddress, StorageClients } from "./storage-client.ts";

const contentType = "text/csv; charset=utf-8";
const removalsInFlight = 32;

/** The bucket of exports. Methods throw `unavailable` when Cloud Storage does not answer or goes on failing. */
export function createExports(
  { storage }: Pick<StorageClients, "storage">,
  api: ObjectApi,
  address: StorageAddress,
  bucket: string,
): Exports {
  let signing: Storage | undefined;

  async function objectsBelow(prefix: string): Promise<string[]> {
    const names: string[] = [];
    let pageToken: string | undefined;
    do {
      const query = { prefix, pageToken, fields: "nextPageToken,items(name)" };
      const { status, body } = await api.call("GET", `/b/${encodeURIComponent(bucket)}/o`, query);
      if (status !== 200) throw new AppError("unavailable", `listing ${bucket}: Cloud Storage answered ${status}`);
      const page = body as { items?: { name: string }[]; nextPageToken?: string };
      names.push(...(page.items ?? []).map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return names;
  }

  return {
    put: (object, content) =>
      stored(async () => {
        const file = storage().bucket(bucket).file(object);
        // The client compares the checksum of what arrived with that of what it sent.
        await file.save(Buffer.from(content.buffer, content.byteOffset, content.byteLength), {
          resumable: false,
          validation: "crc32c",
          contentType,
        });
        return { bytes: content.length, crc32c: String(file.metadata.crc32c) };
      }),
    join: (parts, object) =>
      stored(async () => {
        const target = storage().bucket(bucket).file(object);
        target.metadata = { contentType };
        await storage()
          .bucket(bucket)
          .combine([...parts], target);
        const [{ size, crc32c }] = await target.getMetadata();
        return { bytes: Number(size), crc32c: String(crc32c) };
      }),
    async clear(prefix) {
      await inLanes(await objectsBelow(prefix), removalsInFlight, async (name) => {
        const path = `/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
        const { status } = await api.call("DELETE", path);
        if (status === 204 || status === 404) return undefined;
        throw new AppError("unavailable", `deleting in ${bucket}: Cloud Storage answered ${status}`);
      });
    },
    async holds(object) {
      const path = `/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}`;
      const { status } = await api.call("GET", path, { fields: "name" });
      if (status === 200 || status === 404) return status === 200;
      throw new AppError("unavailable", `reading in ${bucket}: Cloud Storage answered ${status}`);
    },
    link: (object, fileName, until) =>
      stored(async () => {
        signing ??= signingClient(address);
        const [url] = await signing
          .bucket(bucket)
          .file(object)
          .getSignedUrl({
            version: "v4",
            action: "read",
            expires: until,
            responseDisposition: `attachment; filename="${fileName}"`,
            responseType: contentType,
          });
        return url;
      }),
  };
}

async function stored<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new AppError("unavailable", `exports: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** A client whose signatures are those of the function's own service account: no key is kept anywhere. */
function signingClient({ projectId, endpoint }: StorageAddress): Storage {
  if (endpoint === undefined) return new Storage({ projectId });
  return new Storage({ projectId, apiEndpoint: endpoint, authClient: authOf(endpoint) });
}

/** Where Cloud Storage is not Google's, its address signs as well, in the form of Google's credentials API. */
function authOf(endpoint: string): GoogleAuth {
  const email = "signer@hikae.example";
  return Object.assign(new GoogleAuth(), {
    getCredentials: async () => ({ client_email: email }),
    sign: async (data: string) => {
      const answer = await fetch(`${endpoint}/v1/projects/-/serviceAccounts/${email}:signBlob`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ payload: Buffer.from(data).toString("base64") }),
      });
      if (!answer.ok) throw new Error(`signing answered ${answer.status}`);
      return ((await answer.json()) as { signedBlob: string }).signedBlob;
    },
  });
}
