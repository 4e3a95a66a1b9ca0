import { kindOf } from "../catalogue.ts";
import { AppError } from "../domain/errors.ts";
import { inLanes } from "../domain/lanes.ts";
import type { ApplyOptions, Change, LedgerEntry, Outcome } from "../domain/mirror.ts";
import { portionsOf } from "../domain/portions.ts";
import type { CompareApp, Listed } from "../domain/reconcile.ts";
import { microseconds } from "../domain/value.ts";
import { tenantMissing } from "../domain/whole-primary.ts";
import type { Ledger, Look } from "./ledger.ts";
import { mirroredSpans, type Span } from "./mirrored-spans.ts";
import { inHalves } from "./portions.ts";
import { descendants, type Wire } from "./wire.ts";

type SiteReader = Pick<CompareApp, "list" | "primaryDocuments" | "primaryTenant" | "entries" | "applyAll">;

/** A commit may take 10 MiB; half of it leaves room for what the wire adds. */
const commitLimits = { changes: 250, bytes: 5 * 1024 * 1024 };
const documentsAtOnce = 250;
/** Some megabytes of names at most: memory that does not grow with the tenant. */
const namesAtOnce = 24_000;

/** Some of the names, and where the others are. */
type Page = { listed: Listed[]; left: Span[] };

/**
 * Both sites' documents as a comparison reads and repairs them. `noteUnknown` is told of the primary's collections that are
 * of no known kind (R2): one that is never written any more has no event that would tell.
 */
export function createSites(
  wires: { primary: Wire; secondary: Wire },
  ledger: Ledger,
  noteUnknown: (tenant: string, kind: string) => Promise<unknown>,
): SiteReader {
  return {
    async *list(site, tenant, after) {
      const wire = wires[site];
      const parent = `${wire.root}tenants/${tenant}`;
      const collections = await wire.collectionIds(parent);
      const unknown = site === "primary" ? collections.filter((id) => kindOf(id) === undefined) : [];
      await Promise.all(unknown.map((kind) => noteUnknown(tenant, kind)));
      const pages = pagesOfNames(wire, parent, mirroredSpans(parent, collections, after));
      for await (const listed of pages) yield* listed;
    },
    async primaryDocuments(tenant, paths, mostBytes) {
      const root = `${wires.primary.root}tenants/${tenant}`;
      const prefix = `${root}/`;
      const result: Awaited<ReturnType<CompareApp["primaryDocuments"]>> = new Map();
      for (const portion of portionsOf(paths, documentsAtOnce)) {
        const names = [root, ...portion.map((path) => prefix + path)];
        const { documents, readTime } = await wires.primary.batchGet(
          names,
          mostBytes === undefined ? {} : { mostBytes },
        );
        const profile = documents.get(root);
        // What is missing on a primary that has just lost the tenant was not deleted there.
        if (profile === null) throw tenantMissing(`the primary has no tenant ${tenant} any more`);
        const isCut = mostBytes !== undefined && documents.size < names.length;
        documents.delete(root);
        for (const [name, document] of documents) {
          if (document) result.set(name.slice(prefix.length), document);
          else if (profile) result.set(name.slice(prefix.length), { missingAt: microseconds(readTime) });
        }
        if (isCut) break;
      }
      return result;
    },
    async primaryTenant(tenant) {
      const name = `${wires.primary.root}tenants/${tenant}`;
      const { documents } = await wires.primary.batchGet([name]);
      return documents.get(name) ?? undefined;
    },
    async entries(tenant, paths) {
      const portions = await Promise.all(
        portionsOf(paths, documentsAtOnce * 2).map((portion) => ledger.entries(tenant, portion)),
      );
      return new Map<string, LedgerEntry>(portions.flatMap((portion) => [...portion]));
    },
    async applyAll(tenant, changes, options) {
      const outcomes: Outcome[][] = [];
      // Two commits in flight: one is on its way while the database works on the other. Their documents differ.
      await inLanes(portionsBySize(changes).entries(), 2, async ([index, portion]) => {
        const applied = await inHalves(portion, (some) => appliedOrRefused(ledger, tenant, some, options));
        outcomes[index] = applied.flatMap((each) => each.outcomes);
      });
      return outcomes.flat();
    },
  };
}

/** One document that the database never takes, such as one with too many fields to index, must not keep all others back. */
async function appliedOrRefused(
  ledger: Ledger,
  tenant: string,
  changes: Change[],
  options: ApplyOptions & Look,
): Promise<{ outcomes: Outcome[] }> {
  try {
    return await ledger.apply(tenant, changes, options);
  } catch (error) {
    if (changes.length > 1 || !(error instanceof AppError) || error.code !== "invalid") throw error;
    return { outcomes: ["refused"] };
  }
}

/** All names of the spans, in pages; the next one is on its way while a page is used. */
async function* pagesOfNames(wire: Wire, parent: string, spans: Span[]): AsyncGenerator<Listed[]> {
  const pageOf = ([span, ...later]: Span[]) => span && pageOfNames(wire, parent, span, later);
  let page: Promise<Page> | undefined = pageOf(spans);
  while (page !== undefined) {
    const { listed, left }: Page = await page;
    page = pageOf(left);
    // Its failure is met when its turn comes.
    page?.catch(() => undefined);
    yield listed;
  }
}

/**
 * The next names of a span. A page is read at once and then given out: a query's stream does not wait for a slow reader
 * for long. A collection of another kind that has just come into being is stepped over.
 */
async function pageOfNames(wire: Wire, parent: string, span: Span, later: Span[]): Promise<Page> {
  const listed: Listed[] = [];
  const query = { ...descendants(span.from, span.before), limit: { value: namesAtOnce } };
  for await (const { document } of wire.query(parent, query)) {
    const path = (document.name ?? "").slice(parent.length + 1);
    const kind = path.slice(0, path.indexOf("/"));
    if (kindOf(kind)?.policy !== "realtime") {
      return { listed, left: [{ ...span, from: { atLeast: `${parent}/${kind}\0/\0` } }, ...later] };
    }
    listed.push({ path, updateTime: microseconds(document.updateTime ?? {}) });
  }
  const last = listed.length === namesAtOnce ? listed.at(-1) : undefined;
  return { listed, left: last ? [{ ...span, from: { after: `${parent}/${last.path}` } }, ...later] : later };
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
