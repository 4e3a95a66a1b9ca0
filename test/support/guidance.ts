import type { SaveOptions } from "@google-cloud/storage";
import { expect } from "vitest";
import type { Site } from "../../shared/domain/sites.ts";
import { createObjectApi } from "../../shared/stores/object-api.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import type { TestStack } from "./stack.ts";
import { synced } from "./syncs.ts";
import { enrol } from "./tenants.ts";

type Found = { name: string; generation: string } & Record<string, unknown>;

/** Three files of a tenant. */
export const three = ["greeting.wav", "ivr/closed.wav", "ivr/open.wav"];

/** The guidance buckets of both sites, and what tests do in them. */
export function guidanceOf(stack: TestStack) {
  const { project, storage: endpoint, sites } = stack.description;
  const buckets = { primary: sites.primary.guidanceBucket, secondary: sites.secondary.guidanceBucket };
  const client = createStorageClients({ projectId: project, endpoint }).storage();
  const api = createObjectApi({ endpoint });
  const bucketOf = (site: Site) => client.bucket(buckets[site]);

  async function put(site: Site, name: string, content: string | Buffer, metadata: SaveOptions["metadata"] = {}) {
    await bucketOf(site).file(name).save(content, { resumable: false, metadata });
  }

  /** What a site has of a tenant, by name. */
  async function objectsOf(site: Site, tenant: string): Promise<Map<string, Found>> {
    const [files] = await bucketOf(site).getFiles({ prefix: `${tenant}/` });
    return new Map(files.map(({ metadata }) => [metadata.name ?? "", metadata as Found]));
  }

  /** Both sites have the same objects, of the same content and description. */
  async function expectEqual(tenant: string): Promise<void> {
    const [original, copy] = await Promise.all([objectsOf("primary", tenant), objectsOf("secondary", tenant)]);
    const described = (objects: Map<string, Found>) =>
      [...objects.values()].map(({ name, size, crc32c, contentType, contentLanguage, cacheControl, metadata }) => {
        return { name, size, crc32c, contentType, contentLanguage, cacheControl, metadata };
      });
    expect(described(copy)).toStrictEqual(described(original));
  }

  /** A tenant with these files on both sites. */
  async function withFiles(names: readonly string[]): Promise<string> {
    const tenant = await enrol(stack);
    await Promise.all(names.map((name) => put("primary", `${tenant}/${name}`, `content of ${name}`)));
    expect(await synced(stack, tenant, "guidance")).toMatchObject({ outcome: "copied", copied: names.length });
    return tenant;
  }

  /** Copies one object of the primary to that many names. */
  async function multiply(source: string, names: readonly string[]): Promise<void> {
    const object = (name: string) => `/b/${buckets.primary}/o/${encodeURIComponent(name)}`;
    const waiting = names.values();
    const lane = async () => {
      for (const name of waiting) {
        const { status } = await api.call("POST", `${object(source)}/rewriteTo${object(name)}`);
        expect(status).toBe(200);
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
  }

  return { buckets, api, bucketOf, put, objectsOf, expectEqual, withFiles, multiply };
}
