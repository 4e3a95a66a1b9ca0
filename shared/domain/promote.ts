import { primaryFields } from "./failback-diff.ts";
import type { LedgerEntry } from "./mirror.ts";
import type { CompareApp } from "./reconcile.ts";
import { compareToBase, type PromotionFault, promotionFault } from "./three-way.ts";
import { type Fields, microseconds, retarget, type WireState } from "./value.ts";

/** What became of one document that was to be carried to the primary (R25). */
export type Promotion =
  | { path: string; outcome: "promoted" }
  | { path: string; outcome: "refused"; why: PromotionFault };

/** A write of one document of the primary, only while it is as it was read; without fields it is deleted. */
export type PrimaryWrite = { path: string; fields?: Fields; precondition: number | "absent" };

export type PromoteApp = Pick<CompareApp, "roots" | "primaryDocuments" | "toFields"> & {
  readLedger(tenant: string, paths: string[]): Promise<Map<string, { entry?: LedgerEntry; document?: WireState }>>;
  /** False when the document was not as it was read; nothing was written then. @throws AppError `unavailable`. */
  writePrimary(tenant: string, write: PrimaryWrite): Promise<boolean>;
};

type Sides = {
  entry: LedgerEntry | undefined;
  primary: WireState | { missingAt: number } | undefined;
  secondary: WireState | undefined;
};

/**
 * What to write to the primary so that it holds what the secondary does; nothing but the outcome where it does already,
 * or must be refused. The primary's document is compared with the one at activation by content, and must not change
 * between this reading and the write.
 */
export function planPromotion(
  app: Pick<CompareApp, "roots" | "toFields">,
  path: string,
  { entry, primary, secondary }: Sides,
): PrimaryWrite | Promotion {
  const fields = secondary && app.toFields(secondary);
  const there = primary && "missingAt" in primary ? undefined : primary;
  const sides = { path, entry, primary: primaryFields(app, there), secondary: fields };
  const fault = promotionFault(compareToBase(sides, app.roots.secondary));
  // What is on both sites was promoted by this operation before it was interrupted, or need not be.
  if (fault === "sameOnBoth") return { path, outcome: "promoted" };
  if (fault) return { path, outcome: "refused", why: fault };
  return {
    path,
    ...(fields ? { fields: retarget(fields, app.roots.secondary, app.roots.primary) } : {}),
    precondition: there ? microseconds(there.updateTime ?? {}) : "absent",
  };
}

/** How often a document that is being written at this very moment is looked at again. */
const attempts = 3;
const documentsAtOnce = 20;

/**
 * Carries these documents' changes from the secondary to the primary, deletions too (R25). Refused one by one, where the
 * primary changed since the activation or nothing is to be carried. Safe to repeat. The primary's change comes
 * back by the mirror like any other.
 * @throws AppError `unavailable` while either site does not answer.
 */
export async function promoteDocuments(app: PromoteApp, tenant: string, paths: string[]): Promise<Promotion[]> {
  const done: Promotion[] = [];
  for (let from = 0; from < paths.length; from += documentsAtOnce) {
    const portion = paths.slice(from, from + documentsAtOnce);
    done.push(...(await promotePortion(app, tenant, portion)));
  }
  return done;
}

async function promotePortion(app: PromoteApp, tenant: string, paths: string[]): Promise<Promotion[]> {
  const done = new Map<string, Promotion>();
  for (let tries = 0; tries < attempts && done.size < paths.length; tries++) {
    const left = paths.filter((path) => !done.has(path));
    const [here, there] = await Promise.all([app.readLedger(tenant, left), app.primaryDocuments(tenant, left)]);
    const promote = async (path: string) => {
      const { entry, document: secondary } = here.get(path) ?? {};
      const planned = planPromotion(app, path, { entry, primary: there.get(path), secondary });
      if ("outcome" in planned) done.set(path, planned);
      else if (await app.writePrimary(tenant, planned)) done.set(path, { path, outcome: "promoted" });
    };
    await Promise.all(left.map(promote));
  }
  return paths.map((path) => done.get(path) ?? { path, outcome: "refused", why: "primaryChanged" });
}
