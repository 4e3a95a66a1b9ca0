import { kindsWith } from "../catalogue.ts";
import { AppError } from "./errors.ts";
import type { ApplyOptions, Change, LedgerEntry, Outcome } from "./mirror.ts";
import { changeOf, type Roots } from "./mirror-change.ts";
import type { KindProof, Proof } from "./standby.ts";
import { type Fields, microseconds, type WireState } from "./value.ts";

/** A document's place below its tenant, and its update time in µs. */
export type Listed = { path: string; updateTime: number };

/** What a comparison of the sites needs. */
export type CompareApp = {
  roots: Roots;
  /** Names and update times of one kind, sub-collections included, in the order of names, from after a path on. */
  list(site: "primary" | "secondary", tenant: string, kind: string, after?: string): AsyncIterable<Listed>;
  /** Whole documents of the primary; for one that is not there, the time in µs at which it was not. */
  primaryDocuments(tenant: string, paths: string[]): Promise<Map<string, WireState | { missingAt: number }>>;
  primaryHasTenant(tenant: string): Promise<boolean>;
  entries(tenant: string, paths: string[]): Promise<Map<string, LedgerEntry>>;
  applyAll(tenant: string, changes: Change[], options: ApplyOptions): Promise<Outcome[]>;
  toFields(state: WireState): Fields;
  /** Told of documents on the secondary that Hikae did not write. */
  tampered(tenant: string, changes: Change[]): Promise<void>;
  now(): Date;
};

/** How far a comparison has come: kinds done, the path after which the present kind goes on, and what was found. */
export type CompareCursor = { kind: number; after?: string; kinds: Record<string, KindProof> };

/** Saves the cursor; "yield" asks the caller to stop here and be continued in another slice. */
export type Checkpoint = (cursor: CompareCursor, done: number) => Promise<"continue" | "yield">;

type Scope = { tenant: string; kind: string; options: ApplyOptions };
type Row = { path: string; primary?: number; secondary?: number };

const rowsAtOnce = 1000;

/**
 * Compares all mirrored kinds of a tenant on both sites by names and update times, and brings what differs to the
 * primary's state (R8). Whole documents are read only where something differs. Documents that somebody edited on the
 * secondary are overwritten where the options say so; else they are reported, left, and counted as differing. Memory does not grow with the tenant. Continued from its cursor it loses nothing and repeats little.
 * @throws AppError `conflict` when the fence was raised meanwhile; `precondition-failed` when the primary does not
 *   have the tenant (an empty primary must not empty the secondary); `unavailable` to be tried again.
 */
export async function compareSites(
  app: CompareApp,
  tenant: string,
  options: ApplyOptions,
  cursor: CompareCursor,
  checkpoint: Checkpoint,
): Promise<{ done: true; kinds: Record<string, KindProof> } | { yielded: true }> {
  if (!(await app.primaryHasTenant(tenant))) {
    const remedy = "If it was lost there, restore it there first; nothing was changed on the secondary.";
    throw new AppError("precondition-failed", `the primary has no tenant ${tenant}. ${remedy}`);
  }
  const kinds = kindsWith("realtime");
  const proofs = { ...cursor.kinds };
  for (let index = cursor.kind; index < kinds.length; index++) {
    const kind = kinds[index] as string;
    const resumed = index === cursor.kind ? cursor.after : undefined;
    const proof: KindProof = { documents: 0, repaired: 0, differing: 0, ...(resumed ? proofs[kind] : undefined) };
    proofs[kind] = proof;
    for await (const rows of sideBySide(app, tenant, kind, resumed)) {
      await compareRows(app, { tenant, kind, options }, rows, proof);
      const next: CompareCursor = { kind: index, after: (rows.at(-1) as Row).path, kinds: proofs };
      if ((await checkpoint(next, documentsIn(proofs))) === "yield") return { yielded: true };
    }
  }
  return { done: true, kinds: proofs };
}

/** The proof made of what was found in every kind. */
export function proofOf(kinds: Record<string, KindProof>, operation: string, at: Date): Proof {
  const total: KindProof = { documents: 0, repaired: 0, differing: 0 };
  for (const kind of Object.values(kinds)) {
    for (const figure of ["documents", "repaired", "differing"] as const) total[figure] += kind[figure];
  }
  return { at, operation, equal: total.differing === 0, total, kinds };
}

function documentsIn(kinds: Record<string, KindProof>): number {
  return Object.values(kinds).reduce((sum, kind) => sum + kind.documents, 0);
}

/** The rows of both sites, matched by path, in portions. Both lists come in the order of names. */
async function* sideBySide(app: CompareApp, tenant: string, kind: string, after?: string): AsyncGenerator<Row[]> {
  const primary = app.list("primary", tenant, kind, after)[Symbol.asyncIterator]();
  const secondary = app.list("secondary", tenant, kind, after)[Symbol.asyncIterator]();
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
      if (rows.length < rowsAtOnce) continue;
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

async function compareRows(app: CompareApp, scope: Scope, rows: Row[], proof: KindProof): Promise<void> {
  const entries = await app.entries(
    scope.tenant,
    rows.map((row) => row.path),
  );
  const suspects = rows.filter((row) => !isEqual(row, entries.get(row.path)));
  proof.documents += rows.filter((row) => row.primary !== undefined).length;
  if (suspects.length > 0) await repair(app, scope, suspects, proof);
}

/** Both sites hold the version that the ledger names, and nobody but Hikae wrote the secondary's since. */
function isEqual(row: Row, entry: LedgerEntry | undefined): boolean {
  if (!entry || entry.rank.deleted) return false;
  return row.primary === entry.rank.version && row.secondary === entry.documentTime;
}

async function repair(
  app: CompareApp,
  { tenant, kind, options }: Scope,
  suspects: Row[],
  proof: KindProof,
): Promise<void> {
  const found = await app.primaryDocuments(
    tenant,
    suspects.map((row) => row.path),
  );
  const changes = [...found].map(([path, state]) =>
    "missingAt" in state
      ? changeOf(app.roots, { path, kind }, undefined, state.missingAt, "reconcile")
      : changeOf(app.roots, { path, kind }, app.toFields(state), microseconds(state.updateTime ?? {}), "reconcile"),
  );
  const outcomes = await app.applyAll(tenant, changes, options);
  if (outcomes.includes("fenced")) {
    throw new AppError(
      "conflict",
      "the tenant's state was changed while its sites were compared; nothing is half done",
    );
  }
  proof.repaired += outcomes.filter((outcome) => outcome === "applied").length;
  const tampered = changes.filter((_, index) => outcomes[index] === "tampered");
  if (tampered.length === 0) return;
  proof.differing += tampered.length;
  await app.tampered(tenant, tampered);
}
