import { AppError } from "../domain/errors.ts";
import type { GuidanceObject } from "../domain/guidance.ts";
import type { Site } from "../domain/sites.ts";
import type { GuidanceFiles } from "../domain/sync-guidance.ts";
import type { ObjectAnswer, ObjectApi } from "./object-api.ts";

const described = "contentType,contentEncoding,contentDisposition,contentLanguage,cacheControl,metadata";
const listedFields = `nextPageToken,items(name,generation,size,crc32c,${described})`;

/** The guidance files in both sites' buckets, under `{tenant}/`. */
export function createGuidance(api: ObjectApi, buckets: Record<Site, string>): GuidanceFiles {
  const objectsOf = (site: Site) => `/b/${encodeURIComponent(buckets[site])}/o`;
  const objectOf = (site: Site, name: string) => `${objectsOf(site)}/${encodeURIComponent(name)}`;
  return {
    async list(site, tenant, pageToken) {
      const query = { prefix: `${tenant}/`, maxResults: "1000", pageToken, fields: listedFields };
      const answer = await api.call("GET", objectsOf(site), query);
      if (answer.status !== 200) throw refused(`listing ${buckets[site]}`, answer);
      const { items = [], nextPageToken } = answer.body as { items?: GuidanceObject[]; nextPageToken?: string };
      return { objects: items, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
    },
    async copy({ source, target }, mayGoOn) {
      const path = `${objectOf("primary", source.name)}/rewriteTo${objectOf("secondary", source.name)}`;
      const query = {
        ifSourceGenerationMatch: source.generation,
        ifGenerationMatch: target?.generation ?? "0",
        fields: "done,rewriteToken",
      };
      let rewriteToken: string | undefined;
      do {
        if (!(await mayGoOn())) return "stopped";
        const answer = await api.call("POST", path, { ...query, rewriteToken });
        if (isOutdated(answer)) return "changed";
        if (answer.status !== 200) throw refused("copying", answer);
        const { done, rewriteToken: next } = answer.body as { done: boolean; rewriteToken?: string };
        rewriteToken = done ? undefined : next;
      } while (rewriteToken !== undefined);
      return "copied";
    },
    async remove({ name, generation }) {
      const answer = await api.call("DELETE", objectOf("secondary", name), { ifGenerationMatch: generation });
      if (isOutdated(answer)) return "changed";
      if (answer.status !== 204) throw refused("deleting", answer);
      return "deleted";
    },
  };
}

/** The object is gone, or is another one now. */
function isOutdated({ status }: ObjectAnswer): boolean {
  return status === 404 || status === 412;
}

function refused(act: string, { status }: ObjectAnswer): AppError {
  return new AppError("unavailable", `${act}: Cloud Storage answered ${status}`);
}
