import { primaryFields } from "./failback-diff.ts";
import type { LedgerEntry } from "./mirror.ts";
import { portionsOf } from "./portions.ts";
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
  if (fault === "sameOnBoth") return promoted(path);
  if (fault) return { path, outcome: "refused", why: fault };
  return {
    path,
    ...(fields ? { fields: retarget(fields, app.roots.secondary, app.roots.primary) } : {}),
    precondition: there ? microseconds(there.updateTime ?? {}) : "absent",
  };
}

const promoted = (path: string): Promotion => ({ path, outcome: "promoted" });

/** Nothing tells a document whose change the mirror has brought back from one that nobody edited. */
const hasComeBack = (planned: Promotion) => planned.outcome === "refused" && planned.why === "notEdited";

/** How often a document that is being written at this very moment is looked at again. */
const attempts = 3;
const documentsAtOnce = 20;

/** Those of the documents whose changes are to be carried to the primary, as things are. @throws as `promoteDocuments`. */
export async function promotable(app: PromoteApp, tenant: string, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const portion of portionsOf(paths, documentsAtOnce)) {
    for (const planned of await plansFor(app, tenant, portion)) if (!("outcome" in planned)) found.push(planned.path);
  }
  return found;
}

/**
 * Carries these documents' changes from the secondary to the primary, deletions too (R25). Refused one by one, where the
 * primary changed since the activation or nothing is to be carried. The primary's change comes back by the mirror like any
 * other. Safe to repeat; those of `begun` may have been carried, and have come back, before.
 * @throws AppError `unavailable` while either site does not answer.
 */
export async function promoteDocuments(
  app: PromoteApp,
  tenant: string,
  paths: readonly string[],
  begun: ReadonlySet<string>,
): Promise<Promotion[]> {
  const done: Promotion[] = [];
  for (const portion of portionsOf(paths, documentsAtOnce))
    done.push(...(await promotePortion(app, tenant, portion, begun)));
  return done;
}

async function plansFor(app: PromoteApp, tenant: string, paths: string[]): Promise<(PrimaryWrite | Promotion)[]> {
  const [here, there] = await Promise.all([app.readLedger(tenant, paths), app.primaryDocuments(tenant, paths)]);
  return paths.map((path) => {
    const { entry, document: secondary } = here.get(path) ?? {};
    return planPromotion(app, path, { entry, primary: there.get(path), secondary });
  });
}

async function promotePortion(
  app: PromoteApp,
  tenant: string,
  paths: string[],
  begun: ReadonlySet<string>,
): Promise<Promotion[]> {
  const done = new Map<string, Promotion>();
  for (let tries = 0; tries < attempts && done.size < paths.length; tries++) {
    const left = paths.filter((path) => !done.has(path));
    const promote = async (planned: PrimaryWrite | Promotion) => {
      const { path } = planned;
      if ("outcome" in planned) done.set(path, begun.has(path) && hasComeBack(planned) ? promoted(path) : planned);
      else if (await app.writePrimary(tenant, planned)) done.set(path, promoted(path));
    };
    await Promise.all((await plansFor(app, tenant, left)).map(promote));
  }
  return paths.map((path) => done.get(path) ?? { path, outcome: "refused", why: "primaryChanged" });
}
