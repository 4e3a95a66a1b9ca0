import { AppError } from "./errors.ts";
import type { Site } from "./sites.ts";
import type { Standby, StandbyState } from "./standby.ts";

/** Where the tenant's configuration is edited in each state; nowhere while it changes hands. */
const editedOn: Record<StandbyState, Site | undefined> = {
  syncing: "primary",
  stopped: "primary",
  activating: undefined,
  active: "secondary",
  resyncing: undefined,
};

/** The site on which a tenant's configuration is written now; a tenant without a stand-by has none but the primary. */
export function editingSite(standby: Pick<Standby, "state"> | undefined): Site | undefined {
  return standby ? editedOn[standby.state] : "primary";
}

/** The same, for one act. @throws AppError `conflict` while the tenant changes hands. */
export function requireEditingSite(standby: Pick<Standby, "state"> | undefined, what: string): Site {
  const site = editingSite(standby);
  if (site) return site;
  throw new AppError("conflict", `the tenant is ${standby?.state}: wait until that has ended, then store ${what}`);
}

/** What the store answers; where it is the primary's that does not, the caller is told so. */
export async function whileInCharge<T>(site: Site, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (site === "secondary" || !(error instanceof AppError) || error.code !== "unavailable" || error.forCaller) {
      throw error;
    }
    const message =
      `the primary does not answer, and ${what} is kept there while the tenant is not active: try again later, or ` +
      "activate the secondary first and make the change then";
    throw new AppError("unavailable", message, { cause: error, forCaller: true });
  }
}
