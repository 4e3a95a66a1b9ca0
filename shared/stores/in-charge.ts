import type { Firestore } from "@google-cloud/firestore";
import { AppError } from "../domain/errors.ts";
import type { Site } from "../domain/sites.ts";
import type { Attempt } from "./firestore-client.ts";

/**
 * That a tenant's configuration may be written here, and still may when the attempt is committed: data of the secondary is
 * the mirror's while the tenant is not active there. @throws AppError `conflict`.
 */
export async function requireInCharge(
  firestore: Firestore,
  attempt: Attempt,
  site: Site,
  tenant: string,
): Promise<void> {
  if (site === "primary") return;
  const standby = await attempt.get(firestore.doc(`standbys/${tenant}`));
  if (standby.get("state") !== "active") {
    throw new AppError("conflict", "the tenant is not active on the secondary any more: read it again");
  }
  attempt.verify(standby);
}
