import { catalogue, type Kind, kindOf } from "../catalogue.ts";
import { AppError } from "../domain/errors.ts";
import type { Change, LedgerEntry, Outcome } from "../domain/mirror.ts";
import type { CompareApp, Listed } from "../domain/reconcile.ts";
import { microseconds } from "../domain/value.ts";
import type { Ledger } from "./ledger.ts";
import { portionsOf } from "./portions.ts";
import { descendants, type NameRange, type Wire } from "./wire.ts";

type SiteReader = Pick<CompareApp, "list" | "primaryDocuments" | "primaryHasTenant" | "entries" | "applyAll">;

/** A commit may take 10 MiB; half of it leaves room for what the wire adds. */
const commitLimits = { changes: 250, bytes: 5 * 1024 * 1024 };
const documentsAtOnce = 250;
/** Some megabytes of names at most: memory that does not grow with the tenant. The first page of a kind may be its last. */
const namesAtOnce = { first: 1000, further: 20_000 };

/** Kinds that are mirrored, in the order of names, and that no other known kind stands between: the first and the last. */
export const stretches = stretchesOf(catalogue);

/** A place in the order of names, and the stretch that it is in. */
type Place = { from: NameRange; stretch: number };
type Page = { listed: Listed[]; next?: Place };

/** Both sites' documents as a comparison reads and repairs them. */
export function createSites(wires: { primary: Wire; secondary: Wire }, ledger: Ledger): SiteReader {
  return {
    async *list(site, tenant, after) {
      const wire = wires[site];
      const parent = `${wire.root}tenants/${tenant}`;
      const start = after === undefined ? beginningOf(parent, 0) : placeAfter(parent, after);
      let page = start && pageOfNames(wire, parent, start, namesAtOnce.first);
      while (page) {
        const { listed, next }: Page = await page;
        // The next page is on its way while this one is read, so that both sites' pages come side by side.
        page = next && pageOfNames(wire, parent, next, "after" in next.from ? namesAtOnce.further : namesAtOnce.first);
        // Its failure is met when its turn comes.
        page?.catch(() => undefined);
        yield* listed;
      }
    },
    async primaryDocuments(tenant, paths) {
      const root = `${wires.primary.root}tenants/${tenant}`;
      const prefix = `${root}/`;
      const result: Awaited<ReturnType<CompareApp["primaryDocuments"]>> = new Map();
      for (const portion of portionsOf(paths, documentsAtOnce)) {
        const { documents, readTime } = await wires.primary.batchGet([root, ...portion.map((path) => prefix + path)]);
        // What is missing on a primary that has just lost the tenant was not deleted there.
        if (!documents.get(root))
          throw new AppError("precondition-failed", `the primary has no tenant ${tenant} any more`);
        documents.delete(root);
        for (const [name, document] of documents) {
          result.set(name.slice(prefix.length), document ?? { missingAt: microseconds(readTime) });
        }
      }
      return result;
    },
    async primaryHasTenant(tenant) {
      const name = `${wires.primary.root}tenants/${tenant}`;
      const { documents } = await wires.primary.batchGet([name], { fields: ["name"] });
      return Boolean(documents.get(name));
    },
    async entries(tenant, paths) {
      const portions = await Promise.all(
        portionsOf(paths, documentsAtOnce * 2).map((portion) => ledger.entries(tenant, portion)),
      );
      return new Map<string, LedgerEntry>(portions.flatMap((portion) => [...portion]));
    },
    async applyAll(tenant, changes, options) {
      const outcomes: Outcome[][] = [];
      const waiting = portionsBySize(changes).entries();
      // Two commits in flight: one is on its way while the database works on the other. Their documents differ.
      const lane = async () => {
        for (const [index, portion] of waiting) {
          outcomes[index] = (await ledger.apply(tenant, portion, options)).outcomes;
        }
      };
      await Promise.all([lane(), lane()]);
      return outcomes.flat();
    },
  };
}

/**
 * The next names from there on, up to the stretch's end or to a kind that is in no catalogue, which is stepped over. A page
 * is read at once and then given out: a query's stream does not wait for a slow reader for long. What is not mirrored,
 * histories above all, is never listed: each name costs a read.
 */
async function pageOfNames(wire: Wire, parent: string, { from, stretch }: Place, most: number): Promise<Page> {
  const listed: Listed[] = [];
  const names = descendants(from, `${parent}/${stretches[stretch]?.last}\0/\0`);
  for await (const { document } of wire.query(parent, { ...names, limit: { value: most } })) {
    const path = (document.name ?? "").slice(parent.length + 1);
    const kind = kindIn(path);
    if (kindOf(kind) === undefined) return { listed, next: { from: { atLeast: `${parent}/${kind}\0/\0` }, stretch } };
    listed.push({ path, updateTime: microseconds(document.updateTime ?? {}) });
  }
  const last = listed.at(-1);
  if (last && listed.length === most) return { listed, next: { from: { after: `${parent}/${last.path}` }, stretch } };
  const next = beginningOf(parent, stretch + 1);
  return next ? { listed, next } : { listed };
}

const kindIn = (path: string) => path.slice(0, path.indexOf("/"));

function beginningOf(parent: string, stretch: number): Place | undefined {
  const found = stretches[stretch];
  return found && { from: { atLeast: `${parent}/${found.first}/\0` }, stretch };
}

function placeAfter(parent: string, path: string): Place | undefined {
  const stretch = stretches.findIndex(({ last }) => last >= kindIn(path));
  return stretch === -1 ? undefined : { from: { after: `${parent}/${path}` }, stretch };
}

function stretchesOf(kinds: Record<string, Kind>): { first: string; last: string }[] {
  const found: { first: string; last: string }[] = [];
  let isOpen = false;
  for (const [name, { policy }] of Object.entries(kinds).sort(([one], [other]) => (one < other ? -1 : 1))) {
    const current = isOpen ? found.at(-1) : undefined;
    isOpen = policy === "realtime";
    if (!isOpen) continue;
    if (current) current.last = name;
    else found.push({ first: name, last: name });
  }
  return found;
}

function portionsBySize(changes: Change[]): Change[][] {
  const portions: Change[][] = [];
  let bytes = 0;
  for (const change of changes) {
    const last = portions.at(-1);
    bytes += change.bytes;
    if (last && last.length < commitLimits.changes && bytes <= commitLimits.bytes) {
      last.push(change);
    } else {
      portions.push([change]);
      bytes = change.bytes;
    }
  }
  return portions;
}
