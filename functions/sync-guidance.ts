import { type GuidanceApp, syncGuidance } from "../shared/domain/sync-guidance.ts";
import { type SyncApp, syncTenants } from "../shared/domain/syncs.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Makes every syncing tenant's guidance files on the secondary those of the primary (R12); safe to repeat. */
export const syncGuidanceFiles: Handler<SyncApp & GuidanceApp> = {
  type: "schedule",
  run: (app) => syncTenants(app, "guidance", (standby, until) => syncGuidance(app, standby, until)),
};
