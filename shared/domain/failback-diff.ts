import type { Row } from "./blocks.ts";
import { unpackDigests } from "./blocks.ts";
import { kindIn } from "./document-path.ts";
import { AppError } from "./errors.ts";
import type { LedgerEntry } from "./mirror.ts";
import type { Page, PageRequest } from "./ports.ts";
import { type CompareApp, comparePaths, sideBySide, suspectsAmong } from "./reconcile.ts";
import type { Edit } from "./standby.ts";
import { type DiffRow, diffRow } from "./three-way.ts";
import { type Fields, retarget, type WireState } from "./value.ts";
import { tenantMissing } from "./whole-primary.ts";

/** What the three-way diff reads. */
export type DiffApp = Pick<
  CompareApp,
  "roots" | "list" | "primaryDocuments" | "primaryTenant" | "entries" | "equalBlocks" | "toFields"
> & {
  readLedger(tenant: string, paths: string[]): Promise<Map<string, { entry?: LedgerEntry; document?: WireState }>>;
  /** What the guard noted of edits of these documents. */
  editsAt(tenant: string, paths: string[]): Promise<Map<string, Edit>>;
  now(): Date;
};

/** Documents may have 1 MiB on each side: as many as are held at once. */
const documentsAtOnce = 40;
/** A page ends early, with fewer rows, before its request would take too long. */
const pageMilliseconds = 20_000;

/**
 * Every document that the fail back would overwrite, or that changed on the primary, in the order of names (R25). Finds
 * edits by the documents' own times, so none is missed whose event was lost; reads whole documents only where times
 * differ. Memory does not grow with the tenant. What both sites deleted alike is not there to be overwritten, and no row.
 * @throws AppError `unavailable` while the primary does not answer; `precondition-failed` where it has lost the tenant.
 */
export async function* diffSites(
  app: DiffApp,
  tenant: string,
  after?: string,
): AsyncGenerator<{ rows: DiffRow[]; reached: string }> {
  await requirePrimary(app, tenant);
  const known = new Set(unpackDigests(await app.equalBlocks(tenant)));
  for await (const listed of sideBySide({ list: listing(app) }, tenant, after)) {
    const { suspects } = await suspectsAmong(app, tenant, known, listed);
    for (let from = 0; from < suspects.length; from += documentsAtOnce) {
      const portion = suspects.slice(from, from + documentsAtOnce);
      yield { rows: await rowsOf(app, tenant, portion), reached: (portion.at(-1) as Row).path };
    }
    yield { rows: [], reached: (listed.at(-1) as Row).path };
  }
}

/** Which rows of the diff: of one kind, or those that the secondary changed, which the fail back would overwrite. */
export type DiffChoice = { kind?: string; edited?: boolean };

/** One page of the diff; it may hold fewer rows than asked for, even none, though others follow. */
export async function diffPage(
  app: DiffApp,
  tenant: string,
  { kind, edited = false, ...page }: PageRequest & DiffChoice,
): Promise<Page<DiffRow>> {
  const deadline = app.now().getTime() + pageMilliseconds;
  const items: DiffRow[] = [];
  const isChosen = (row: DiffRow) => (kind === undefined || row.kind === kind) && !(edited && row.secondary === "none");
  for await (const { rows, reached } of diffSites(app, tenant, page.pageToken ?? beginningOf(kind))) {
    for (const row of rows.filter(isChosen)) {
      // One row more than the page holds says that another page follows.
      if (items.length === page.pageSize) return { items, nextPageToken: (items.at(-1) as DiffRow).path };
      items.push(row);
    }
    if (kind !== undefined && comparePaths(kindIn(reached), kind) > 0) break;
    if (app.now().getTime() > deadline) return { items, nextPageToken: reached };
  }
  return { items };
}

/** A place before every document of the kind; none has such a name. */
function beginningOf(kind: string | undefined): string | undefined {
  return kind && `${kind}/\0`;
}

/**
 * Proves that the primary answers and has the tenant.
 * @throws AppError `unavailable` or `precondition-failed`, with a text for the caller.
 */
export async function requirePrimary(app: Pick<CompareApp, "primaryTenant">, tenant: string): Promise<void> {
  const found = await app.primaryTenant(tenant).catch(refuse);
  if (found) return;
  const remedy = "if it was lost there, restore it there first; nothing was changed";
  throw tenantMissing(`the primary has no tenant ${tenant}: ${remedy}`);
}

function listing(app: Pick<CompareApp, "list">): CompareApp["list"] {
  return async function* (site, tenant, after) {
    try {
      yield* app.list(site, tenant, after);
    } catch (error) {
      if (site === "primary") refuse(error);
      throw error;
    }
  };
}

const silent = {
  ja: "東京が応答しません。応答するまで大阪が稼働を続けます。復旧してからもう一度お試しください。",
  en: "Tokyo does not answer. Osaka stays in charge until it does. Try again once it has recovered.",
};

function refuse(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== "unavailable") throw error;
  throw new AppError(
    "unavailable",
    "the primary does not answer: the secondary stays in charge until it does; nothing was changed",
    { cause: error, forCaller: true, fields: [{ field: "primary", problem: "does not answer", label: silent }] },
  );
}

async function rowsOf(app: DiffApp, tenant: string, suspects: Row[]): Promise<DiffRow[]> {
  const paths = suspects.map((row) => row.path);
  const [here, there, edits] = await Promise.all([
    app.readLedger(tenant, paths),
    app.primaryDocuments(tenant, paths).catch(refuse),
    app.editsAt(tenant, paths),
  ]);
  return paths.flatMap((path) => {
    const { entry, document } = here.get(path) ?? {};
    const row = diffRow(
      {
        path,
        entry,
        primary: primaryFields(app, there.get(path)),
        secondary: document && app.toFields(document),
        edit: edits.get(path),
      },
      app.roots.secondary,
    );
    return row ? [row] : [];
  });
}

/** The primary's fields as their copy would be; undefined where the document is not there. */
export function primaryFields(
  app: Pick<CompareApp, "roots" | "toFields">,
  state: WireState | { missingAt: number } | undefined,
): Fields | undefined {
  if (!state || "missingAt" in state) return undefined;
  return retarget(app.toFields(state), app.roots.primary, app.roots.secondary);
}
