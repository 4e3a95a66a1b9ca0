import { type AccessRulesApp, accessRulesKind } from "../domain/access-rules.ts";
import type { Site } from "../domain/sites.ts";
import { microseconds } from "../domain/value.ts";
import { answered } from "./firestore-client.ts";
import { descendants, type Wire, type WireDocument } from "./wire.ts";

/** Each is written with its ledger's entry, and all in one commit, which may take 10 MiB. */
const limits = { documents: 1000, bytes: 4 * 1024 * 1024 };

const patienceMilliseconds = 15_000;

/** The access rules of both sites. */
export function createAccessRules(wires: Record<Site, Wire>): Pick<AccessRulesApp, "primaryRules" | "secondaryRules"> {
  const parentOf = (site: Site, tenant: string) => `${wires[site].root}tenants/${tenant}`;
  const queryOf = (parent: string) =>
    descendants({ atLeast: `${parent}/${accessRulesKind}/\0` }, `${parent}/${accessRulesKind}\0/\0`);
  return {
    primaryRules: (tenant) =>
      answered(async () => {
        const parent = parentOf("primary", tenant);
        const { select: _names, ...whole } = queryOf(parent);
        const documents = new Map<string, WireDocument>();
        let earliest = Number.POSITIVE_INFINITY;
        let bytes = 0;
        const query = { ...whole, limit: { value: limits.documents + 1 } };
        for await (const { document, readTime } of wires.primary.query(parent, query)) {
          documents.set((document.name ?? "").slice(parent.length + 1), document);
          earliest = Math.min(earliest, microseconds(readTime));
          bytes += JSON.stringify(document.fields).length;
          if (documents.size > limits.documents || bytes > limits.bytes) return "tooLarge";
        }
        return { readTime: earliest, documents };
      }, patienceMilliseconds),
    async secondaryRules(tenant) {
      const parent = parentOf("secondary", tenant);
      const paths: string[] = [];
      for await (const { document } of wires.secondary.query(parent, queryOf(parent))) {
        paths.push((document.name ?? "").slice(parent.length + 1));
      }
      return paths;
    },
  };
}
