import type { Fields } from "../../shared/domain/value.ts";
import { configurationIn, contentOf, noteWrites, write } from "./cloud.ts";
import type { Scene } from "./scene.ts";
import { drawFields, drawPath } from "./values.ts";

/** Documents by their path; no fields: it is deleted. */
export type Drawn = ReadonlyMap<string, Fields | ((root: string) => Fields) | undefined>;

/** Changes of documents: of those that are there, and new ones. */
export function drawDocuments({ random }: Scene, known: ReadonlyMap<string, string>, count: number): Drawn {
  const ours = [...known.keys()].filter((path) => !/^(members|offices\/tokyo|callCenters\/orders|backup)/.test(path));
  const documents = new Map<string, ((root: string) => Fields) | undefined>();
  for (let made = 0; made < count; made++) {
    const path = ours.length > 0 && random.chance(0.5) ? random.pick(ours) : drawPath(random);
    documents.set(path, random.chance(0.25) ? undefined : (root) => drawFields(random, root));
  }
  return documents;
}

const rooted = (drawn: Drawn, root: string) =>
  new Map([...drawn].map(([path, fields]) => [path, typeof fields === "function" ? fields(root) : fields]));

/** Writes on the primary, as its people do. */
export async function editPrimary({ cloud, tenant }: Scene, drawn: Drawn): Promise<void> {
  const { root } = cloud.wires.primary;
  const documents = rooted(drawn, root);
  await write(cloud, "primary", tenant.id, documents);
  noteWrites(tenant.primary, documents, root);
}

/** Writes on the secondary past Hikae, of which some must differ from what is there. */
export async function editSecondary(scene: Scene, count: number): Promise<Map<string, Fields | undefined>> {
  const { cloud, tenant, random } = scene;
  const { root } = cloud.wires.secondary;
  const there = tenant.fenced ?? configurationIn(await contentOf(cloud, "secondary", tenant.id));
  const drawn: Drawn = new Map([
    ...drawDocuments(scene, there, count),
    [drawPath(random), (base: string) => drawFields(random, base)],
  ]);
  const documents = rooted(drawn, root);
  // The deletion of what is not there is no edit.
  for (const [path, fields] of documents) if (!fields && !there.has(path)) documents.delete(path);
  await write(cloud, "secondary", tenant.id, documents);
  if (tenant.fenced) noteWrites(tenant.fenced, documents, root);
  for (const path of documents.keys()) tenant.edited.add(path);
  return documents;
}
