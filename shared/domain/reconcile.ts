import { kindsWith } from "../catalogue.ts";
import { blocksOf, digestOf, endsBlock, packDigests, type Row, unpackDigests } from "./blocks.ts";
import { kindIn } from "./document-path.ts";
import type { ApplyOptions, Change, KnownState, LedgerEntry, Outcome } from "./mirror.ts";
import type { Roots } from "./mirror-change.ts";
import { oneAhead } from "./one-ahead.ts";
import { repair } from "./repair.ts";
import type { KindProof, Proof } from "./standby.ts";
import type { Fields, WireState } from "./value.ts";
import { tenantMissing } from "./whole-primary.ts";

/** A document's place below its tenant, and its update time in µs. */
export type Listed = { path: string; updateTime: number };

/** Documents of the primary by their paths. */
export type PrimaryDocuments = Map<string, WireState | { missingAt: number }>;

/** What a comparison of the sites needs. */
export type CompareApp = {
  roots: Roots;
  /**
   * Names and update times of every document of the mirrored kinds, sub-collections included, in the order of names,
   * from after a path on. Kinds that are not mirrored are stepped over, however large they are.
   */
  list(site: "primary" | "secondary", tenant: string, after?: string): AsyncIterable<Listed>;
  /**
   * Whole documents of the primary; for one that is not there, the time in µs at which it was not. With `mostBytes` no
   * more than about as many bytes, though one document at least: the others are left out.
   */
  primaryDocuments(tenant: string, paths: string[], mostBytes?: number): Promise<PrimaryDocuments>;
  /** The tenant's own document on the primary, if the primary has the tenant. */
  primaryTenant(tenant: string): Promise<WireState | undefined>;
  /** Told of that document each time: its event may have been lost. */
  adopt(tenant: string, root: WireState): Promise<void>;
  entries(tenant: string, paths: string[]): Promise<Map<string, LedgerEntry>>;
  /**
   * With `look` the secondary's documents are read first, even where the ledger says that nothing is to do; with `known`
   * nothing is read that is known.
   */
  applyAll(
    tenant: string,
    changes: Change[],
    options: Omit<ApplyOptions, "whole"> & { look: boolean; known?: KnownState },
  ): Promise<Outcome[]>;
  toFields(state: WireState): Fields;
  /** Told of documents on the secondary that Hikae did not write. */
  tampered(tenant: string, changes: Change[]): Promise<void>;
  /** The digests of the blocks that the last whole comparison of the tenant found equal. */
  equalBlocks(tenant: string): Promise<Uint8Array | undefined>;
  saveEqualBlocks(tenant: string, digests: Uint8Array): Promise<void>;
  now(): Date;
};

/** How far a comparison has come: the path after which it goes on, and what was found before it. */
export type CompareCursor = { after?: string; kinds: Kinds; equal?: Uint8Array };
type Kinds = Record<string, KindProof>;

/** `mayDelete` is asked once, before the first document that Hikae mirrored is deleted; it refuses by throwing. */
export type CompareOptions = Omit<ApplyOptions, "whole"> & { mayDelete?: () => Promise<unknown> };

/** Saves the cursor; "yield" asks the caller to stop here and be continued in another slice. */
export type Checkpoint = (cursor: CompareCursor, done: number) => Promise<"continue" | "yield">;

/** One comparison under way. `known` and `equal` are digests of blocks: found equal by the last one, and by this one. */
export type Pass = {
  tenant: string;
  conditions: Omit<CompareOptions, "mayDelete">;
  mayDelete(): Promise<unknown>;
  /** What was found in a document's kind. */
  proofFor(path: string): KindProof;
  known: Set<string>;
  equal: string[];
};

/** Rows are taken in portions that end with a block, unless a block is too long. */
const rowsAtOnce = { least: 2000, most: 4000 };

/**
 * Compares all mirrored kinds of a tenant on both sites by names and update times, and brings what differs to the
 * primary's state (R8). Whole documents are read only where something differs. Documents that somebody edited on the
 * secondary are overwritten where the options say so; else they are reported, left, and counted as differing. Memory
 * does not grow with the tenant. Continued from its cursor it loses nothing and repeats little.
 * @throws AppError `conflict` when the fence was raised meanwhile; `precondition-failed` when the primary does not
 *   have the tenant (an empty primary must not empty the secondary); `unavailable` to be tried again; what `mayDelete`
 *   throws.
 */
export async function compareSites(
  app: CompareApp,
  tenant: string,
  options: CompareOptions,
  cursor: CompareCursor,
  checkpoint: Checkpoint,
): Promise<{ done: true; kinds: Record<string, KindProof> } | { yielded: true }> {
  const root = await app.primaryTenant(tenant);
  if (!root) {
    const remedy = "If it was lost there, restore it there first; nothing was changed on the secondary.";
    throw tenantMissing(`the primary has no tenant ${tenant}. ${remedy}`);
  }
  await app.adopt(tenant, root);
  const kinds = Object.fromEntries(kindsWith("realtime").map((kind) => [kind, { ...nothing, ...cursor.kinds[kind] }]));
  const known = new Set(unpackDigests(await app.equalBlocks(tenant)));
  let proved: Promise<unknown> | undefined;
  const { mayDelete = async () => undefined, ...conditions } = options;
  const pass: Pass = {
    tenant,
    conditions,
    mayDelete: () => (proved ??= mayDelete()),
    proofFor: (path) => kinds[kindIn(path)] as KindProof,
    known,
    equal: unpackDigests(cursor.equal),
  };
  for await (const { rows, ...found } of oneAhead(sideBySide(app, tenant, cursor.after), suspectsIn(app, pass))) {
    await compareRows(app, pass, rows, found);
    const next: CompareCursor = { after: (rows.at(-1) as Row).path, kinds, equal: packDigests(pass.equal) };
    if ((await checkpoint(next, documentsIn(kinds))) === "yield") return { yielded: true };
  }
  await app.saveEqualBlocks(tenant, packDigests(pass.equal));
  return { done: true, kinds };
}

const nothing: KindProof = { documents: 0, repaired: 0, differing: 0 };

/** The proof made of what was found in every kind. */
export function proofOf(found: Pick<Proof, "kinds" | "large" | "operation" | "at">): Proof {
  const total = { ...nothing };
  for (const kind of Object.values(found.kinds)) {
    for (const figure of ["documents", "repaired", "differing"] as const) total[figure] += kind[figure];
  }
  return { ...found, equal: total.differing === 0, total };
}

function documentsIn(kinds: Record<string, KindProof>): number {
  return Object.values(kinds).reduce((sum, kind) => sum + kind.documents, 0);
}

/** The rows of both sites, matched by path, in portions. Both lists come in the order of names. */
export async function* sideBySide(
  app: Pick<CompareApp, "list">,
  tenant: string,
  after?: string,
): AsyncGenerator<Row[]> {
  const primary = app.list("primary", tenant, after)[Symbol.asyncIterator]();
  const secondary = app.list("secondary", tenant, after)[Symbol.asyncIterator]();
  let rows: Row[] = [];
  let [left, right] = await Promise.all([primary.next(), secondary.next()]);
  try {
    while (!left.done || !right.done) {
      const order = left.done ? 1 : right.done ? -1 : comparePaths(left.value.path, right.value.path);
      const row: Row = { path: (order <= 0 ? left : right).value.path };
      if (order <= 0) {
        row.primary = left.value.updateTime;
        left = await primary.next();
      }
      if (order >= 0) {
        row.secondary = right.value.updateTime;
        right = await secondary.next();
      }
      rows.push(row);
      const whole = rows.length >= rowsAtOnce.least && endsBlock(row.path);
      if (!whole && rows.length < rowsAtOnce.most) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  } finally {
    await Promise.all([primary.return?.(), secondary.return?.()]);
  }
}

/** Firestore's order of names: segment by segment, each by its bytes in UTF-8. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [a.split("/"), b.split("/")];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [one, other] = [left[index] as string, right[index] as string];
    if (one !== other) return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  return left.length - right.length;
}

/** What may differ among rows: the ledger's entries are read while the rows before them are brought over. */
function suspectsIn(app: CompareApp, { tenant, known }: Pass) {
  return async (rows: Row[]) => ({ rows, ...(await suspectsAmong(app, tenant, known, rows)) });
}

async function compareRows(app: CompareApp, pass: Pass, rows: Row[], found: Suspects): Promise<void> {
  const { suspects, entries, equal } = found;
  for (const row of rows) if (row.primary !== undefined) pass.proofFor(row.path).documents++;
  for (const digest of equal) pass.equal.push(digest);
  const isMovedOn = (row: Row) => isAsLedgerSays(row, entries.get(row.path));
  const [movedOn, foreign] = [suspects.filter(isMovedOn), suspects.filter((row) => !isMovedOn(row))];
  // Where only the primary has moved on, the ledger's word is enough, and the write's own precondition proves it.
  await repair(app, pass, { rows: movedOn, entries }, { look: false, known: { entries, documents: new Map() } });
  // What is overwritten whatever it is need not be read first: it only must not change any more.
  const documents = new Map(foreign.map((row) => [row.path, row.secondary ?? null]));
  const known = pass.conditions.overwrite === "all" ? { known: { entries, documents } } : {};
  await repair(app, pass, { rows: foreign, entries }, { look: known.known === undefined, ...known });
}

/** Rows that may differ, entries of the ledger that were read for them, and the digests of the blocks without any. */
type Suspects = { suspects: Row[]; entries: Map<string, LedgerEntry>; equal: string[] };

/** The rows that may differ, by times and ledger alone. */
export async function suspectsAmong(
  app: Pick<CompareApp, "entries">,
  tenant: string,
  known: ReadonlySet<string>,
  rows: Row[],
): Promise<Suspects> {
  const blocks = blocksOf(rows).map((block) => ({ block, digest: digestOf(block) }));
  const unknown = blocks.filter(({ digest }) => !known.has(digest)).flatMap(({ block }) => block);
  const entries = await app.entries(
    tenant,
    unknown.map((row) => row.path),
  );
  const suspects = new Set(unknown.filter((row) => !isEqual(row, entries.get(row.path))));
  const equal = blocks.filter(({ block }) => !block.some((row) => suspects.has(row))).map(({ digest }) => digest);
  return { suspects: [...suspects], entries, equal };
}

/** Both sites hold the version that the ledger names, and nobody but Hikae wrote the secondary's since. */
function isEqual(row: Row, entry: LedgerEntry | undefined): boolean {
  if (!entry || entry.rank.deleted) return false;
  return row.primary === entry.rank.version && isAsLedgerSays(row, entry);
}

/** Nobody but Hikae wrote the secondary's document. */
function isAsLedgerSays(row: Row, entry: LedgerEntry | undefined): boolean {
  return row.secondary === entry?.documentTime;
}
