import { randomUUID } from "node:crypto";
import type { Bucket } from "@google-cloud/storage";
import { people } from "../../local/description.ts";
import { kindOf, kindsWith } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Fields } from "../../shared/domain/value.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import type { Wire, WireWrite } from "../../shared/stores/wire.ts";
import type { TestStack } from "./stack.ts";
import { contentOf } from "./tenants.ts";
import { int, text } from "./wire-values.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, whose fields the tests assert
export type Called = { status: number; body: any };
type Options = { site?: Site; key?: string; email?: string };

/** A request about a tenant's histories, by an operator unless somebody else is named. */
export async function callPurge(
  stack: TestStack,
  tenant: string,
  path: string,
  body?: unknown,
  { site = "secondary", key = randomUUID(), email = people.operator.email }: Options = {},
): Promise<Called> {
  const answer = await fetch(`${stack.description.sites[site].api}/v1/tenants/${tenant}/dr/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${await stack.token(email)}`,
      ...(body === undefined ? {} : { "idempotency-key": key, "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

/** The buckets of recordings and of exports on the secondary. */
export function bucketsOf({ description }: TestStack): { recordings: Bucket; exports: Bucket } {
  const { project, storage: endpoint, sites } = description;
  const client = createStorageClients({ projectId: project, endpoint }).storage();
  const { recordingsBucket } = sites.secondary;
  return {
    recordings: client.bucket(recordingsBucket),
    exports: client.bucket(recordingsBucket.replace("-recordings-", "-exports-")),
  };
}

/** Writes so many entries of each history, every third with a part below it, and parts of an entry that is not there. */
export async function fillHistories(wire: Wire, tenant: string, entries: number): Promise<void> {
  const writes: WireWrite[] = [];
  const put = (path: string, fields: Fields) =>
    writes.push({ update: { name: `${wire.root}tenants/${tenant}/${path}`, fields: fields as never } });
  for (const kind of kindsWith("history")) {
    for (let index = 0; index < entries; index++) {
      put(`${kind}/entry-${index}`, { index: int(index), summary: text(`${kind}、${index}件目`) });
      if (index % 3 === 0) put(`${kind}/entry-${index}/parts/1`, { part: int(1) });
    }
    put(`${kind}/missing/parts/1`, { part: int(1) });
  }
  for (let from = 0; from < writes.length; from += 500) await wire.commit(writes.slice(from, from + 500));
}

/** How many documents `fillHistories` has written below the entries of one history. */
export const partsOf = (entries: number): number => Math.ceil(entries / 3) + 1;

/** Puts so many small recordings into the bucket. */
export async function fillRecordings(bucket: Bucket, tenant: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${tenant}/${index % 7}/録音 ${index}.wav`).values();
  const lane = async () => {
    for (const name of names) await bucket.file(name).save("RIFF", { resumable: false, contentType: "audio/wav" });
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

export async function namesIn(bucket: Bucket, prefix: string): Promise<string[]> {
  const [files] = await bucket.getFiles({ prefix });
  return files.map(({ name }) => name);
}

/** What a site has of a tenant besides histories, or of those alone. */
export async function contentWithout(wire: Wire, tenant: string, policy: "history" | "other") {
  const content = Object.entries(await contentOf(wire, tenant));
  const isHistory = ([path]: [string, string]) => kindOf(path.split("/")[0] ?? "")?.policy === "history";
  return Object.fromEntries(content.filter((entry) => isHistory(entry) === (policy === "other")));
}
