import { createHash } from "node:crypto";

/** Where a tenant's document stands: its tenant, its kind, and its path below the tenant. */
export type DocumentPlace = { tenant: string; kind: string; path: string };

/** The document root of a database: every document's full name begins with it. */
export function documentRoot(projectId: string, databaseId: string): string {
  return `projects/${projectId}/databases/${databaseId}/documents/`;
}

/**
 * The place of a document by its full name; a tenant's own root document has neither kind nor path, and anything
 * outside `tenants/` is undefined.
 */
export function placeOf(name: string, root: string): DocumentPlace | { tenant: string } | undefined {
  if (!name.startsWith(`${root}tenants/`)) return undefined;
  const [, tenant, kind, ...rest] = name.slice(root.length).split("/");
  if (!tenant) return undefined;
  if (kind === undefined) return { tenant };
  return { tenant, kind, path: [kind, ...rest].join("/") };
}

/** The kind of a document by its path below the tenant. */
export function kindIn(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

/**
 * The id of a path's ledger entry. A hash, because ids may be 1,500 bytes each and paths several of them long,
 * while an id of ours may not be longer than one.
 */
export function ledgerKey(path: string): string {
  return createHash("sha256").update(path).digest("base64url");
}
