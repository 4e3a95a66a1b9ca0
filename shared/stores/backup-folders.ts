import type { Firestore } from "@google-cloud/firestore";
import { folderKey } from "../domain/backup/names.ts";
import type { Folders } from "../domain/backup/ports.ts";
import type { Site } from "../domain/sites.ts";
import { optimistically } from "./firestore-client.ts";

/** Whose each folder is, in `tenants/{tenant}/backupBuckets/{bucket}/folders`: mirrored, so that both sites name alike. */
export function createBackupFolders(firestore: Firestore, site: Site): Folders {
  return {
    claim: (tenant, bucket, folder, { type, id }) =>
      optimistically(firestore, async (attempt) => {
        const folders = firestore.collection(`tenants/${tenant}/backupBuckets/${bucket}/folders`);
        const record = folders.doc(folderKey(folder));
        const [found, standby] = await attempt.getAll([record, firestore.doc(`standbys/${tenant}`)]);
        if (found?.exists) return found.get("unit.type") === type && found.get("unit.id") === id;
        if (site === "secondary") {
          // Data of the secondary is the mirror's while the tenant is not active there: the folder with the id serves.
          if (standby?.get("state") !== "active") return false;
          attempt.verify(standby);
        }
        attempt.create(record, { folder, unit: { type, id } });
        return true;
      }),
  };
}
