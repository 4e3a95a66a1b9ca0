import { type KindName, kindOf, kindsWith } from "../catalogue.ts";
import { AppError, type FieldFault } from "./errors.ts";

/** How many documents each mirrored kind has on a site, without those in sub-collections. */
export type KindCounts = Partial<Record<KindName, number>>;

/** A kind smaller than this may shrink as it likes. */
const smallKind = 10;

type Both = { primary: number; secondary: number };

/**
 * Refuses a primary that has lost data: what it lacks would be deleted on the secondary (R8, R24). A primary without any
 * document is never copied; one that has less than half of a kind, or of all, is copied by an operator's reason.
 * @throws AppError `precondition-failed` with the kinds at fault.
 */
export function requireWholePrimary(
  primary: KindCounts,
  secondary: KindCounts,
  override: string | undefined,
): string[] {
  const kinds = kindsWith("realtime");
  const sum = (counts: KindCounts) => kinds.reduce((total, kind) => total + (counts[kind] ?? 0), 0);
  const all: Both = { primary: sum(primary), secondary: sum(secondary) };
  if (all.primary === 0 && all.secondary > 0) throw empty(all.secondary);
  const lost = kinds
    .map((kind) => ({ kind, primary: primary[kind] ?? 0, secondary: secondary[kind] ?? 0 }))
    .filter(isFew);
  if (lost.length === 0 && !isFew(all)) return [];
  if (override !== undefined) return ["primaryIsWhole"];
  const remedy = "restore it first, or override with a reason if so many were deleted on purpose";
  throw new AppError(
    "precondition-failed",
    `the primary has ${all.primary} of the tenant's documents, the secondary has ${all.secondary}: ${remedy}; until then nothing is deleted`,
    { fields: lost.length > 0 ? lost.map(lossOf) : [lossOf({ kind: undefined, ...all })] },
  );
}

function isFew({ primary, secondary }: Both): boolean {
  return secondary >= smallKind && primary * 2 < secondary;
}

function empty(secondary: number): AppError {
  const message = `the primary has none of the tenant's documents, the secondary has ${secondary}: restore the primary first`;
  const label = {
    ja: `東京に設定が1件もありません（大阪は${secondary}件）。先に東京を復元してください。`,
    en: `Tokyo has no document at all (Osaka has ${secondary}). Restore Tokyo first.`,
  };
  return new AppError("precondition-failed", `${message}; until then nothing is deleted`, {
    fields: [{ field: "primary.documents", problem: `has none, the secondary has ${secondary}`, label }],
  });
}

/** A primary without the tenant: an empty primary must not empty the secondary. `problem` says what that means to the caller. */
export function tenantMissing(problem: string): AppError {
  const label = {
    ja: "東京にこのテナントがありません。東京で失われた場合は、先に東京を復元してください。",
    en: "Tokyo does not have this tenant. If it was lost there, restore it there first.",
  };
  return new AppError("precondition-failed", problem, { fields: [{ field: "primary.tenant", problem, label }] });
}

function lossOf({ kind, primary, secondary }: Both & { kind: KindName | undefined }): FieldFault {
  const named = (kind && kindOf(kind)?.label) ?? { ja: "設定全体", en: "All documents" };
  return {
    field: `primary.${kind ?? "documents"}`,
    problem: `has ${primary} documents, the secondary has ${secondary}`,
    label: {
      ja: `${named.ja}：東京${primary}件、大阪${secondary}件。東京のデータが失われていないかご確認ください。`,
      en: `${named.en}: ${primary} in Tokyo, ${secondary} in Osaka. Check whether Tokyo has lost data.`,
    },
  };
}
