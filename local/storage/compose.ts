import { createReadStream } from "node:fs";
import { z } from "zod";
import { conditionsOf } from "./conditions.ts";
import type { Content } from "./content.ts";
import { StorageError } from "./errors.ts";
import { objectFields, parseFields, type StoredObject } from "./state.ts";
import type { Store } from "./store.ts";
import type { Target } from "./target.ts";

const request = z.object({
  sourceObjects: z
    .array(
      z.object({
        name: z.string(),
        generation: z.coerce.number().int().optional(),
        objectPreconditions: z.object({ ifGenerationMatch: z.coerce.number().int().optional() }).optional(),
      }),
    )
    .min(1)
    .max(32),
  destination: z.unknown().optional(),
});

/** Makes one object of up to 32 others of its bucket, in their order. It has no MD5, as with the service. @throws StorageError */
export async function compose(store: Store, target: Target, body: unknown): Promise<StoredObject> {
  const { bucket, object, query } = target;
  const asked = parseFields(request, body);
  const fields = parseFields(objectFields, asked.destination);
  const sources = asked.sourceObjects.map(({ name, generation, objectPreconditions }) =>
    store.object(bucket, name, { generation, generationMatch: objectPreconditions?.ifGenerationMatch }),
  );
  const conditions = conditionsOf(query);
  store.checkPut(bucket, object, conditions);
  const { md5Hash: _md5, ...content } = await concatenated(store, sources);
  try {
    return store.put(bucket, object, content, fields, conditions);
  } catch (error) {
    store.files.release(content);
    throw error;
  }
}

/** The bytes of all, in a file of their own. */
async function concatenated(store: Store, sources: readonly StoredObject[]): Promise<Content> {
  // Deleting a source now must not take its bytes away.
  for (const source of sources) store.files.keep(source);
  const intake = store.files.receive();
  try {
    for (const { file } of sources) {
      for await (const chunk of createReadStream(store.files.pathOf(file))) await intake.write(chunk as Buffer);
    }
    return await intake.finish();
  } catch (error) {
    await intake.discard();
    throw new StorageError("backendError", `The sources could not be read: ${error}`);
  } finally {
    for (const source of sources) store.files.release(source);
  }
}
