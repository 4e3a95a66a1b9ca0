/** An export that has succeeded: when, and how many rows the files hold that are still there. */
export type PastExport = { at: string; files: readonly { kind: string; rows: number }[] };

/** Whether what a purge deletes was exported: `missing` are the histories that were not, or not with all their entries. */
export type Exported =
  | { outcome: "unknown" | "needless" | "never" }
  | { outcome: "whole" | "partly"; at: string; missing: readonly string[] };

/**
 * Judges by the newest export that has succeeded: null where there is none, undefined where that is not known. `entries` is
 * how many each history has now.
 */
export function judgeExport(
  entries: Readonly<Record<string, number>>,
  latest: PastExport | null | undefined,
): Exported {
  const filled = Object.entries(entries).filter(([, count]) => count > 0);
  if (filled.length === 0) return { outcome: "needless" };
  if (latest === undefined) return { outcome: "unknown" };
  if (latest === null || latest.files.length === 0) return { outcome: "never" };
  const rows = new Map(latest.files.map((file) => [file.kind, file.rows]));
  const missing = filled.filter(([kind, count]) => (rows.get(kind) ?? 0) < count).map(([kind]) => kind);
  return { outcome: missing.length === 0 ? "whole" : "partly", at: latest.at, missing };
}
