import { kindOf } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { type Fields, fingerprint } from "../../shared/domain/value.ts";
import { createWire, type Wire } from "../../shared/stores/wire.ts";
import type { StackDescription } from "../description.ts";

/** Reads both sites whole and counts: an independent witness, that asks neither ledger nor mirror. */
export type Witness = {
  /** How many mirrored documents of the tenant are not the same on both sites. */
  differing(tenant: string): Promise<number>;
  close(): void;
};

export function createWitness({ project, sites }: StackDescription): Witness {
  const wireOf = (site: Site) =>
    createWire({ projectId: project, databaseId: sites[site].database, emulator: sites[site].firestore });
  const wires = { primary: wireOf("primary"), secondary: wireOf("secondary") };
  return {
    async differing(tenant) {
      const [primary, secondary] = await Promise.all([
        documentsOf(wires.primary, tenant),
        documentsOf(wires.secondary, tenant),
      ]);
      const paths = new Set([...primary.keys(), ...secondary.keys()]);
      return [...paths].filter((path) => primary.get(path) !== secondary.get(path)).length;
    },
    close: () => {
      for (const wire of Object.values(wires)) wire.close();
    },
  };
}

/** Every mirrored document by its path, as a fingerprint of all its fields. */
async function documentsOf(wire: Wire, tenant: string): Promise<Map<string, string>> {
  const parent = `${wire.root}tenants/${tenant}`;
  const found = new Map<string, string>();
  for await (const { document } of wire.query(parent, { from: [{ allDescendants: true }] })) {
    const path = (document.name ?? "").slice(parent.length + 1);
    const kind = path.slice(0, path.indexOf("/"));
    if (kindOf(kind)?.policy !== "realtime") continue;
    found.set(path, fingerprint(document.fields as Fields, wire.root).hash);
  }
  return found;
}
