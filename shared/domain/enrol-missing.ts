import { AppError } from "./errors.ts";
import { type MirrorApp, mirrorRoot } from "./mirror-change.ts";
import { pagesOf } from "./pages.ts";
import type { Directory } from "./ports.ts";
import type { CompareApp } from "./reconcile.ts";
import { permitsStandby } from "./tenant.ts";

export type EnrolApp = Pick<MirrorApp, "standbys" | "operations" | "toFields" | "now"> &
  Pick<CompareApp, "primaryTenant"> & { primaryDirectory: Pick<Directory, "tenants"> };

const tenantsAtOnce = 300;

/**
 * Gives a stand-by to each tenant of the primary that may have one and is none of these: the event of its document was
 * lost, or never fired (R8, R17). Answers how many; a primary that does not answer is asked again in the next hour. Safe
 * to repeat.
 */
export async function enrolMissing(app: EnrolApp, known: ReadonlySet<string>): Promise<number> {
  let enrolled = 0;
  try {
    for await (const tenant of tenantsWithStandby(app)) {
      const root = known.has(tenant) ? undefined : await app.primaryTenant(tenant);
      if (root && (await mirrorRoot(app, tenant, root)).outcome === "enrolled") enrolled++;
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "unavailable") throw error;
  }
  return enrolled;
}

async function* tenantsWithStandby({ primaryDirectory }: EnrolApp): AsyncGenerator<string> {
  for await (const page of pagesOf(primaryDirectory.tenants, tenantsAtOnce)) {
    for (const { id, profile } of page) if (profile && permitsStandby(profile)) yield id;
  }
}
