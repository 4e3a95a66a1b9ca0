import { plan, type Resource } from "./terraform.ts";
import { type Edit, exampleSettings } from "./terraform-files.ts";

/** The roots of infra/, in the order in which they are rolled out. */
export const roots = ["foundation", "secondary", "primary", "crossing"] as const;
export type Root = (typeof roots)[number];

/** The project of the example settings. */
export const exampleProject = "example-hikae";

/** What a root makes with the example settings. */
export async function planRoot(root: Root, edit?: Edit): Promise<Resource[]> {
  const settings = await exampleSettings();
  const deploys = root === "primary" || root === "secondary";
  return await plan(`infra/${root}`, { ...settings, ...(deploys ? { artifact: "0123abcd.zip" } : {}) }, edit);
}

/** What every root makes. */
export async function planRoots(): Promise<Record<Root, Resource[]>> {
  const [foundation, secondary, primary, crossing] = [
    await planRoot("foundation"),
    await planRoot("secondary"),
    await planRoot("primary"),
    await planRoot("crossing"),
  ];
  return { foundation, secondary, primary, crossing };
}

export const ofType = (resources: readonly Resource[], type: string) =>
  resources.filter((resource) => resource.type === type);

export const keysOf = (resources: readonly Resource[], type: string) =>
  ofType(resources, type)
    .map(({ key }) => key)
    .toSorted();
